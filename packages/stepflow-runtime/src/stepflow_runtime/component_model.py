"""What a component is to the engine: a path, a way of being called, and its schemas."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from .context import StepContext


class Kind(Enum):
    """How a component is called."""

    INLINE = "inline"
    """Known to be quick: called directly on the event loop; promises to leave its input alone."""
    ASYNC = "async"
    """Returns an awaitable, which runs as a task of the loop."""
    PLAIN = "plain"
    """May block: runs in a daemon thread."""
    ENGINE = "engine"
    """Not called at all: the engine itself does what its `name` says (`eval`, `map`, `sleep`, …)."""


class Component(Struct, frozen=True, kw_only=True):
    """A component ready to be called.

    `call(input, context)` takes the input as a plain JSON value and returns the output (for `ASYNC` an
    awaitable of it), which the engine checks to be JSON. It raises `ComponentError` to fail with a code
    of its own; any other exception fails the step with code 500.
    """

    path: str
    kind: Kind
    call: Callable[[Any, StepContext], Any]
    name: str = ""
    description: str | None = None
    input_schema: dict[str, Any] | None = None
    output_schema: dict[str, Any] | None = None
    trusted: bool = False
    """Its output is known to be JSON of its own (builtins only), so it is not checked again."""


class Plugin(Protocol):
    """A source of components under paths of its own, to which routes lead."""

    def find(self, path: str) -> Component | None:
        """The component at `path` (as the route made it, beginning with `/`), if there is one."""
        ...

    def components(self) -> list[Component]:
        """All of them, for listings."""
        ...


class ComponentError(Exception):
    """The component's work failed; `code` (an int), `message` and `data` become the step's error."""

    def __init__(self, message: str, code: int = 500, data: Any = None) -> None:
        self.message = message
        self.code = code
        self.data = data
        super().__init__(message)
