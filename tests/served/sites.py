"""The API on loopback ports, by every carrier that it has, with limits that tests reach soon."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias

import httpx
from aiohttp import web
from stepflow_core import StepflowExecutor
from stepflow_runtime import StepflowRuntime
from stepflow_server import AsgiApp, Settings, create_app, serve
from uvicorn import Config, Server

API = "/api/v1"
PATIENCE = 30.0
SETTINGS = Settings(port=0, max_body=200_000, max_items=100, read_timeout=0.4, write_timeout=0.4, keep_alive=1.0)

ECHO = {"name": "echo", "description": "Gives its input back.", "output": {"$input": "$"}}

Ready: TypeAlias = "Callable[[int], object]"
Carrier: TypeAlias = "Callable[[StepflowExecutor, Settings, asyncio.Event, Ready], Awaitable[None]]"


async def alone(executor: StepflowExecutor, settings: Settings, stop: asyncio.Event, ready: Ready) -> None:
    """The server by itself."""

    def is_ready(url: str) -> None:
        ready(httpx.URL(url).port or 80)

    await serve(settings, executor=executor, stop=stop, on_ready=is_ready)


async def in_aiohttp(executor: StepflowExecutor, settings: Settings, stop: asyncio.Event, ready: Ready) -> None:
    """A part of an aiohttp application."""
    runner = web.AppRunner(create_app(executor, settings), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ready(runner.addresses[0][1])
    await stop.wait()
    await runner.cleanup()


async def in_uvicorn(executor: StepflowExecutor, settings: Settings, stop: asyncio.Event, ready: Ready) -> None:
    """An ASGI application."""
    app = AsgiApp(executor, settings)
    server = Server(Config(app, log_config=None, access_log=False, ws="none", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        ready(listening.getsockname()[1])
        await stop.wait()
        await app.close()
        server.should_exit = True
        await serving


CARRIERS: dict[str, Carrier] = {"alone": alone, "aiohttp": in_aiohttp, "uvicorn": in_uvicorn}


class Site(NamedTuple):
    """A served runtime and a client of it."""

    carrier: str
    port: int
    client: httpx.Client

    def send(self, data: bytes, *, end: bool = False) -> bytes:
        """Everything that comes back for bytes until the connection ends."""
        with self.connected() as connection:
            try:
                connection.sendall(data)
                if end:
                    connection.shutdown(socket.SHUT_WR)
                return received(connection)
            except ConnectionError:
                return b""

    def connected(self) -> socket.socket:
        """A connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def works(self) -> bool:
        """Whether the server is up, and runs flows."""
        flow_id = self.client.post(f"{API}/flows", json={"flow": ECHO}).json()["flowId"]
        run = self.client.post(f"{API}/runs", json={"flowId": flow_id, "input": ["still here"]}).json()
        return bool(run["result"] == {"outcome": "success", "result": "still here"})


def received(connection: socket.socket) -> bytes:
    """What comes until the connection ends."""
    parts = []
    try:
        while part := connection.recv(65_536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


@contextmanager
def site(carrier: str, settings: Settings = SETTINGS, prepare: Callable[[StepflowRuntime], Any] = id) -> Iterator[Site]:
    """A runtime, made ready by `prepare` and served by a carrier on a thread of its own."""
    ports: list[int] = []
    ready = threading.Event()
    ends: list[Callable[[], object]] = []

    def is_ready(port: int) -> None:
        ports.append(port)
        ready.set()

    async def until_stopped() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        ends.append(lambda: loop.call_soon_threadsafe(stop.set))
        async with StepflowRuntime() as runtime:
            prepare(runtime)
            await CARRIERS[carrier](runtime, settings, stop, is_ready)

    thread = threading.Thread(target=asyncio.run, args=(until_stopped(),), daemon=True)
    thread.start()
    assert ready.wait(PATIENCE), "the server did not start"
    url = f"http://127.0.0.1:{ports[0]}"
    try:
        with httpx.Client(base_url=url, trust_env=False, timeout=PATIENCE) as client:
            yield Site(carrier, ports[0], client)
    finally:
        ends[0]()
        thread.join(PATIENCE)
