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

from .engines import Engine, engine
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


def samples_of(name: str, workload: Workload, sampling: Sampling) -> list[Sample] | None:
    """One round of an engine at a workload; `None` where the engine does not do such a thing."""
    measured, work = engine(name), workload.work
    with tempfile.TemporaryDirectory() as folder:
        if isinstance(work, Import):
            return _import(measured, work, sampling, Path(folder))
        if isinstance(work, Start):
            return _start(measured, work, sampling, Path(folder))
        if not measured.does(work):
            return None
        job = msgspec.json.encode(Job(name, workload, sampling)).decode()
        output = _output(["-m", "benchmarks.worker", job], Path(folder))
        return msgspec.json.decode(output, type=list[Sample])


def _import(measured: Engine, work: Import, sampling: Sampling, folder: Path) -> list[Sample] | None:
    statement = measured.statement(work)
    if statement is None:
        return None
    return _by_turns(
        lambda: _seconds_of_import(statement, folder),
        lambda: _seconds_of_import(IMPORT_YARDSTICK, folder),
        sampling.samples,
    )


def _start(measured: Engine, work: Start, sampling: Sampling, folder: Path) -> list[Sample] | None:
    command = measured.command(work, folder)
    if command is None:
        return None
    return _by_turns(
        lambda: _seconds_of_process(command, folder),
        lambda: _seconds_of_process(START_YARDSTICK, folder),
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


def _seconds_of_import(statement: str, folder: Path) -> float:
    """Seconds that an import takes in a new process, without the start of Python itself."""
    code = f"from time import perf_counter\nstart = perf_counter()\n{statement}\nprint(perf_counter() - start)"
    return float(_output(["-c", code], folder))


def _seconds_of_process(arguments: list[str], folder: Path) -> float:
    """Seconds from the start of a Python process to its end."""
    start = perf_counter()
    _output(arguments, folder)
    return perf_counter() - start


def _output(arguments: list[str], folder: Path) -> str:
    """What a Python process prints. Raises `ProcessError` where it fails or hangs."""
    command = [sys.executable, *arguments]
    shown = " ".join(arguments[:2])
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise ProcessError(f"`python {shown} …` has not ended within {PATIENCE:g} s") from None
    if done.returncode:
        raise ProcessError(f"`python {shown} …` ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def environment() -> dict[str, str]:
    """The environment with our modules in reach; compiled modules are written, or every import would compile."""
    paths = [str(SCRIPTS), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, "PYTHONPATH": os.pathsep.join(str(Path(path).absolute()) for path in paths)}
