"""Projections of the journal: its entries as public events, and as the executions of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from stepflow_core import Failed, FlowResult, RunEvent, Skipped, StepRun, StepStatus, Success

from ..values import copy_error, copy_json, copy_result
from .entries import (
    Entry,
    FrameInfo,
    ItemCompleted,
    RunCompleted,
    RunCreated,
    RunInfo,
    RunPaused,
    RunResumed,
    StepCompleted,
    StepOutput,
    StepReady,
    StepRetrying,
    StepsNeeded,
    StepStarted,
    SubRunCreated,
)
from .states import BLOCKED, COMPLETED, FAILED, RUNNABLE, RUNNING, SKIPPED, STATUS, UNNEEDED, WAITING


def timestamp(seconds: float) -> datetime:
    """A time of the engine as a public one."""
    return datetime.fromtimestamp(seconds, UTC)


def step_result(state: int, value: Any) -> FlowResult:
    """The public result of a step that ended in `state` with `value`; its values are the receiver's own."""
    if state == COMPLETED:
        return Success(copy_json(value))
    return Skipped(value) if state == SKIPPED else Failed(copy_error(value))


def run_of(entry: Entry) -> RunInfo:
    """The run that an entry belongs to."""
    run: RunInfo = entry.run if isinstance(entry, _OF_RUN) else entry.frame.run  # type: ignore[attr-defined]
    return run


_OF_RUN = (RunCreated, SubRunCreated, ItemCompleted, RunPaused, RunResumed, RunCompleted)


def event_of(number: int, time: datetime, entry: Entry) -> RunEvent:
    """The public event of an entry at `time`; `number` is its place in the journal. Its values are its own."""
    return _EVENTS[type(entry)](number, time, entry)


def _run_created(number: int, time: datetime, entry: RunCreated) -> RunEvent:
    return RunEvent(
        sequence_number=number, timestamp=time, event="run_created", run_id=entry.run.id,
        flow_id=entry.run.plan.id, item_count=entry.item_count,
    )  # fmt: skip


def _sub_run_created(number: int, time: datetime, entry: SubRunCreated) -> RunEvent:
    run = entry.run
    return RunEvent(
        sequence_number=number, timestamp=time, event="sub_run_created", run_id=run.id, item_index=run.root_item,
        address=run.address, parent_run_id=run.parent_id, flow_id=run.plan.id, item_count=entry.item_count,
    )  # fmt: skip


def _steps_needed(number: int, time: datetime, entry: StepsNeeded) -> RunEvent:
    frame, ids = entry.frame, entry.frame.plan.ids
    return RunEvent(
        sequence_number=number, timestamp=time, event="steps_needed", run_id=frame.run.id,
        item_index=frame.root_item, address=frame.prefix.removesuffix("/") or None,
        step_ids=[ids[each] for each in entry.steps],
    )  # fmt: skip


def _step_ready(number: int, time: datetime, entry: StepReady) -> RunEvent:
    frame, step = entry.frame, entry.step
    return RunEvent(
        sequence_number=number, timestamp=time, event="step_ready", run_id=frame.run.id,
        item_index=frame.root_item, address=frame.address(step), step_id=frame.plan.ids[step],
    )  # fmt: skip


def _step_started(number: int, time: datetime, entry: StepStarted) -> RunEvent:
    frame, step = entry.frame, entry.step
    return RunEvent(
        sequence_number=number, timestamp=time, event="step_started", run_id=frame.run.id,
        item_index=frame.root_item, address=frame.address(step), step_id=frame.plan.ids[step],
        attempt=entry.attempt, component=frame.plan.steps[step].component_path,
    )  # fmt: skip


def _step_output(number: int, time: datetime, entry: StepOutput) -> RunEvent:
    frame, step = entry.frame, entry.step
    return RunEvent(
        sequence_number=number, timestamp=time, event="step_output", run_id=frame.run.id,
        item_index=frame.root_item, address=frame.address(step), step_id=frame.plan.ids[step],
        attempt=entry.attempt, kind=entry.kind, chunk=copy_json(entry.chunk), chunk_index=entry.chunk_index,
    )  # fmt: skip


def _step_retrying(number: int, time: datetime, entry: StepRetrying) -> RunEvent:
    frame, step = entry.frame, entry.step
    return RunEvent(
        sequence_number=number, timestamp=time, event="step_retrying", run_id=frame.run.id,
        item_index=frame.root_item, address=frame.address(step), step_id=frame.plan.ids[step],
        attempt=entry.attempt, error=copy_error(entry.error), delay=entry.delay,
    )  # fmt: skip


