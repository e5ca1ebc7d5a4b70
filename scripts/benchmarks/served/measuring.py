"""Measuring servers by turns: every round starts each of them anew, so that no one has the quiet moments alone."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from ..environments import python_of, versions_of
from ..measuring import Tell
from ..processes import ProcessError
from ..report import Report
from ..sampling import Sample
from .load import LoadGenerator
from .reporting import report_of
from .running import SETTLED, running
from .sampling import Sampling
from .servers import MODULES, OWN, Server, server
from .session import Session, Start, beside
from .workloads import History, Workload


class Plan(Struct, frozen=True):
    """What is to be measured: `peers` says whether other servers are, `cache` where they are installed."""

    mode: str
    workloads: Sequence[Workload]
    sampling: Sampling
    generator: LoadGenerator
    peers: bool
    cache: Path


class Measured(Struct):
    """What has been found: samples by workload and server, versions, and what could not be measured and why."""

    samples: dict[tuple[str, str], list[Sample]] = {}
    libraries: dict[str, str] = {}
    notes: list[str] = []


def measure(plan: Plan, tell: Tell) -> Report:
    """Measure all workloads with all servers. Raises `ProcessError` where ours goes wrong."""
    measured = Measured(libraries={plan.generator.name: plan.generator.version})
    pythons = {name: python for name in MODULES if (python := _prepared(plan, name, measured, tell))}
    for turn in range(plan.sampling.rounds):
        for name, python in list(pythons.items()):
            tell(f"round {turn + 1} of {plan.sampling.rounds}: {name}")
            try:
                _round(plan, turn, name, python, measured, tell)
            except ProcessError as problem:
                _pass_over(name, "start", problem, measured, tell)
                del pythons[name]
    return report_of(plan.mode, plan.workloads, measured.samples, measured.libraries, measured.notes)


def _prepared(plan: Plan, name: str, measured: Measured, tell: Tell) -> str | None:
    """The Python of a server's environment, if it is to be measured and can be had."""
    if name != OWN and not plan.peers:
        return None
    found = server(name)
    try:
        python = python_of(plan.cache / name, found.requirements)
        measured.libraries.update(versions_of(python, found.libraries))
    except ProcessError as problem:
        _pass_over(name, "install", problem, measured, tell)
        return None
    return python


def _round(plan: Plan, turn: int, name: str, python: str, measured: Measured, tell: Tell) -> None:
    """Start a server several times, and have the last start go through the workloads."""
    measuring = server(name)
    with tempfile.TemporaryDirectory() as folder:
        starts = [_start(measuring, python, Path(folder)) for _ in range(plan.sampling.starts)]
        with running(measuring, python, Path(folder)) as process:
            session = Session(measuring, python, process, plan.generator, plan.sampling)
            for workload in _order(plan.workloads):
                if _cannot(measuring, workload) or (turn and isinstance(workload.work, History)):
                    continue  # a long history is made once
                _take(session, starts, workload, name, measured, tell)


def _take(session: Session, starts: list[Start], workload: Workload, name: str, measured: Measured, tell: Tell) -> None:
    try:
        samples = session.samples(workload.work, starts)
    except ProcessError as problem:
        _pass_over(name, workload.id, problem, measured, tell)
    else:
        measured.samples.setdefault((workload.id, name), []).extend(samples)


def _start(measuring: Server, python: str, folder: Path) -> Start:
    """One start of a server."""
    memory = 0

    def until_ready() -> float:
        nonlocal memory
        with running(measuring, python, folder) as process:
            time.sleep(SETTLED)
            memory = process.memory()
            return process.ready

    return Start(beside(until_ready), Sample(memory))


def _order(workloads: Sequence[Workload]) -> list[Workload]:
    """A long history comes last: nothing else is to be measured after it."""
    return sorted(workloads, key=lambda each: isinstance(each.work, History))


def _cannot(measuring: Server, workload: Workload) -> bool:
    return any(workload.id.startswith(name) for name in measuring.cannot)


def _pass_over(name: str, what: str, problem: ProcessError, measured: Measured, tell: Tell) -> None:
    """Go on without something of another server; ours has to do everything. Raises `ProcessError` for ours."""
    text = f"{name}: {what}: {problem}"
    if name == OWN:
        raise ProcessError(text)
    tell(text)
    line = text.strip().splitlines()[0]
    if line not in measured.notes:
        measured.notes.append(line)
