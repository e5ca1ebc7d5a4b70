"""Waiting for a run, and cancelling it when the user or the clock says so."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from stepflow_core import ConflictError, StepflowExecutor

from .durations import spell
from .exits import Exit
from .interrupts import Interrupts
from .terminal import Terminal

T = TypeVar("T")


class Supervisor:
    """Waits for the work on runs of one executor; `timeout` (seconds) bounds each run."""

    def __init__(
        self, executor: StepflowExecutor, terminal: Terminal, interrupts: Interrupts, timeout: float | None = None
    ) -> None:
        self._executor = executor
        self._terminal = terminal
        self._interrupts = interrupts
        self._timeout = timeout
        self._has_run = False

    async def unless_asked(self, work: Coroutine[Any, Any, int]) -> int:
        """The exit code of work that starts a run and sees it through.

        When the process is asked to end before a run is there to be cancelled, the work is left at once.
        """
        task = asyncio.ensure_future(work)
        asked = asyncio.ensure_future(self._interrupts.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done() and not self._has_run and self._interrupts.exit is not None:
                self._terminal.note("the server had not answered yet; if it has started the run, that goes on")
                return self._interrupts.exit
            return await task
        finally:
            asked.cancel()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def see_through(self, run_id: str, work: Coroutine[Any, Any, T]) -> tuple[T, Exit | None]:
        """What comes of the work, which ends when the run does; and the exit code, if the run was cut short.

        When the process is asked to end or the time is up, the run is cancelled, which ends the work.
        """
        self._has_run = True
        task = asyncio.ensure_future(work)
        asked = asyncio.ensure_future(self._interrupts.wait())
        try:
            await asyncio.wait({task, asked}, timeout=self._timeout, return_when=asyncio.FIRST_COMPLETED)
            cut = None if task.done() else await self._cancel(run_id)
            return await task, cut
        finally:
            asked.cancel()
            task.cancel()

    async def _cancel(self, run_id: str) -> Exit:
        if self._interrupts.exit is not None:
            self._terminal.note("cancelling the run; once more ends at once")
            cut = self._interrupts.exit
            reason = "interrupted by the user" if cut is Exit.INTERRUPTED else "the process was asked to end"
        else:
            took = spell(self._timeout or 0)
            self._terminal.note(f"the run has not ended within {took}; cancelling it")
            cut, reason = Exit.STOPPED, f"not ended within {took}"
        try:
            await self._executor.cancel_run(run_id, reason)
        except ConflictError:
            pass  # it ended in the meantime
        return cut
