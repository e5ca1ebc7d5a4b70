"""Steps that wait until a test lets them go on, so that nothing depends on how long anything takes.

A gate is told to open through the executor itself, by a blob: it works in process and over HTTP.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from types import TracebackType
from typing import Any, TypeVar
from uuid import uuid4

from ...canonical import content_id
from ...errors import StepflowError
from ...events import RunEvent
from ...executor import StepflowExecutor

PATIENCE = 60.0
"""Seconds after which a test gives up waiting for what never comes; nothing that works takes that long."""

PATH = "/kit/gate"

T = TypeVar("T")


class Gate:
    """Something for steps to wait at; leaving it as a context opens it, so that no run is left behind."""

    def __init__(self, executor: StepflowExecutor) -> None:
        self._executor = executor
        self._content = {"gate": uuid4().hex}
        self.blob_id = content_id(self._content)

    def step(self, id: str = "wait", value: Any = "done", **more: Any) -> dict[str, Any]:
        """A step that waits here and then gives `value`, any expression."""
        return {"id": id, "component": PATH, "input": {"blob_id": self.blob_id, "value": value}, **more}

    def flow(self, **more: Any) -> dict[str, Any]:
        """A flow of one such step."""
        return {"name": "gated", "steps": [self.step()], "output": {"$step": "wait"}, **more}

    async def open(self) -> None:
        """Let every step go on that waits here or will."""
        await self._executor.put_blob(self._content)

    async def __aenter__(self) -> Gate:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A test may have closed the executor.
        with suppress(StepflowError):
            await self.open()


async def reached(executor: StepflowExecutor, run_id: str, count: int = 1) -> None:
    """Wait until `count` steps of the run and its sub-runs have come to a gate."""
    started = executor.events(run_id, event_types=["step_started"])
    found = 0
    async with asyncio.timeout(PATIENCE):
        async for event in started:
            found += event.component == PATH
            if found == count:
                break
    await done_with(started)
    assert found == count, f"the run ended when {found} of {count} steps had come to a gate"


async def all_of(events: AsyncIterator[RunEvent]) -> list[RunEvent]:
    """Every event, to the end of the stream."""
    async with asyncio.timeout(PATIENCE):
        return [event async for event in events]


async def done_with(events: AsyncIterator[Any]) -> None:
    """Stop reading events before their end."""
    close = getattr(events, "aclose", None)
    if close is not None:
        await close()
