"""Attempts of a step: starting them, what their success or failure means, retries and timeouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

from stepflow_core import FlowError

from ..component_model import Kind
from . import steps, subflows
from .cancelling import cancel_children
from .commands import StartStep, StartTimer, StopStep, StopTimer
from .entries import StepReady, StepRetrying, StepStarted
from .plan import TRANSPORT_RETRY, delay_before
from .states import COMPLETED, FAILED, RUNNABLE, RUNNING, WAITING

if TYPE_CHECKING:
    from ..language.model import Retry
    from .frame import Frame
    from .plan import StepPlan
    from .run_state import Tree

NEVER_RETRIED = frozenset({"invalid_input", "not_found", "not_json", "invalid_flow", "cancelled"})
TRANSPORT = 503
WHOLE_STEP = 0
"""The attempt of a timer that stands for all attempts of a step."""


def ready(tree: Tree, frame: Frame, step: int, input: Any) -> None:
    """A step has its input; it begins as soon as its component can take it."""
    frame.status[step] = RUNNABLE
    if frame.attempt(step) == 1:
        tree.entries.append(StepReady(tree.now, frame.info, step))
        if frame.run.held is not None and frame.parent is None:
            frame.run.held.append(step)
            return
    start(tree, frame, step, input)


def start(tree: Tree, frame: Frame, step: int, input: Any) -> None:
    """Have the component of a step that is ready called."""
    planned = frame.plan.steps[step]
    component = planned.component(input)
    if component is None:
        began(tree, frame, step)
        fail_attempt(tree, frame, step, _no_component(planned.component_path))
    elif component.kind is Kind.ENGINE:
        began(tree, frame, step, whole=True)
        subflows.start(tree, frame, step, component.name, input)
    else:
        tree.commands.append(StartStep(frame, step, frame.attempt(step), component, input))


def _no_component(path: str) -> FlowError:
    data = {"kind": "not_found", "component": path}
    return FlowError(404, f"no component is found at {path!r}: no route leads to one of that name", data)


def began(tree: Tree, frame: Frame, step: int, *, whole: bool = False) -> None:
    """An attempt starts now; with `whole`, the timeout is that of all attempts together."""
    frame.status[step] = RUNNING
    frame.started[step] = tree.now
    attempt = frame.attempt(step)
    tree.entries.append(StepStarted(tree.now, frame.info, step, attempt))
    timeout = frame.plan.steps[step].timeout
    if timeout is not None and (not whole or attempt == 1):
        number = WHOLE_STEP if whole else attempt
        tree.commands.append(StartTimer(frame, step, number, "timeout", timeout))


def succeed(tree: Tree, frame: Frame, step: int, value: Any) -> None:
    """The step's work gave `value`."""
    steps.finish(tree, frame, step, COMPLETED, value)


def fail_attempt(tree: Tree, frame: Frame, step: int, error: FlowError) -> None:
    """The step's own work failed: try again, use the default, or fail."""
    planned = frame.plan.steps[step]
    attempt = frame.attempt(step)
    frame.drop_rounds(step)
    if is_retried(planned.retry, error, attempt) and not _retried_inside(frame, planned):
        delay = delay_before(attempt + 1, planned.retry.backoff, _chance(frame, step, attempt))
        tree.entries.append(StepRetrying(tree.now, frame.info, step, attempt, error, delay))
        frame.status[step] = WAITING
        frame.set_attempt(step, attempt + 1)
        if planned.timeout is not None and not planned.is_engine(frame):
            tree.commands.append(StopTimer(frame, step))
        tree.commands.append(StartTimer(frame, step, attempt + 1, "retry", delay))
    else:
        give_up(tree, frame, step, error)


def give_up(tree: Tree, frame: Frame, step: int, error: FlowError) -> None:
    """The step's own work failed for good."""
    planned = frame.plan.steps[step]
    if planned.use_default:
        steps.finish(tree, frame, step, COMPLETED, planned.default)
    else:
        steps.finish(tree, frame, step, FAILED, error)


def is_retried(retry: Retry, error: FlowError, attempt: int) -> bool:
    """Whether an attempt that failed with `error` is followed by another."""
    kind = error.kind
    if attempt > retry.max_retries or kind in NEVER_RETRIED:
        return False
    return error.code == TRANSPORT or "any" in retry.on or error.code in retry.on or kind in retry.on


def _retried_inside(frame: Frame, planned: StepPlan) -> bool:
    """Whether the default was applied already, in the flow that the step ran: it is not to multiply at each level."""
    return planned.retry is TRANSPORT_RETRY and planned.is_engine(frame)


def _chance(frame: Frame, step: int, attempt: int) -> float:
    """A number in [0, 1) that spreads retries and is the same whenever the journal is replayed."""
    text = f"{frame.info.run.id} {frame.info.item} {frame.info.address(step)} {attempt}"
    return crc32(text.encode()) / 2**32


def timer_fired(tree: Tree, frame: Frame, step: int, attempt: int, purpose: str) -> None:
    """A timer of the step ended, if the step still waits for it."""
    current = frame.attempt(step)
    if not frame.is_waiting(step, current) or attempt not in (current, WHOLE_STEP):
        return
    if purpose == "retry":
        ready(tree, frame, step, frame.plan.steps[step].evaluate(frame))
    elif purpose == "timeout":
        _time_out(tree, frame, step, whole=attempt == WHOLE_STEP)
    else:
        subflows.woke_up(tree, frame, step)


def _time_out(tree: Tree, frame: Frame, step: int, *, whole: bool) -> None:
    planned = frame.plan.steps[step]
    data = {"kind": "timeout", "component": planned.component_path}
    error = FlowError(408, f"timed out after {planned.timeout:g} s", data)
    frame.drop_retry(step)
    cancel_children(tree, frame, step, "its step timed out")
    tree.commands.append(StopStep(frame, step))
    if whole:
        give_up(tree, frame, step, error)
    else:
        fail_attempt(tree, frame, step, error)
