"""The members of a client that move a run step by step."""

from __future__ import annotations

from collections.abc import Iterable
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

from .life import ClientLife
from .requests import checked_id, json_value, path_part

T = TypeVar("T")

LONGEST_STEP = 3600.0
"""Seconds that a step may take which a call waits for."""


class _Evaluated(Struct, frozen=True):
    """What an evaluation answers."""

    result: FlowResult


class DebugMembers(ClientLife):
    """Debug mode: a run made by `create_run(debug=True)` is paused and moves as it is told to.

    All members raise `NotFoundError` for an unknown run or step and `ConflictError` for a run that is not in
    debug mode or has ended. A step that is waited for may take an hour, whatever the client's timeout.
    """

    async def debug_queue(self, run_id: str, step_ids: Iterable[str]) -> DebugQueue:
        """Add steps, with all that they need, to those that are to run; the queue is that of the output at first."""
        if isinstance(step_ids, str):
            raise InvalidInputError("step_ids is a list of the ids of steps")
        return await self._debug(run_id, "POST", "queue", DebugQueue, {"stepIds": list(step_ids)})

    async def debug_queued(self, run_id: str) -> DebugQueued:
        """The steps that are to run, in document order."""
        return await self._debug(run_id, "GET", "queue", DebugQueued)

    async def debug_next(self, run_id: str) -> DebugNext:
        """Run the first step that is ready and wait for its end."""
        return await self._debug(run_id, "POST", "next", DebugNext)

    async def debug_run_queue(self, run_id: str) -> DebugRunQueue:
        """Run steps one after the other until none is ready."""
        return await self._debug(run_id, "POST", "run-queue", DebugRunQueue)

    async def debug_eval(
        self, run_id: str, *, step_id: str | None = None, expression: Any | UnsetType = UNSET
    ) -> FlowResult:
        """The result of a step, which runs first if it has not (with all that it needs), or of an expression.

        An expression sees the run as it is: one that reaches a step without a result is refused
        (`ConflictError`). Raises `FlowLoadError` for one that cannot be read.
        """
        if (step_id is None) == (expression is UNSET):
            raise InvalidInputError("give either step_id or expression")
        body = {"expression": expression} if step_id is None else {"stepId": step_id}
        return (await self._debug(run_id, "POST", "eval", _Evaluated, body)).result

    async def debug_show(self, run_id: str, step_id: str) -> DebugView:
        """A step as it stands, secrets in its input redacted."""
        return await self._debug(run_id, "GET", f"show/{path_part(step_id)}", DebugView)

    async def debug_continue(self, run_id: str) -> RunSummary:
        """End debug mode; the run goes on by itself."""
        return await self._debug(run_id, "POST", "continue", RunSummary)

    async def _debug(self, run_id: str, method: str, path: str, kind: type[T], body: Any = None) -> T:
        from .conversion import into

        more = {} if body is None else {"json": json_value("the request", body)}
        known = checked_id("run", run_id)
        return await self._connection.request(
            method, f"/runs/{known}/debug/{path}", into(kind), wait=LONGEST_STEP, **more
        )
