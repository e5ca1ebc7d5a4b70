"""The command `scripts/bench`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import report as reports
from .comparing import better_of, comparable, regressions
from .measuring import measure
from .processes import ProcessError
from .report import Report, ReportError
from .sampling import QUICK, THOROUGH
from .tables import page, table
from .workloads import Workload, all_workloads, select

TRIES = 3
"""How often a workload is measured before it counts as a regression."""

FAILED, MISUSED = 1, 2


def main(arguments: Sequence[str]) -> int:
    """Measure, show and write; the exit status: 1 for a regression or a workload that failed, 2 for wrong use."""
    options = _parser().parse_args(arguments)
    workloads = _chosen(options.only, quick=options.quick)
    try:
        if options.list:
            print("\n".join(f"{each.id:24}{each.title}" for each in workloads), flush=True)
            return 0
        _check_writable(options.json, options.markdown)
        return _run(options, workloads)
    except ReportError as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return MISUSED
    except ProcessError as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read the table has seen enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description="Measure what the engine costs.")
    add = parser.add_argument
    add("--quick", action="store_true", help="fewer samples, without the largest workloads: within a minute")
    add("--only", metavar="PATTERN", action="append", default=[], help="only workloads of such a name; repeatable")
    add("--list", action="store_true", help="show the names of the workloads, and measure nothing")
    add("--json", metavar="FILE", type=Path, help="write the report")
    add("--markdown", metavar="FILE", type=Path, help="write the page for the documentation")
    add("--compare", metavar="FILE", type=Path, help="fail where a ratio is over 1.5 times that of this report")
    add("--report", metavar="FILE", type=Path, help="take this report and measure nothing")
    return parser


def _chosen(patterns: list[str], *, quick: bool) -> list[Workload]:
    """The workloads asked for; ends the command where there are none."""
    workloads = [each for each in all_workloads() if not (quick and each.heavy)]
    unknown = [pattern for pattern in patterns if not select(workloads, [pattern])]
    if unknown:
        names = ", ".join(each.id for each in workloads)
        _parser().error(f"no workload is named {', '.join(map(repr, unknown))}; there are {names}")
    return select(workloads, patterns) if patterns else workloads


def _check_writable(*files: Path | None) -> None:
    """Whether the files can be written, before minutes are spent. Raises `ReportError`."""
    for file in files:
        if file is not None and not file.parent.is_dir():
            raise ReportError(f"{file} cannot be written: there is no directory {file.parent}")


def _run(options: argparse.Namespace, workloads: list[Workload]) -> int:
    earlier = None if options.compare is None else reports.read(options.compare)
    report = _measured(options, workloads) if options.report is None else reports.read(options.report)
    status = 0
    if earlier is not None:
        report, status = _compare(report, earlier, workloads, again=None if options.report else options)
    print(table(report), flush=True)
    _write(report, options)
    return status


def _measured(options: argparse.Namespace, workloads: list[Workload]) -> Report:
    mode, sampling = ("quick", QUICK) if options.quick else ("full", THOROUGH)
    return measure(mode, workloads, sampling, _tell)


def _compare(
    report: Report, earlier: Report, workloads: list[Workload], again: argparse.Namespace | None
) -> tuple[Report, int]:
    """Look for regressions, measuring anew what looks like one; the best report and the exit status."""
    names = comparable(report, earlier, workloads)
    if not names:
        raise ReportError("the reports have no workload in common that could be compared")
    for _ in range(1, TRIES if again else 1):
        worse = {each.workload for each in regressions(report, earlier, names)}
        if not worse or again is None:
            break
        _tell(f"measured again: {', '.join(sorted(worse))}")
        report = better_of(report, _measured(again, [each for each in workloads if each.id in worse]))
    found = regressions(report, earlier, names)
    for each in found:
        print(f"regression: {each}", file=sys.stderr)
    print(f"compared: {len(names)} workloads, {len(found)} regressions", file=sys.stderr)
    return report, FAILED if found else 0


def _write(report: Report, options: argparse.Namespace) -> None:
    try:
        if options.json is not None:
            reports.write(report, options.json)
        if options.markdown is not None:
            options.markdown.write_text(page(report), encoding="utf-8")
    except OSError as error:
        raise ReportError(f"the report could not be written: {error}") from None


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
