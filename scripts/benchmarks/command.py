"""The command `scripts/bench`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from . import report as reports
from .comparing import compared
from .measuring import Plan, measure
from .options import add_common, add_peers, check_writable, chosen, guarded, listed, tell, write
from .report import Report
from .sampling import QUICK, THOROUGH
from .tables import page, table
from .workloads import Workload, all_workloads


def main(arguments: Sequence[str]) -> int:
    """Measure, show and write; the exit status: 1 for a regression or a workload that failed, 2 for wrong use.

    What begins with `http` is about servers, and the other command's to do.
    """
    if arguments[:1] == ["http"]:
        from .served.command import main as served

        return served(arguments[1:])
    parser = argparse.ArgumentParser(
        prog="bench",
        description="Measure what the engine costs, beside others that do the same work (not in quick runs).",
        epilog="`bench http` measures what serving costs; `bench http --help` tells of it.",
    )
    add_common(parser)
    add_peers(parser)
    options = parser.parse_args(arguments)
    workloads = chosen(all_workloads(), options, parser)
    return guarded(lambda: _run(options, workloads))


def _run(options: argparse.Namespace, workloads: list[Workload]) -> int:
    if options.list:
        print(listed(workloads), flush=True)
        return 0
    check_writable(options.json, options.markdown)
    earlier = None if options.compare is None else reports.read(options.compare)
    report = _measured(options, workloads) if options.report is None else reports.read(options.report)
    status = 0
    if earlier is not None:
        again = None if options.report else lambda ids: _again(options, workloads, ids)
        report, status = compared(report, earlier, [each.id for each in workloads if each.steady], again, tell)
    print(table(report), flush=True)
    write(report, options, page)
    return status


def _measured(options: argparse.Namespace, workloads: Sequence[Workload], *, alone: bool = False) -> Report:
    mode, sampling = ("quick", QUICK) if options.quick else ("full", THOROUGH)
    cache = None if options.quick or options.no_peers or alone else options.cache
    return measure(Plan(mode, workloads, sampling, cache), tell)


def _again(options: argparse.Namespace, workloads: Sequence[Workload], ids: set[str]) -> Report:
    """Measure some workloads of ours once more."""
    return _measured(options, [each for each in workloads if each.id in ids], alone=True)
