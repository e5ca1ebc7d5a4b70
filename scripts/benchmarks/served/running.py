"""A server as a process of its own: from its start until it answers, and to its end."""

from __future__ import annotations

import http.client
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from ..processes import ProcessError, environment
from .servers import Server

HOST = "127.0.0.1"
LATEST = 60.0
"""Seconds in which a server has to be ready, and to end."""

LOOK = 0.003
"""Seconds between questions whether it is ready."""

SETTLED = 0.3
"""Seconds after which memory is looked at."""


class Running(Struct, frozen=True):
    """A server that answers; `ready` is how many seconds that took."""

    pid: int
    port: int
    ready: float

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://{HOST}:{self.port}"

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Send JSON; the JSON of the answer. Raises `ProcessError` where it is no success."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=LATEST)
        try:
            connection.request("POST", path, msgspec.json.encode(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            data = answer.read()
        except OSError as error:
            raise ProcessError(f"POST {path}: {error}") from None
        finally:
            connection.close()
        if answer.status >= 300:
            raise ProcessError(f"POST {path}: {answer.status} {data[:500].decode(errors='replace')}")
        return msgspec.json.decode(data)

    def memory(self) -> int:
        """Its resident memory in bytes."""
        status = Path(f"/proc/{self.pid}/status")
        if status.is_file():
            line = next(each for each in status.read_text("ascii").splitlines() if each.startswith("VmRSS:"))
            return int(line.split()[1]) * 1024
        shown = subprocess.run(["ps", "-o", "rss=", "-p", str(self.pid)], capture_output=True, text=True, check=True)
        return int(shown.stdout) * 1024


@contextmanager
def running(server: Server, python: str, folder: Path) -> Iterator[Running]:
    """A server from its start to its end. Raises `ProcessError` where it does not get ready."""
    port = _free_port()
    log = folder / "server.log"
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            server.command(python, port, folder), cwd=folder, env=_environment(server), stdout=output, stderr=output
        )
        try:
            _await_health(process, port, server.health, log)
            yield Running(process.pid, port, time.perf_counter() - start)
        finally:
            _end(process)


def _environment(server: Server) -> dict[str, str]:
    """Ours with our modules in reach, that of others without anything of ours."""
    inherited = environment()
    kept = {name: value for name, value in inherited.items() if not name.startswith("STEPFLOW_")}
    if server.requirements:
        return {name: value for name, value in kept.items() if not name.startswith("PYTHON")}
    return kept


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _await_health(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    until = time.perf_counter() + LATEST
    while not _is_healthy(port, path):
        if process.poll() is not None:
            raise ProcessError(f"the server ended with {process.returncode}:\n{_end_of(log)}")
        if time.perf_counter() > until:
            raise ProcessError(f"the server did not answer within {LATEST:g} s:\n{_end_of(log)}")
        time.sleep(LOOK)


def _is_healthy(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=LATEST)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _end_of(log: Path) -> str:
    return log.read_text("utf-8", errors="replace")[-2000:]


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(LATEST)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
