"""Measuring workloads by turns: every round goes through all of them, so that no one has the quiet moments alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from .engines import MODULES, PEERS, does, engine
from .environments import python_of, versions_of
from .processes import ProcessError, samples_of
from .report import Report, report_of
from .sampling import Sample, Sampling
from .workloads import Workload

Tell = Callable[[str], None]
"""Shows a line about how far the measuring has come."""

PEER_ROUNDS, PEER_RUNS = 2, 1_000
"""How thoroughly peers are measured at most: they take far longer."""


class Plan(Struct, frozen=True):
    """What is to be measured. `cache` is where peers are installed; without one they are left out."""

    mode: str
    workloads: Sequence[Workload]
    sampling: Sampling
    cache: Path | None = None


class Measured(Struct):
    """What has been found: samples by workload and engine, versions, and what could not be measured and why."""

    samples: dict[tuple[str, str], list[Sample]] = {}
    libraries: dict[str, str] = {}
    notes: list[str] = []


def measure(plan: Plan, tell: Tell) -> Report:
    """Measure all workloads with all engines. Raises `ProcessError` where one that is no peer goes wrong."""
    measured = Measured()
    pythons = {name: python for name in MODULES if (python := _prepared(plan, name, measured, tell))}
    failed: set[tuple[str, str]] = set()
    for turn in range(plan.sampling.rounds):
        for place, workload in enumerate(plan.workloads, 1):
            if turn and workload.measure in {"kept", "peak"}:
                continue  # allocations are the same each time
            tell(f"round {turn + 1} of {plan.sampling.rounds}: {place} of {len(plan.workloads)}: {workload.id}")
            for name, python in pythons.items():
                if (workload.id, name) in failed or (name in PEERS and turn >= PEER_ROUNDS):
                    continue
                if not _take(plan, name, python, workload, measured, tell):
                    failed.add((workload.id, name))
    return report_of(plan.mode, plan.workloads, measured.samples, measured.libraries, measured.notes)


def _take(plan: Plan, name: str, python: str, workload: Workload, measured: Measured, tell: Tell) -> bool:
    """Take the samples of an engine at a workload; whether that went well."""
    try:
        taken = samples_of(name, python, workload, _sampling(plan, name))
    except ProcessError as problem:
        _pass_over(name, workload.id, problem, measured, tell)
        measured.samples.pop((workload.id, name), None)
        return False
    if taken is not None:
        measured.samples.setdefault((workload.id, name), []).extend(taken)
    return True


def _sampling(plan: Plan, name: str) -> Sampling:
    if name not in PEERS:
        return plan.sampling
    return replace(plan.sampling, runs=min(plan.sampling.runs, PEER_RUNS))


def _prepared(plan: Plan, name: str, measured: Measured, tell: Tell) -> str | None:
    """The Python of an environment that has the engine, if it is to be measured and can be had."""
    found = engine(name)
    wanted = any(does(found, each.id) for each in plan.workloads)
    if name in PEERS and (plan.cache is None or not wanted):
        return None
    try:
        python = python_of((plan.cache or Path()) / "engines" / name, found.requirements)
        measured.libraries.update(versions_of(python, found.libraries))
    except ProcessError as problem:
        _pass_over(name, "install", problem, measured, tell)
        return None
    return python


def _pass_over(name: str, what: str, problem: ProcessError, measured: Measured, tell: Tell) -> None:
    """Go on without something of a peer; all others have to do everything. Raises `ProcessError` for them."""
    text = f"{name}: {what}: {problem}"
    if name not in PEERS:
        raise ProcessError(text)
    tell(text)
    measured.notes.append(_in_a_line(text))


def _in_a_line(text: str) -> str:
    """The first line and, where more was said, the last: what a traceback comes down to."""
    lines = text.strip().splitlines()
    return lines[0] if len(lines) == 1 else f"{lines[0]} {lines[-1]}"
