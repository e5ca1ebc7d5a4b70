"""Requests and responses as handlers see them, whichever web framework carries them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Protocol, TypeAlias

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
OCTETS = "application/octet-stream"

Headers: TypeAlias = Mapping[str, str]
_NONE: Headers = {}


class Request(Protocol):
    """One request.

    `path` begins with `/`, still percent-encoded, without the query and without `mount`, the path under
    which the API was mounted (empty where it was not).
    """

    method: str
    path: str
    query: str
    mount: str

    def header(self, name: str) -> str | None:
        """A header's value, whatever its case."""
        ...

    async def body(self, limit: int) -> bytes:
        """The whole body, of at most `limit` bytes.

        Raises `TooLargeError`, `TooSlowError`, `BrokenBodyError`, `GoneError`.
        """
        ...

    def when_gone(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have `callback` called once if the client goes away; what is returned takes that back."""
        ...


class Response:
    """A whole answer."""

    __slots__ = ("body", "content_type", "headers", "status")

    def __init__(self, status: int, body: bytes = b"", content_type: str = JSON, headers: Headers = _NONE) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.headers = headers


class Stream:
    """An answer that comes in blocks of bytes; whoever sends it calls `ended` when it is over."""

    __slots__ = ("blocks", "content_type", "ended", "headers", "status")

    def __init__(self, blocks: AsyncGenerator[bytes, None], content_type: str, headers: Headers) -> None:
        self.status = 200
        self.blocks = blocks
        self.content_type = content_type
        self.headers = headers
        self.ended: Callable[[], object] = _nothing


Answer: TypeAlias = Response | Stream


class TooLargeError(Exception):
    """The body is larger than the limit."""


class TooSlowError(Exception):
    """The body did not arrive in time."""


class BrokenBodyError(Exception):
    """The body cannot be read as its headers say."""


class GoneError(Exception):
    """The client has gone away."""


def _nothing() -> None:
    """Nobody waits for the end."""
