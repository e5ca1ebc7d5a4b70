"""What the driver tells the reducer: the few things that come from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from stepflow_core import FlowError

if TYPE_CHECKING:
    from .frame import Frame
    from .plan import Plan
    from .run_state import RunState


class RunStarted(Struct, gc=False):
    """The tree's root run may begin."""


class ItemsArrived(Struct, gc=False):
    """More inputs of a run are there; with `exhausted` they are the last, with `more` the reading goes on."""

    run: RunState
    inputs: list[Any]
    exhausted: bool
    more: bool = False


class StepSucceeded(Struct, gc=False):
    """A component returned `value`, which is JSON and the engine's own."""

    frame: Frame
    step: int
    attempt: int
    value: Any


class StepFailed(Struct, gc=False):
    """An attempt came to nothing."""

    frame: Frame
    step: int
    attempt: int
    error: FlowError


class StepSkipped(Struct, gc=False):
    """A component has no result to give."""

    frame: Frame
    step: int
    attempt: int
    reason: str | None


class ChunkEmitted(Struct, gc=False):
    """A component showed a chunk of its output."""

    frame: Frame
    step: int
    attempt: int
    kind: str
    chunk: Any
    chunk_index: int


class TimerFired(Struct, gc=False):
    """A timer of a step ended: `timeout` of the attempt, `retry` or `sleep`."""

    frame: Frame
    step: int
    attempt: int
    purpose: str


class FlowResolved(Struct, gc=False):
    """A flow that arrived as data or by reference is there, or could not be had."""

    frame: Frame
    step: int
    attempt: int
    plan: Plan | None
    error: FlowError | None


class RoundDue(Struct, gc=False):
    """A step may run its flow once more."""

    frame: Frame
    step: int
    attempt: int


class SubRunRequested(Struct, gc=False):
    """A component asks for a run of a flow; `number` counts what its attempt asked for, from 0.

    `answer` is told the run, or why there is none.
    """

    frame: Frame
    step: int
    attempt: int
    plan: Plan
    input: Any
    variables: Mapping[str, Any]
    number: int
    answer: Callable[[RunState | FlowError], None]


class StepsQueued(Struct, gc=False):
    """In debug mode: these steps are wanted, whether the output needs them or not."""

    run: RunState
    steps: list[int]


class StepReleased(Struct, gc=False):
    """In debug mode: a step that is held may start."""

    run: RunState
    step: int


class RunContinued(Struct, gc=False):
    """Debug mode ends; the run goes on by itself."""

    run: RunState


class CancelRequested(Struct, gc=False):
    """A run is to end now."""

    run: RunState
    reason: str | None


Tick = (
    RunStarted
    | ItemsArrived
    | StepSucceeded
    | StepFailed
    | StepSkipped
    | ChunkEmitted
    | TimerFired
    | FlowResolved
    | RoundDue
    | SubRunRequested
    | StepsQueued
    | StepReleased
    | RunContinued
    | CancelRequested
)
