"""Executors for code that does not await: scripts, notebooks, threads.

The members are those of `StepflowExecutor`, one by one, so that type checkers know them. They run on an
event loop in a daemon thread of their own, whether or not the caller's thread has a loop that runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from ._base import BlockingBase
from ._loop import BlockingIterator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

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

__all__ = ["BlockingExecutor", "BlockingIterator", "blocking"]


def blocking(executor: StepflowExecutor) -> BlockingExecutor:
    """An executor for code that does not await.

    As in `with blocking(executor) as ex: result = ex.run("workflow.yaml", {"name": "World"})`.
    """
    return BlockingExecutor(executor)


class BlockingExecutor(BlockingBase):
    """An executor whose members are plain calls; they may be made from several threads at once.

    `with` (or `start` and `close`) enters and leaves the executor. Ctrl-C cancels the call that waits.
    Callbacks, such as `on_item`, are called on the executor's loop and cannot wait for the executor.
    Members that only this executor has are there too: what returns an awaitable is waited for, an async
    iterator becomes a plain one, all else stays as it is.
    """

    @property
    def url(self) -> str:
        """The server's base URL; `stepflow+local://<id>` in process."""
        return self._executor.url

    def run(
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
        return self._call(
            lambda ex: ex.run(
                flow, input, overrides, variables=variables, tags=tags, durability=durability, timeout=timeout
            )
        )

    def submit(
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
        return self._call(
            lambda ex: ex.submit(
                flow,
                input,
                overrides,
                variables=variables,
                tags=tags,
                durability=durability,
                idempotency_key=idempotency_key,
            )
        )

    def get_result(self, run_id: str, *, timeout: float | None = None) -> FlowResult:
        """Wait for a run of one item."""
        return self._call(lambda ex: ex.get_result(run_id, timeout=timeout))

    def run_batch(
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
        """Run a flow once per input and wait for all."""
        return self._call(
            lambda ex: ex.run_batch(
                flow,
                inputs,
                max_concurrency=max_concurrency,
                on_item=on_item,
                overrides=overrides,
                variables=variables,
                tags=tags,
                durability=durability,
            )
        )

    def submit_batch(
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
        return self._call(
            lambda ex: ex.submit_batch(
                flow,
                inputs,
                max_concurrency=max_concurrency,
                overrides=overrides,
                variables=variables,
                tags=tags,
                durability=durability,
                idempotency_key=idempotency_key,
            )
        )

    def get_batch(self, run_id: str, *, timeout: float | None = None) -> BatchResult:
        """Wait for all items of a run."""
        return self._call(lambda ex: ex.get_batch(run_id, timeout=timeout))

    def validate(self, flow: FlowSource, *, strict: bool = False) -> ValidationResult:
        """Check a flow without running it."""
        return self._call(lambda ex: ex.validate(flow, strict=strict))

    def list_components(self) -> list[ComponentInfo]:
        """The components that flows can use here."""
        return self._call(lambda ex: ex.list_components())

    def store_flow(
        self, flow: FlowSource, *, name: str | None = None, dry_run: bool = False, named: bool = True
    ) -> StoreFlowResponse:
        """Store a flow under its id and, if `named`, its name."""
        return self._call(lambda ex: ex.store_flow(flow, name=name, dry_run=dry_run, named=named))

    def get_flow(self, flow_id: str) -> Flow:
        """A stored flow."""
        return self._call(lambda ex: ex.get_flow(flow_id))

    def delete_flow(self, flow_id: str) -> None:
        """Forget a stored flow."""
        return self._call(lambda ex: ex.delete_flow(flow_id))

    def list_flows(self, *, limit: int | None = None, cursor: str | None = None) -> list[FlowSummary]:
        """The named flows."""
        return self._call(lambda ex: ex.list_flows(limit=limit, cursor=cursor))

    def get_flow_variables(self, flow_id: str) -> dict[str, Any]:
        """The variables that a stored flow declares."""
        return self._call(lambda ex: ex.get_flow_variables(flow_id))

    def get_flow_graph(self, flow_id: str) -> FlowGraph:
        """The steps of a stored flow and what needs what."""
        return self._call(lambda ex: ex.get_flow_graph(flow_id))

    def create_run(
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
        """Run a stored flow; a list as `input` is a batch."""
        return self._call(
            lambda ex: ex.create_run(
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
        )

    def get_run(self, run_id: str, *, wait: bool = False, timeout_secs: float | None = None) -> RunDetails:
        """A run; with `wait`, once it has ended or is paused or the time is up."""
        return self._call(lambda ex: ex.get_run(run_id, wait=wait, timeout_secs=timeout_secs))

    def list_runs(
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
        return self._call(
            lambda ex: ex.list_runs(
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
        )

    def get_run_items(
        self,
        run_id: str,
        *,
        status: ExecutionStatus | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListItemsResponse:
        """The items of a run in input order."""
        return self._call(lambda ex: ex.get_run_items(run_id, status=status, limit=limit, cursor=cursor))

    def get_run_steps(
        self,
        run_id: str,
        *,
        item_index: int | None = None,
        status: StepStatus | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListStepsResponse:
        """The step executions of a run."""
        return self._call(
            lambda ex: ex.get_run_steps(run_id, item_index=item_index, status=status, limit=limit, cursor=cursor)
        )

    def get_run_flow(self, run_id: str) -> Flow:
        """The flow that a run runs."""
        return self._call(lambda ex: ex.get_run_flow(run_id))

    def get_step(self, run_id: str, address: str, *, item_index: int = 0, attempt: int | None = None) -> StepRun:
        """One step execution with its evaluated input."""
        return self._call(lambda ex: ex.get_step(run_id, address, item_index=item_index, attempt=attempt))

    def put_blob(self, data: Any, blob_type: str = "data") -> str:
        """Store a value or bytes under its content's hash; the id."""
        return self._call(lambda ex: ex.put_blob(data, blob_type))

    def get_blob(self, blob_id: str) -> Any:
        """A stored value or bytes."""
        return self._call(lambda ex: ex.get_blob(blob_id))

    def cancel_run(self, run_id: str, reason: str | None = None) -> RunSummary:
        """Cancel a run at once."""
        return self._call(lambda ex: ex.cancel_run(run_id, reason))

    def delete_run(self, run_id: str) -> None:
        """Forget a run that has ended."""
        return self._call(lambda ex: ex.delete_run(run_id))

    def debug_queue(self, run_id: str, step_ids: Iterable[str]) -> DebugQueue:
        """Add steps, with all that they need, to those that a debugged run is to run."""
        return self._call(lambda ex: ex.debug_queue(run_id, step_ids))

    def debug_queued(self, run_id: str) -> DebugQueued:
        """The steps that a debugged run is to run, in document order."""
        return self._call(lambda ex: ex.debug_queued(run_id))

    def debug_next(self, run_id: str) -> DebugNext:
        """Run the first step that is ready and wait for its end."""
        return self._call(lambda ex: ex.debug_next(run_id))

    def debug_run_queue(self, run_id: str) -> DebugRunQueue:
        """Run steps one after the other until none is ready."""
        return self._call(lambda ex: ex.debug_run_queue(run_id))

    def debug_eval(self, run_id: str, *, step_id: str | None = None, expression: Any | UnsetType = UNSET) -> FlowResult:
        """The result of a step, which runs first if it has not, or of an expression."""
        return self._call(lambda ex: ex.debug_eval(run_id, step_id=step_id, expression=expression))

    def debug_show(self, run_id: str, step_id: str) -> DebugView:
        """A step of a debugged run as it stands, secrets in its input redacted."""
        return self._call(lambda ex: ex.debug_show(run_id, step_id))

    def debug_continue(self, run_id: str) -> RunSummary:
        """End debug mode; the run goes on by itself."""
        return self._call(lambda ex: ex.debug_continue(run_id))

    def events(
        self,
        run_id: str,
        *,
        since: int = -1,
        follow: bool = True,
        event_types: Iterable[str] | None = None,
        include_results: bool = True,
    ) -> BlockingIterator[RunEvent]:
        """The events of a run after number `since`, as a plain iterator that `close` ends early."""

        async def begun(executor: StepflowExecutor) -> BlockingIterator[RunEvent]:
            events = executor.events(
                run_id, since=since, follow=follow, event_types=event_types, include_results=include_results
            )
            return BlockingIterator(self._opened(), events)

        return self._call(begun)

    def health_check(self) -> HealthResponse:
        """Whether the executor can work."""
        return self._call(lambda ex: ex.health_check())
