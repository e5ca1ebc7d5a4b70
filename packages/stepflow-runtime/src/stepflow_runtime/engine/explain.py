"""Why a step does not run."""

from __future__ import annotations

from collections.abc import Mapping

from . import states
from .frame import Frame
from .project import StepRecord


class Explainer:
    """Gives the reason of steps; `frames` are those at work, `held` the steps that wait for room."""

    def __init__(self, frames: Mapping[int, Frame], held: set[tuple[Frame, int]]) -> None:
        self._frames = frames
        self._held = held

    def reason(self, record: StepRecord) -> str | None:
        """Why the step does not run (or did not); `None` where it does, or has run."""
        match record.state:
            case states.UNNEEDED:
                return "neither the output nor a needed step has asked for it"
            case states.SKIPPED:
                return str(record.value)
            case states.CANCELLED:
                return str(record.value.message)
            case states.FAILED if not record.attempt:
                return f"it was not started: {record.value.message}"
        frame = self._frames.get(id(record.frame))
        return None if frame is None else self._delayed(frame, record)

    def _delayed(self, frame: Frame, record: StepRecord) -> str | None:
        match record.state:
            case states.BLOCKED:
                return self._blocked(frame, record.step)
            case states.RUNNABLE:
                held = (frame, record.step) in self._held
                return "it waits for a free thread" if held else "it is about to start"
            case states.WAITING:
                return f"attempt {frame.attempt(record.step)} starts after the delay that follows a failed one"
        return None

    def _blocked(self, frame: Frame, step: int) -> str:
        steps = [repr(frame.plan.ids[each]) for each in frame.blocked_by(step)]
        more = f" and {len(steps) - 5} more" if len(steps) > 5 else ""
        return f"it waits for {'step' if len(steps) == 1 else 'steps'} {', '.join(steps[:5])}{more}"
