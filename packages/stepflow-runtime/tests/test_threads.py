"""Daemon threads: calls beside the loop, results back on it, and what happens to calls that never return."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from queue import SimpleQueue
from typing import Any

import pytest
from stepflow_runtime.threads import DaemonThreads

PATIENCE = 30.0
"""Seconds after which a test gives up; no test takes that long unless it fails."""


class Loop:
    """A loop in the test's own hands: what others want run is kept until the test runs it."""

    def __init__(self) -> None:
        self.callbacks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.woken = 0
        self.closed = False

    def wake(self, callback: Callable[[], None]) -> None:
        """What `call_soon_threadsafe` does."""
        if self.closed:
            raise RuntimeError("Event loop is closed")
        self.woken += 1
        self.callbacks.put(callback)

    def run_one(self) -> None:
        """Wait for a callback and run it."""
        self.callbacks.get(timeout=PATIENCE)()

    def run_until(self, reached: Callable[[], bool]) -> None:
        """Run callbacks until something is reached."""
        while not reached():
            self.run_one()


class Results:
    """Notes the results that it is told, and on which thread."""

    def __init__(self) -> None:
        self.all: list[tuple[Any, BaseException | None]] = []
        self.threads: set[int] = set()

    def __call__(self, value: Any, error: BaseException | None) -> None:
        self.all.append((value, error))
        self.threads.add(threading.get_ident())

    @property
    def values(self) -> list[Any]:
        """The results without their errors."""
        return [value for value, _ in self.all]


@pytest.fixture
def loop() -> Loop:
    """A loop in the test's own hands."""
    return Loop()


@pytest.fixture
def results() -> Results:
    """Where results go."""
    return Results()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What blocked calls wait for; opened at the end, so that no thread is left behind."""
    event = threading.Event()
    yield event
    event.set()


def blocked(gate: threading.Event, started: threading.Semaphore | None = None) -> Callable[[], bool]:
    """A call that says that it has begun and waits for the gate."""

    def call() -> bool:
        if started is not None:
            started.release()
        return gate.wait(PATIENCE)

    return call


def has_begun(started: threading.Semaphore) -> None:
    """Wait until a blocked call has begun."""
    assert started.acquire(timeout=PATIENCE)


def ended(thread: threading.Thread) -> bool:
    """Wait for a thread's end."""
    thread.join(PATIENCE)
    return not thread.is_alive()


def test_no_thread_before_the_first_call(loop: Loop) -> None:
    """Nothing starts when it is made."""
    before = threading.active_count()
    threads = DaemonThreads(4, loop.wake)
    assert (threads.threads, threads.has_room, threading.active_count()) == (0, True, before)


def test_result_comes_back_on_the_loop(loop: Loop, results: Results) -> None:
    """A call runs in a daemon thread; its result is told on the loop's thread."""
    threads = DaemonThreads(1, loop.wake)
    threads.start(lambda: (threading.current_thread().daemon, threading.get_ident()), results)
    assert results.all == []
    loop.run_one()
    (is_daemon, thread), error = results.all[0]
    assert (is_daemon, error) == (True, None)
    assert thread not in results.threads
    assert results.threads == {threading.get_ident()}


@pytest.mark.parametrize(
    "error", [ValueError("x"), StopIteration(1), SystemExit(3), KeyboardInterrupt(), GeneratorExit()]
)
def test_whatever_is_raised_is_a_failure(loop: Loop, results: Results, error: BaseException) -> None:
    """Errors of every kind are told, and the thread lives on."""

    def fail() -> None:
        raise error

    threads = DaemonThreads(1, loop.wake)
    for _ in range(2):
        threads.start(fail, results)
        loop.run_one()
    assert results.all == [(None, error), (None, error)]
    assert threads.threads == 1


def test_limit(loop: Loop, results: Results, gate: threading.Event) -> None:
    """At most `limit` calls run; one more is refused until a result has been told."""
    threads = DaemonThreads(2, loop.wake)
    for _ in range(2):
        threads.start(blocked(gate), results)
    assert (threads.has_room, threads.running) == (False, 2)
    with pytest.raises(RuntimeError, match="2 calls"):
        threads.start(blocked(gate), results)
    gate.set()
    loop.run_until(lambda: len(results.all) == 2)
    assert (threads.has_room, threads.running) == (True, 0)


