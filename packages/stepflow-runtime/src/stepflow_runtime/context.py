"""What a component knows of the step it works for, and what it may ask of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping

    from stepflow_core import FlowResult, FlowSource


class Services(Protocol):
    """What the engine does for the components that it runs."""

    def emit(self, context: StepContext, chunk: Any, kind: str) -> None:
        """Show a chunk of output to the readers of the run's events. Callable from any thread."""
        ...

    async def put_blob(self, data: Any, blob_type: str) -> str:
        """Store a value or bytes; its id."""
        ...

    async def get_blob(self, blob_id: str) -> Any:
        """A stored value or bytes."""
        ...

    async def run_flow(
        self, context: StepContext, flow: FlowSource, input: Any, variables: Mapping[str, Any] | None
    ) -> FlowResult:
        """Run a flow as a sub-run of the step's run."""
        ...

    def logger(self, context: StepContext) -> logging.LoggerAdapter[Any]:
        """A logger whose records carry the run and the step."""
        ...

    def wait_for(self, awaitable: Any) -> Any:
        """Run an awaitable on the engine's loop from a component's thread and wait for its value."""
        ...


class StepContext(Struct, eq=False):
    """The step that a component works for.

    `run_id`, `address`, `item_index` and `attempt` (from 1) name the execution; `idempotency_key` is the
    same for every attempt of it. `deadline` is the time (seconds since the epoch) at which it times out,
    if it does. `cancelled` turns true when its result is no longer wanted: a plain component that works
    in pieces looks at it between them.
    """

    _services: Services
    run_id: str
    step_id: str
    address: str
    item_index: int = 0
    attempt: int = 1
    component: str = ""
    deadline: float | None = None
    _place: Any = None
    cancelled: bool = False
    _emitted: int = 0
    _asked: int = 0

    @property
    def idempotency_key(self) -> str:
        """A text that is the same for every attempt of this step execution and for no other."""
        return f"{self.run_id}/{self.item_index}/{self.address}"

    @property
    def logger(self) -> logging.LoggerAdapter[Any]:
        """A logger whose records carry the run and the step."""
        return self._services.logger(self)

    @property
    def blocking(self) -> BlockingStepContext:
        """The same services without `await`, for plain components."""
        return BlockingStepContext(self)

    def emit(self, chunk: Any, kind: str = "data") -> None:
        """Show a chunk of output (JSON) to the readers of the run's events.

        `kind` is `token`, `progress`, `log` or `data`. May be called from any thread.
        """
        self._services.emit(self, chunk, kind)

    async def put_blob(self, data: Any, blob_type: str = "data") -> str:
        """Store a value (`data`, `flow`) or bytes (`binary`); its id."""
        return await self._services.put_blob(data, blob_type)

    async def get_blob(self, blob_id: str) -> Any:
        """A stored value or bytes. Raises `NotFoundError`."""
        return await self._services.get_blob(blob_id)

    async def run_flow(
        self, flow: FlowSource, input: Any = None, *, variables: Mapping[str, Any] | None = None
    ) -> FlowResult:
        """Run a flow as a sub-run of this step's run and wait for its result."""
        return await self._services.run_flow(self, flow, input, variables)


class BlockingStepContext:
    """The services of a step for code that runs in a thread of its own."""

    __slots__ = ("_context",)

    def __init__(self, context: StepContext) -> None:
        self._context = context

    def put_blob(self, data: Any, blob_type: str = "data") -> str:
        """Store a value (`data`, `flow`) or bytes (`binary`); its id."""
        return str(self._wait(self._context.put_blob(data, blob_type)))

    def get_blob(self, blob_id: str) -> Any:
        """A stored value or bytes. Raises `NotFoundError`."""
        return self._wait(self._context.get_blob(blob_id))

    def run_flow(
        self, flow: FlowSource, input: Any = None, *, variables: Mapping[str, Any] | None = None
    ) -> FlowResult:
        """Run a flow as a sub-run of this step's run and wait for its result."""
        result: FlowResult = self._wait(self._context.run_flow(flow, input, variables=variables))
        return result

    def _wait(self, awaitable: Any) -> Any:
        return self._context._services.wait_for(awaitable)
