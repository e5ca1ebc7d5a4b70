"""Threads for components that may block.

They are daemon threads of our own: `asyncio.run` hangs at its end on a thread of a `ThreadPoolExecutor`
that never returns, and the interpreter waits for it at exit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from enum import Enum
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

IDLE_SECONDS = 30.0
"""How long a thread without work waits for some."""

Call = Callable[[], Any]
Done = Callable[[Any, BaseException | None], None]


class State(Enum):
    """Where a job is on its way."""

    WAITING = "waiting"
    RUNNING = "running"
    ENDED = "ended"
    """Its call has returned; nobody has been told."""
    OVER = "over"
    """Told, or given up."""


class Job:
    """A call that was handed to a thread."""

    __slots__ = ("_context", "_error", "_result", "call", "done", "state")

    def __init__(self, call: Call, done: Done, context: Context) -> None:
        self.call = call
        self.done = done
        self.state = State.WAITING
        self._context = context
        self._result: Any = None
        self._error: BaseException | None = None

    def run(self) -> None:
        """Make the call and keep what came of it."""
        try:
            self._result = self._context.run(self.call)
        except BaseException as error:
            self._error = error

    def fail(self, error: BaseException) -> None:
        """Count the call as failed."""
        self._error = error

    def tell(self) -> None:
        """Hand on what came of it, and forget it: an error holds on to the frames that it passed, this one too."""
        result, error = self._result, self._error
        self._result = self._error = None
        self.done(result, error)


class DaemonThreads:
    """At most `limit` calls at a time, each in a daemon thread.

    Its members are used from one thread, the loop's. `wake` is `loop.call_soon_threadsafe`, by which results
    come back to it: one call for all that end together. No thread is there before the first call; one without
    work ends after `idle_seconds`. `on_room`, if set, is called on the loop's thread when there is room again
    after there was none.
    """

    def __init__(
        self, limit: int, wake: Callable[[Callable[[], None]], object], *, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self.on_room: Callable[[], None] | None = None
        self._limit = limit
        self._wake = wake
        self._idle_seconds = idle_seconds
        self._running = 0
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        # What follows, and the states of the jobs, changes under the lock only. `_idle` counts the threads that
        # wait for work and were not promised any: who takes one off it has to put something into the queue.
        self._lock = Lock()
        self._closed = False
        self._idle = 0
        self._lost = 0
        self._threads = 0
        self._ended: deque[Job] = deque()

    @property
    def has_room(self) -> bool:
        """Whether another call can be started now."""
        return self._running < self._limit and not self._closed

    @property
    def running(self) -> int:
        """How many calls run or have room kept for them, the abandoned ones left out."""
        return self._running

    @property
    def lost(self) -> int:
        """How many threads are in a call that was abandoned and has not returned."""
        return self._lost

    @property
    def threads(self) -> int:
        """How many threads there are, idle and lost ones too."""
        return self._threads

    def reserve(self) -> None:
        """Keep room for a call that is to be started with `reserved`. Raises `RuntimeError` as `start` does."""
        if not self.has_room:
            raise RuntimeError("closed" if self._closed else f"{self._limit} calls are running already")
        self._running += 1

    def release(self) -> None:
        """Give back the room that was kept for a call which is not wanted any more."""
        was_full = not self.has_room
        self._running -= 1
        if was_full:
            self._tell_loop(self._announce_room)

    def start(self, call: Call, done: Done, *, reserved: bool = False) -> Job:
        """Make `call` in a thread, with a copy of the caller's context variables.

        `done(result, error)` is called on the loop's thread; whatever the call raises, `SystemExit` too, is
        its `error`. Raises `RuntimeError` where there is no room (nor any `reserved`) or after `close`.
        """
        if not reserved:
            self.reserve()
        job = Job(call, done, copy_context())
        if self._take_idle() or self._add_thread(job):
            self._jobs.put(job)
        return job

    def abandon(self, job: Job) -> None:
        """Give up a call: its result is dropped, and it takes no room any more even if it never returns."""
        with self._lock:
            state, job.state = job.state, State.OVER
            self._lost += state is State.RUNNING
        if state is not State.OVER:
            was_full = not self.has_room
            self._running -= 1
            if was_full:
                self._tell_loop(self._announce_room)

    def close(self) -> None:
        """Start nothing any more. Idle threads end now, the others when their call returns; results still arrive."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, 0
            self._threads -= idle
        for _ in range(idle):
            self._jobs.put(None)

    def _take_idle(self) -> bool:
        with self._lock:
            found = self._idle > 0
            self._idle -= found
            return found

    def _add_thread(self, job: Job) -> bool:
        """Add a thread that is promised the job. Where the system has none left, that fails this call only."""
        with self._lock:
            self._threads += 1
        try:
            # A thread keeps its arguments alive, so it gets the job as the others do.
            Thread(target=self._work, name="stepflow-component", daemon=True).start()
        except RuntimeError as error:
            job.fail(error)
            self._end(job)
            return False
        return True

    def _work(self) -> None:
        """The life of a thread: one job after the other."""
        job = self._next()
        while job is not None and self._run(job):
            # Waiting must not keep the last job's data alive.
            job = None
            job = self._next()

    def _run(self, job: Job) -> bool:
        """Do a job; whether the thread goes on."""
        with self._lock:
            if job.state is State.OVER:
                return self._rest()
            job.state = State.RUNNING
        job.run()
        return self._end(job)

    def _end(self, job: Job) -> bool:
        """Note that a job's call has returned; whether the thread goes on. A lost one was replaced."""
        with self._lock:
            if job.state is State.OVER:
                self._lost -= 1
                self._threads -= 1
                return False
            goes_on = self._rest() if job.state is State.RUNNING else self._leave()
            job.state = State.ENDED
            self._ended.append(job)
            is_first = len(self._ended) == 1
        if is_first:
            self._tell_loop(self._deliver)
        return goes_on

    def _rest(self) -> bool:
        """Become idle; the lock is held."""
        if self._closed:
            return self._leave()
        self._idle += 1
        return True

    def _leave(self) -> bool:
        """Count a thread as ended; the lock is held."""
        self._threads -= 1
        return False

    def _next(self) -> Job | None:
        """The next job; `None` where the thread is to end."""
        try:
            return self._jobs.get(timeout=self._idle_seconds)
        except Empty:
            # Where none is idle, this thread was promised something just now.
            return None if self._retire() else self._jobs.get()

    def _retire(self) -> bool:
        with self._lock:
            if self._idle == 0:
                return False
            self._idle -= 1
            self._threads -= 1
            return True

    def _deliver(self) -> None:
        """On the loop's thread: tell those who wait for the jobs that have ended."""
        with self._lock:
            ended, self._ended = self._ended, deque()
        was_full = not self.has_room
        try:
            while ended:
                self._tell(ended.popleft())
        finally:
            self._deliver_later(ended)
            if was_full:
                self._announce_room()

    def _tell(self, job: Job) -> None:
        # Only the loop's thread makes a job that has ended over, so no lock is needed.
        if job.state is State.ENDED:
            job.state = State.OVER
            self._running -= 1
            job.tell()

    def _deliver_later(self, ended: deque[Job]) -> None:
        """Where one who was told raised, the others must still be told."""
        if ended:
            with self._lock:
                self._ended.extendleft(reversed(ended))
            self._tell_loop(self._deliver)

    def _announce_room(self) -> None:
        if self.on_room is not None and self.has_room:
            self.on_room()

    def _tell_loop(self, callback: Callable[[], None]) -> None:
        try:
            self._wake(callback)
        except RuntimeError:
            # The loop is closed: nobody is left who waits for a result.
            return