def test_room_can_be_kept(loop: Loop, results: Results) -> None:
    """For a call that comes later, or not at all: who waits for room is told when it is given back."""
    threads = DaemonThreads(1, loop.wake)
    rooms: list[bool] = []
    threads.on_room = lambda: rooms.append(threads.has_room)
    threads.reserve()
    assert (threads.has_room, threads.running) == (False, 1)
    for refused in (threads.reserve, lambda: threads.start(int, results)):
        with pytest.raises(RuntimeError, match="1 calls"):
            refused()
    threads.start(int, results, reserved=True)
    loop.run_until(lambda: bool(rooms))
    assert (results.all, rooms, threads.running) == ([(0, None)], [True], 0)
    threads.reserve()
    threads.release()
    loop.run_until(lambda: len(rooms) == 2)
    assert (threads.has_room, threads.running) == (True, 0)


def test_threads_are_used_again(loop: Loop, results: Results) -> None:
    """One call after the other runs in the same thread."""
    threads = DaemonThreads(8, loop.wake)
    for _ in range(20):
        threads.start(threading.get_ident, results)
        loop.run_one()
    assert len(set(results.values)) == 1
    assert threads.threads == 1


def test_results_of_a_burst_wake_the_loop_once(loop: Loop, results: Results) -> None:
    """Results that end while the loop is busy come with one call of `wake`."""
    threads = DaemonThreads(8, loop.wake)
    together = threading.Barrier(8)
    used: list[threading.Thread] = []

    def call() -> int:
        used.append(threading.current_thread())
        return together.wait(PATIENCE)

    for _ in range(8):
        threads.start(call, results)
    threads.close()
    assert all(map(ended, used))
    assert len(used) == 8
    assert loop.woken == 1
    loop.run_one()
    assert sorted(results.values) == list(range(8))


def test_context_variables_are_copied(loop: Loop, results: Results) -> None:
    """A call sees the caller's context variables, and what it sets stays its own."""
    variable: ContextVar[str] = ContextVar("variable", default="unset")
    threads = DaemonThreads(1, loop.wake)

    def look() -> str:
        seen = variable.get()
        variable.set("changed")
        return seen

    token = variable.set("mine")
    threads.start(look, results)
    loop.run_one()
    variable.reset(token)
    threads.start(look, results)
    loop.run_one()
    assert results.values == ["mine", "unset"]
    assert variable.get() == "unset"


def test_room_is_announced(loop: Loop, results: Results, gate: threading.Event) -> None:
    """`on_room` is called on the loop when there is room after there was none, and only then."""
    threads = DaemonThreads(2, loop.wake)
    rooms: list[bool] = []
    threads.on_room = lambda: rooms.append(threads.has_room)
    threads.start(lambda: 1, results)
    loop.run_one()
    assert rooms == []
    for _ in range(2):
        threads.start(blocked(gate), results)
    gate.set()
    loop.run_until(lambda: len(results.all) == 3)
    assert rooms == [True]


def test_room_that_is_taken_at_once_is_not_announced(loop: Loop, results: Results, gate: threading.Event) -> None:
    """Where whoever is told starts the next call, there is no room to speak of."""
    threads = DaemonThreads(1, loop.wake)
    rooms: list[int] = []
    threads.on_room = lambda: rooms.append(1)
    threads.start(lambda: 1, lambda value, error: threads.start(blocked(gate), results) and None)
    loop.run_one()
    assert (rooms, threads.running) == ([], 1)


