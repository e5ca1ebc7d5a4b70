"""The protocol of everything that runs flows: in process, over HTTP, or a wrapper around another executor."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, runtime_checkable

from msgspec import UNSET, UnsetType

from .events import RunEvent
from .flow import Flow
from .results import FlowResult
from .runs import (
    BatchResult,
    ComponentInfo,
    CreateRunResponse,
    DebugNext,
    DebugQueue,
    DebugQueued,
    DebugRunQueue,
    DebugView,
    ExecutionStatus,
    FlowGraph,
    FlowSummary,
    HealthResponse,
    ItemResult,
    ListItemsResponse,
    ListRunsResponse,
    ListStepsResponse,
    RunDetails,
    RunSummary,
    StepRun,
    StepStatus,
    StoreFlowResponse,
)

if TYPE_CHECKING:
    import os

    from .diagnostics import ValidationResult

FlowSource: TypeAlias = "Mapping[str, Any] | Flow | str | os.PathLike[str]"
"""A flow as a mapping, a `Flow`, an id (64 hex digits), a path (with a separator or ending in .yaml,
.yml or .json) or a stored name (`name` or `name@version`)."""

Durability: TypeAlias = Literal["step", "run", "none"]
Overrides: TypeAlias = Mapping[str, Any]


@runtime_checkable
class StepflowExecutor(Protocol):
    """Runs flows. Code written against one executor runs on the others.

    A flow that fails is a result, not an exception; what keeps a flow from being run raises a
    `StepflowError`.
    """

    @property
    def url(self) -> str:
        """The server's base URL; `stepflow+local://<id>` in process."""
        ...

    async def run(
        self,
        flow: FlowSource,
        input: Any = None,
        overrides: Overrides | None = None,
        *,
        variables: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        durability: Durability | None = None,
        timeout: float | None = None,
    ) -> FlowResult:
        """Run a flow on one input and wait for its result.

        `timeout` (seconds) limits the waiting, not the run. Raises `FlowLoadError`,
        `InvalidInputError`, `NotFoundError`, `RunTimeoutError`.
        """
        ...

    async def submit(
        self,
        flow: FlowSource,
        input: Any = None,
        overrides: Overrides | None = None,
        *,
        variables: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        durability: Durability | None = None,
        idempotency_key: str | None = None,
    ) -> str:
        """Start a flow on one input; the run's id. The same key and request give the same run."""
        ...

    async def get_result(self, run_id: str, *, timeout: float | None = None) -> FlowResult:
        """Wait for a run of one item. Raises `ConflictError` for a batch, `NotFoundError`, `RunTimeoutError`."""
        ...

    async def run_batch(
        self,
        flow: FlowSource,
        inputs: Iterable[Any],
        *,
        max_concurrency: int | None = None,
        on_item: Callable[[ItemResult], object] | None = None,
        overrides: Overrides | None = None,
        variables: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        durability: Durability | None = None,
    ) -> BatchResult:
        """Run a flow once per input, at most `max_concurrency` at a time, and wait for all.

        `inputs` is any iterable; a generator is read as items are started. `on_item` is called as each
        item ends. One item's failure leaves the others alone.
        """
        ...

    async def submit_batch(
        self,
        flow: FlowSource,
        inputs: Iterable[Any],
        *,
        max_concurrency: int | None = None,
        overrides: Overrides | None = None,
        variables: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
        durability: Durability | None = None,
        idempotency_key: str | None = None,
    ) -> str:
        """Start a batch; the run's id."""
        ...

    async def get_batch(self, run_id: str, *, timeout: float | None = None) -> BatchResult:
        """Wait for all items of a run; `.run` is its details, `.results` are in input order."""
        ...

    async def validate(self, flow: FlowSource, *, strict: bool = False) -> ValidationResult:
        """Check a flow without running it; with `strict`, warnings make it invalid too."""
        ...

    async def list_components(self) -> list[ComponentInfo]:
        """The components that flows can use here."""
        ...

    async def store_flow(
        self, flow: FlowSource, *, name: str | None = None, dry_run: bool = False, named: bool = True
    ) -> StoreFlowResponse:
        """Store a flow under its id and under `name`, by default its own; a faulty one is answered, not raised.

        Without `named` its id is all that it is stored under, and names keep what they stand for. With
        `dry_run` it is only checked.
        """
        ...

    async def get_flow(self, flow_id: str) -> Flow:
        """A stored flow. Raises `NotFoundError`."""
        ...

    async def delete_flow(self, flow_id: str) -> None:
        """Forget a stored flow. Raises `NotFoundError`, `ConflictError` while runs use it."""
        ...

    async def list_flows(self, *, limit: int | None = None, cursor: str | None = None) -> list[FlowSummary]:
        """The named flows."""
        ...

    async def get_flow_variables(self, flow_id: str) -> dict[str, Any]:
        """The variables that a stored flow declares: name to `{schema, default?, envVar?, isSecret}`."""
        ...

    async def get_flow_graph(self, flow_id: str) -> FlowGraph:
        """The steps of a stored flow and what needs what."""
        ...

    async def create_run(
        self,
        flow_id: str | None = None,
        input: Any = None,
        *,
        flow_name: str | None = None,
        overrides: Overrides | None = None,
        variables: Mapping[str, Any] | None = None,
        debug: bool = False,
        batch: bool = False,
        max_concurrency: int | None = None,
        wait: bool = True,
        timeout_secs: float | None = None,
        tags: Mapping[str, str] | None = None,
        durability: Durability | None = None,
        idempotency_key: str | None = None,
    ) -> CreateRunResponse:
        """Run a stored flow; a list as `input` is a batch with one item per element.

        A list of one is a run of one item, which an input that violates the flow's schema refuses, and an empty
        one is refused; with `batch` they are batches as `run_batch` makes them: the item fails, or there is none.
        With `wait` it returns when the run has ended or is paused or `timeout_secs` have passed.
        """
        ...

    async def get_run(self, run_id: str, *, wait: bool = False, timeout_secs: float | None = None) -> RunDetails:
        """A run; with `wait`, once it has ended or is paused or the time is up. Raises `NotFoundError`."""
        ...

    async def list_runs(
        self,
        *,
        status: ExecutionStatus | str | None = None,
        flow_name: str | None = None,
        flow_id: str | None = None,
        root_run_id: str | None = None,
        parent_run_id: str | None = None,
        max_depth: int | None = None,
        roots_only: bool = False,
        tags: Mapping[str, str] | None = None,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        limit: int = 50,
        cursor: str | None = None,
    ) -> ListRunsResponse:
        """Runs, newest first."""
        ...

    async def get_run_items(
        self,
        run_id: str,
        *,
        status: ExecutionStatus | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListItemsResponse:
        """The items of a run in input order; all of them unless a limit or cursor is given."""
        ...

    async def get_run_steps(
        self,
        run_id: str,
        *,
        item_index: int | None = None,
        status: StepStatus | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListStepsResponse:
        """The step executions of a run; all of them unless a limit or cursor is given."""
        ...

    async def get_run_flow(self, run_id: str) -> Flow:
        """The flow that a run runs, an inline sub-flow too."""
        ...

    async def get_step(self, run_id: str, address: str, *, item_index: int = 0, attempt: int | None = None) -> StepRun:
        """One step execution with its evaluated input and, if it is not running, the reason."""
        ...

    async def put_blob(self, data: Any, blob_type: str = "data") -> str:
        """Store a value (`data`, `flow`) or bytes (`binary`) under its content's hash; the id."""
        ...

    async def get_blob(self, blob_id: str) -> Any:
        """A stored value or bytes. Raises `NotFoundError`."""
        ...

    async def cancel_run(self, run_id: str, reason: str | None = None) -> RunSummary:
        """Cancel a run at once. Raises `NotFoundError`, `ConflictError` if it has ended."""
        ...

    async def delete_run(self, run_id: str) -> None:
        """Forget a run that has ended. Raises `NotFoundError`, `ConflictError`."""
        ...

    async def debug_queue(self, run_id: str, step_ids: Iterable[str]) -> DebugQueue:
        """Add steps, with all that they need, to those that a debugged run is to run.

        A run made by `create_run(debug=True)` is paused, with the steps in its queue that its output needs, and
        moves as the debug members tell it to. All of them raise `NotFoundError` for an unknown run or step, and
        `ConflictError` for a run that is not in debug mode or has ended.
        """
        ...

    async def debug_queued(self, run_id: str) -> DebugQueued:
        """The steps that a debugged run is to run, in document order."""
        ...

    async def debug_next(self, run_id: str) -> DebugNext:
        """Run the first step that is ready and wait for its end."""
        ...

    async def debug_run_queue(self, run_id: str) -> DebugRunQueue:
        """Run steps one after the other until none is ready."""
        ...

    async def debug_eval(
        self, run_id: str, *, step_id: str | None = None, expression: Any | UnsetType = UNSET
    ) -> FlowResult:
        """The result of a step, which runs first if it has not (with all that it needs), or of an expression.

        An expression (`None` is one too) sees the run as it is: one that reaches a step without a result is
        refused (`ConflictError`). Raises `FlowLoadError` for one that cannot be read.
        """
        ...

    async def debug_show(self, run_id: str, step_id: str) -> DebugView:
        """A step of a debugged run as it stands, secrets in its input redacted."""
        ...

    async def debug_continue(self, run_id: str) -> RunSummary:
        """End debug mode; the run goes on by itself."""
        ...

    def events(
        self,
        run_id: str,
        *,
        since: int = -1,
        follow: bool = True,
        event_types: Iterable[str] | None = None,
        include_results: bool = True,
    ) -> AsyncIterator[RunEvent]:
        """The events of a run after number `since`: first those that were, then, with `follow`, those that come.

        Ends after the root run's `run_completed`. Raises `NotFoundError`.
        """
        ...

    async def health_check(self) -> HealthResponse:
        """Whether the executor can work."""
        ...

    async def close(self) -> None:
        """Let go of everything; further calls raise."""
        ...
