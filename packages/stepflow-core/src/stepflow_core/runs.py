"""What executors answer about runs, items, steps, flows and themselves.

The fields are those of the HTTP API in snake_case; written as JSON the structs have its camelCase names.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct

from .diagnostics import Diagnostic
from .results import Outcome


class ExecutionStatus(StrEnum):
    """The state of a run; an item may also be pending, waiting or skipped."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PAUSED = "paused"
    PENDING = "pending"
    WAITING = "waiting"
    SKIPPED = "skipped"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing will happen any more."""
        return self in _TERMINAL


_TERMINAL = frozenset({"completed", "failed", "cancelled", "skipped"})


class StepStatus(StrEnum):
    """The state of a step execution."""

    BLOCKED = "blocked"
    RUNNABLE = "runnable"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNNEEDED = "unneeded"


class ItemCounts(Struct, frozen=True, kw_only=True):
    """How many items of a run are in which state."""

    total: int = 0
    pending: int = 0
    running: int = 0
    waiting: int = 0
    completed: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0


class RunSummary(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A run in a listing. `run_id` is a UUID as text; `tags` maps names to texts."""

    run_id: str
    flow_id: str
    flow_name: str | None = None
    status: ExecutionStatus
    paused_by: str | None = None
    items: ItemCounts
    created_at: datetime
    completed_at: datetime | None = None
    root_run_id: str
    parent_run_id: str | None = None
    debug_mode: bool
    tags: dict[str, str]


class RunDetails(RunSummary, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A run with its inputs (one per item, secrets redacted) and overrides."""

    inputs: list[Any]
    overrides: Any = None
    pending: list[Any]


class ListRunsResponse(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A page of runs, newest first; `next_cursor` is there where more follow."""

    runs: list[RunSummary]
    next_cursor: str | None = None


class ItemResult(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One item of a run; `item_index` is the older name of `index` and always equal."""

    index: int
    item_index: int
    status: ExecutionStatus
    result: Outcome | None = None
    completed_at: datetime | None = None


class ListItemsResponse(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A page of items in input order; `item_count` is that of the whole run."""

    item_count: int
    items: list[ItemResult]
    next_cursor: str | None = None


class StepRun(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One step execution.

    `address` is stable and unique within an item; `reason` says why a step that is not running is
    where it is; `input` is the evaluated input where one step is asked for.
    """

    address: str
    step_id: str
    step_index: int
    item_index: int
    component: str
    status: StepStatus
    attempt: int
    result: Outcome | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    reason: str | None = None
    input: Any = None


class ListStepsResponse(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A page of step executions in document order."""

    steps: list[StepRun]
    next_cursor: str | None = None


if TYPE_CHECKING:
    StoredId: TypeAlias = str | Any
else:
    # Its type does not say that it may be `None`: who stores a flow that is sound has no need to look.
    StoredId = str | None
"""The id of a flow, if it was stored."""


class StoreFlowResponse(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Whether a flow was stored, under which id (`None` where it has fatal faults), and what validation said of it."""

    flow_id: StoredId = None
    stored: bool
    diagnostics: list[Diagnostic] = []


class CreateRunResponse(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A created run; `result` is there for one item that has ended."""

    run_id: str
    item_count: int
    status: ExecutionStatus
    debug: bool
    result: Outcome | None = None


class BatchResult(Struct, frozen=True, kw_only=True):
    """A batch that has ended: the run and its results in input order."""

    run: RunDetails
    results: list[Outcome]


class ComponentInfo(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A component that flows can use."""

    path: str
    description: str | None = None
    input_schema: dict[str, Any] | None = None
    output_schema: dict[str, Any] | None = None


class FlowSummary(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A named flow in a listing."""

    flow_id: str
    name: str | None = None
    description: str | None = None
    version: str | None = None


class GraphNode(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A step (or the output) of a flow, for drawing."""

    id: str
    kind: str
    label: str
    component: str | None = None


class GraphEdge(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A dependency: `target` needs `source`; `kind` is `data`, `condition` or `order`."""

    source: str
    target: str
    kind: str = "data"


class FlowGraph(Struct, frozen=True, kw_only=True, rename="camel"):
    """The steps of a flow and what needs what."""

    nodes: list[GraphNode]
    edges: list[GraphEdge]


class DebugQueue(Struct, frozen=True, kw_only=True, rename="camel"):
    """The steps that a debugged run is to run (`queued`) and those of them that could start now (`ready`)."""

    queued: list[str]
    ready: list[str]


class DebugQueuedStep(Struct, frozen=True, kw_only=True, rename="camel"):
    """A step in the queue of a debugged run."""

    step_id: str
    status: StepStatus


class DebugQueued(Struct, frozen=True, kw_only=True, rename="camel"):
    """The queue of a debugged run, with the state of each step."""

    queued: list[DebugQueuedStep]
    ready: list[str]


class DebugNext(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The step that ran, with its result, and those that could start now; no step where none was ready."""

    step_id: str | None = None
    result: Outcome | None = None
    ready: list[str]


class DebugStepResult(Struct, frozen=True, kw_only=True, rename="camel"):
    """A step that ran."""

    step_id: str
    result: Outcome


class DebugRunQueue(Struct, frozen=True, kw_only=True, rename="camel"):
    """All steps that ran until the queue was empty."""

    executed_count: int
    results: list[DebugStepResult]


class DebugView(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A step of a debugged run: its input once that can be evaluated, its result once it has ended."""

    step_id: str
    completed: bool
    input: Any = None
    result: Outcome | None = None


class HealthResponse(Struct, frozen=True, kw_only=True):
    """Whether an executor can work: `healthy` or `unhealthy`."""

    status: str
    timestamp: datetime
    version: str
