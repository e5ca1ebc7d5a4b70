"""From samples of servers to the rows of a report, and whether the targets are met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..report import FORMAT, Report, Row, machine, noise_of, rounded, spread
from ..sampling import Sample
from .servers import MODULES
from .workloads import RATES, Workload

SCALES = {"ms": 1e3, "MiB": 1 / 1024**2, "times": 1.0}
"""From seconds, bytes or a factor to a unit. Rates are how often the seconds go into one."""

YARDSTICK = "a round of the fixed workload"


def report_of(
    mode: str,
    workloads: Sequence[Workload],
    samples: Mapping[tuple[str, str], list[Sample]],
    libraries: Mapping[str, str],
    notes: Sequence[str],
) -> Report:
    """The report of samples by workload and server."""
    rows = [
        row_of(workload, name, samples[workload.id, name])
        for workload in workloads
        for name in MODULES
        if (workload.id, name) in samples
    ]
    noise = noise_of(each for taken in samples.values() for each in taken)
    return Report(FORMAT, mode, machine(libraries), noise, rows, list(notes))


def row_of(workload: Workload, name: str, samples: Sequence[Sample]) -> Row:
    """The samples of a workload in its unit; the ratio is always one of costs: less is better."""
    yardsticks = [each.yardstick for each in samples if each.yardstick]
    return Row(
        workload=workload.id,
        title=workload.title,
        engine=name,
        unit=workload.unit,
        figure=rounded(spread(_in_unit(each.value, workload) for each in samples)),
        ratio=rounded(spread(each.value / (each.yardstick or 1.0) for each in samples)),
        ratio_to=YARDSTICK if yardsticks else None,
    )


def _in_unit(value: float, workload: Workload) -> float:
    return 1 / value if workload.unit in RATES else value * SCALES[workload.unit]


def is_met(workload: Workload, row: Row | None) -> bool | None:
    """Whether the median meets the target; `None` where there is no target, or nothing was measured."""
    if workload.target is None or row is None:
        return None
    found = row.figure.median
    return found >= workload.target if workload.unit in RATES else found <= workload.target


def advantage(own: Row, other: Row) -> float | None:
    """How many times better ours is than another: faster, or smaller."""
    mine, theirs = own.figure.median, other.figure.median
    if not mine or not theirs:
        return None
    return mine / theirs if own.unit in RATES else theirs / mine
