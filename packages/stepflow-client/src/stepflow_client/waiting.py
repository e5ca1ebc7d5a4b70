"""Waiting for runs: by their events or, where those cannot be had, by requests that the server holds back."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import aclosing

from stepflow_core import (
    ConflictError,
    ExecutionStatus,
    FlowResult,
    ItemResult,
    ListItemsResponse,
    RunDetails,
    RunEvent,
    RunTimeoutError,
    StepflowError,
)

from .requests import checked_id
from .settings import check_seconds
from .starting import RunStarter

POLL = 25.0
"""Seconds for which the server is asked to hold back one answer, so that nothing between takes it for dead."""


class Deadline:
    """The end of a time to wait, in seconds from now; without one it never comes. Raises `InvalidInputError`."""

    def __init__(self, timeout: float | None) -> None:
        check_seconds("a timeout", timeout)
        self.timeout = timeout
        self._at = math.inf if timeout is None else _now() + timeout

    @property
    def left(self) -> float:
        """The seconds until then; none where it is over."""
        return max(0.0, self._at - _now())

    @property
    def poll(self) -> float:
        """The seconds for which the next answer may be held back."""
        return min(POLL, self.left)


class RunWaiter(RunStarter):
    """Waits for runs; however long it takes, one request takes `POLL` seconds at most."""

    async def _fetch_run(self, run_id: str, wait: float | None = None) -> RunDetails:
        """A run, once it is at rest or `wait` seconds have passed; at once where that is `None`."""
        from stepflow_api.api.run import get_run
        from stepflow_api.types import UNSET

        from .conversion import into

        known = checked_id("run", run_id)
        time = UNSET if wait is None else wait
        return await self._connection.call(
            lambda api: get_run.asyncio_detailed(known, client=api, wait=wait is not None, timeout_secs=time),
            into(RunDetails),
            wait=wait or 0.0,
        )

    async def _at_rest(self, run_id: str, deadline: Deadline) -> RunDetails:
        """A run, once it has ended or is paused or the time is up."""
        attempt = 0
        while True:
            details, early = await self._held_back(run_id, deadline)
            if details.status is not ExecutionStatus.RUNNING or not deadline.left:
                return details
            await _rest(attempt, early, deadline)
            attempt += 1

    async def _ended(self, run_id: str, deadline: Deadline) -> RunDetails:
        """A run that has ended; one that is paused is waited for. Raises `RunTimeoutError`."""
        details = await self._fetch_run(run_id)
        while not details.status.is_terminal and deadline.left and await self._until_end_is_told(run_id, deadline):
            details = await self._fetch_run(run_id)
        attempt = 0
        while not details.status.is_terminal:
            if not deadline.left:
                text = f"the run {run_id} has not ended within {deadline.timeout:g} s; it goes on"
                raise RunTimeoutError(text, run_id=run_id, status=details.status.value)
            details, early = await self._held_back(run_id, deadline)
            if not details.status.is_terminal:
                await _rest(attempt, early, deadline)
                attempt += 1
        return details

    async def _held_back(self, run_id: str, deadline: Deadline) -> tuple[RunDetails, float]:
        """A run that the server is asked to hold back for a while, and the seconds that it came too early."""
        due = _now() + deadline.poll
        details = await self._fetch_run(run_id, deadline.poll)
        return details, due - _now()

    async def _until_end_is_told(self, run_id: str, deadline: Deadline) -> bool:
        """Follow a run to its end or until the time is up; whether its events can be had."""
        try:
            async with asyncio.timeout(None if math.isinf(deadline.left) else deadline.left):
                async with aclosing(self._followed(run_id, {"run_completed"})) as events:
                    async for _ in events:
                        pass
        except TimeoutError:
            pass
        except StepflowError:
            return False  # what lies between may not let streams through: the run itself is asked for then
        return True

    def _followed(self, run_id: str, types: set[str]) -> AsyncGenerator[RunEvent, None]:
        from .streams import EventStream

        return EventStream(self._connection, checked_id("run", run_id), types=frozenset(types)).events()

    async def _result(self, run_id: str, deadline: Deadline) -> FlowResult:
        """The result of a run of one item, once it has ended. Raises `ConflictError` for a batch."""
        item = await self._only_item(run_id)
        if item is None or item.result is None:
            await self._ended(run_id, deadline)
            item = await self._only_item(run_id)
        return result_of(item)

    async def _only_item(self, run_id: str) -> ItemResult | None:
        from stepflow_api.api.run import get_run_items

        from .conversion import into

        known = checked_id("run", run_id)
        found = await self._connection.call(
            lambda api: get_run_items.asyncio_detailed(known, client=api, limit=1), into(ListItemsResponse)
        )
        if found.item_count != 1:
            raise ConflictError(f"the run {run_id} has {found.item_count} items: use get_batch")
        return found.items[0] if found.items else None


def result_of(item: ItemResult | None) -> FlowResult:
    """The result of an item whose run has ended."""
    if item is None or item.result is None:
        return FlowResult.failed(499, "the run was cancelled", {"kind": "cancelled"})
    return item.result


async def _rest(attempt: int, early: float, deadline: Deadline) -> None:
    """Wait before asking again, where an answer came too early: the server does not hold answers back."""
    from . import retrying

    if early > 0:
        await retrying.pause(min(retrying.backoff(attempt), early, deadline.left))


def _now() -> float:
    return asyncio.get_running_loop().time()
