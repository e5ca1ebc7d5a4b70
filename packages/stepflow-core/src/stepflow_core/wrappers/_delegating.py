"""A wrapper that hands every call on to the executor inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from msgspec import UnsetType

    from ..diagnostics import ValidationResult
    from ..events import RunEvent
    from ..executor import Durability, FlowSource, Overrides, StepflowExecutor
    from ..flow import Flow
    from ..results import FlowResult
    from ..runs import (
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


class ExecutorWrapper:
    """An executor around another one, to which it hands on everything; a subclass does some of it otherwise.

    Entering it enters the inner executor, leaving or closing it closes that too. Members that only the
    inner executor has are there as well, though type checkers know those of the protocol only.
    """

    def __init__(self, inner: StepflowExecutor) -> None:
        self._inner = inner

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._inner!r})"

    @property
    def inner(self) -> StepflowExecutor:
        """The executor inside."""
        return self._inner

    async def __aenter__(self) -> Self:
        enter = getattr(type(self._inner), "__aenter__", None)
        if enter is not None:
            self._inner = await enter(self._inner)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    if not TYPE_CHECKING:
        # Hidden from type checkers, so that they tell of members that no executor is sure to have.
        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            return getattr(self.inner, name)

    @property
    def url(self) -> str:
        """The server's base URL; `stepflow+local://<id>` in process."""
        return self.inner.url

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
        """Run a flow on one input and wait for its result."""
        return await self.inner.run(
            flow, input, overrides, variables=variables, tags=tags, durability=durability, timeout=timeout
        )

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
        """Start a flow on one input; the run's id."""
        return await self.inner.submit(
            flow,
            input,
            overrides,
            variables=variables,
            tags=tags,
            durability=durability,
            idempotency_key=idempotency_key,
        )

    async def get_result(self, run_id: str, *, timeout: float | None = None) -> FlowResult:
        """Wait for a run of one item. Raises `ConflictError` for a batch, `NotFoundError`, `RunTimeoutError`."""
        return await self.inner.get_result(run_id, timeout=timeout)

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
        """Run a flow once per input, at most `max_concurrency` at a time, and wait for all."""
        return await self.inner.run_batch(
            flow,
            inputs,
            max_concurrency=max_concurrency,
            on_item=on_item,
            overrides=overrides,
            variables=variables,
            tags=tags,
            durability=durability,
        )

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
        return await self.inner.submit_batch(
            flow,
            inputs,
            max_concurrency=max_concurrency,
            overrides=overrides,
            variables=variables,
            tags=tags,
            durability=durability,
            idempotency_key=idempotency_key,
        )

    async def get_batch(self, run_id: str, *, timeout: float | None = None) -> BatchResult:
        """Wait for all items of a run; `.run` is its details, `.results` are in input order."""
        return await self.inner.get_batch(run_id, timeout=timeout)

    async def validate(self, flow: FlowSource, *, strict: bool = False) -> ValidationResult:
        """Check a flow without running it; with `strict`, warnings make it invalid too."""
        return await self.inner.validate(flow, strict=strict)

    async def list_components(self) -> list[ComponentInfo]:
        """The components that flows can use here."""
        return await self.inner.list_components()

    async def store_flow(
        self, flow: FlowSource, *, name: str | None = None, dry_run: bool = False, named: bool = True
    ) -> StoreFlowResponse:
        """Store a flow under its id and, if `named`, its name; a faulty one is answered, not raised."""
        return await self.inner.store_flow(flow, name=name, dry_run=dry_run, named=named)

    async def get_flow(self, flow_id: str) -> Flow:
        """A stored flow. Raises `NotFoundError`."""
        return await self.inner.get_flow(flow_id)

    async def delete_flow(self, flow_id: str) -> None:
        """Forget a stored flow. Raises `NotFoundError`, `ConflictError` while runs use it."""
        await self.inner.delete_flow(flow_id)

    async def list_flows(self, *, limit: int | None = None, cursor: str | None = None) -> list[FlowSummary]:
        """The named flows."""
        return await self.inner.list_flows(limit=limit, cursor=cursor)

    async def get_flow_variables(self, flow_id: str) -> dict[str, Any]:
        """The variables that a stored flow declares: name to `{schema, default?, envVar?, isSecret}`."""
        return await self.inner.get_flow_variables(flow_id)

    async def get_flow_graph(self, flow_id: str) -> FlowGraph:
        """The steps of a stored flow and what needs what."""
        return await self.inner.get_flow_graph(flow_id)

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
        """Run a stored flow; a list as `input` is a batch with one item per element."""
        return await self.inner.create_run(
            flow_id,
            input,
            flow_name=flow_name,
            overrides=overrides,
            variables=variables,
            debug=debug,
            batch=batch,
            max_concurrency=max_concurrency,
            wait=wait,
            timeout_secs=timeout_secs,
            tags=tags,
            durability=durability,
            idempotency_key=idempotency_key,
        )

    async def get_run(self, run_id: str, *, wait: bool = False, timeout_secs: float | None = None) -> RunDetails:
        """A run; with `wait`, once it has ended or is paused or the time is up. Raises `NotFoundError`."""
        return await self.inner.get_run(run_id, wait=wait, timeout_secs=timeout_secs)

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
        return await self.inner.list_runs(
            status=status,
            flow_name=flow_name,
            flow_id=flow_id,
            root_run_id=root_run_id,
            parent_run_id=parent_run_id,
            max_depth=max_depth,
            roots_only=roots_only,
            tags=tags,
            created_after=created_after,
            created_before=created_before,
            limit=limit,
            cursor=cursor,
        )

    async def get_run_items(
        self,
        run_id: str,
        *,
        status: ExecutionStatus | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListItemsResponse:
        """The items of a run in input order; all of them unless a limit or cursor is given."""
        return await self.inner.get_run_items(run_id, status=status, limit=limit, cursor=cursor)

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
        return await self.inner.get_run_steps(run_id, item_index=item_index, status=status, limit=limit, cursor=cursor)

    async def get_run_flow(self, run_id: str) -> Flow:
        """The flow that a run runs, an inline sub-flow too."""
        return await self.inner.get_run_flow(run_id)

    async def get_step(self, run_id: str, address: str, *, item_index: int = 0, attempt: int | None = None) -> StepRun:
        """One step execution with its evaluated input and, if it is not running, the reason."""
        return await self.inner.get_step(run_id, address, item_index=item_index, attempt=attempt)

    async def put_blob(self, data: Any, blob_type: str = "data") -> str:
        """Store a value (`data`, `flow`) or bytes (`binary`) under its content's hash; the id."""
        return await self.inner.put_blob(data, blob_type)

    async def get_blob(self, blob_id: str) -> Any:
        """A stored value or bytes. Raises `NotFoundError`."""
        return await self.inner.get_blob(blob_id)

    async def cancel_run(self, run_id: str, reason: str | None = None) -> RunSummary:
        """Cancel a run at once. Raises `NotFoundError`, `ConflictError` if it has ended."""
        return await self.inner.cancel_run(run_id, reason)

    async def delete_run(self, run_id: str) -> None:
        """Forget a run that has ended. Raises `NotFoundError`, `ConflictError`."""
        await self.inner.delete_run(run_id)

    async def debug_queue(self, run_id: str, step_ids: Iterable[str]) -> DebugQueue:
        """Add steps, with all that they need, to those that a debugged run is to run."""
        return await self.inner.debug_queue(run_id, step_ids)

    async def debug_queued(self, run_id: str) -> DebugQueued:
        """The steps that a debugged run is to run, in document order."""
        return await self.inner.debug_queued(run_id)

    async def debug_next(self, run_id: str) -> DebugNext:
        """Run the first step that is ready and wait for its end."""
        return await self.inner.debug_next(run_id)

    async def debug_run_queue(self, run_id: str) -> DebugRunQueue:
        """Run steps one after the other until none is ready."""
        return await self.inner.debug_run_queue(run_id)

    async def debug_eval(
        self, run_id: str, *, step_id: str | None = None, expression: Any | UnsetType = UNSET
    ) -> FlowResult:
        """The result of a step, which runs first if it has not, or of an expression."""
        return await self.inner.debug_eval(run_id, step_id=step_id, expression=expression)

    async def debug_show(self, run_id: str, step_id: str) -> DebugView:
        """A step of a debugged run as it stands, secrets in its input redacted."""
        return await self.inner.debug_show(run_id, step_id)

    async def debug_continue(self, run_id: str) -> RunSummary:
        """End debug mode; the run goes on by itself."""
        return await self.inner.debug_continue(run_id)

    def events(
        self,
        run_id: str,
        *,
        since: int = -1,
        follow: bool = True,
        event_types: Iterable[str] | None = None,
        include_results: bool = True,
    ) -> AsyncIterator[RunEvent]:
        """The events of a run after number `since`: first those that were, then, with `follow`, those that come."""
        return self.inner.events(
            run_id, since=since, follow=follow, event_types=event_types, include_results=include_results
        )

    async def health_check(self) -> HealthResponse:
        """Whether the executor can work."""
        return await self.inner.health_check()

    async def close(self) -> None:
        """Let go of everything; further calls raise."""
        await self.inner.close()
