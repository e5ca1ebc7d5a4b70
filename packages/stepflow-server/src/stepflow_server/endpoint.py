"""An operation made ready to be called: what can be prepared once is prepared once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .json_bodies import BodyReader
from .messages import JSON, OCTETS, Request, Response, Stream
from .operations import Call, Operation, Reply, Service
from .problems import ProblemError
from .queries import QueryReader


class Endpoint:
    """Decodes requests to one operation and has its handler answer them. `open` ones need no key."""

    def __init__(self, operation: Operation, service: Service) -> None:
        self.id = operation.id
        self.open = operation.open
        self._service = service
        self._handler = operation.handler
        self._query = QueryReader(operation.query).read
        self._body = operation.body
        self._read_json = (
            None if operation.body is None else BodyReader(operation.body.kind, service.settings.max_depth).read
        )

    async def call(self, request: Request, path: dict[str, str]) -> Reply | Response | Stream:
        """Answer a request. Raises `ProblemError`, and what the executor raises."""
        query = self._query(request.query)
        body = None if self._body is None else await self._decoded(request)
        return await self._handler(Call(self._service, request, path, query, body))

    async def _decoded(self, request: Request) -> Any:
        assert self._body is not None, "the operation takes a body"
        assert self._read_json is not None, "what takes a body has a reader"
        if self._body.required:
            is_json = self._is_json(request)
            data = await request.body(self._service.settings.max_body)
            return self._read_json(data) if is_json else data
        data = await request.body(self._service.settings.max_body)
        return self._read_json(data) if data and self._is_json(request) else None

    def _is_json(self, request: Request) -> bool:
        """Whether the body is JSON; else it is bytes, where those will do. Raises `ProblemError` (415)."""
        coding = request.header("Content-Encoding")
        if coding is not None and coding.strip().lower() != "identity":
            raise ProblemError(415, f"the body is sent as it is, not {coding!r:.40}: leave Content-Encoding out")
        kind = request.header("Content-Type")
        if kind == JSON:
            return True
        plain, *parameters = (part.strip().lower() for part in (kind or "").split(";"))
        if plain == OCTETS and self._body is not None and self._body.octets:
            return False
        charset = next((each for each in parameters if each.startswith("charset=")), "charset=utf-8")
        if plain != JSON or charset.replace('"', "") not in {"charset=utf-8", "charset=utf8"}:
            given = "no Content-Type" if kind is None else f"{kind!r:.80}"
            raise ProblemError(415, f"the body is {JSON} in UTF-8{self._or_octets()}, not {given}")
        return True

    def _or_octets(self) -> str:
        return f" or {OCTETS}" if self._body is not None and self._body.octets else ""


class Page:
    """Something that is the same for everybody: a page or a document."""

    id = "page"
    open = True

    def __init__(self, make: Callable[[Request], Response]) -> None:
        self._make = make

    async def call(self, request: Request, path: dict[str, str]) -> Reply | Response | Stream:
        """Answer a request."""
        return self._make(request)
