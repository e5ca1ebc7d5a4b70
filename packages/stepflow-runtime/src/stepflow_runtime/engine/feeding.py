"""Reading the inputs of batches that are fed: in threads, as reading them may block."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..threads import DaemonThreads, Job

if TYPE_CHECKING:
    from .driver import Execution

FEEDERS = 64
"""How many inputs of batches may be read at the same time."""

Read = Callable[[], Any]
Done = Callable[[Any, BaseException | None], None]


class Feeders:
    """Reads for trees of runs, one reading at a time for each. Used from the loop's thread only."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._threads = DaemonThreads(FEEDERS, loop.call_soon_threadsafe)
        self._threads.on_room = self._start_waiting
        self._waiting: deque[tuple[Execution, Read, Done]] = deque()
        self._reading: dict[Execution, Job] = {}
        # A loop with a virtual clock has to know what goes on outside of it.
        self._begin_outside: Callable[[], None] = getattr(loop, "begin_outside", _nothing)
        self._end_outside: Callable[[], None] = getattr(loop, "end_outside", _nothing)

    def read(self, execution: Execution, read: Read, done: Done) -> None:
        """Call `read` in a thread, and `done` with what it gives or raises; later, where many are reading already."""
        self._waiting.append((execution, read, done))
        self._start_waiting()

    def _start_waiting(self) -> None:
        while self._waiting and self._threads.has_room:
            self._start(*self._waiting.popleft())

    def _start(self, execution: Execution, read: Read, done: Done) -> None:
        def told(inputs: Any, problem: BaseException | None) -> None:
            del self._reading[execution]
            self._end_outside()
            done(inputs, problem)

        self._begin_outside()
        self._reading[execution] = self._threads.start(read, told)

    def stop(self, execution: Execution) -> None:
        """Let go of what is read, or is to be read, for a tree of runs that has ended."""
        self._waiting = deque(each for each in self._waiting if each[0] is not execution)
        job = self._reading.pop(execution, None)
        if job is not None:
            self._end_outside()
            self._threads.abandon(job)

    def close(self) -> None:
        """Start nothing any more."""
        self._threads.close()


def _nothing() -> None:
    pass
