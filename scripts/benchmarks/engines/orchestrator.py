"""`stepflow-orchestrator`: its server over HTTP, with its state in memory and its component that does nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from ..processes import ProcessError
from ..sampling import Once
from ..workloads import Batch, Chain, Concurrent, FanOut, Import, Map, Program, Start
from .peer import NO_COMMAND, check
from .stepflow_flows import chain, fan_out, mapped

CONNECTIONS = 64
"""On how many kept connections runs are submitted at the same time."""

LATEST = 120.0
"""Seconds in which an answer has to be there: a worker that is stopped from outside would leave its server behind."""

ATTEMPTS, PAUSE = 50, 0.1
"""How often a server that was just started is asked for its first run, and the seconds between."""

X = 7
"""What runs are given, and give back: the component hands on what it is given."""

NOOP = "/builtin/noop"
NOT_INLINE = "its own component is called in one way: see the inline steps"
NOT_PYTHON = "it is a program, not a library: its memory and its start stand in the benchmarks of the server"


class Client:
    """Posts JSON on connections that are kept: nothing that would cost more than the server itself."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._free = asyncio.Semaphore(CONNECTIONS)

    async def post(self, path: str, body: bytes) -> Any:
        """The JSON of the answer. Raises `ValueError` where it is no success."""
        async with self._free:
            connection = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
            async with asyncio.timeout(LATEST):
                status, answer = await self._exchange(*connection, path, body)
            self._idle.append(connection)
        if not status.startswith(b"2"):
            raise ValueError(f"POST {path}: {status.decode()} {answer[:500].decode(errors='replace')}")
        return msgspec.json.decode(answer)

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, body: bytes
    ) -> tuple[bytes, bytes]:
        head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        writer.write(head.encode() + b"\r\n\r\n" + body)
        found = (await reader.readuntil(b"\r\n\r\n")).lower()
        size = int(found.partition(b"\r\ncontent-length:")[2].split(b"\r\n", 1)[0])
        return found.split(b" ", 2)[1], await reader.readexactly(size)

    async def close(self) -> None:
        """Close what is open."""
        for _, writer in self._idle:
            writer.close()

    async def store(self, flow: Mapping[str, Any]) -> str:
        """The id of a stored flow."""
        answer = await self.post("/api/v1/flows", msgspec.json.encode({"flow": flow}))
        flow_id: str = answer["flowId"]
        return flow_id

    def run(self, flow_id: str, inputs: list[Any]) -> Callable[[], Awaitable[list[Any]]]:
        """What runs the flow for each input and waits for the outputs."""
        body = msgspec.json.encode({"flowId": flow_id, "input": inputs, "wait": True})

        async def once() -> list[Any]:
            answer = await self.post("/api/v1/runs", body)
            return [each["output"] for each in answer["results"]]

        return once


class Orchestrator:
    """A server that is started with the program and ends with it."""

    requirements = ("stepflow-orchestrator==0.13.*", "msgspec")
    libraries = ("stepflow-orchestrator",)
    cannot: Mapping[str, str] = {
        "chain/inline/10/file": "it takes flows by HTTP, not as files",
        "chain/inline/10000": "a step costs more the more steps the flow has: a run takes it over half a minute",
        "chain/async": NOT_INLINE,
        "chain/plain": NOT_INLINE,
        "fan-out/async": NOT_INLINE,
        "load": "it takes flows by HTTP, not as files",
        "concurrent/async": NOT_INLINE,
        "memory": NOT_PYTHON,
        "import": NOT_PYTHON,
        "start": NO_COMMAND,
    }

    @asynccontextmanager
    async def program(self, work: Program, folder: Path) -> AsyncIterator[Once]:
        """The work as requests to a server of its own."""
        from ..served.running import running
        from ..served.servers.orchestrator import SERVER

        async with AsyncExitStack() as stack:
            process = stack.enter_context(running(SERVER, sys.executable, folder))
            client = Client(process.port)
            stack.push_async_callback(client.close)
            await _settled(client)
            yield await _PROGRAMS[type(work)](client, work)

    def statement(self, work: Import) -> str | None:
        """Nothing is imported."""
        return None

    def command(self, work: Start, folder: Path) -> list[str] | None:
        """Its program is a server."""
        return None


async def _settled(client: Client) -> None:
    """Wait until runs succeed: for a moment after the server says that it is healthy they make it drop connections."""
    run = client.run(await client.store(chain(1, NOOP)), [{"x": X}])
    for _ in range(ATTEMPTS):
        try:
            return check(await run(), [X])
        except (EOFError, OSError, ValueError):
            await asyncio.sleep(PAUSE)
    raise ProcessError("stepflow-orchestrator has not become able to run a flow")


async def _chain(client: Client, work: Chain) -> Once:
    return _checked(client.run(await client.store(chain(work.steps, NOOP)), [{"x": X}]), [X])


async def _fan_out(client: Client, work: FanOut) -> Once:
    return _checked(client.run(await client.store(fan_out(work.steps, NOOP)), [{"x": X}]), [[X] * work.steps])


async def _map(client: Client, work: Map) -> Once:
    items = [{"x": item} for item in range(work.items)]
    return _checked(client.run(await client.store(mapped(chain(1, NOOP))), [{"items": items}]), [work.items])


async def _batch(client: Client, work: Batch) -> Once:
    inputs = [{"x": item} for item in range(work.items)]
    return _checked(client.run(await client.store(chain(work.steps, NOOP)), inputs), list(range(work.items)))


async def _concurrent(client: Client, work: Concurrent) -> Once:
    run = client.run(await client.store(chain(work.steps, NOOP)), [{"x": X}])

    async def together() -> None:
        check(await asyncio.gather(*(run() for _ in range(work.runs))), [[X]] * work.runs)

    return together


def _checked(run: Callable[[], Awaitable[list[Any]]], expected: list[Any]) -> Once:
    async def once() -> None:
        check(await run(), expected)

    return once


_PROGRAMS: dict[type, Callable[[Any, Any], Awaitable[Once]]] = {
    Chain: _chain,
    FanOut: _fan_out,
    Map: _map,
    Batch: _batch,
    Concurrent: _concurrent,
}

ENGINE = Orchestrator()
