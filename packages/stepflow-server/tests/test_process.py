"""The server as a real process: how it starts, what it says, how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from server_kit import API, flow, step

COMPONENTS = """
import asyncio
import time
from stepflow_runtime import component

@component("/slow")
def slow(seconds: float) -> str:
    time.sleep(seconds)
    return "done"

@component("/never")
async def never() -> None:
    await asyncio.Event().wait()
"""
CONFIG = """
plugins: {own: {type: python, module: slow_things, path: .}, b: {type: builtin}}
routes: {"/own/{*component}": [{plugin: own}], "/{*component}": [{plugin: b}]}
"""


async def spawned(*arguments: str, **environment: str) -> Process:
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each), **environment}
    command = [sys.executable, "-m", "stepflow_server", *arguments]
    return await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, env=variables)


class Server:
    """A process that serves, and a client of it. `logs` are the lines of its log once it has ended."""

    def __init__(self, process: Process, client: httpx.AsyncClient) -> None:
        self.process = process
        self.client = client
        self.logs: list[dict[str, Any]] = []

    async def ended(self) -> int | None:
        """Wait for the end; the exit code."""
        assert self.process.stderr is not None
        text = (await self.process.stderr.read()).decode()
        self.logs = [json.loads(line) for line in text.splitlines()]
        return await self.process.wait()


@asynccontextmanager
async def running(*arguments: str, **environment: str) -> AsyncIterator[Server]:
    process = await spawned("--port", "0", *arguments, **environment)
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
        assert line.startswith("Stepflow is ready at http://127.0.0.1:"), line
        url = line.split()[-1]
        async with httpx.AsyncClient(base_url=url, verify=False, trust_env=False, timeout=20) as client:
            yield Server(process, client)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        process._transport.close()  # type: ignore[attr-defined]


async def refused(*arguments: str, **environment: str) -> str:
    """What a process that cannot serve says; it exits with 2 and has no traceback."""
    process = await spawned(*arguments, **environment)
    out, err = await asyncio.wait_for(process.communicate(), 20)
    process._transport.close()  # type: ignore[attr-defined]
    assert (process.returncode, out) == (2, b"")
    assert b"Traceback" not in err
    return err.decode()


async def test_term_lets_running_steps_finish(tmp_path: Path) -> None:
    """On SIGTERM streams end, the step that runs finishes, who waits for it is answered, and the exit code is 0."""
    (tmp_path / "slow_things.py").write_text(COMPONENTS)
    (tmp_path / "stepflow-config.yml").write_text(CONFIG)
    async with running("--config", str(tmp_path / "stepflow-config.yml")) as server:
        client = server.client
        document = flow(step("a", "/own/slow", {"seconds": 0.5}))
        flow_id = (await client.post(f"{API}/flows", json={"flow": document})).json()["flowId"]
        waiting = asyncio.create_task(client.post(f"{API}/runs", json={"flowId": flow_id, "input": [1]}))
        runs: list[Any] = []
        while not runs:
            runs = (await client.get(f"{API}/runs")).json()["runs"]
        async with client.stream("GET", f"{API}/runs/{runs[0]['runId']}/events") as response:
            parts, text = response.aiter_text(), ""
            while "step_started" not in text:
                text += await anext(parts)
            server.process.send_signal(signal.SIGTERM)
            text += "".join([part async for part in parts])
        assert "run_completed" not in text
        answer = (await waiting).json()
        assert (answer["status"], answer["result"]["result"]) == ("completed", "done")
        assert await server.ended() == 0
    told = [each.get("operation") or each["message"] for each in server.logs]
    assert (told[0], told[-1]) == ("ready", "ended")
    assert next(each for each in server.logs if each.get("operation") == "create_run")["run_id"] == answer["runId"]


async def test_term_under_load(tmp_path: Path) -> None:
    """On SIGTERM open streams end in good order, uploads and waits are answered or cut, and the exit code is 0."""
    (tmp_path / "slow_things.py").write_text(COMPONENTS)
    (tmp_path / "stepflow-config.yml").write_text(CONFIG)
    options = ["--config", str(tmp_path / "stepflow-config.yml"), "--shutdown-timeout", "0.5"]
    async with running(*options) as server:
        client = server.client
        flow_id = (await client.post(f"{API}/flows", json={"flow": flow(step("a", "/own/never"))})).json()["flowId"]
        body = {"flowId": flow_id, "input": [1], "wait": False}
        runs = [(await client.post(f"{API}/runs", json=body)).json()["runId"] for _ in range(5)]
        streams = [await connected(server, f"GET {API}/runs/{run}/events", "") for run in runs * 4]
        for reader, _ in streams:
            await reader.readuntil(b"event: step_started")
        uploads = [await connected(server, f"POST {API}/blobs", "Content-Length: 1000\r\n") for _ in range(20)]
        waits = [await connected(server, f"GET {API}/runs/{run}?wait=true&timeoutSecs=1000", "") for run in runs * 4]
        server.process.send_signal(signal.SIGTERM)
        assert all([(await reader.read()).endswith(b"\r\n0\r\n\r\n") for reader, _ in streams])
        rest = [await rest_of(reader) for reader, _ in [*uploads, *waits]]
        assert await server.ended() == 0
    assert all(each == b"" or b"HTTP/1.1 " in each for each in rest)
    assert [each for each in server.logs if each["level"] == "error" or each.get("status", 0) == 500] == []
    for _, writer in [*streams, *uploads, *waits]:
        writer.close()


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


async def connected(server: Server, request: str, headers: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection on which a request has begun."""
    url = server.client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    kind = "Content-Type: application/json\r\n"
    writer.write(f"{request} HTTP/1.1\r\nHost: {url.host}\r\n{kind}{headers}\r\n".encode())
    await writer.drain()
    return reader, writer


