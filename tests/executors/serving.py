"""A server on a loopback port, on an event loop of its own, for executors that work over HTTP."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stepflow_core import StepflowExecutor
from stepflow_server import Settings, serve

PATIENCE = 60.0


@contextmanager
def served(make: Callable[[], StepflowExecutor]) -> Iterator[str]:
    """The base URL of a server of the executor that `make` makes; within the context it answers.

    It runs in a thread of its own, so that clients may be used with and without `await`.
    """
    ready, urls, failures = threading.Event(), list[str](), list[BaseException]()
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def is_ready(url: str) -> None:
        urls.append(url)
        ready.set()

    async def until_stopped() -> None:
        stop = asyncio.Event()
        loops.append((asyncio.get_running_loop(), stop))
        executor = make()
        try:
            await serve(Settings(port=0), executor=executor, stop=stop, on_ready=is_ready)
        finally:
            await executor.close()

    def work() -> None:
        try:
            asyncio.run(until_stopped())
        except BaseException as error:
            failures.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=work, name="server of the tests", daemon=True)
    thread.start()
    assert ready.wait(PATIENCE), "the server did not start"
    if failures:
        raise failures[0]
    try:
        yield urls[0]
    finally:
        loop, stop = loops[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE)