class TestAbandoning:
    """Calls that are given up."""

    def test_frees_the_room_at_once(self, loop: Loop, results: Results, gate: threading.Event) -> None:
        """An abandoned call takes no room, even while its thread is stuck; that is announced on the loop."""
        threads = DaemonThreads(1, loop.wake)
        rooms: list[int] = []
        threads.on_room = lambda: rooms.append(1)
        started = threading.Semaphore(0)
        job = threads.start(blocked(gate, started), results)
        has_begun(started)
        threads.abandon(job)
        assert (threads.has_room, threads.lost, rooms) == (True, 1, [])
        loop.run_one()
        assert rooms == [1]
        threads.start(lambda: "next", results)
        loop.run_one()
        assert results.values == ["next"]
        assert threads.threads == 2

    def test_late_result_is_dropped(self, loop: Loop, results: Results, gate: threading.Event) -> None:
        """What an abandoned call returns in the end is told to nobody, and its thread ends."""
        threads = DaemonThreads(1, loop.wake)
        stuck: list[threading.Thread] = []
        started = threading.Semaphore(0)

        def call() -> str:
            stuck.append(threading.current_thread())
            started.release()
            gate.wait(PATIENCE)
            return "late"

        job = threads.start(call, results)
        has_begun(started)
        threads.abandon(job)
        gate.set()
        assert ended(stuck[0])
        assert (threads.lost, threads.threads, threads.running) == (0, 0, 0)
        loop.run_one()
        assert results.all == []
        assert loop.callbacks.empty()

    def test_result_on_its_way_is_dropped(self, loop: Loop, results: Results) -> None:
        """A call that has returned, but whose result was not told, can still be abandoned."""
        threads = DaemonThreads(2, loop.wake)
        job = threads.start(lambda: 1, results)
        told = loop.callbacks.get(timeout=PATIENCE)
        threads.abandon(job)
        told()
        assert (results.all, threads.running, threads.lost) == ([], 0, 0)

    def test_twice_or_too_late(self, loop: Loop, results: Results, gate: threading.Event) -> None:
        """Abandoning again, or after the result was told, changes nothing."""
        threads = DaemonThreads(2, loop.wake)
        done = threads.start(lambda: 1, results)
        loop.run_one()
        threads.abandon(done)
        started = threading.Semaphore(0)
        job = threads.start(blocked(gate, started), results)
        has_begun(started)
        threads.abandon(job)
        threads.abandon(job)
        assert (threads.running, threads.lost) == (0, 1)

    def test_many_stuck_calls_leave_room(self, loop: Loop, results: Results, gate: threading.Event) -> None:
        """Any number of stuck calls leaves the limit to the others."""
        threads = DaemonThreads(2, loop.wake)
        started = threading.Semaphore(0)
        for _ in range(10):
            job = threads.start(blocked(gate, started), results)
            has_begun(started)
            threads.abandon(job)
        threads.start(lambda: "alive", results)
        loop.run_until(lambda: bool(results.all))
        assert (results.values, threads.lost) == (["alive"], 10)

    def test_abandoned_before_it_began(self, loop: Loop, results: Results) -> None:
        """A call that no thread has taken up yet is not made, or its result dropped; nothing is lost for good."""
        threads = DaemonThreads(1, loop.wake)
        calls = SimpleQueue[int]()
        for number in range(50):
            threads.abandon(threads.start(lambda number=number: calls.put(number), results))
        threads.start(lambda: "after", results)
        loop.run_until(lambda: bool(results.all))
        assert results.values == ["after"]
        assert threads.running == 0


