"""Reporting what came of test cases: for people, or as JSON."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import msgspec
from msgspec import Struct
from stepflow_core import Diagnostic, DiagnosticLevel

from .exits import Exit
from .output import to_json
from .source_view import SourceView
from .suites import Outcome
from .terminal import Terminal

MAX_MISMATCHES = 3
"""How many mismatches of a case are shown without `--diff`."""


class Tested(Struct, frozen=True):
    """What came of the cases of one flow; `updated` are the indexes of those whose expectation was rewritten."""

    file: str
    outcomes: list[Outcome]
    diagnostics: list[Diagnostic]
    updated: frozenset[int] = frozenset()

    @property
    def valid(self) -> bool:
        """Whether the flow, its cases and its config can be used."""
        return all(each.level is DiagnosticLevel.WARNING for each in self.diagnostics)

    @property
    def failed(self) -> list[Outcome]:
        """The cases that were not as expected and still are not."""
        return [each for each in self.outcomes if not each.passed and each.case.index not in self.updated]


class Totals:
    """What came of all flows so far."""

    def __init__(self) -> None:
        self.flows = 0
        self.cases = 0
        self.failed = 0
        self.updated = 0
        self.invalid = 0

    def add(self, tested: Tested) -> None:
        """Count one more flow; those without a case that is wanted do not count."""
        self.flows += bool(tested.outcomes) or not tested.valid
        self.cases += len(tested.outcomes)
        self.failed += len(tested.failed)
        self.updated += len(tested.updated)
        self.invalid += not tested.valid

    @property
    def exit(self) -> Exit:
        """The exit code that goes with it."""
        if self.invalid:
            return Exit.INVALID
        return Exit.FAILED if self.failed else Exit.DONE


class Report(Protocol):
    """Takes in what comes of flows, one after the other."""

    totals: Totals

    def begin(self, path: Path, index: int, count: int) -> None:
        """The flow `index` (from 0) of `count` is about to be tested."""
        ...

    def add(self, tested: Tested) -> None:
        """Take in what came of a flow."""
        ...

    def end(self) -> None:
        """There are no more."""
        ...


def report_for(terminal: Terminal, *, diff: bool) -> Report:
    """The report that was asked for."""
    return JsonReport(terminal) if terminal.json else TextReport(terminal, diff=diff)


class JsonReport:
    """One JSON object on stdout: `{flows: [{file, valid, diagnostics, cases}], passed, failed, updated, invalid}`."""

    def __init__(self, terminal: Terminal) -> None:
        self.totals = Totals()
        self._terminal = terminal
        self._flows: list[dict[str, Any]] = []

    def begin(self, path: Path, index: int, count: int) -> None:
        """Nothing is said before the end."""

    def add(self, tested: Tested) -> None:
        """Take in what came of a flow."""
        self.totals.add(tested)
        if tested.outcomes or tested.diagnostics:
            cases = [_case_json(each, tested) for each in tested.outcomes]
            self._flows.append(
                {"file": tested.file, "valid": tested.valid, "diagnostics": tested.diagnostics, "cases": cases}
            )

    def end(self) -> None:
        """Write the report."""
        totals = self.totals
        summary = {
            "flows": self._flows,
            "passed": totals.cases - totals.failed,
            "failed": totals.failed,
            "updated": totals.updated,
            "invalid": totals.invalid,
        }
        self._terminal.write(to_json(summary, pretty=self._terminal.pretty))


class TextReport:
    """A line for each flow and some for each case that failed, on stdout; diagnostics under their source lines."""

    def __init__(self, terminal: Terminal, *, diff: bool) -> None:
        self.totals = Totals()
        self._terminal = terminal
        self._page = terminal.page()
        self._view = SourceView(self._page)
        self._diff = diff

    def begin(self, path: Path, index: int, count: int) -> None:
        """Say which flow is being tested, on a line that goes away."""
        self._terminal.passing(f"{index + 1}/{count} {path}")

    def add(self, tested: Tested) -> None:
        """Report a flow."""
        self._terminal.passing("")
        self.totals.add(tested)
        for line in self._lines(tested):
            self._page.say(line)

    def end(self) -> None:
        """Sum up."""
        if not self._terminal.quiet and (self.totals.cases or self.totals.invalid):
            self._page.say(self._summary())

    def _lines(self, tested: Tested) -> Iterator[str]:
        if tested.outcomes and not (self._terminal.quiet and not tested.failed):
            yield self._headline(tested)
        for outcome in tested.failed:
            yield from self._failed(outcome)
        if not tested.valid:
            yield f"{self._page.style('INVALID', 'bold', 'red')} {tested.file}"
        if not (tested.valid and self._terminal.quiet):
            yield from self._view.draw(tested.diagnostics)

    def _headline(self, tested: Tested) -> str:
        count, failed = len(tested.outcomes), len(tested.failed)
        cases = f"{count} case{'' if count == 1 else 's'}"
        updated = f", {len(tested.updated)} updated" if tested.updated else ""
        open_cases = sum(each.case.output is None and not each.case.steps for each in tested.outcomes)
        unjudged = f", {open_cases} without expectation" if open_cases and not tested.updated else ""
        if failed:
            return f"{self._page.style('FAIL', 'bold', 'red')} {tested.file} ({failed} of {cases}{updated}{unjudged})"
        return f"{self._page.style('PASS', 'green')} {tested.file} ({cases}{updated}{unjudged})"

    def _failed(self, outcome: Outcome) -> Iterator[str]:
        yield f"  {self._page.style(outcome.case.name, 'bold')}"
        limit = len(outcome.mismatches) if self._diff else MAX_MISMATCHES
        for each in outcome.mismatches[:limit]:
            yield f"    {self._page.style(each.path, 'cyan')}: {each.message}"
        if len(outcome.mismatches) > limit:
            yield f"    … and {len(outcome.mismatches) - limit} more (--diff shows all)"
        if self._diff:
            yield from (f"    {self._coloured(line)}" for line in _diff(outcome))

    def _coloured(self, line: str) -> str:
        colour = {"-": "red", "+": "green"}.get(line[:1])
        return self._page.style(line, colour) if colour else line

    def _summary(self) -> str:
        totals, style = self.totals, self._page.style
        parts = [
            style(f"{totals.failed} failed", "bold", "red") if totals.failed else "",
            style(f"{totals.invalid} invalid", "bold", "red") if totals.invalid else "",
            f"{totals.updated} updated" if totals.updated else "",
            style(f"{totals.cases - totals.failed - totals.updated} passed", "green"),
        ]
        flows = f"{totals.flows} flow{'' if totals.flows == 1 else 's'}"
        return f"{', '.join(filter(None, parts))} in {flows}"


def _case_json(outcome: Outcome, tested: Tested) -> dict[str, Any]:
    case = {
        "name": outcome.case.name,
        "passed": outcome.passed,
        "mismatches": [
            {"path": each.path, "message": each.message, "expected": each.expected, "actual": each.actual}
            for each in outcome.mismatches
        ],
        "output": outcome.actual,
    }
    return {**case, "steps": outcome.states} | ({"updated": True} if outcome.case.index in tested.updated else {})


def _diff(outcome: Outcome) -> Iterator[str]:
    """The expectation against what it would take to be met: members that are not expected are left out."""
    case = outcome.case
    expected = {"output": case.output} if case.output is not None else {}
    old = _laid_out({**expected, **({"steps": case.steps} if case.steps else {})})
    new = _laid_out({key: value for key, value in outcome.wanted.items() if key == "steps" or expected})
    lines = difflib.unified_diff(old, new, "expected", "actual", lineterm="", n=2)
    return (line for line in lines if not line.startswith("@@"))


def _laid_out(value: dict[str, Any]) -> list[str]:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode().splitlines()
