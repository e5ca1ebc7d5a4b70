"""What the engine does for the components of one tree of runs."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Mapping
from traceback import format_exception
from typing import TYPE_CHECKING, Any

from stepflow_core import ConflictError, FlowError, FlowResult, FlowSource, InvalidInputError
from stepflow_core.canonical import NotJsonError, own

from ..starting import owned_input, owned_variables
from ..values import copy_result
from . import ticks
from .run_state import RunState

if TYPE_CHECKING:
    from ..blobs import Blobs
    from ..context import StepContext
    from .driver import Driver, Execution
    from .plan import Plan
    from .run_state import Tree

OUTPUT_KINDS = frozenset({"token", "progress", "log", "data"})


class StepServices:
    """The services behind a `StepContext` (see `context.Services`)."""

    def __init__(self, driver: Driver, execution: Execution, blobs: Blobs, flows: Any) -> None:
        self._driver = driver
        self._execution = execution
        self._blobs = blobs
        self._flows = flows
        self._thread = threading.get_ident()

    def emit(self, context: StepContext, chunk: Any, kind: str) -> None:
        """Show a chunk of output. Raises `InvalidInputError` where it or its kind is not acceptable."""
        if kind not in OUTPUT_KINDS:
            raise InvalidInputError(f"the kind of a chunk is one of {', '.join(sorted(OUTPUT_KINDS))}, not {kind!r}")
        try:
            chunk = own(chunk)
        except NotJsonError as error:
            raise InvalidInputError(f"the chunk is not JSON: {error.message}") from None
        masker = self._execution.tree.masker
        _, frame, step = context._place
        number = context._emitted
        context._emitted = number + 1
        chunk = chunk if masker is None else masker.value(chunk)
        tick = ticks.ChunkEmitted(frame, step, context.attempt, kind, chunk, number)
        if threading.get_ident() == self._thread:
            self._driver.post(self._execution, tick)
        else:
            self._driver.loop.call_soon_threadsafe(self._driver.post, self._execution, tick)

    async def put_blob(self, data: Any, blob_type: str) -> str:
        """Store a value or bytes; its id."""
        return self._blobs.put(data, blob_type)

    async def get_blob(self, blob_id: str) -> Any:
        """A stored value or bytes."""
        return self._blobs.get(blob_id)

    async def run_flow(
        self, context: StepContext, flow: FlowSource, input: Any, variables: Mapping[str, Any] | None
    ) -> FlowResult:
        """Run a flow as a sub-run of the step's run."""
        _, frame, step = context._place
        number = context._asked
        context._asked = number + 1
        plan: Plan = self._flows.plan(flow)
        answer: asyncio.Future[RunState | FlowError] = self._driver.loop.create_future()
        request = ticks.SubRunRequested(
            frame, step, context.attempt, plan, owned_input(input), owned_variables(variables), number,
            lambda outcome: None if answer.done() else answer.set_result(outcome),
        )  # fmt: skip
        self._driver.post(self._execution, request)
        run = await answer
        if isinstance(run, FlowError):
            return FlowResult.failed(run.code, run.message, run.data)
        await self._driver.wait_for(self._execution, run, None)
        result = run.results[0]
        assert result is not None, "a run that has ended has all its results"
        return copy_result(result)

    def logger(self, context: StepContext) -> logging.LoggerAdapter[Any]:
        """A logger whose records carry the run and the step, and from which secrets are masked."""
        place = {"run_id": context.run_id, "step": context.address, "attempt": context.attempt}
        return StepLogger(logging.getLogger("stepflow.component"), place, self._execution.tree)

    def wait_for(self, awaitable: Any) -> Any:
        """Run an awaitable on the engine's loop from a component's thread and wait for its value."""
        if threading.get_ident() == self._thread:
            awaitable.close()
            raise ConflictError("`blocking` is for plain components; here, use `await`")
        return asyncio.run_coroutine_threadsafe(awaitable, self._driver.loop).result()


class StepLogger(logging.LoggerAdapter[Any]):
    """Puts the run and the step into each record and masks secrets in its message."""

    def __init__(self, logger: logging.Logger, extra: Mapping[str, Any], tree: Tree) -> None:
        super().__init__(logger, extra)
        self._tree = tree

    def process(self, msg: Any, kwargs: Any) -> tuple[Any, Any]:
        """Mask the message; add the place to the record."""
        kwargs["extra"] = {**(self.extra or {}), **kwargs.get("extra", {})}
        if self._tree.masker is None:
            return msg, kwargs
        if kwargs.get("exc_info"):
            msg = f"{msg}\n{_traceback(kwargs.pop('exc_info'))}"
        return self._tree.hide(str(msg)), kwargs

    def log(self, level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
        """Log a message, its arguments already in their places, so that they are masked too."""
        if self._tree.masker is not None and args and self.isEnabledFor(level):
            msg, args = _formatted(msg, args), ()
        super().log(level, msg, *args, **kwargs)


def _formatted(message: Any, args: tuple[Any, ...]) -> str:
    """A message with its arguments in their places; logging never fails, even where they do not fit."""
    try:
        return logging.LogRecord("", logging.INFO, "", 0, message, args, None).getMessage()
    except Exception:  # the arguments are the author's, and need not go with the message
        return f"{message} {args}"


def _traceback(of: Any) -> str:
    """What `exc_info` stands for: an exception, the three values that describe one, or the one being handled."""
    error = of if isinstance(of, BaseException) else of[1] if isinstance(of, tuple) else sys.exception()
    return "".join(format_exception(error)).rstrip()
