"""One server measured: it runs, is given the flow, and goes through the workloads."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from statistics import median

import msgspec
from msgspec import Struct

from ..calibration import calibrate
from ..processes import PATIENCE, ProcessError, environment
from ..sampling import Sample
from .load import Load, LoadGenerator, loaded
from .readers import Job, Outcome
from .running import Running
from .sampling import Sampling
from .servers import Exchange, Server
from .workloads import Beginning, ClientCall, History, Latency, Streams, Throughput, Work

WINDOWS = 3
"""Over how many stretches of load the beginning and the end of a long history are looked at."""

BUSY = 64
"""On how many connections a long history is made."""

EVENTS_PER_ITEM, BYTES_PER_ITEM = 5, 400
"""What an item of one step has, roughly."""

TRIAL = 20
"""Items of the run that shows how fast events come."""


class Start(Struct, frozen=True):
    """A start of the server: seconds until it answered, and its resident bytes then."""

    ready: Sample
    memory: Sample


class Session:
    """Measures a server that runs. `starts` are those that were taken of it."""

    def __init__(
        self, server: Server, python: str, running: Running, generator: LoadGenerator, sampling: Sampling
    ) -> None:
        self._server = server
        self._python = python
        self._running = running
        self._generator = generator
        self._sampling = sampling
        self._longest: tuple[float, float, float, float] | None = None

    def samples(self, work: Work, starts: Sequence[Start]) -> list[Sample]:
        """Do a work. Raises `ProcessError` where it goes wrong in any way."""
        match work:
            case Beginning():
                return [each.ready if work.part == "time" else each.memory for each in starts]
            case Latency():
                return [beside(lambda: self._load(1).median)]
            case Throughput():
                return [beside(lambda: _seconds_per_run(self._load(work.connections)))]
            case ClientCall():
                return [beside(lambda: median(self._calls()))]
            case Streams():
                size = self._size(work)
                return [beside(lambda: self._seconds_per_delivery(work, size)) for _ in range(self._sampling.goes)]
            case History():
                return [Sample(self._history(work))]

    # ---- runs

    @cached_property
    def _exchange(self) -> Exchange:
        exchange = self._server.submit(self._running.post)
        loaded(self._generator, self._running.url, exchange, 1, self._sampling.seconds / 2)  # warms up
        return exchange

    def _load(self, connections: int) -> Load:
        return loaded(self._generator, self._running.url, self._exchange, connections, self._sampling.seconds)

    def _calls(self) -> list[float]:
        command = self._server.client(self._python, self._running.url, self._sampling.calls)
        # The environment of another server is to have nothing of ours.
        environ = environment() if command[0] == sys.executable else {}
        return msgspec.json.decode(_output(command, environ), type=list[float])

    def _history(self, work: History) -> float:
        first, last, before, after = self._long_load(work.runs)
        return last / first if work.part == "time" else max(0.0, after - before)

    def _long_load(self, runs: int) -> tuple[float, float, float, float]:
        """Seconds that a run takes first and last, and resident bytes at these times."""
        if self._longest is None:
            taken: list[float] = []
            done = memory = 0
            while done < runs or len(taken) < 2 * WINDOWS:
                load = self._load(BUSY)
                taken.append(_seconds_per_run(load))
                done += load.requests
                if len(taken) == WINDOWS:
                    memory = self._running.memory()
            first, last = min(taken[:WINDOWS]), min(taken[-WINDOWS:])
            self._longest = first, last, memory, self._running.memory()
        return self._longest

    # ---- events

    def _size(self, work: Streams) -> int:
        """How many items to take, so that it is enough to measure and yet has an end."""
        trial = self._read(work, TRIAL)
        lasting = trial.deliveries / trial.seconds * self._sampling.seconds
        deliveries = min(self._sampling.deliveries, lasting)
        return max(TRIAL, round(deliveries / work.readers / EVENTS_PER_ITEM))

    def _seconds_per_delivery(self, work: Streams, size: int) -> float:
        outcome = self._read(work, size)
        return outcome.seconds / outcome.deliveries

    def _read(self, work: Streams, size: int) -> Outcome:
        plan = self._server.streams(self._running.post, size)
        within = size * BYTES_PER_ITEM // 2 if work.cut else None
        job = msgspec.json.encode(Job(self._running.port, plan, work.readers, work.live, within))
        output = _output([sys.executable, "-m", "benchmarks.served.readers"], environment(), job)
        outcome = msgspec.json.decode(output, type=Outcome)
        if outcome.wrong is not None:
            raise ProcessError(outcome.wrong)
        return outcome


def _seconds_per_run(load: Load) -> float:
    return load.seconds / load.requests


def beside(take: Callable[[], float]) -> Sample:
    """A sample with the yardstick taken right before and after it."""
    before = calibrate()
    value = take()
    after = calibrate()
    return Sample(value, min(before.seconds, after.seconds), (before, after))


def _output(command: list[str], environ: dict[str, str], given: bytes = b"") -> bytes:
    """What a process prints. Raises `ProcessError`."""
    shown = " ".join(command[1:3])
    try:
        done = subprocess.run(command, env=environ, input=given, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise ProcessError(f"`python {shown} …` has not ended within {PATIENCE:g} s") from None
    if done.returncode:
        raise ProcessError(f"`python {shown} …` ended with {done.returncode}:\n{done.stderr[-2000:].decode()}")
    return done.stdout
