"""Comparing a report with an earlier one: by ratios, so that the machines need not be the same.

By their first quartiles, as what else a machine does can only make a sample longer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace

from .report import Report, ReportError, Row

ALLOWED = 1.5
"""How many times the earlier ratio is not yet a regression."""

TRIES = 3
"""How often a workload is measured before it counts as a regression."""


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


def compared(
    report: Report,
    earlier: Report,
    steady: Iterable[str],
    again: Callable[[set[str]], Report] | None,
    tell: Callable[[str], None],
) -> tuple[Report, int]:
    """Look for regressions of workloads that are `steady`; the best report and the exit status.

    What looks like one is measured `again`, where that can be done. Raises `ReportError` where there is nothing
    to compare.
    """
    names = comparable(report, earlier, steady)
    if not names:
        raise ReportError("the reports have no workload in common that could be compared")
    for _ in range(1, TRIES if again else 1):
        worse = {each.workload for each in regressions(report, earlier, names)}
        if not worse or again is None:
            break
        tell(f"measured again: {', '.join(sorted(worse))}")
        report = better_of(report, again(worse))
    found = regressions(report, earlier, names)
    for each in found:
        tell(f"regression: {each}")
    tell(f"compared: {len(names)} workloads, {len(found)} regressions")
    return report, 1 if found else 0


def comparable(report: Report, earlier: Report, steady: Iterable[str]) -> list[str]:
    """Those of the workloads that both reports have of our engine."""
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
