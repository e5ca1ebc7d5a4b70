"""The report: what was measured, on which machine, and how far it can be trusted."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median, quantiles

import msgspec
from msgspec import Struct

from .engines import MODULES, OWN
from .sampling import Sample
from .workloads import Workload

FORMAT = 1

SCALES = {"µs/step": 1e6, "ms": 1e3, "KiB": 1 / 1024, "MiB": 1 / 1024**2}
"""From seconds or bytes to a unit."""

YARDSTICKS = {"time": "a round of the fixed workload", "import": "import msgspec", "start": "python -c pass"}
"""What a figure is compared with, by what is measured. Memory is the same on every machine: it needs none."""


class ReportError(Exception):
    """A report that cannot be read; the message says which and why."""


class Spread(Struct, frozen=True):
    """Several samples of one figure."""

    median: float
    low: float
    """The first quartile."""
    high: float
    """The third quartile."""
    min: float
    max: float
    samples: int


class Row(Struct, frozen=True):
    """A workload done by an engine: the figure, and its ratio to the yardstick measured beside it.

    `ratio_to` names the yardstick; without one the ratio is the figure itself.
    """

    workload: str
    title: str
    engine: str
    unit: str
    figure: Spread
    ratio: Spread
    ratio_to: str | None


class Machine(Struct, frozen=True):
    """Where it was measured; neither names nor paths of the machine."""

    python: str
    platform: str
    cores: int
    libraries: dict[str, str]


class Noise(Struct, frozen=True):
    """How quiet the machine was: what the fixed workload took (µs a round) each time that it was run.

    `spread` is the distance of its quartiles as a part of the median, `waiting` the part of the time in
    which the process that measured had no processor.
    """

    calibration: Spread
    spread: float
    waiting: float


class Report(Struct, frozen=True, omit_defaults=True):
    """All rows of one run of the benchmarks."""

    format: int
    mode: str
    machine: Machine
    noise: Noise | None
    rows: list[Row]
    notes: list[str] = []
    """What could not be measured, and why."""

    def row(self, workload: str, engine: str = OWN) -> Row | None:
        """The row of a workload and an engine."""
        return next((each for each in self.rows if (each.workload, each.engine) == (workload, engine)), None)


def spread(values: Iterable[float]) -> Spread:
    """Median, quartiles and ends of samples, of which there is at least one."""
    ordered = sorted(values)
    low, _, high = quantiles(ordered, n=4, method="inclusive") if len(ordered) > 1 else ordered * 3
    return Spread(median(ordered), low, high, ordered[0], ordered[-1], len(ordered))


def row_of(workload: Workload, engine: str, samples: list[Sample]) -> Row:
    """The samples of a workload, brought to its unit."""
    scale = SCALES[workload.unit] / workload.per
    ratios = [each.value / workload.per / each.yardstick if each.yardstick else each.value * scale for each in samples]
    return Row(
        workload=workload.id,
        title=workload.title,
        engine=engine,
        unit=workload.unit,
        figure=rounded(spread(each.value * scale for each in samples)),
        ratio=rounded(spread(ratios)),
        ratio_to=YARDSTICKS.get(workload.measure),
    )


def rounded(figures: Spread) -> Spread:
    """Without digits that mean nothing."""
    values = {name: float(f"{getattr(figures, name):.4g}") for name in ("median", "low", "high", "min", "max")}
    return Spread(samples=figures.samples, **values)


def noise_of(samples: Iterable[Sample]) -> Noise | None:
    """What the yardsticks tell of the machine; nothing where no program was timed."""
    taken = [each for sample in samples for each in sample.calibrations]
    if not taken:
        return None
    rounds = spread(each.seconds * 1e6 for each in taken)
    waiting = 1 - sum(each.cpu for each in taken) / sum(each.seconds for each in taken)
    return Noise(rounded(rounds), round((rounds.high - rounds.low) / rounds.median, 3), round(max(0.0, waiting), 3))


def machine(libraries: Mapping[str, str]) -> Machine:
    """The facts of the machine that runs this, with the versions of what is measured."""
    return Machine(
        python=f"{platform.python_implementation()} {platform.python_version()}",
        platform=f"{platform.system()} {platform.machine()}",
        cores=os.cpu_count() or 1,
        libraries=dict(libraries),
    )


def report_of(
    mode: str,
    workloads: Iterable[Workload],
    samples: Mapping[tuple[str, str], list[Sample]],
    libraries: Mapping[str, str],
    notes: Iterable[str] = (),
) -> Report:
    """The report of samples by workload and engine."""
    rows = [
        row_of(workload, name, samples[workload.id, name])
        for workload in workloads
        for name in MODULES
        if (workload.id, name) in samples
    ]
    noise = noise_of(each for taken in samples.values() for each in taken)
    return Report(FORMAT, mode, machine(libraries), noise, rows, list(notes))


def write(report: Report, path: Path) -> None:
    """Write a report. Raises `OSError`."""
    text = msgspec.json.format(msgspec.json.encode(report), indent=1).decode()
    path.write_text(text + "\n", encoding="utf-8")


def read(path: Path) -> Report:
    """A report that was written. Raises `ReportError`."""
    try:
        report = msgspec.json.decode(path.read_bytes(), type=Report)
    except OSError as error:
        raise ReportError(f"{path}: {error.strerror or error}") from None
    except msgspec.MsgspecError as error:
        raise ReportError(f"{path} is not a report: {error}") from None
    if report.format != FORMAT:
        raise ReportError(f"{path} is a report of format {report.format}; this is format {FORMAT}")
    return report