class TestEnding:
    """Idle threads, and the end of all."""

    def test_idle_threads_end(self, loop: Loop, results: Results) -> None:
        """A thread that has waited long enough ends; the next call gets a new one."""
        threads = DaemonThreads(1, loop.wake, idle_seconds=0)
        for _ in range(5):
            threads.start(threading.current_thread, results)
            loop.run_until(lambda: bool(results.all))
            assert ended(results.values[0])
            assert threads.threads == 0
            results.all.clear()

    def test_close_ends_idle_threads(self, loop: Loop, results: Results) -> None:
        """After `close` idle threads end, and nothing can be started."""
        threads = DaemonThreads(1, loop.wake)
        threads.start(threading.current_thread, results)
        loop.run_one()
        threads.close()
        assert ended(results.values[0])
        assert (threads.threads, threads.has_room) == (0, False)
        with pytest.raises(RuntimeError, match="closed"):
            threads.start(lambda: 1, results)

    def test_close_lets_calls_end(self, loop: Loop, results: Results, gate: threading.Event) -> None:
        """A call that runs when all is closed still tells its result, then its thread ends."""
        threads = DaemonThreads(1, loop.wake)
        started = threading.Semaphore(0)
        threads.start(blocked(gate, started), results)
        has_begun(started)
        threads.close()
        gate.set()
        loop.run_one()
        assert results.values == [True]
        assert threads.threads == 0

    def test_closed_loop(self, loop: Loop, results: Results) -> None:
        """A result for a loop that is closed by then is nobody's, and no error."""
        threads = DaemonThreads(1, loop.wake)
        loop.closed = True
        thread: SimpleQueue[threading.Thread] = SimpleQueue()
        threads.start(lambda: thread.put(threading.current_thread()), results)
        threads.close()
        assert ended(thread.get(timeout=PATIENCE))
        assert results.all == []

    def test_no_thread_to_be_had(self, loop: Loop, results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the system has no thread left, that call fails, and later ones may work."""
        threads = DaemonThreads(1, loop.wake)
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", _refuse)
            threads.start(lambda: 1, results)
        loop.run_one()
        assert "can't start" in str(results.all[0][1])
        assert (threads.threads, threads.running) == (0, 0)
        threads.start(lambda: 2, results)
        loop.run_one()
        assert results.values == [None, 2]

    def test_interpreter_ends_with_a_stuck_call(self) -> None:
        """`asyncio.run` and the interpreter end although a call never returns."""
        code = """
import asyncio, threading
from stepflow_runtime.threads import DaemonThreads

async def main():
    threads = DaemonThreads(1, asyncio.get_running_loop().call_soon_threadsafe)
    threads.start(threading.Event().wait, print)
    print("leaving")

asyncio.run(main())
"""
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout == "leaving\n"


def _refuse(thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_one_who_raises_does_not_silence_the_others(loop: Loop, results: Results) -> None:
    """Where one who is told a result raises, the others are told all the same."""
    threads = DaemonThreads(3, loop.wake)

    def complain(value: Any, error: BaseException | None) -> None:
        raise ZeroDivisionError

    for told in (results, complain, results):
        threads.start(lambda: 1, told)
    threads.close()
    for _ in range(3):
        if len(results.all) == 2:
            break
        with _tolerating(ZeroDivisionError):
            loop.run_one()
    assert results.values == [1, 1]
    assert threads.running == 0


class _tolerating:  # noqa: N801 - a context manager, written as one
    def __init__(self, kind: type[BaseException]) -> None:
        self._kind = kind

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> bool:
        return kind is self._kind


def test_idle_thread_keeps_nothing_alive(loop: Loop, results: Results) -> None:
    """What a call worked on, and what it raised, is let go of when its result has been told."""

    class Data:
        """Something large."""

    def fail(data: Data) -> None:
        raise ValueError(data)

    threads = DaemonThreads(1, loop.wake)
    data = Data()
    watch = weakref.ref(data)
    threads.start(lambda data=data: fail(data), lambda value, error: None)
    loop.run_one()
    del data
    gc.collect()
    assert threads.threads == 1
    assert watch() is None


async def test_with_a_real_loop() -> None:
    """On asyncio's own loop, many more calls than threads all come back."""
    loop = asyncio.get_running_loop()
    threads = DaemonThreads(4, loop.call_soon_threadsafe)
    waiting = list(range(200))
    results: list[int] = []
    everything = loop.create_future()

    def told(value: Any, error: BaseException | None) -> None:
        results.append(value)
        if len(results) == 200:
            everything.set_result(None)

    def fill() -> None:
        while waiting and threads.has_room:
            number = waiting.pop()
            threads.start(lambda number=number: number, told)

    threads.on_room = fill
    fill()
    async with asyncio.timeout(PATIENCE):
        await everything
    assert sorted(results) == list(range(200))
    assert threads.threads <= 4
    threads.close()
