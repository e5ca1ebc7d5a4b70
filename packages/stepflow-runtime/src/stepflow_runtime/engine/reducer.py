"""The core: `reduce(tree, tick)` changes the state and says what is to be done about it.

Deterministic, without I/O, clock, randomness or asyncio. What happened goes to `tree.entries` (the
journal's next entries), what is to be done is returned as commands for the driver.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import attempts, debugging, items, rounds, steps, subflows, ticks
from .cancelling import cancel_run, cancelled_error
from .commands import Command
from .entries import RunCreated, StepOutput
from .frame import Frame
from .run_state import Tree
from .states import RUNNING, SKIPPED


def reduce(tree: Tree, tick: ticks.Tick) -> list[Command]:
    """Take in one tick; the commands that follow from it, in order."""
    commands = tree.commands = []
    _HANDLERS[type(tick)](tree, tick)
    wakeups, fills = tree.wakeups, tree.fills
    while wakeups or fills:
        while wakeups:
            frame, step = wakeups.popleft()
            steps.advance(tree, frame, step)
        if fills:
            items.fill(tree, fills.popleft())
    return commands


def begin(tree: Tree, frame: Frame, step: int) -> None:
    """The driver has room for a step that it was told to start, and calls its component now.

    No tick, as it comes in the middle of carrying out commands; what follows is added to these.
    """
    attempts.began(tree, frame, step)


def _run_started(tree: Tree, _: ticks.RunStarted) -> None:
    run = tree.root
    tree.entries.append(RunCreated(tree.now, run.info, run.total if run.exhausted else None))
    if run.held is not None:
        debugging.pause(tree, run)
    tree.fills.append(run)


def _items_arrived(tree: Tree, tick: ticks.ItemsArrived) -> None:
    items.items_arrived(tree, tick.run, tick.inputs, exhausted=tick.exhausted, more=tick.more)


def _step_succeeded(tree: Tree, tick: ticks.StepSucceeded) -> None:
    if tick.frame.is_waiting(tick.step, tick.attempt):
        subflows.drop_children(tree, tick.frame, tick.step)
        attempts.succeed(tree, tick.frame, tick.step, tick.value)


def _step_failed(tree: Tree, tick: ticks.StepFailed) -> None:
    if tick.frame.is_waiting(tick.step, tick.attempt):
        subflows.drop_children(tree, tick.frame, tick.step)
        attempts.fail_attempt(tree, tick.frame, tick.step, tick.error)


def _step_skipped(tree: Tree, tick: ticks.StepSkipped) -> None:
    if tick.frame.is_waiting(tick.step, tick.attempt):
        subflows.drop_children(tree, tick.frame, tick.step)
        reason = tick.reason or "its component had no result to give"
        steps.finish(tree, tick.frame, tick.step, SKIPPED, reason)


def _chunk_emitted(tree: Tree, tick: ticks.ChunkEmitted) -> None:
    frame, step = tick.frame, tick.step
    if frame.status[step] == RUNNING and frame.attempt(step) == tick.attempt:
        entry = StepOutput(tree.now, frame.info, step, tick.attempt, tick.kind, tick.chunk, tick.chunk_index)
        tree.entries.append(entry)


def _timer_fired(tree: Tree, tick: ticks.TimerFired) -> None:
    attempts.timer_fired(tree, tick.frame, tick.step, tick.attempt, tick.purpose)


def _flow_resolved(tree: Tree, tick: ticks.FlowResolved) -> None:
    if tick.frame.is_waiting(tick.step, tick.attempt):
        subflows.flow_resolved(tree, tick.frame, tick.step, tick.plan, tick.error)


def _round_due(tree: Tree, tick: ticks.RoundDue) -> None:
    if tick.frame.is_waiting(tick.step, tick.attempt):
        rounds.begin_round(tree, tick.frame, tick.step)


def _sub_run_requested(tree: Tree, tick: ticks.SubRunRequested) -> None:
    if tick.frame.is_waiting(tick.step, tick.attempt):
        subflows.open_requested(tree, tick)
    else:
        tick.answer(cancelled_error("the step that asks for the run has ended"))


def _steps_queued(tree: Tree, tick: ticks.StepsQueued) -> None:
    debugging.queue(tree, tick.run, tick.steps)


def _step_released(tree: Tree, tick: ticks.StepReleased) -> None:
    debugging.release(tree, tick.run, tick.step)


def _run_continued(tree: Tree, tick: ticks.RunContinued) -> None:
    debugging.go_on(tree, tick.run)


def _cancel_requested(tree: Tree, tick: ticks.CancelRequested) -> None:
    if not tick.run.ended:
        cancel_run(tree, tick.run, tick.reason)
        subflows.run_cancelled(tree, tick.run, tick.reason)


_HANDLERS: dict[type, Callable[[Tree, Any], None]] = {
    ticks.RunStarted: _run_started,
    ticks.ItemsArrived: _items_arrived,
    ticks.StepSucceeded: _step_succeeded,
    ticks.StepFailed: _step_failed,
    ticks.StepSkipped: _step_skipped,
    ticks.ChunkEmitted: _chunk_emitted,
    ticks.TimerFired: _timer_fired,
    ticks.FlowResolved: _flow_resolved,
    ticks.RoundDue: _round_due,
    ticks.SubRunRequested: _sub_run_requested,
    ticks.StepsQueued: _steps_queued,
    ticks.StepReleased: _step_released,
    ticks.RunContinued: _run_continued,
    ticks.CancelRequested: _cancel_requested,
}
