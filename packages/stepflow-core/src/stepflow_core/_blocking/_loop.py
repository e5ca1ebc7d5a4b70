"""An event loop in a thread of its own, for code that cannot await."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..errors import StepflowError

if TYPE_CHECKING:
    from typing import Self

T = TypeVar("T")

GRACE = 5.0
"""How long (seconds) tasks may take to end after they were cancelled because the loop is closed."""


class LoopThread:
    """An event loop that runs in a daemon thread until it is closed. Its methods may be called from any thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        # Reentrant, since the collector may end an iterator while this thread holds the lock.
        self._lock = threading.RLock()
        self._pending: set[Future[Any]] = set()
        self._stopped = False
        self.is_open = True
        self._thread = threading.Thread(target=self._run, name="stepflow-blocking", daemon=True)
        self._thread.start()

    def call(self, make: Callable[[], Awaitable[T]]) -> T:
        """Make an awaitable on the loop and wait for its value.

        What interrupts the waiting, such as Ctrl-C, cancels the call. Raises `StepflowError` where the loop
        is closed, before or meanwhile, and on the loop itself, which would wait for ever.
        """
        self._check_thread()
        # Made before anything begins, so that an interruption at any moment finds something to cancel.
        future: Future[T] = Future()
        try:
            self.submit(make, future)
            return future.result()
        except CancelledError:
            raise StepflowError("the call was cancelled") from None
        finally:
            # Of a future that is done this changes nothing.
            future.cancel()

    def submit(self, make: Callable[[], Awaitable[T]], future: Future[T]) -> None:
        """The same without waiting: `future` gets the value."""
        with self._lock:
            if not self.is_open:
                raise StepflowError("the executor has been closed")
            self._submit(make, future)

    def close(self, last: Callable[[], Awaitable[object]]) -> None:
        """Await what `last` makes, cancel whatever still runs, and end the thread; again: wait for its end."""
        self._check_thread()
        ending: Future[object] = Future()
        with self._lock:
            is_first, self.is_open = self.is_open, False
            if is_first:
                self._submit(last, ending)
        try:
            if is_first:
                ending.result()
        except CancelledError:
            raise StepflowError("the call was cancelled") from None
        finally:
            ending.cancel()
            if is_first:
                self._loop.call_soon_threadsafe(self._stop)
            self._thread.join()

    def _submit(self, make: Callable[[], Awaitable[T]], future: Future[T]) -> None:
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        self._loop.call_soon_threadsafe(self._begin, make, future)

    def _begin(self, make: Callable[[], Awaitable[T]], future: Future[T]) -> None:
        if future.cancelled():
            return
        task = self._loop.create_task(_made(make))
        task.add_done_callback(lambda _: _hand_over(task, future))
        future.add_done_callback(lambda _: self._end(task))

    def _end(self, task: asyncio.Task[T]) -> None:
        """Cancel a task whose value nobody waits for any more; of one that is done this changes nothing."""
        if not task.done() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(task.cancel)

    def _check_thread(self) -> None:
        if threading.current_thread() is self._thread:
            raise StepflowError("a callback cannot wait for the executor that calls it; use another thread")

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            while not self._stopped:
                self._run_until_stopped()
            self._loop.run_until_complete(_wind_up())
        finally:
            self._loop.close()
            for future in list(self._pending):
                future.cancel()

    def _run_until_stopped(self) -> None:
        try:
            self._loop.run_forever()
        except (KeyboardInterrupt, SystemExit):
            # A task raised it, and its caller gets it; the others must not lose their loop.
            pass

    def _stop(self) -> None:
        self._stopped = True
        self._loop.stop()


class BlockingIterator(Iterator[T], Generic[T]):
    """The items of an async iterator without `await`; `close` (or leaving a `with`) ends it early."""

    def __init__(self, loop: LoopThread, source: AsyncIterator[T]) -> None:
        self._loop = loop
        self._source = source
        self._ended = False

    def __next__(self) -> T:
        if self._ended:
            raise StopIteration
        try:
            return self._loop.call(self._source.__anext__)
        except StopAsyncIteration:
            self._ended = True
            raise StopIteration from None

    def close(self) -> None:
        """End the iteration."""
        if self._ended:
            return
        self._ended = True
        ending = self._ending()
        if ending is not None and self._loop.is_open:
            self._loop.call(ending)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __del__(self) -> None:
        if self._ended:
            return
        try:
            ending = self._ending()
            if ending is not None:
                self._loop.submit(ending, Future())
        except StepflowError:
            pass  # the loop ended it when it was closed

    def _ending(self) -> Callable[[], Awaitable[object]] | None:
        ending: Callable[[], Awaitable[object]] | None = getattr(self._source, "aclose", None)
        return ending


def _hand_over(task: asyncio.Task[T], future: Future[T]) -> None:
    """Give what a task came to to the one who waits for it."""
    if task.cancelled():
        future.cancel()
    elif future.set_running_or_notify_cancel():
        problem = task.exception()
        if problem is None:
            future.set_result(task.result())
        else:
            future.set_exception(problem)


async def _made(make: Callable[[], Awaitable[T]]) -> T:
    return await make()


async def _wind_up() -> None:
    """Cancel all other tasks and async generators, and give them some time to end."""
    loop = asyncio.get_running_loop()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.wait([*tasks, loop.create_task(loop.shutdown_asyncgens())], timeout=GRACE)
