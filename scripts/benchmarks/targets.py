"""The targets: what the engine is allowed to cost."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from .report import Report, Row

STEP_GROWTH = 1.3


class Target(Struct, frozen=True):
    """A limit for the median of a workload: of its figure, or of its ratio to the yardstick."""

    workload: str
    limit: float
    of: Literal["figure", "ratio"] = "figure"


class GrowthTarget(Struct, frozen=True):
    """How many times the cost at the first of `workloads` that at any other of them may be."""

    title: str
    workloads: tuple[str, ...]
    limit: float


class Verdict(Struct, frozen=True):
    """A target with what was found; `value` is `None` where it was not measured."""

    title: str
    workload: str | None
    limit: str
    value: float | None
    met: bool | None


TARGETS = (
    Target("chain/inline/1", 60),
    Target("chain/inline/10", 15),
    Target("chain/inline/100", 15),
    Target("chain/async/10", 25),
    Target("chain/async/100", 25),
    Target("map/1000", 60),
    Target("batch/5000x3", 600),
    Target("load/1000", 150),
    Target("memory/finished", 12),
    Target("import/types", 1.3, "ratio"),
    Target("import/engine", 1.8, "ratio"),
    Target("start/run", 350),
)

GROWTH_TARGETS = tuple(
    GrowthTarget(f"{kind} chains from 10 to 10,000 steps", tuple(f"chain/{kind}/{n}" for n in sizes), STEP_GROWTH)
    for kind in ("inline", "async")
    for sizes in [(10, 100, 1_000, 10_000)]
) + tuple(
    GrowthTarget(f"1 to 10,000 concurrent {kind} runs", tuple(f"concurrent/{kind}/{n}" for n in sizes), STEP_GROWTH)
    for kind in ("inline", "async")
    for sizes in [(1, 10, 100, 1_000, 10_000)]
)


def verdicts(report: Report) -> list[Verdict]:
    """Every target, and whether the report meets it."""
    return [*(_verdict(each, report) for each in TARGETS), *(_growth(each, report) for each in GROWTH_TARGETS)]


def _verdict(target: Target, report: Report) -> Verdict:
    row = report.row(target.workload)
    if row is None:
        return Verdict(target.workload, target.workload, _limit(target, None), None, None)
    value = (row.figure if target.of == "figure" else row.ratio).median
    return Verdict(row.title, target.workload, _limit(target, row), value, value <= target.limit)


def _limit(target: Target, row: Row | None) -> str:
    if target.of == "ratio":
        return f"≤ {target.limit:g} times {row.ratio_to if row else 'the yardstick'}"
    return f"≤ {target.limit:g} {row.unit if row else ''}".rstrip()


def _growth(target: GrowthTarget, report: Report) -> Verdict:
    """Judged by the first quartiles of the ratios: it does not matter when, and how disturbed, each was measured."""
    found = [row.ratio.low for each in target.workloads if (row := report.row(each))]
    whole = len(found) == len(target.workloads)
    value = max(found) / found[0] if whole else None
    met = None if value is None else value <= target.limit
    return Verdict(f"growth of the cost of a step, {target.title}", None, f"≤ {target.limit:g} times", value, met)
