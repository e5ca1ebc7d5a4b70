"""`stepflow test`: run the test cases that flows carry."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from stepflow_core import FlowLoadError
from stepflow_runtime.cases import Case

from .exits import UsageError
from .failures import Guard
from .flow_files import find_flows
from .options import CaseOptions, ConfigOptions, ReportOptions
from .paths import name_of
from .suite_configs import open_for
from .suite_reports import Tested, report_for
from .suites import read_suite, run_suite
from .terminal import Terminal
from .updates import update


def run_tests(
    *paths: Annotated[Path, Parameter(help="Flow files, and folders to search for flows.")],
    cases: CaseOptions = CaseOptions(),
    config: ConfigOptions = ConfigOptions(),
    show: ReportOptions = ReportOptions(),
) -> int:
    """Run cases as the command line asks; the exit code."""
    terminal = Terminal.of_process(quiet=show.quiet, verbose=show.verbose, json=show.json)
    with Guard(terminal) as guard:
        if not paths:
            raise UsageError("nothing to test is given: stepflow test PATH…")
        report = report_for(terminal, diff=cases.diff)
        flows = find_flows(paths)
        for index, path in enumerate(flows):
            report.begin(path, index, len(flows))
            report.add(run_cases(path, cases, config.config))
        report.end()
        guard.exit = report.totals.exit
        if not report.totals.cases and guard.exit == 0:
            raise UsageError(_nothing(cases))
    return guard.exit


def run_cases(path: Path, options: CaseOptions, config: Path | None) -> Tested:
    """Run those cases of a flow that are asked for and, if that is, write down what came of them."""
    from stepflow_runtime.virtual_time import run_virtual

    try:
        suite = read_suite(path)
        cases = [each for each in suite.cases if _is_wanted(each, options.case)]
        if suite.cases and not cases:
            return Tested(name_of(path), [], [])
        outcomes = run_virtual(run_suite(suite, cases, lambda: open_for(suite, config)))
    except FlowLoadError as error:
        return Tested(name_of(path), [], error.diagnostics)
    updated = update(suite, outcomes) if options.update else frozenset()
    return Tested(name_of(path), outcomes, suite.diagnostics, updated)


def _is_wanted(case: Case, patterns: list[str] | None) -> bool:
    return not patterns or any(fnmatchcase(case.name, each) or case.name == each for each in patterns)


def _nothing(options: CaseOptions) -> str:
    if options.case:
        return f"no case is named {' or '.join(map(repr, options.case))}"
    return "there are no test cases: flows carry them under `test: {cases: [{name, input, output}]}`"