def _step_completed(number: int, time: datetime, entry: StepCompleted) -> RunEvent:
    frame, step = entry.frame, entry.step
    took = None if entry.started is None else (entry.time - entry.started) * 1000
    return RunEvent(
        sequence_number=number, timestamp=time, event="step_completed", run_id=frame.run.id,
        item_index=frame.root_item, address=frame.address(step), step_id=frame.plan.ids[step],
        attempt=None if entry.started is None else entry.attempt, status=STATUS[entry.state].value, duration_ms=took,
        result=step_result(entry.state, entry.value),
    )  # fmt: skip


def _item_completed(number: int, time: datetime, entry: ItemCompleted) -> RunEvent:
    return RunEvent(
        sequence_number=number, timestamp=time, event="item_completed", run_id=entry.run.id,
        item_index=entry.item, status=entry.status, result=copy_result(entry.result),
    )  # fmt: skip


def _run_completed(number: int, time: datetime, entry: RunCompleted) -> RunEvent:
    return RunEvent(
        sequence_number=number, timestamp=time, event="run_completed", run_id=entry.run.id, status=entry.status
    )


def _run_paused(number: int, time: datetime, entry: RunPaused) -> RunEvent:
    return RunEvent(
        sequence_number=number, timestamp=time, event="run_paused", run_id=entry.run.id, paused_by=entry.paused_by
    )


def _run_resumed(number: int, time: datetime, entry: RunResumed) -> RunEvent:
    return RunEvent(sequence_number=number, timestamp=time, event="run_resumed", run_id=entry.run.id)


_EVENTS: dict[type, Callable[[int, datetime, Any], RunEvent]] = {
    RunCreated: _run_created,
    SubRunCreated: _sub_run_created,
    StepsNeeded: _steps_needed,
    StepReady: _step_ready,
    StepStarted: _step_started,
    StepOutput: _step_output,
    StepRetrying: _step_retrying,
    StepCompleted: _step_completed,
    ItemCompleted: _item_completed,
    RunPaused: _run_paused,
    RunResumed: _run_resumed,
    RunCompleted: _run_completed,
}


class StepRecord:
    """What the journal says of one step execution so far; `failures` are its attempts before the last."""

    __slots__ = ("attempt", "completed", "failures", "frame", "started", "state", "step", "value")

    def __init__(self, frame: FrameInfo, step: int) -> None:
        self.frame = frame
        self.step = step
        self.state = UNNEEDED
        self.attempt = 0
        self.started: float | None = None
        self.completed: float | None = None
        self.value: Any = None
        self.failures: dict[int, StepRun] = {}

    @property
    def status(self) -> StepStatus:
        """The public name of its state."""
        return STATUS[self.state]

    def take_in(self, entry: Entry) -> None:
        """Go on by one entry of the step."""
        match entry:
            case StepReady():
                self.state = RUNNABLE
            case StepStarted():
                self.state, self.attempt, self.started = RUNNING, entry.attempt, entry.time
            case StepRetrying():
                self.state, self.value, self.completed = FAILED, entry.error, entry.time
                self.failures[entry.attempt] = self.step_run("it was tried again")
                self.state, self.value, self.completed = WAITING, None, None
            case StepCompleted():
                self.state, self.value, self.completed = entry.state, entry.value, entry.time

    def step_run(self, reason: str | None = None) -> StepRun:
        """The public form."""
        frame, step = self.frame, self.step
        return StepRun(
            address=frame.address(step),
            step_id=frame.plan.ids[step],
            step_index=step,
            item_index=frame.root_item,
            component=frame.plan.steps[step].component_path,
            status=self.status,
            attempt=self.attempt,
            result=step_result(self.state, self.value) if self.state >= COMPLETED else None,
            started_at=None if self.started is None else timestamp(self.started),
            completed_at=None if self.completed is None else timestamp(self.completed),
            reason=reason,
        )


class FrameRecord:
    """What the journal says of the steps of one frame, by index."""

    __slots__ = ("info", "steps")

    def __init__(self, info: FrameInfo) -> None:
        self.info = info
        self.steps = [StepRecord(info, step) for step in range(info.plan.size)]


def fold(entries: Iterable[Entry], run: RunInfo) -> list[FrameRecord]:
    """The frames of a run as its journal has them, in the order in which they began."""
    frames: dict[int, FrameRecord] = {}
    for entry in entries:
        frame = entry.began if isinstance(entry, ItemCompleted) else getattr(entry, "frame", None)
        if frame is None or frame.run is not run:
            continue
        record = frames.get(id(frame))
        if record is None:
            record = frames[id(frame)] = FrameRecord(frame)
        if isinstance(entry, StepsNeeded):
            for step in entry.steps:
                record.steps[step].state = BLOCKED
        elif not isinstance(entry, ItemCompleted):
            record.steps[entry.step].take_in(entry)  # type: ignore[attr-defined]
    return list(frames.values())
