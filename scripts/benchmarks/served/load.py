"""Load on a server: the same request again and again on connections that are kept, every answer checked."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from ..processes import ProcessError, environment
from .servers import DEADLINE, Exchange

SCRIPT = Path(__file__).resolve().parent / "load.lua"

HOW_TO_GET = (
    "wrk is needed to make load: `apt-get install wrk` (Debian, Ubuntu), `brew install wrk` (macOS), or say where "
    "it is with --wrk; --load python does without, with a generator in Python that needs more of the processor"
)


class LoadError(Exception):
    """There is nothing to make load with; the message says how to get it."""


class Load(Struct, frozen=True):
    """What came of some seconds of load.

    `wrong` counts the requests that had no answer, another status than 200 or another result; `said` is what
    the first of them got. `median` and `p99` are seconds that requests took.
    """

    requests: int
    wrong: int
    seconds: float
    median: float
    p99: float
    said: str = ""


class LoadGenerator(Protocol):
    """Makes load in a process of its own."""

    name: str
    version: str

    def command(self, url: str, exchange: Exchange, connections: int, seconds: float) -> list[str]:
        """The command that prints the outcome as JSON on its last line."""
        ...


class Wrk:
    """https://github.com/wg/wrk: compiled, so that the server has nearly all of the two cores."""

    name = "wrk"

    def __init__(self, program: str) -> None:
        self._program = program
        self.version = _version(program)

    def command(self, url: str, exchange: Exchange, connections: int, seconds: float) -> list[str]:
        """One thread, which is enough for any of the servers."""
        options = [
            "-t1",
            f"-c{connections}",
            f"-d{max(1, round(seconds))}s",
            f"--timeout={DEADLINE}s",
            "--script",
            str(SCRIPT),
        ]
        return [self._program, *options, url + exchange.path, "--", exchange.body, exchange.expected]


class Sockets:
    """Plain sockets in Python: for trying out, and where there is no wrk."""

    name = "python"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"

    def command(self, url: str, exchange: Exchange, connections: int, seconds: float) -> list[str]:
        """A module of ours."""
        job = msgspec.json.encode([url, exchange, connections, seconds]).decode()
        return [sys.executable, "-m", "benchmarks.served.socket_load", job]


def load_generator(kind: str, wrk: str | None) -> LoadGenerator:
    """The one asked for. Raises `LoadError`."""
    if kind == "python":
        return Sockets()
    program = wrk or shutil.which("wrk")
    if program is None:
        raise LoadError(HOW_TO_GET)
    return Wrk(program)


def loaded(generator: LoadGenerator, url: str, exchange: Exchange, connections: int, seconds: float) -> Load:
    """Put load on a server for some seconds. Raises `ProcessError` where any answer is wrong."""
    command = generator.command(url, exchange, connections, seconds)
    try:
        done = subprocess.run(
            command, env=environment(), capture_output=True, text=True, timeout=seconds + 2 * DEADLINE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProcessError(f"{generator.name} could not be run: {error}") from None
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines or not lines[-1].startswith("{"):
        raise ProcessError(f"{generator.name} ended with {done.returncode}:\n{(done.stderr or done.stdout)[-1000:]}")
    load = msgspec.json.decode(lines[-1], type=Load)
    if load.wrong or not load.requests:
        raise ProcessError(f"{load.wrong} of {load.requests} answers were wrong, the first: {load.said or 'none'}")
    return load


def _version(program: str) -> str:
    """The second word of what `wrk -v` says, with which it ends as if it had failed. Raises `LoadError`."""
    try:
        shown = subprocess.run([program, "-v"], capture_output=True, text=True, timeout=DEADLINE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LoadError(f"{program} cannot be run: {error}") from None
    words = (shown.stdout or shown.stderr).split()
    if len(words) < 2 or words[0] != "wrk":
        raise LoadError(f"{program} is not wrk: {' '.join(words[:12]) or 'it says nothing'}")
    return words[1].removeprefix("debian/")
