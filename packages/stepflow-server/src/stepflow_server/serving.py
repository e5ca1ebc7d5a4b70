"""The server as a process: an engine of its own behind the API, from its start to a graceful end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, TextIO

import msgspec
from stepflow_core import StepflowError, StepflowExecutor

from .settings import Settings

if TYPE_CHECKING:
    from types import FrameType

    from .api import TellRequest

log = logging.getLogger("stepflow.server")

DONE, UNUSABLE = 0, 2


def run(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; the exit code: 0, or 2 for settings that cannot be used."""
    from .logs import set_up

    lines = set_up(settings.log_format)
    try:
        asyncio.run(_until_signal(settings, lines.request))
    except (StepflowError, OSError) as error:
        say(sys.stderr, f"stepflow: {_words(error, settings)}")
        return UNUSABLE
    finally:
        lines.flush()
    return DONE


async def serve(
    settings: Settings,
    *,
    executor: StepflowExecutor | None = None,
    stop: asyncio.Event | None = None,
    on_ready: Callable[[str], object] | None = None,
    tell: TellRequest | None = None,
) -> None:
    """Serve until `stop` is set (without it: until cancelled), then end gracefully.

    Serves a runtime made by the settings, or an executor that stays the caller's to close. `on_ready` is told
    the base URL as soon as requests are answered, `tell` of every request. Raises `FlowLoadError` for a config,
    `InvalidInputError` for a setting, and `OSError` for an address that cannot be used.
    """
    from .http_server import HttpServer

    served = executor if executor is not None else _runtime(settings)
    server = HttpServer(served, settings, tell)
    try:
        async with _flows(served, settings):
            url = await server.start()
            log.info("ready", extra={"fields": {"url": url}})
            if on_ready is not None:
                on_ready(url)
            await (stop or asyncio.Event()).wait()
            log.info("ending")
    finally:
        await server.drain()
        if executor is None:
            await _closed(served, settings.shutdown_timeout)
        await server.close()
    log.info("ended")


async def _until_signal(settings: Settings, tell: TellRequest) -> None:
    stop = asyncio.Event()
    with _signals(stop):
        await serve(settings, stop=stop, on_ready=_announce, tell=tell)


def _announce(url: str) -> None:
    import gc

    # What has been made by now stays to the end: the collector need not look at it any more.
    gc.collect()
    gc.freeze()
    say(sys.stdout, f"Stepflow is ready at {url}")


def say(stream: TextIO | None, line: str) -> None:
    """Write a line, if anybody reads it: a server goes on without."""
    if stream is not None:
        with contextlib.suppress(OSError, ValueError):
            stream.write(f"{line}\n")
            stream.flush()


def _runtime(settings: Settings) -> StepflowExecutor:
    from stepflow_runtime import StepflowRuntime
    from stepflow_runtime.config import load_config

    config = load_config(settings.config)
    # Flows come from anybody who may call: what lies where the server was started is not theirs to read.
    if not config.working_directory_explicit:
        config = msgspec.structs.replace(config, working_directory=None)
    return StepflowRuntime(config, store=settings.store)


@contextlib.asynccontextmanager
async def _flows(executor: StepflowExecutor, settings: Settings) -> AsyncIterator[None]:
    """Within it the flows of the folder, if there is one, are registered and kept up to date."""
    if settings.flows is None:
        yield
        return
    from .flow_folder import FlowFolder

    folder = FlowFolder(executor, settings.flows, settings.flows_interval)
    folder.check()
    await folder.look()
    watching = asyncio.get_running_loop().create_task(folder.watch())
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _closed(executor: StepflowExecutor, timeout: float) -> None:
    """Close the executor, which lets running steps finish, but wait no longer than `timeout`."""
    try:
        async with asyncio.timeout(timeout):
            await executor.close()
    except TimeoutError:
        log.warning("the engine has not ended in time; what ran is left behind")


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """Within it the first SIGTERM or SIGINT sets `stop`, the second ends the process at once."""
    loop = asyncio.get_running_loop()

    def received(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            os._exit(128 + number)
        loop.call_soon_threadsafe(stop.set)

    before = {each: signal.signal(each, received) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _words(error: StepflowError | OSError, settings: Settings) -> str:
    if isinstance(error, OSError):
        return f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}"
    return error.message
