"""The documents of the suite and how an executor runs them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from stepflow_core import FlowResult, StepflowError, StepflowExecutor, StepStatus

from .core_yaml import read
from .matching import mismatch

ROOT = Path(__file__).parent
FLOWS = ROOT / "flows"
INVALID = ROOT / "invalid"
CONFIG = ROOT / "stepflow-config.yml"

_STATES = {StepStatus.COMPLETED: "completed", StepStatus.FAILED: "failed", StepStatus.SKIPPED: "skipped"}


@dataclass(frozen=True)
class Case:
    """One embedded case of a flow: what goes in and what must come out."""

    path: Path
    name: str
    input: Any
    output: dict[str, Any] | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    steps: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.path.name}::{self.name}"


def flow_files() -> list[Path]:
    """The flows of the suite."""
    return sorted(path for path in FLOWS.iterdir() if path.suffix in {".yaml", ".json"})


def cases_of(path: Path) -> list[Case]:
    """The cases that a flow carries."""
    return [_case(path, each) for each in read(path)["test"]["cases"]]


def _case(path: Path, document: dict[str, Any]) -> Case:
    known = {key: document[key] for key in ("name", "input", "output", "variables", "steps") if key in document}
    return Case(path, **known)


def batches_of(path: Path) -> list[list[Case]]:
    """The cases of a flow by equal variables."""
    groups: dict[str, list[Case]] = {}
    for case in cases_of(path):
        groups.setdefault(json.dumps(case.variables, sort_keys=True), []).append(case)
    return list(groups.values())


async def judge(executor: StepflowExecutor, flow_id: str, case: Case) -> str | None:
    """Run one case by itself; what is wrong with its outcome or the states of its steps, if anything is."""
    try:
        run_id = await executor.submit(flow_id, case.input, variables=case.variables)
        result = await executor.get_result(run_id)
    except StepflowError as refusal:
        return _verdict(case, _refused(refusal), {})
    return _verdict(case, to_json(result), await _states(executor, run_id, 0))


async def judge_batch(executor: StepflowExecutor, flow_id: str, cases: list[Case]) -> list[str]:
    """Run cases of equal variables as the items of one run; what is wrong, by case."""
    try:
        run_id = await executor.submit_batch(flow_id, [case.input for case in cases], variables=cases[0].variables)
        results = (await executor.get_batch(run_id)).results
    except StepflowError as refusal:
        verdicts = [_verdict(case, _refused(refusal), {}) for case in cases]
    else:
        states = [await _states(executor, run_id, index) for index in range(len(cases))]
        verdicts = [_verdict(*each) for each in zip(cases, map(to_json, results), states, strict=True)]
    return [f"{case}: {verdict}" for case, verdict in zip(cases, verdicts, strict=True) if verdict]


def _verdict(case: Case, outcome: dict[str, Any], states: dict[str, str]) -> str | None:
    wrong = mismatch(case.output, outcome) if case.output else None
    return wrong or next(filter(None, (_wrong_state(states, *each) for each in case.steps.items())), None)


def _wrong_state(states: dict[str, str], step: str, expected: str) -> str | None:
    actual = states.get(step, "notRun")
    return None if actual == expected else f"expected the step {step!r} to be {expected}, it is {actual}"


async def _states(executor: StepflowExecutor, run_id: str, item: int) -> dict[str, str]:
    """The states of the flow's own steps; those of flows inside have longer addresses."""
    steps = (await executor.get_run_steps(run_id, item_index=item)).steps
    return {each.step_id: _STATES.get(each.status, "notRun") for each in steps if "/" not in each.address}


def to_json(result: FlowResult) -> dict[str, Any]:
    """A result as it stands in a case: `{outcome, result | error}`."""
    converted: dict[str, Any] = msgspec.to_builtins(result)
    return converted


def _refused(refusal: StepflowError) -> dict[str, Any]:
    return {"outcome": "failed", "error": {"code": refusal.code, "message": refusal.message}}
