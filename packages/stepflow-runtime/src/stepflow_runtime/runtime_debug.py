"""The members of a runtime that move a run step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType
from msgspec.structs import replace
from stepflow_core import (
    ConflictError,
    DebugNext,
    DebugQueue,
    DebugQueued,
    DebugQueuedStep,
    DebugRunQueue,
    DebugStepResult,
    DebugView,
    Diagnostic,
    FlowError,
    FlowLoadError,
    FlowResult,
    InvalidInputError,
    NotFoundError,
    RunSummary,
)

from . import listing
from .engine import ticks
from .engine.project import step_result
from .engine.states import BLOCKED, COMPLETED, STATUS
from .engine.undecided import Blocked, EvaluationFailed, EvaluationSkipped, Undecided
from .following import more
from .runtime_life import RuntimeLife
from .starting import owned_input
from .values import copy_json

if TYPE_CHECKING:
    from .engine.driver import Execution
    from .engine.frame import Frame
    from .engine.run_state import RunState


class Debugged:
    """A run in debug mode that has not ended."""

    __slots__ = ("execution", "frame", "run")

    def __init__(self, execution: Execution, run: RunState, frame: Frame) -> None:
        self.execution = execution
        self.run = run
        self.frame = frame

    @property
    def held(self) -> list[int]:
        """The steps that could start now, in the order in which they became ready."""
        return [] if self.run.ended else list(self.run.held or ())

    @property
    def ready(self) -> list[str]:
        """Their ids."""
        return [self.frame.plan.ids[step] for step in self.held]

    @property
    def queued(self) -> list[int]:
        """The steps that are needed and have not ended."""
        return [step for step in range(self.frame.plan.size) if BLOCKED <= self.frame.status[step] < COMPLETED]

    def result(self, step: int) -> FlowResult:
        """The result of a step that has ended."""
        return step_result(self.frame.status[step], self.frame.values[step])

    def index(self, step_id: str) -> int:
        """The place of a step. Raises `NotFoundError`, `InvalidInputError` for what is no text."""
        if not isinstance(step_id, str):
            raise InvalidInputError(f"the id of a step is text, not {type(step_id).__name__}")
        ids = self.frame.plan.ids
        if step_id not in ids:
            raise NotFoundError(f"the flow has no step {step_id!r:.80}; its steps are {', '.join(ids[:20]) or 'none'}")
        return ids.index(step_id)


class DebugMembers(RuntimeLife):
    """Debug mode: a run made by `create_run(debug=True)` is paused and moves as it is told to.

    All members raise `NotFoundError` for an unknown run or step and `ConflictError` for a run that is not in
    debug mode or has ended.
    """

    async def debug_queue(self, run_id: str, step_ids: Iterable[str]) -> DebugQueue:
        """Add steps, with all that they need, to those that are to run; the queue is that of the output at first."""
        debugged = self._debugged(run_id)
        if isinstance(step_ids, str | bytes | Mapping) or not isinstance(step_ids, Iterable):
            raise InvalidInputError(f"step_ids is a list of the ids of steps, not {type(step_ids).__name__}")
        wanted = [debugged.index(each) for each in step_ids]
        self._driver_here().take_in(debugged.execution, ticks.StepsQueued(debugged.run, wanted))
        ids = debugged.frame.plan.ids
        return DebugQueue(queued=[ids[step] for step in debugged.queued], ready=debugged.ready)

    async def debug_queued(self, run_id: str) -> DebugQueued:
        """The steps that are to run, in document order."""
        debugged = self._debugged(run_id)
        frame = debugged.frame
        steps = [
            DebugQueuedStep(step_id=frame.plan.ids[step], status=STATUS[frame.status[step]]) for step in debugged.queued
        ]
        return DebugQueued(queued=steps, ready=debugged.ready)

    async def debug_next(self, run_id: str) -> DebugNext:
        """Run the first step that is ready and wait for its end."""
        debugged = self._debugged(run_id)
        held = debugged.held
        if not held:
            return DebugNext(ready=[])
        await self._run_step(debugged, held[0])
        step_id = debugged.frame.plan.ids[held[0]]
        return DebugNext(step_id=step_id, result=debugged.result(held[0]), ready=debugged.ready)

    async def debug_run_queue(self, run_id: str) -> DebugRunQueue:
        """Run steps one after the other until none is ready."""
        debugged = self._debugged(run_id)
        results = []
        while debugged.held:
            step = debugged.held[0]
            await self._run_step(debugged, step)
            results.append(DebugStepResult(step_id=debugged.frame.plan.ids[step], result=debugged.result(step)))
        return DebugRunQueue(executed_count=len(results), results=results)

    async def debug_eval(
        self, run_id: str, *, step_id: str | None = None, expression: Any | UnsetType = UNSET
    ) -> FlowResult:
        """The result of a step, which runs first if it has not (with all that it needs), or of an expression.

        An expression sees the run as it is: one that reaches a step without a result is refused
        (`ConflictError`). Raises `FlowLoadError` for one that cannot be read.
        """
        debugged = self._debugged(run_id)
        if (step_id is None) == (expression is UNSET):
            raise InvalidInputError("give either step_id or expression")
        if step_id is not None:
            return await self._result_of(debugged, debugged.index(step_id))
        return _evaluated(debugged.frame, owned_input(expression, "the expression"))

    async def _result_of(self, debugged: Debugged, step: int) -> FlowResult:
        frame = debugged.frame
        self._driver_here().take_in(debugged.execution, ticks.StepsQueued(debugged.run, [step]))
        while frame.status[step] < COMPLETED:
            behind = [each for each in debugged.held if _is_behind(frame, step, each)]
            if behind:
                await self._run_step(debugged, behind[0])
            else:
                # What it needs runs already, for somebody else.
                await more(debugged.execution.journal)
        return debugged.result(step)

    async def debug_show(self, run_id: str, step_id: str) -> DebugView:
        """A step as it stands, secrets in its input redacted."""
        debugged = self._debugged(run_id)
        frame, step = debugged.frame, debugged.index(step_id)
        completed = frame.status[step] >= COMPLETED
        return DebugView(
            step_id=step_id,
            completed=completed,
            input=_input_of(frame, step),
            result=debugged.result(step) if completed else None,
        )

    async def debug_continue(self, run_id: str) -> RunSummary:
        """End debug mode; the run goes on by itself."""
        debugged = self._debugged(run_id)
        self._driver_here().take_in(debugged.execution, ticks.RunContinued(debugged.run))
        return listing.summary(debugged.run)

    def _debugged(self, run_id: str) -> Debugged:
        record, run = self._history.find(run_id)
        if run.ended or record.execution is None:
            raise ConflictError(f"the run {run_id} has ended: it is {run.status}")
        frame = run.frames.get(0)
        if run.held is None or frame is None:
            raise ConflictError(f"the run {run_id} is not in debug mode")
        return Debugged(record.execution, run, frame)

    async def _run_step(self, debugged: Debugged, step: int) -> None:
        driver, frame = self._driver_here(), debugged.frame
        driver.take_in(debugged.execution, ticks.StepReleased(debugged.run, step))
        while frame.status[step] < COMPLETED:
            await more(debugged.execution.journal)


def _is_behind(frame: Frame, step: int, other: int) -> bool:
    """Whether a step waits for another one, directly or through others."""
    unseen, seen = [step], set()
    while unseen:
        each = unseen.pop()
        if each == other:
            return True
        if each not in seen:
            seen.add(each)
            unseen += frame.blocked_by(each) if frame.status[each] == BLOCKED else []
    return False


def _input_of(frame: Frame, step: int) -> Any:
    from .engine.shown import shown_input

    try:
        return copy_json(shown_input(frame, step))
    except Undecided:
        return None


def _of_output(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those that are about a flow's output, with their places in it."""
    found = [each for each in diagnostics if each.path.startswith(_OUTPUT)]
    return [
        replace(each, path="$" + each.path.removeprefix(_OUTPUT), pointer=each.pointer.removeprefix("/output"))
        for each in found
    ]


_OUTPUT = "$.output"


def _evaluated(frame: Frame, expression: Any) -> FlowResult:
    """The value of an expression on a frame, read as the output of a flow with the same steps."""
    from .engine.evaluate import compile_expression
    from .language.parse import load_flow

    loaded = load_flow({**frame.plan.model.document, "output": expression})
    if loaded.model is None:
        raise FlowLoadError(diagnostics=_of_output(loaded.diagnostics))
    indexes = {each: index for index, each in enumerate(frame.plan.ids)}
    try:
        return FlowResult.success(copy_json(compile_expression(loaded.model.output, indexes)(frame)))
    except Blocked as blocked:
        steps = ", ".join(frame.plan.ids[each] for each in dict.fromkeys(blocked.steps))
        raise ConflictError(f"the expression needs steps that have no result yet: {steps}") from None
    except EvaluationFailed as failure:
        error: FlowError = failure.error
        return FlowResult.failed(error.code, error.message, copy_json(error.data))
    except EvaluationSkipped as skip:
        return FlowResult.skipped(skip.reason)
