"""The members of a client that move a run step by step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from msgspec import UNSET, Struct, UnsetType
from stepflow_core import (
    DebugNext,
    DebugQueue,
    DebugQueued,
    DebugRunQueue,
    DebugView,
    FlowResult,
    InvalidInputError,
    RunSummary,
)
from stepflow_core.arguments import owned_json

from .connection import Parsed
from .life import ClientLife
from .requests import checked_id, checked_step_id, step_id_list

T = TypeVar("T")

LONGEST_STEP = 3600.0
"""Seconds for which a call waits while steps run."""


class _Evaluated(Struct, frozen=True):
    """What an evaluation answers."""

    result: FlowResult


class DebugMembers(ClientLife):
    """Debug mode: a run made by `create_run(debug=True)` is paused and moves as it is told to.

    All members raise `NotFoundError` for an unknown run or step and `ConflictError` for a run that is not in
    debug mode or has ended. Those that run steps wait for an hour, whatever the client's timeout.
    """

    async def debug_queue(self, run_id: str, step_ids: Iterable[str]) -> DebugQueue:
        """Add steps, with all that they need, to those that are to run; the queue is that of the output at first."""
        from stepflow_api.api.debug import debug_queue
        from stepflow_api.models import DebugQueueRequest

        known, body = checked_id("run", run_id), DebugQueueRequest(step_ids=step_id_list(step_ids))
        return await self._debug(lambda api: debug_queue.asyncio_detailed(known, client=api, body=body), DebugQueue)

    async def debug_queued(self, run_id: str) -> DebugQueued:
        """The steps that are to run, in document order."""
        from stepflow_api.api.debug import debug_queued

        known = checked_id("run", run_id)
        return await self._debug(lambda api: debug_queued.asyncio_detailed(known, client=api), DebugQueued)

    async def debug_next(self, run_id: str) -> DebugNext:
        """Run the first step that is ready and wait for its end."""
        from stepflow_api.api.debug import debug_next

        known = checked_id("run", run_id)
        return await self._debug(lambda api: debug_next.asyncio_detailed(known, client=api), DebugNext, LONGEST_STEP)

    async def debug_run_queue(self, run_id: str) -> DebugRunQueue:
        """Run steps one after the other until none is ready."""
        from stepflow_api.api.debug import debug_run_queue

        known = checked_id("run", run_id)
        return await self._debug(
            lambda api: debug_run_queue.asyncio_detailed(known, client=api), DebugRunQueue, LONGEST_STEP
        )

    async def debug_eval(
        self, run_id: str, *, step_id: str | None = None, expression: Any | UnsetType = UNSET
    ) -> FlowResult:
        """The result of a step, which runs first if it has not (with all that it needs), or of an expression.

        An expression sees the run as it is: one that reaches a step without a result is refused
        (`ConflictError`). Raises `FlowLoadError` for one that cannot be read.
        """
        from stepflow_api.api.debug import debug_eval
        from stepflow_api.models import DebugEvalRequest

        if (step_id is None) == (expression is UNSET):
            raise InvalidInputError("give either step_id or expression")
        known = checked_id("run", run_id)
        if step_id is None:
            body = DebugEvalRequest(expression=owned_json("the expression", expression))
        else:
            body = DebugEvalRequest(step_id=checked_step_id(step_id))
        evaluated = await self._debug(
            lambda api: debug_eval.asyncio_detailed(known, client=api, body=body), _Evaluated, LONGEST_STEP
        )
        return evaluated.result

    async def debug_show(self, run_id: str, step_id: str) -> DebugView:
        """A step as it stands, secrets in its input redacted."""
        from stepflow_api.api.debug import debug_show

        known, step = checked_id("run", run_id), checked_step_id(step_id)
        return await self._debug(lambda api: debug_show.asyncio_detailed(known, step, client=api), DebugView)

    async def debug_continue(self, run_id: str) -> RunSummary:
        """End debug mode; the run goes on by itself."""
        from stepflow_api.api.debug import debug_continue

        known = checked_id("run", run_id)
        return await self._debug(lambda api: debug_continue.asyncio_detailed(known, client=api), RunSummary)

    async def _debug(self, operation: Callable[[Any], Awaitable[Parsed]], kind: type[T], wait: float = 0.0) -> T:
        from .conversion import into

        return await self._connection.call(operation, into(kind), wait=wait)
