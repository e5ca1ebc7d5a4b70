"""Measuring from outside: workers for programs, and processes that only import something or run a command."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import msgspec
from msgspec import Struct

from .engines import Engine, does, engine
from .sampling import Sample, Sampling
from .worker import Job
from .workloads import Import, Start, Workload

SCRIPTS = Path(__file__).resolve().parent.parent
PATIENCE = 600.0
"""Seconds after which a process is taken to hang."""

IMPORT_YARDSTICK = "import msgspec"
START_YARDSTICK = ["-c", "pass"]


class ProcessError(Exception):
    """A process that measures came to a bad end; the message says which and shows the end of what it wrote."""


def samples_of(name: str, python: str, workload: Workload, sampling: Sampling) -> list[Sample] | None:
    """One round of an engine, in an environment that has it; `None` where it does not do such a thing.

    Raises `ProcessError`.
    """
    measured, work = engine(name), workload.work
    with tempfile.TemporaryDirectory() as folder:
        place = _Place(python, Path(folder))
        if not does(measured, workload.id):
            return None
        if isinstance(work, Import):
            return _import(measured, work, sampling, place)
        if isinstance(work, Start):
            return _start(measured, work, sampling, place)
        job = msgspec.json.encode(Job(name, workload, sampling)).decode()
        output = _output(["-m", "benchmarks.worker", job], place)
        return msgspec.json.decode(output, type=list[Sample])


class _Place(Struct, frozen=True):
    """Where a process runs: by which Python, in which folder."""

    python: str
    folder: Path


def _import(measured: Engine, work: Import, sampling: Sampling, place: _Place) -> list[Sample] | None:
    statement = measured.statement(work)
    if statement is None:
        return None
    return _by_turns(
        lambda: _seconds_of_import(statement, place),
        lambda: _seconds_of_import(IMPORT_YARDSTICK, place),
        sampling.samples,
    )


def _start(measured: Engine, work: Start, sampling: Sampling, place: _Place) -> list[Sample] | None:
    command = measured.command(work, place.folder)
    if command is None:
        return None
    return _by_turns(
        lambda: _seconds_of_process(command, place),
        lambda: _seconds_of_process(START_YARDSTICK, place),
        sampling.samples,
    )


def _by_turns(take: Callable[[], float], yardstick: Callable[[], float], samples: int) -> list[Sample]:
    """Samples with the yardstick's before each; the first go only fills caches."""
    take()
    found = []
    for _ in range(samples):
        length = yardstick()
        found.append(Sample(take(), length))
    return found


def _seconds_of_import(statement: str, place: _Place) -> float:
    """Seconds that an import takes in a new process, without the start of Python itself."""
    code = f"from time import perf_counter\nstart = perf_counter()\n{statement}\nprint(perf_counter() - start)"
    return float(_output(["-c", code], place))


def _seconds_of_process(arguments: list[str], place: _Place) -> float:
    """Seconds from the start of a Python process to its end."""
    start = perf_counter()
    _output(arguments, place)
    return perf_counter() - start


def _output(arguments: list[str], place: _Place) -> str:
    """What a Python process prints. Raises `ProcessError` where it fails or hangs."""
    command = [place.python, *arguments]
    environ = environment(alone=place.python != sys.executable)
    shown = " ".join(arguments[:2])
    try:
        done = subprocess.run(
            command, cwd=place.folder, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise ProcessError(f"`python {shown} …` has not ended within {PATIENCE:g} s") from None
    if done.returncode:
        raise ProcessError(f"`python {shown} …` ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def environment(*, alone: bool = False) -> dict[str, str]:
    """The environment with our modules in reach; compiled modules are written, or every import would compile.

    `alone` leaves only the benchmarks in reach, for an environment that has what others have made.
    """
    inherited_paths = [] if alone else os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [str(SCRIPTS), *filter(None, inherited_paths)]
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, "PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in paths)}
