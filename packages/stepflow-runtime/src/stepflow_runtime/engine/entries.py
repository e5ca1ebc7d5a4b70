"""What the journal holds: one small value per thing that happened, each of them one public event.

An entry names its step by the frame's `FrameInfo` and the step's index, so that it costs a few words in
memory; ids and addresses are written out where an entry leaves the process. Times are seconds since the
epoch. Every entry but `StepOutput` has a sequence number: its place in the journal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from stepflow_core import FlowError, FlowResult

if TYPE_CHECKING:
    from ..language.variables import Variables
    from .plan import Plan


class RunInfo(Struct, frozen=True, eq=False, gc=False):
    """What does not change about a run.

    `address` is that of the step whose sub-run it is, `depth` counts the runs around it.
    """

    id: str
    plan: Plan
    root_id: str
    parent_id: str | None = None
    address: str | None = None
    root_item: int | None = None
    depth: int = 0


class FrameInfo(Struct, frozen=True, eq=False, gc=False):
    """What does not change about a frame: whose it is, where, and what it was started with.

    `prefix` begins the addresses of its steps; `item` is the item's index in its run, `root_item` that
    of the root run's item it belongs to. `depth` counts the flows around it.
    """

    run: RunInfo
    plan: Plan
    item: int
    root_item: int
    prefix: str
    input: Any
    variables: Variables
    depth: int = 0

    def address(self, index: int) -> str:
        """The address of a step."""
        return self.prefix + self.plan.addresses[index]


class Entry(Struct, gc=False):
    """Anything in a journal. It refers to nothing that refers back, so the collector need not look at it."""

    time: float


class RunCreated(Entry):
    """A root run was accepted."""

    run: RunInfo
    item_count: int | None


class SubRunCreated(Entry):
    """A step started a run of its own."""

    run: RunInfo
    item_count: int


class StepsNeeded(Entry):
    """These steps turned out to be needed."""

    frame: FrameInfo
    steps: list[int]


class StepReady(Entry):
    """A step has all it needs."""

    frame: FrameInfo
    step: int


class StepStarted(Entry):
    """An attempt of a step began."""

    frame: FrameInfo
    step: int
    attempt: int


class StepOutput(Entry):
    """A step showed a chunk of its output. It has no number of its own."""

    frame: FrameInfo
    step: int
    attempt: int
    kind: str
    chunk: Any
    chunk_index: int


class StepRetrying(Entry):
    """An attempt failed and another one follows after `delay` seconds."""

    frame: FrameInfo
    step: int
    attempt: int
    error: FlowError
    delay: float


class StepCompleted(Entry):
    """A step came to its end in `state`; `value` is its output, its error, or the reason of its skip."""

    frame: FrameInfo
    step: int
    attempt: int
    state: int
    value: Any
    started: float | None


class ItemCompleted(Entry):
    """An item ended. `began` is its frame, where it came to have one."""

    run: RunInfo
    item: int
    status: str
    result: FlowResult
    began: FrameInfo | None


class RunPaused(Entry):
    """A run came to rest, because of `paused_by`."""

    run: RunInfo
    paused_by: str


class RunResumed(Entry):
    """A run that was paused goes on."""

    run: RunInfo


class RunCompleted(Entry):
    """A run ended."""

    run: RunInfo
    status: str


StepEntry = StepReady | StepStarted | StepOutput | StepRetrying | StepCompleted
