"""Waiting for runs: by requests that the server answers when the run has ended."""

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
        while True:
            details = await self._fetch_run(run_id, deadline.poll)
            if details.status is not ExecutionStatus.RUNNING or not deadline.left:
                return details

    async def _ended(self, run_id: str, deadline: Deadline) -> RunDetails:
        """A run that has ended; one that is paused is waited for. Raises `RunTimeoutError`."""
        while True:
            details = await self._at_rest(run_id, deadline)
            if details.status.is_terminal:
                return details
            if not deadline.left:
                text = f"the run {run_id} has not ended within {deadline.timeout:g} s; it goes on"
                raise RunTimeoutError(text, run_id=run_id, status=details.status.value)
            await self._until_end_is_told(run_id, deadline)

    async def _until_end_is_told(self, run_id: str, deadline: Deadline) -> None:
        """Follow a run that is paused: who asks for it is answered at once, and would have to ask on and on."""
        try:
            async with asyncio.timeout(None if math.isinf(deadline.left) else deadline.left):
                async with aclosing(self._followed(run_id, {"run_completed"})) as events:
                    async for _ in events:
                        pass
        except TimeoutError:
            pass

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


def _now() -> float:
    return asyncio.get_running_loop().time()
