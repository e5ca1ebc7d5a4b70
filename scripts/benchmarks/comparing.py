"""Comparing a report with an earlier one: by ratios, so that the machines need not be the same.

By their first quartiles, as what else a machine does can only make a sample longer.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from .report import Report, Row
from .workloads import Workload

ALLOWED = 1.5
"""How many times the earlier ratio is not yet a regression."""


class Regression(Struct, frozen=True):
    """A workload whose ratio has grown too much."""

    workload: str
    before: float
    now: float

    def __str__(self) -> str:
        factor = self.now / self.before
        return (
            f"{self.workload}: ratio {self.now:.4g}, was {self.before:.4g}: {factor:.2f} times (allowed: {ALLOWED:g})"
        )


def comparable(report: Report, earlier: Report, workloads: Iterable[Workload]) -> list[str]:
    """The workloads that both reports have of our engine and that are steady enough."""
    steady = [each.id for each in workloads if each.steady]
    return [each for each in steady if report.row(each) and earlier.row(each)]


def regressions(report: Report, earlier: Report, workloads: Iterable[str]) -> list[Regression]:
    """Those of the workloads that have become too slow or too large."""
    found = []
    for each in workloads:
        now, before = report.row(each), earlier.row(each)
        if now and before and now.ratio.low > ALLOWED * before.ratio.low:
            found.append(Regression(each, before.ratio.low, now.ratio.low))
    return found


def better_of(report: Report, again: Report) -> Report:
    """The report with those rows of another try that came out better."""
    return replace(report, rows=[_better(row, again.row(row.workload, row.engine)) for row in report.rows])


def _better(row: Row, other: Row | None) -> Row:
    return row if other is None or other.ratio.low >= row.ratio.low else other
