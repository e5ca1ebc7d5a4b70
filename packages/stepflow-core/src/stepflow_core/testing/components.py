"""The components that the flows of the executor kit use, beside the builtin ones.

They are plain functions and know no engine: whoever runs flows registers them. In process:
`kit_components(runtime.component)`. For a server, write a module of its own that marks them, and name it in
the config as a plugin of type `python`:

    from stepflow_core.testing.components import emit, fail, gate, join, kit_components
    from stepflow_runtime import component

    kit_components(component)
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ..errors import NotFoundError

if TYPE_CHECKING:
    from typing import Protocol

    # Has the name of the engine's own class, by which an engine knows which argument is the context.
    class StepContext(Protocol):
        """What these components ask of the engine."""

        def emit(self, chunk: Any, kind: str = "data") -> None:
            """Show a chunk of output to the readers of the run's events."""

        async def get_blob(self, blob_id: str) -> Any:
            """A stored value. Raises `NotFoundError`."""


POLL = 0.002
"""Seconds between two looks of a gate."""


async def gate(blob_id: str, ctx: StepContext, value: Any = None) -> Any:
    """Wait until a blob is there, then give `value`: storing the blob lets the step go on, from anywhere."""
    while True:
        try:
            await ctx.get_blob(blob_id)
        except NotFoundError:
            await asyncio.sleep(POLL)
        else:
            return value


async def emit(chunks: list[Any], ctx: StepContext) -> int:
    """Show every chunk to the readers of the events; the number of chunks."""
    for chunk in chunks:
        ctx.emit(chunk)
    return len(chunks)


def fail(message: str) -> None:
    """Raise a `ValueError`."""
    raise ValueError(message)


def join(words: list[str], separator: str = " ") -> str:
    """Join words to one text."""
    return separator.join(words)


COMPONENTS: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"/kit/gate": gate, "/kit/emit": emit, "/kit/fail": fail, "/kit/join": join}
)
"""The functions by the paths under which the kit's flows name them."""


def kit_components(register: Callable[[str], Callable[[Any], Any]]) -> None:
    """Register the components of the kit with a decorator such as `StepflowRuntime.component`."""
    for path, function in COMPONENTS.items():
        register(path)(function)
