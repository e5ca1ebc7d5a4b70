"""Servers on loopback ports, each on an event loop of its own, for executors that work over HTTP."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from stepflow_core import StepflowExecutor
from stepflow_server import Settings, serve

PATIENCE = 60.0

Host: TypeAlias = "Callable[[StepflowExecutor, asyncio.Event, Callable[[str], object]], Awaitable[None]]"
"""Serves an executor until an event is set, and says at which base URL once it answers."""


async def alone(executor: StepflowExecutor, stop: asyncio.Event, on_ready: Callable[[str], object]) -> None:
    """The server by itself."""
    await serve(Settings(port=0), executor=executor, stop=stop, on_ready=on_ready)


@contextmanager
def served(make: Callable[[], StepflowExecutor], host: Host = alone) -> Iterator[str]:
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
            await host(executor, stop, is_ready)
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
    if failures:
        raise failures[0]
