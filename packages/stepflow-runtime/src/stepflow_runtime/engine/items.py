"""Items of a run: starting them as there is room, ending them, and ending the run with the last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stepflow_core import ExecutionStatus, Failed, FlowError, FlowResult

from . import steps, subflows
from .commands import FeedItems, ItemEnded, RunEnded
from .entries import FrameInfo, ItemCompleted, RunCompleted
from .frame import Frame

if TYPE_CHECKING:
    from .plan import Plan
    from .run_state import RunState, Tree

ITEMS_AT_ONCE = 256
"""How many items one look at a run starts, so that other runs get their turn."""


def fill(tree: Tree, run: RunState) -> None:
    """Start items while there is room; ask for more inputs, or end the run, where there are none."""
    if run.ended:
        return
    begun, total = run.begun, run.total
    for item in range(begun, min(total, begun + ITEMS_AT_ONCE)):
        if len(run.frames) >= run.limit:
            break
        _start_item(tree, run, item)
    room = run.limit - len(run.frames)
    waiting = run.begun < total
    if run.exhausted and not waiting:
        if not run.frames:
            _end_run(tree, run)
    elif room > 0 and not run.feeding:
        run.feeding = True
        tree.commands.append(FeedItems(run, 0 if waiting else min(room, ITEMS_AT_ONCE)))


def items_arrived(tree: Tree, run: RunState, inputs: list[Any], *, exhausted: bool, more: bool) -> None:
    """Inputs that were asked for are there; with `more`, others of them are still being read."""
    run.feeding = more
    if not run.ended and inputs:
        run.receive(inputs)
    if not run.ended:
        run.exhausted = exhausted
        tree.fills.append(run)


def _start_item(tree: Tree, run: RunState, item: int) -> None:
    input = run.input(item)
    run.results.append(None)
    run.statuses.append(ExecutionStatus.RUNNING)
    run.ended_at.append(None)
    plan = run.info.plan
    error = _input_error(tree, plan, input) if plan.contract.checks_input else None
    if error is not None:
        end_item(tree, run, item, Failed(error))
        return
    parent = run.parent
    root_item = item if parent is None else parent.info.root_item
    depth = 0 if parent is None else parent.info.depth + 1
    info = FrameInfo(run.info, plan, item, root_item, run.item_prefix(item), input, run.variables, depth)
    frame = run.frames[item] = Frame(info, run)
    steps.start_frame(tree, frame)


def _input_error(tree: Tree, plan: Plan, input: Any) -> FlowError | None:
    tree.keep_secret(plan.contract.input_secrets(input))
    error = plan.contract.input_error(input)
    return None if error is None else tree.hide_in(error)


_STATUS = {
    "success": ExecutionStatus.COMPLETED,
    "failed": ExecutionStatus.FAILED,
    "skipped": ExecutionStatus.SKIPPED,
}


def end_item(tree: Tree, run: RunState, item: int, result: FlowResult) -> None:
    """An item has its result."""
    frame = run.frames.pop(item, None)
    status = _STATUS[result.status]
    run.results[item] = result
    run.statuses[item] = status
    run.ended_at[item] = tree.now
    run.counts[status] += 1
    tree.entries.append(ItemCompleted(tree.now, run.info, item, status, result, frame.info if frame else None))
    tree.commands.append(ItemEnded(run, item))
    if status is ExecutionStatus.FAILED and run.kind == subflows.FAIL_FAST_MAP:
        subflows.item_failed(tree, run, result)
    else:
        tree.fills.append(run)


def _end_run(tree: Tree, run: RunState) -> None:
    run.status = run_status(run)
    if run.held:
        run.held = []
    run.completed_at = tree.now
    tree.entries.append(RunCompleted(tree.now, run.info, run.status))
    tree.commands.append(RunEnded(run))
    if run.parent is not None:
        subflows.run_ended(tree, run)


def run_status(run: RunState) -> ExecutionStatus:
    """What a run has come to, all of whose items have ended."""
    if run.counts["failed"]:
        return ExecutionStatus.FAILED
    return ExecutionStatus.CANCELLED if run.counts["cancelled"] else ExecutionStatus.COMPLETED
