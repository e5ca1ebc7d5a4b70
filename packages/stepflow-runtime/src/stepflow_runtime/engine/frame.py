"""A frame: one flow being run on one input. Items have one each; `call`, `switch` and `loop` open further ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .entries import FrameInfo
from .states import BLOCKED, COMPLETED, UNNEEDED, WAITING

if TYPE_CHECKING:
    from .plan import Plan
    from .rounds import Rounds
    from .run_state import RunState


class Frame:
    """What changes while a flow runs on an input.

    `status[i]` is the state of step `i`, `values[i]` its output, error or skip reason once it has ended;
    index `plan.size` stands for the output. `remaining[i]` counts what step `i` still waits for, `open`
    the needed steps (and the output) that have not ended. The members that few flows use are made when
    first needed: `late` (who waits for a step beyond the plan's dependents), `passed` (steps whose gate is
    behind them), `attempts` (beyond the first), `children` (sub-runs and frames of a step), `rounds` (of
    the steps that run a flow again and again).
    """

    __slots__ = (
        "attempts", "children", "info", "input", "late", "open", "output", "parent", "parent_step", "passed", "plan",
        "remaining", "rounds", "run", "started", "status", "values", "variables",
    )  # fmt: skip

    def __init__(self, info: FrameInfo, run: RunState, parent: Frame | None = None, parent_step: int = -1) -> None:
        plan: Plan = info.plan
        self.info = info
        self.run = run
        self.plan = plan
        self.input = info.input
        self.variables: dict[str, Any] = info.variables.values
        self.parent = parent
        self.parent_step = parent_step
        self.status = bytearray(plan.initial_status)
        self.values: list[Any] = [None] * plan.size
        self.started: list[float | None] = [None] * plan.size
        self.remaining = plan.initial_remaining.copy()
        self.open = plan.initial_open
        self.output: Any = None
        self.late: dict[int, list[int]] | None = None
        self.passed: set[int] | None = None
        self.attempts: dict[int, int] | None = None
        self.children: dict[int, list[Frame | RunState]] | None = None
        self.rounds: dict[int, Rounds] | None = None

    def attempt(self, step: int) -> int:
        """The number of the step's current attempt, from 1."""
        return 1 if self.attempts is None else self.attempts.get(step, 1)

    def set_attempt(self, step: int, attempt: int) -> None:
        """Count the attempts of a step that is tried again."""
        if self.attempts is None:
            self.attempts = {}
        self.attempts[step] = attempt

    def drop_retry(self, step: int) -> None:
        """The attempt that a step waits for, if it does, will not begin."""
        if self.attempts is not None and self.status[step] == WAITING:
            self.attempts[step] -= 1

    def is_waiting(self, step: int, attempt: int) -> bool:
        """Whether what comes from an attempt of a step is still wanted."""
        return BLOCKED < self.status[step] < COMPLETED and self.attempt(step) == attempt

    def drop_rounds(self, step: int) -> None:
        """Forget how far a step has come that runs a flow again and again: it has ended, or begins anew."""
        if self.rounds:
            self.rounds.pop(step, None)

    def blocked_by(self, step: int) -> list[int]:
        """The steps that a blocked step (or the output) still waits for."""
        plan = self.plan
        late = [each for each, waiting in (self.late or {}).items() if step in waiting]
        if late:
            return late
        needs = plan.output_needs if step == plan.size else plan.steps[step].needs
        return [each for each in needs if self.status[each] < COMPLETED]

    def adopt(self, step: int, child: Frame | RunState) -> None:
        """Note a frame or sub-run that a step started, so that it ends with the step."""
        if self.children is None:
            self.children = {}
        self.children.setdefault(step, []).append(child)

    def is_needed(self, step: int) -> bool:
        """Whether the step has been found to be needed."""
        return self.status[step] != UNNEEDED
