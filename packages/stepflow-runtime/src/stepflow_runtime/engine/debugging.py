"""Debug mode: the steps of a run are held when they are ready and start one by one, as they are released.

What a step starts below itself (sub-runs, the flows of `call`, `switch` and `loop`) is not held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stepflow_core import ExecutionStatus

from . import attempts, steps
from .entries import RunPaused, RunResumed, StepsNeeded
from .states import UNNEEDED

if TYPE_CHECKING:
    from .run_state import RunState, Tree

DEBUG = "debug"


def pause(tree: Tree, run: RunState) -> None:
    """A run that is debugged begins: it rests until its steps are released."""
    run.status = ExecutionStatus.PAUSED
    tree.entries.append(RunPaused(tree.now, run.info, DEBUG))


def queue(tree: Tree, run: RunState, wanted: list[int]) -> None:
    """Make steps needed, with all that they need."""
    frame = run.frames.get(0)
    if run.held is None or frame is None:
        return
    found: list[int] = []
    for step in wanted:
        if frame.status[step] == UNNEEDED:
            steps.need(tree, frame, step, found)
    if found:
        tree.entries.append(StepsNeeded(tree.now, frame.info, sorted(found)))


def release(tree: Tree, run: RunState, step: int) -> None:
    """Start a step that is held."""
    frame = run.frames.get(0)
    if run.held is not None and frame is not None and step in run.held:
        run.held.remove(step)
        attempts.start(tree, frame, step, frame.plan.steps[step].evaluate(frame))


def go_on(tree: Tree, run: RunState) -> None:
    """End debug mode: everything that is held starts."""
    held = run.held
    if held is None or run.ended:
        return
    run.status = ExecutionStatus.RUNNING
    tree.entries.append(RunResumed(tree.now, run.info))
    for step in list(held):
        release(tree, run, step)
    run.held = None
