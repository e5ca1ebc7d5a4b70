"""`stepflow serve`: the engine behind the HTTP API."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from .executors import found_config
from .exits import Exit, UsageError
from .failures import Guard
from .interrupts import Interrupts
from .output import to_json
from .remote import not_installed
from .serve_options import AccessOptions, EngineOptions, LimitOptions, ListenOptions, LogOptions, given
from .terminal import Terminal

if TYPE_CHECKING:
    from stepflow_server import Settings
    from stepflow_server.logs import Lines


def serve(
    *,
    listen: ListenOptions = ListenOptions(),
    engine: EngineOptions = EngineOptions(),
    access: AccessOptions = AccessOptions(),
    limits: LimitOptions = LimitOptions(),
    logs: LogOptions = LogOptions(),
) -> int:
    """Serve as the command line and the environment ask, until told to end; the exit code."""
    terminal = Terminal.of_process(quiet=logs.quiet, verbose=logs.verbose, json=logs.json)
    with Guard(terminal) as guard:
        settings = settings_of(given(listen, engine, access, limits, log_format=logs.log_format), terminal)
        lines = _log(settings, terminal)
        try:
            asyncio.run(until_asked(settings, lines, terminal))
        finally:
            lines.flush()
    return guard.exit


def settings_of(options: dict[str, object], terminal: Terminal, environ: dict[str, str] | None = None) -> Settings:
    """What is set by the options and, where they do not say, by `STEPFLOW_*` in the environment.

    Without a config there the one of the working directory is taken, and on a terminal logs are made for people.
    Raises `InvalidInputError` with everything that is wrong, `UsageError` where the server is not installed.
    """
    from msgspec.structs import replace

    try:
        from stepflow_server import Settings
    except ImportError as error:
        raise UsageError(not_installed("stepflow-server", error)) from None
    environment = dict(os.environ) if environ is None else environ
    if terminal.live and not terminal.json:
        environment = {"STEPFLOW_LOG_FORMAT": "text", **environment}
    settings = Settings.read(environment, options)
    config = found_config(None) if settings.config is None else Path(settings.config)
    return replace(settings, config=None if config is None else str(config))


async def until_asked(settings: Settings, lines: Lines, terminal: Terminal) -> Exit:
    """Serve until SIGTERM or SIGINT. Raises `StepflowError`, and `UsageError` for an address that cannot be used."""
    from stepflow_server import serve as served

    stop = asyncio.Event()
    with Interrupts() as interrupts:
        asked = asyncio.ensure_future(interrupts.wait())
        asked.add_done_callback(lambda _: stop.set())
        try:
            await served(
                settings,
                stop=stop,
                on_ready=lambda url: _announce(url, settings, terminal),
                tell=None if terminal.quiet else lines.request,
            )
        except OSError as error:
            raise UsageError(_unusable(error, settings)) from None
        finally:
            asked.cancel()
    return Exit.DONE


def _log(settings: Settings, terminal: Terminal) -> Lines:
    import logging

    from stepflow_server.logs import set_up

    lines = set_up(settings.log_format)
    if terminal.quiet:
        logging.getLogger("stepflow").setLevel(logging.WARNING)
    return lines


def _announce(url: str, settings: Settings, terminal: Terminal) -> None:
    """Say that requests are answered, and let the collector leave alone what stays to the end."""
    import gc

    gc.collect()
    gc.freeze()
    if terminal.json:
        config = {"config": settings.config} if settings.config else {}
        terminal.write(to_json({"url": url, "store": settings.store, **config}))
    else:
        terminal.page().say(f"Stepflow is ready at {url}")


def _unusable(error: OSError, settings: Settings) -> str:
    import errno

    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return f"cannot listen on {where}: the port is taken; name another with --port, or 0 for any that is free"
    # asyncio's own text repeats the address; a name that cannot be found (gaierror) has no errno of the system.
    number = error.errno or 0
    text = os.strerror(number) if number in errno.errorcode else error.strerror or str(error)
    return f"cannot listen on {where}: {text.lower()}"
