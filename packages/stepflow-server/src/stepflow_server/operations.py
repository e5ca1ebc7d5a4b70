"""What an operation is: the one description that routing, decoding, errors and the OpenAPI document come from."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeAlias, TypeVar

from msgspec import Struct
from stepflow_core import StepflowExecutor

from .events.hub import EventHub
from .messages import JSON, OCTETS, Headers, Request, Response, Stream
from .settings import Settings

BASE = "/api/v1"
"""What the paths of all operations begin with."""

Q = TypeVar("Q")
B = TypeVar("B")


class Service(Struct, eq=False):
    """What all handlers share. `draining` says that the server is about to end."""

    executor: StepflowExecutor
    settings: Settings
    events: EventHub
    draining: bool = False


class Call(Generic[Q, B]):
    """One request to one operation, decoded."""

    __slots__ = ("body", "path", "query", "request", "service")

    def __init__(self, service: Service, request: Request, path: Mapping[str, str], query: Q, body: B) -> None:
        self.service = service
        self.request = request
        self.path = path
        self.query = query
        self.body = body

    @property
    def executor(self) -> StepflowExecutor:
        """What the API serves."""
        return self.service.executor

    @property
    def run_id(self) -> str:
        """The run that the path names."""
        return self.path["run_id"]

    @property
    def flow_id(self) -> str:
        """The flow that the path names."""
        return self.path["flow_id"]

    @property
    def step_id(self) -> str:
        """The step that the path names."""
        return self.path["step_id"]

    def header(self, name: str) -> str | None:
        """A header's value."""
        return self.request.header(name)

    def location(self, path: str) -> Headers:
        """The `Location` of something the API has."""
        return {"Location": self.request.mount + BASE + path}


class Reply:
    """What a handler answers: a value to be written as JSON, nothing (`None`), or a response as it is.

    `run_id` is the run that the log names, where the path does not.
    """

    __slots__ = ("headers", "run_id", "status", "value")

    def __init__(
        self, value: Any, status: int = 200, headers: Headers | None = None, run_id: str | None = None
    ) -> None:
        self.value = value
        self.status = status
        self.headers = headers
        self.run_id = run_id


Handler: TypeAlias = "Callable[[Call[Any, Any]], Awaitable[Reply | Response | Stream]]"


class PathParameter(Struct, frozen=True):
    """A part of a path that is not fixed; what does not match `pattern` does not exist.

    Without a pattern it may be any text but an empty one or one with a NUL character, percent-encoded.
    """

    pattern: str | None
    description: str


UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
HASH = "^[0-9a-f]{64}$"

PATH_PARAMETERS = {
    "run_id": PathParameter(UUID, "The run's id."),
    "flow_id": PathParameter(HASH, "The flow's id, the hash of its normal form."),
    "blob_id": PathParameter(HASH, "The blob's id, the hash of its content."),
    "step_id": PathParameter(None, "The step's id, percent-encoded, as it stands in the flow."),
}
"""By name, in all paths."""


class HeaderParameter(Struct, frozen=True):
    """A header that an operation heeds; its value matches `pattern`."""

    name: str
    description: str
    pattern: str


class Body(Struct, frozen=True):
    """What an operation takes: JSON of a type, and with `octets` bytes as they are instead."""

    kind: type[Struct]
    required: bool = True
    octets: bool = False


class Success(Struct, frozen=True):
    """One way in which an operation succeeds: with JSON of a type, or with another kind of content, or nothing."""

    status: int
    description: str
    kind: Any = None
    media: str = JSON
    also_octets: bool = False
    located: bool = False


class Operation(Struct, frozen=True, kw_only=True):
    """One operation of the API.

    `path` has its parameters in braces and begins after `BASE`; `errors` are the statuses of its own problems
    (those that every operation has stand for themselves); `open` ones need no API key.
    The handler's docstring is the operation's description.
    """

    id: str
    tag: str
    method: str
    path: str
    handler: Handler
    successes: tuple[Success, ...]
    errors: tuple[int, ...] = ()
    query: type[Struct] | None = None
    body: Body | None = None
    headers: tuple[HeaderParameter, ...] = ()
    open: bool = False

    @property
    def path_parameters(self) -> list[str]:
        """The names in braces, in order."""
        return re.findall(r"{(\w+)}", self.path)


__all__ = [
    "BASE", "HASH", "JSON", "OCTETS", "PATH_PARAMETERS", "UUID", "Body", "Call", "Handler", "HeaderParameter",
    "Operation", "PathParameter", "Reply", "Service", "Success",
]  # fmt: skip
