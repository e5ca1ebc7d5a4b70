"""The command `scripts/bench http`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .. import report as reports
from ..comparing import compared
from ..options import add_common, add_peers, check_writable, chosen, guarded, listed, tell, write
from ..report import Report, ReportError
from .load import LoadError, load_generator
from .measuring import Plan, measure
from .sampling import QUICK, THOROUGH
from .tables import page, table
from .workloads import Workload, all_workloads


def main(arguments: Sequence[str]) -> int:
    """Measure servers, show and write; the exit status: 1 for a regression or a failure, 2 for wrong use."""
    parser = _parser()
    options = parser.parse_args(arguments)
    workloads = chosen(all_workloads(), options, parser)
    return guarded(lambda: _run(options, workloads))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bench http", description="Measure what serving costs, beside other servers under the same load."
    )
    add_common(parser)
    add = parser.add_argument
    add_peers(parser)
    add("--load", choices=["wrk", "python"], default="wrk", help="what makes the load")
    add("--wrk", metavar="PROGRAM", help="where wrk is, if it is not on the path")
    return parser


def _run(options: argparse.Namespace, workloads: list[Workload]) -> int:
    if options.list:
        print(listed(workloads), flush=True)
        return 0
    check_writable(options.json, options.markdown)
    earlier = None if options.compare is None else reports.read(options.compare)
    report = _measured(options, workloads) if options.report is None else reports.read(options.report)
    status = 0
    if earlier is not None:
        steady = [each.id for each in workloads if each.steady]
        _check_same_load(report, earlier)
        again = None if options.report else lambda ids: _again(options, workloads, ids)
        report, status = compared(report, earlier, steady, again, tell)
    print(table(report, workloads), flush=True)
    write(report, options, lambda found: page(found, workloads))
    return status


def _measured(options: argparse.Namespace, workloads: Sequence[Workload], *, alone: bool = False) -> Report:
    mode, sampling = ("quick", QUICK) if options.quick else ("full", THOROUGH)
    try:
        generator = load_generator(options.load, options.wrk)
    except LoadError as problem:
        raise ReportError(str(problem)) from None
    return measure(Plan(mode, workloads, sampling, generator, not (options.no_peers or alone), options.cache), tell)


def _again(options: argparse.Namespace, workloads: list[Workload], ids: set[str]) -> Report:
    """Measure some workloads of our server once more."""
    return _measured(options, [each for each in workloads if each.id in ids], alone=True)


def _check_same_load(report: Report, earlier: Report) -> None:
    """Raise `ReportError` where load was made by different programs: their own cost is in the figures."""
    for name in ("wrk", "python"):
        if (name in report.machine.libraries) != (name in earlier.machine.libraries):
            raise ReportError("the reports cannot be compared: one is of load made by wrk, the other by Python")
