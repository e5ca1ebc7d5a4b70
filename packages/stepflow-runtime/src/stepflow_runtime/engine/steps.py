"""Steps within a frame: finding what is needed, evaluating it when its needs have ended, ending it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stepflow_core import Failed, FlowResult, Skipped, Success

from . import attempts, inner_frames, items
from .commands import StopTimer
from .entries import StepCompleted, StepsNeeded
from .evaluate import is_truthy
from .states import BLOCKED, COMPLETED, FAILED, SKIPPED, UNNEEDED
from .undecided import Blocked, EvaluationFailed, EvaluationSkipped

if TYPE_CHECKING:
    from .frame import Frame
    from .plan import StepPlan
    from .run_state import Tree


def start_frame(tree: Tree, frame: Frame) -> None:
    """Begin a flow: what its output needs from the outset is needed now."""
    plan = frame.plan
    if plan.initial_needed:
        tree.entries.append(StepsNeeded(tree.now, frame.info, plan.initial_needed))
    for step in plan.initial_ready:
        tree.wakeups.append((frame, step))


def advance(tree: Tree, frame: Frame, step: int) -> None:
    """Look at a step (or the output) whose known needs have ended."""
    if frame.status[step] != BLOCKED:
        return
    plan = frame.plan
    if step == plan.size:
        decide_output(tree, frame)
        return
    planned = plan.steps[step]
    try:
        if planned.has_gate and not _pass_gate(tree, frame, planned):
            return
        value = planned.evaluate(frame)
    except Blocked as blocked:
        _wait_for(tree, frame, step, blocked.steps)
    except EvaluationFailed as failure:
        finish(tree, frame, step, FAILED, failure.error)
    except EvaluationSkipped as skip:
        finish(tree, frame, step, SKIPPED, skip.reason)
    else:
        attempts.ready(tree, frame, step, value)


def _pass_gate(tree: Tree, frame: Frame, planned: StepPlan) -> bool:
    """Decides `when`; from then on the step needs what its input needs."""
    if frame.passed is None:
        frame.passed = set()
    elif planned.index in frame.passed:
        return True
    if planned.gate is not None and not is_truthy(planned.gate(frame)):
        finish(tree, frame, planned.index, SKIPPED, "its `when` is false")
        return False
    frame.passed.add(planned.index)
    waiting = tuple(each for each in planned.input_needs if frame.status[each] < COMPLETED)
    if waiting:
        raise Blocked(waiting)
    return True


def _wait_for(tree: Tree, frame: Frame, step: int, needed: tuple[int, ...]) -> None:
    """Blocks a step by others that its evaluation came upon, which makes them needed."""
    if frame.late is None:
        frame.late = {}
    found: list[int] = []
    waiting = dict.fromkeys(needed)
    for each in waiting:
        if frame.status[each] == UNNEEDED:
            need(tree, frame, each, found)
        frame.late.setdefault(each, []).append(step)
    frame.remaining[step] = len(waiting)
    if found:
        tree.entries.append(StepsNeeded(tree.now, frame.info, sorted(found)))


def need(tree: Tree, frame: Frame, step: int, found: list[int]) -> None:
    """Make a step needed, and all that it needs from the outset; `found` gets those that were not."""
    status, remaining, steps = frame.status, frame.remaining, frame.plan.steps
    unseen = [step]
    while unseen:
        each = unseen.pop()
        if status[each] != UNNEEDED:
            continue
        status[each] = BLOCKED
        frame.open += 1
        found.append(each)
        waiting = [need for need in steps[each].needs if status[need] < COMPLETED]
        remaining[each] = len(waiting)
        unseen.extend(waiting)
        if not waiting:
            tree.wakeups.append((frame, each))


def finish(tree: Tree, frame: Frame, step: int, state: int, value: Any) -> None:
    """A step ends; what waited for it is looked at again, and with the last one the frame ends."""
    status = frame.status
    status[step] = state
    frame.values[step] = value
    attempt = 1 if frame.attempts is None else frame.attempts.get(step, 1)
    tree.entries.append(StepCompleted(tree.now, frame.info, step, attempt, state, value, frame.started[step]))
    plan = frame.plan
    if plan.has_timeouts and plan.steps[step].timeout is not None:
        tree.commands.append(StopTimer(frame, step))
    remaining = frame.remaining
    for each in plan.dependents[step]:
        if status[each] == BLOCKED:
            left = remaining[each] = remaining[each] - 1
            if not left:
                tree.wakeups.append((frame, each))
    if frame.late:
        _wake_late(tree, frame, step)
    frame.open -= 1
    if not frame.open:
        end_frame(tree, frame)


def _wake_late(tree: Tree, frame: Frame, step: int) -> None:
    for each in (frame.late or {}).pop(step, ()):
        frame.remaining[each] -= 1
        if not frame.remaining[each]:
            tree.wakeups.append((frame, each))


def decide_output(tree: Tree, frame: Frame) -> None:
    """Evaluate the flow's output once all that it needs has ended."""
    plan = frame.plan
    try:
        result = _checked_output(tree, frame, plan.output(frame))
    except Blocked as blocked:
        _wait_for(tree, frame, plan.size, blocked.steps)
        return
    except EvaluationFailed as failure:
        result = Failed(failure.error)
    except EvaluationSkipped as skip:
        result = Skipped(skip.reason)
    frame.output = result
    frame.status[plan.size] = COMPLETED
    frame.open -= 1
    if not frame.open:
        end_frame(tree, frame)


def _checked_output(tree: Tree, frame: Frame, value: Any) -> FlowResult:
    contract = frame.plan.contract
    error = contract.output_error(value) if contract.checks_output else None
    return Success(value) if error is None else Failed(tree.hide_in(error))


def end_frame(tree: Tree, frame: Frame) -> None:
    """Hand a frame's result to whoever started it."""
    if frame.parent is None:
        items.end_item(tree, frame.run, frame.info.item, frame.output)
    else:
        inner_frames.frame_ended(tree, frame.parent, frame.parent_step, frame.output)
