"""An event loop whose clock jumps: sleeps, back-offs and timeouts take no time.

Whenever nothing is ready and only timers are left, the loop moves its clock to the next timer instead of
waiting. What comes from outside the loop still takes its time: while threads run components, or other
files than the loop's own are watched, the loop waits for real, up to the next timer. In the manner of
`trio.testing.MockClock` with `autojump_threshold=0`.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class JumpingSelector(selectors.DefaultSelector):
    """A selector that jumps over the waiting where only time could end it."""

    def __init__(self) -> None:
        super().__init__()
        self.jumped = 0.0
        self.outside = 0
        """How many things are under way that may wake the loop from outside."""

    def select(self, timeout: float | None = None) -> Any:
        """Wait for files, or move the clock by `timeout` seconds at once."""
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None or self.outside or len(self.get_map()) > 1:
            return super().select(timeout)
        self.jumped += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop. `wall_clock` is the time of day that goes with its clock (seconds since the epoch)."""

    def __init__(self) -> None:
        self._jumping = JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """The loop's clock: real time and all jumps so far."""
        return super().time() + self._jumping.jumped

    def wall_clock(self) -> float:
        """The time of day, ahead by all jumps so far."""
        return time.time() + self._jumping.jumped

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run a function in a thread; until it ends, time is real."""
        future = super().run_in_executor(executor, func, *args)
        self.begin_outside()
        future.add_done_callback(lambda _: self.end_outside())
        return future

    def begin_outside(self) -> None:
        """Something begins outside the loop that will wake it: until it ends, time is real."""
        self._jumping.outside += 1

    def end_outside(self) -> None:
        """Something outside the loop has ended."""
        self._jumping.outside -= 1


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a loop whose clock jumps; like `asyncio.run`."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
