"""Ending what is not wanted any more: runs, frames and all below them, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepflow_core import ExecutionStatus, Failed, FlowError, Skipped

from .commands import ItemEnded, RunEnded, StopStep
from .entries import ItemCompleted, RunCompleted, StepCompleted
from .frame import Frame
from .states import CANCELLED, COMPLETED, RUNNING, UNNEEDED, WAITING

if TYPE_CHECKING:
    from .entries import FrameInfo
    from .run_state import RunState, Tree

CANCELLED_CODE = 499


def cancelled_error(reason: str | None) -> FlowError:
    """The error of what was cancelled."""
    return FlowError(CANCELLED_CODE, reason or "the run was cancelled", {"kind": "cancelled"})


def cancel_run(
    tree: Tree, run: RunState, reason: str | None, status: ExecutionStatus = ExecutionStatus.CANCELLED
) -> None:
    """End a run, in `status`, and all below it; items that had ended keep their results."""
    error = cancelled_error(reason)
    for item, frame in list(run.frames.items()):
        cancel_frame(tree, frame, error)
        _cancel_item(tree, run, item, error, frame.info)
    run.frames.clear()
    for item in _begin_rest(run):
        _cancel_item(tree, run, item, error)
    run.exhausted = True
    run.status = status
    run.completed_at = tree.now
    tree.entries.append(RunCompleted(tree.now, run.info, run.status))
    tree.commands.append(RunEnded(run))


def _begin_rest(run: RunState) -> range:
    """Give the items that have not begun their place among the others; which they are."""
    rest = range(run.begun, run.total)
    run.results += [None] * len(rest)
    run.statuses += [ExecutionStatus.PENDING] * len(rest)
    run.ended_at += [None] * len(rest)
    return rest


def break_off(tree: Tree, run: RunState, error: FlowError) -> None:
    """End a run whose state cannot be trusted any more: what has no result fails with `error`."""
    _begin_rest(run)
    run.frames.clear()
    for item, result in enumerate(run.results):
        if result is None:
            run.results[item] = Failed(error)
            run.statuses[item] = ExecutionStatus.FAILED
            run.ended_at[item] = tree.now
            run.counts["failed"] += 1
    run.exhausted = True
    run.status = ExecutionStatus.FAILED
    run.completed_at = tree.now
    tree.entries.append(RunCompleted(tree.now, run.info, run.status))


def _cancel_item(tree: Tree, run: RunState, item: int, error: FlowError, began: FrameInfo | None = None) -> None:
    result = Failed(error)
    run.results[item] = result
    run.statuses[item] = ExecutionStatus.CANCELLED
    run.ended_at[item] = tree.now
    run.counts["cancelled"] += 1
    tree.entries.append(ItemCompleted(tree.now, run.info, item, ExecutionStatus.CANCELLED, result, began))
    tree.commands.append(ItemEnded(run, item))


def cancel_frame(tree: Tree, frame: Frame, error: FlowError) -> None:
    """End every step of a frame that has not ended."""
    for step in range(frame.plan.size):
        state = frame.status[step]
        if UNNEEDED < state < COMPLETED:
            cancel_children(tree, frame, step, error.message)
            if state in (RUNNING, WAITING):
                tree.commands.append(StopStep(frame, step))
                frame.drop_retry(step)
            frame.status[step] = CANCELLED
            frame.values[step] = error
            entry = StepCompleted(
                tree.now, frame.info, step, frame.attempt(step), CANCELLED, error, frame.started[step]
            )
            tree.entries.append(entry)
    frame.status[frame.plan.size] = CANCELLED
    frame.output = Skipped(error.message)
    frame.open = 0


def cancel_children(tree: Tree, frame: Frame, step: int, reason: str) -> None:
    """End the sub-runs and frames that a step started, and with them the rounds that it was to go on with."""
    frame.drop_rounds(step)
    for child in (frame.children or {}).pop(step, ()):
        if isinstance(child, Frame):
            if child.open:
                cancel_frame(tree, child, cancelled_error(reason))
        elif not child.ended:
            cancel_run(tree, child, reason)
