"""Runs, items and steps as executors show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from stepflow_core import (
    ExecutionStatus,
    FlowResult,
    ItemResult,
    NotFoundError,
    RunDetails,
    RunSummary,
    StepRun,
    StepStatus,
)

from .engine.debugging import DEBUG
from .engine.explain import Explainer
from .engine.frame import Frame
from .engine.project import FrameRecord, StepRecord, fold, timestamp
from .engine.states import COMPLETED
from .engine.undecided import Undecided
from .values import copy_json, copy_result

if TYPE_CHECKING:
    from .engine.run_state import RunState
    from .history import RunRecord

E = TypeVar("E", ExecutionStatus, StepStatus)


def summary(run: RunState) -> RunSummary:
    """A run in a listing."""
    return RunSummary(**_summary(run))


def details(run: RunState) -> RunDetails:
    """A run with its inputs, secrets redacted."""
    contract = run.info.plan.contract
    inputs = [copy_json(contract.redacted_input(each)) for each in (run.inputs if not run.offset else ())]
    return RunDetails(**_summary(run), inputs=inputs, overrides=copy_json(run.overrides), pending=[])


def _summary(run: RunState) -> dict[str, Any]:
    info = run.info
    return {
        "run_id": info.id,
        "flow_id": info.plan.id,
        "flow_name": info.plan.model.name,
        "status": run.status,
        "items": run.item_counts(),
        "created_at": timestamp(run.created_at),
        "completed_at": None if run.completed_at is None else timestamp(run.completed_at),
        "root_run_id": info.root_id,
        "parent_run_id": info.parent_id,
        "paused_by": None if run.held is None or run.ended else DEBUG,
        "debug_mode": run.held is not None,
        "tags": dict(run.tags),
    }


def final_result(run: RunState, item: int) -> FlowResult:
    """The result of an item that has ended, the caller's own."""
    result = run.results[item]
    assert result is not None, "an ended item has a result"
    return copy_result(result)


def item_results(run: RunState, status: ExecutionStatus | None) -> list[ItemResult]:
    """The items of a run in input order, those that have not begun too."""
    begun = [item_result(run, item) for item in range(run.begun)]
    pending = [
        ItemResult(index=item, item_index=item, status=ExecutionStatus.PENDING) for item in range(run.begun, run.total)
    ]
    return [each for each in begun + pending if status is None or each.status is status]


def item_result(run: RunState, item: int) -> ItemResult:
    """One item that has begun."""
    ended = run.results[item] is not None
    at = run.ended_at[item]
    return ItemResult(
        index=item,
        item_index=item,
        status=run.statuses[item],
        result=final_result(run, item) if ended else None,
        completed_at=None if at is None else timestamp(at),
    )


def step_runs(
    record: RunRecord, run: RunState, item_index: int | None, status: StepStatus | None, held: set[tuple[Frame, int]]
) -> list[StepRun]:
    """The step executions of a run in document order, frame by frame; with reasons where they do not run."""
    explainer = Explainer(live_frames(run), held)
    return [
        step.step_run(explainer.reason(step))
        for frame in _frames(record, run)
        if item_index is None or frame.info.item == item_index
        for step in frame.steps
        if status is None or step.status is status
    ]


def _frames(record: RunRecord, run: RunState) -> list[FrameRecord]:
    return sorted(fold(record.journal.entries(), run.info), key=lambda each: each.info.item)


def live_frames(run: RunState) -> dict[int, Frame]:
    """The frames of a run that are at work, by the identity of what they are known by in the journal."""
    found: dict[int, Frame] = {}
    unseen = list(run.frames.values())
    while unseen:
        frame = unseen.pop()
        found[id(frame.info)] = frame
        for children in (frame.children or {}).values():
            unseen.extend(each for each in children if isinstance(each, Frame))
    return found


def step_run(
    record: RunRecord, run: RunState, address: str, item_index: int, attempt: int | None, held: set[tuple[Frame, int]]
) -> StepRun:
    """One step execution, with its evaluated input. Raises `NotFoundError`."""
    explainer = Explainer(live_frames(run), held)
    for frame in _frames(record, run):
        if frame.info.root_item != item_index or not address.startswith(frame.info.prefix):
            continue
        for step in frame.steps:
            if frame.info.address(step.step) == address:
                found = step.step_run(explainer.reason(step))
                if attempt is not None and attempt != step.attempt:
                    found = _earlier(step, attempt)
                return _with_input(found, frame, step.step)
    raise NotFoundError(f"the run {run.info.id} has no step at {address!r:.200} in item {item_index}")


def _earlier(step: StepRecord, attempt: int) -> StepRun:
    found = step.failures.get(attempt)
    if found is None:
        address = step.frame.address(step.step)
        raise NotFoundError(f"the step {address!r} has made {step.attempt} attempts; there is no number {attempt}")
    return found


def _with_input(step_run: StepRun, record: FrameRecord, step: int) -> StepRun:
    """The step with the input that its expression gives on what the journal knows."""
    if step_run.attempt == 0:
        return step_run
    from msgspec.structs import replace

    from .engine.shown import shown_input

    frame = rebuilt(record)
    try:
        value = shown_input(frame, step)
    except Undecided:
        return step_run
    return replace(step_run, input=copy_json(value))


def rebuilt(record: FrameRecord) -> Frame:
    """A frame with the results that the journal knows, good for evaluating expressions on."""
    frame = Frame(record.info, _NO_RUN)
    for step in record.steps:
        if step.state >= COMPLETED:
            frame.status[step.step] = step.state
            frame.values[step.step] = step.value
    return frame


_NO_RUN: Any = None


def matching(
    runs: Iterator[RunState],
    *,
    status: ExecutionStatus | None,
    flow_name: str | None,
    flow_id: str | None,
    root_run_id: str | None,
    parent_run_id: str | None,
    max_depth: int | None,
    roots_only: bool,
    tags: Mapping[str, str] | None,
    created_after: datetime | None,
    created_before: datetime | None,
) -> list[RunState]:
    """The runs that pass every filter that is given."""
    after = None if created_after is None else created_after.timestamp()
    before = None if created_before is None else created_before.timestamp()
    return [
        run
        for run in runs
        if (status is None or run.status is status)
        and (flow_name is None or run.info.plan.model.name == flow_name)
        and (flow_id is None or run.info.plan.id == flow_id)
        and (root_run_id is None or run.info.root_id == root_run_id)
        and (parent_run_id is None or run.info.parent_id == parent_run_id)
        and (not roots_only or run.info.parent_id is None)
        and (max_depth is None or run.info.depth <= max_depth)
        and (not tags or all(run.tags.get(key) == value for key, value in tags.items()))
        and (after is None or run.created_at > after)
        and (before is None or run.created_at < before)
    ]
