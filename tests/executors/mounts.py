"""The API as a part of larger applications, on the servers that such applications run on."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web
from starlette.applications import Starlette
from starlette.routing import Mount
from stepflow_core import StepflowExecutor
from stepflow_server import AsgiApp, create_app
from uvicorn import Config, Server

PREFIX = "/shop/flows"


async def in_starlette(executor: StepflowExecutor, stop: asyncio.Event, on_ready: Callable[[str], object]) -> None:
    """Below a path of a Starlette application, two mounts deep, on uvicorn."""
    stepflow = AsgiApp(executor)
    app = Starlette(routes=[Mount("/shop", routes=[Mount("/flows", app=stepflow)])])
    with _listening() as listening:
        server = Server(Config(app, log_config=None, access_log=False, ws="none", lifespan="off"))
        async with _stopping(server, stepflow, stop):
            on_ready(_base(listening.getsockname()[1]))
            await server.serve([listening])


def _listening() -> socket.socket:
    """A socket on a free port; asyncio switches Nagle's delays off only where it is told that this is TCP."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.bind(("127.0.0.1", 0))
    return made


@asynccontextmanager
async def _stopping(server: Server, stepflow: AsgiApp, stop: asyncio.Event) -> AsyncIterator[None]:
    """Within it the server ends when it is to: first the streams, then the connections."""

    async def end() -> None:
        await stop.wait()
        await stepflow.close()
        server.should_exit = True

    ending = asyncio.create_task(end())
    try:
        yield
    finally:
        await ending


async def in_aiohttp(executor: StepflowExecutor, stop: asyncio.Event, on_ready: Callable[[str], object]) -> None:
    """Below a path of an aiohttp application."""
    app = web.Application()
    app.add_subapp(PREFIX, create_app(executor))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        on_ready(_base(runner.addresses[0][1]))
        await stop.wait()
    finally:
        await runner.cleanup()


def _base(port: int) -> str:
    return f"http://127.0.0.1:{port}{PREFIX}"
