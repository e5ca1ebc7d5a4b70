"""The test cases of one flow as a suite: reading it, running it, judging what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from stepflow_core import (
    Diagnostic,
    DiagnosticLevel,
    FlowLoadError,
    FlowResult,
    StepflowError,
    StepflowExecutor,
    StepRun,
)
from stepflow_core.documents import Document, read_file
from stepflow_runtime.cases import (
    Case,
    Mismatch,
    cases_of,
    check_cases,
    fitted,
    judge,
    judge_steps,
    step_states,
)

Open = Callable[[], AbstractAsyncContextManager[StepflowExecutor]]


class Suite(Struct, frozen=True):
    """The cases of a flow; `diagnostics` are what is wrong with its `test` section."""

    path: Path
    document: Document
    cases: list[Case]
    diagnostics: list[Diagnostic]


class Outcome(Struct, frozen=True):
    """What came of a case: the result of its run, the states of its steps, where they are not as expected."""

    case: Case
    actual: FlowResult
    states: dict[str, str]
    mismatches: list[Mismatch]

    @property
    def passed(self) -> bool:
        """Whether everything is as expected."""
        return not self.mismatches

    @property
    def wanted(self) -> dict[str, Any]:
        """The expectation changed no more than it takes to be met: `output`, and `steps` where there are some."""
        wire = msgspec.to_builtins(self.actual)
        wanted: dict[str, Any] = {"output": wire if self.case.output is None else fitted(self.case.output, wire)}
        if self.case.steps:
            wanted["steps"] = {step: self.states.get(step, "notRun") for step in self.case.steps}
        return wanted


def read_suite(path: Path) -> Suite:
    """The suite of a flow file. Raises `FlowLoadError` where the file cannot be read."""
    document = read_file(path)
    flow = document.data if isinstance(document.data, dict) else {}
    section, step_ids = flow.get("test"), _step_ids(flow)
    diagnostics = [document.locate(each) for each in check_cases(section, step_ids)]
    cases = [] if any(map(_is_fault, diagnostics)) else cases_of(section, step_ids)
    return Suite(path, document, cases, diagnostics)


async def run_suite(suite: Suite, cases: list[Case], open: Open) -> list[Outcome]:
    """Run cases of a suite, those of equal variables as one batch, on an executor of their own.

    Raises `FlowLoadError` where the flow, its cases or its config cannot be used, naming all that is wrong.
    """
    async with open() as executor:
        stored = await executor.store_flow(suite.path)
        if stored.flow_id is None or any(map(_is_fault, suite.diagnostics)):
            raise FlowLoadError(diagnostics=_distinct([*stored.diagnostics, *suite.diagnostics]))
        outcomes = [each for group in _groups(cases) for each in await _run(executor, stored.flow_id, group)]
    return sorted(outcomes, key=lambda each: each.case.index)


def _is_fault(diagnostic: Diagnostic) -> bool:
    return diagnostic.level is not DiagnosticLevel.WARNING


def _distinct(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    return list({msgspec.json.encode(each): each for each in diagnostics}.values())


async def _run(executor: StepflowExecutor, flow_id: str, cases: list[Case]) -> list[Outcome]:
    try:
        batch = await executor.run_batch(flow_id, [case.input for case in cases], variables=cases[0].variables)
    except StepflowError as refusal:
        refused = FlowResult.failed(refusal.code or 500, refusal.message, refusal.details)
        return [_judged(case, refused, []) for case in cases]
    return [
        _judged(case, result, await _steps(executor, batch.run.run_id, index, case))
        for index, (case, result) in enumerate(zip(cases, batch.results, strict=True))
    ]


async def _steps(executor: StepflowExecutor, run_id: str, index: int, case: Case) -> list[StepRun]:
    return (await executor.get_run_steps(run_id, item_index=index)).steps if case.steps else []


def _judged(case: Case, actual: FlowResult, steps: list[StepRun]) -> Outcome:
    mismatches = [] if case.output is None else judge(case.output, actual)
    return Outcome(case, actual, step_states(steps), [*mismatches, *judge_steps(case.steps, steps)])


def _groups(cases: Iterable[Case]) -> Iterator[list[Case]]:
    """The cases by equal variables."""
    groups: dict[bytes, list[Case]] = {}
    for case in cases:
        groups.setdefault(msgspec.json.encode(case.variables, order="deterministic"), []).append(case)
    yield from groups.values()


def _step_ids(flow: dict[str, Any]) -> list[str] | None:
    """The ids of the steps; none are known where the flow is not one."""
    steps = flow.get("steps")
    if not isinstance(steps, list):
        return [] if steps is None else None
    ids = [each.get("id") if isinstance(each, dict) else None for each in steps]
    return [each for each in ids if isinstance(each, str)]