@pytest.mark.parametrize("closed", ["<&- >&- 2>&-", ">/dev/full 2>/dev/full"])
async def test_nobody_listens(closed: str) -> None:
    """A server whose output goes nowhere, or is full, serves all the same."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    command = f'exec "{sys.executable}" -m stepflow_server --port {port} {closed}'
    process = await asyncio.create_subprocess_shell(command, env=variables)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", verify=False, trust_env=False) as client:
        status = 0
        while status == 0 and process.returncode is None:
            with contextlib.suppress(httpx.TransportError):
                status = (await client.get(f"{API}/health")).status_code
    assert status == 200
    process.send_signal(signal.SIGTERM)
    assert await process.wait() in {0, 120}  # 120: Python could not flush what nobody takes


async def test_interrupt_and_impatience(tmp_path: Path) -> None:
    """SIGINT ends it too; a second signal ends it at once."""
    (tmp_path / "slow_things.py").write_text(COMPONENTS)
    (tmp_path / "stepflow-config.yml").write_text(CONFIG)
    async with running("--config", str(tmp_path / "stepflow-config.yml")) as server:
        document = flow(step("a", "/own/slow", {"seconds": 60}))
        flow_id = (await server.client.post(f"{API}/flows", json={"flow": document})).json()["flowId"]
        body = {"flowId": flow_id, "input": [1], "wait": False}
        assert (await server.client.post(f"{API}/runs", json=body)).status_code == 202
        server.process.send_signal(signal.SIGINT)
        assert server.process.stderr is not None
        while b'"ending"' not in await server.process.stderr.readline():
            continue
        server.process.send_signal(signal.SIGTERM)
        assert await server.process.wait() == 128 + signal.SIGTERM


async def test_settings_of_the_environment() -> None:
    """The key comes from the environment, and is in no line of the log."""
    async with running(STEPFLOW_API_KEY="very-secret-key", STEPFLOW_LOG_FORMAT="json") as server:
        assert (await server.client.get(f"{API}/runs")).status_code == 401
        headers = {"Authorization": "Bearer very-secret-key"}
        assert (await server.client.get(f"{API}/runs?flowName=hush", headers=headers)).status_code == 200
        server.process.send_signal(signal.SIGTERM)
        assert await server.ended() == 0
    assert [each["status"] for each in server.logs if each["message"] == "request"] == [401, 200]
    assert not any(word in str(server.logs) for word in ("very-secret-key", "hush"))


async def test_what_keeps_it_from_starting(tmp_path: Path) -> None:
    """What is wrong is said on one page, without a traceback, and the exit code is 2."""
    (tmp_path / "bad.yml").write_text("plugins: {a: {type: nosuch}}\nroutes: 3\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        told = await asyncio.gather(
            refused("--port", port),
            refused("--config", str(tmp_path / "bad.yml")),
            refused("--host", "0.0.0.0"),
            refused("--port", "x", "--max-body", "0", STEPFLOW_MAX_DEPTH="-3", STEPFLOW_API_KEY="a key"),
            refused("--host", "http://localhost"),
            refused("--host", "256.0.0.1"),
            refused("--store", "nosuch:"),
            refused("--flows", str(tmp_path / "nosuch")),
        )
    for text, words in zip(
        told,
        (
            ["cannot listen", port],
            ["bad.yml", "nosuch"],
            ["--insecure"],
            ["--port", "--max-body", "STEPFLOW_MAX_DEPTH", "STEPFLOW_API_KEY"],
            ["--host", "not an address"],
            ["cannot listen", "256.0.0.1"],
            ["nosuch:", "memory:"],
            ["nosuch", "folder"],
        ),
        strict=True,
    ):
        assert all(word in text for word in words), text


@pytest.mark.parametrize("options", [["--help"], ["--version"]])
def test_help(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The options are told."""
    from stepflow_server.command import main

    with pytest.raises(SystemExit) as ended:
        main(options)
    assert ended.value.code == 0
    assert capsys.readouterr().out
