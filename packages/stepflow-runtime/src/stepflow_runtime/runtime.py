"""`StepflowRuntime`: the executor that runs flows in the process it lives in."""

from __future__ import annotations

from asyncio import iscoroutine
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from stepflow_core import (
    BatchResult,
    ConflictError,
    CreateRunResponse,
    Durability,
    ExecutionStatus,
    Flow,
    FlowResult,
    FlowSource,
    InvalidInputError,
    ItemResult,
    ListItemsResponse,
    ListRunsResponse,
    ListStepsResponse,
    Overrides,
    RunDetails,
    RunEvent,
    RunSummary,
    RunTimeoutError,
    StepRun,
    StepStatus,
)
from stepflow_core.arguments import (
    check_batch,
    check_filters,
    check_follower,
    check_indexes,
    check_integers,
    check_key,
    check_moments,
    check_reason,
    check_tags,
    check_texts,
    check_timeout,
    checked_status,
)

from . import listing
from .engine.ids import new_run_id
from .engine.run_state import RunState
from .following import follow_run
from .history import RunRecord
from .paging import page
from .runtime_debug import DebugMembers
from .runtime_flows import FlowMembers, flow_of
from .starting import NewRun, fingerprint, owned_input

if TYPE_CHECKING:
    from stepflow_core import BlockingExecutor

    from .config import Config
    from .engine.plan import Plan

F = TypeVar("F", bound=Callable[..., Any])


class StepflowRuntime(FlowMembers, DebugMembers):
    """Runs flows in this process. An executor: see `stepflow_core.StepflowExecutor` for its members.

    `config` is a config file's path or content, or a loaded `Config`; without one there are the builtin
    components and those registered by `component`. `store` is where runs are kept: `memory:`, or
    `memory:?keep=N` to remember the newest N ended runs (1000 where nothing is said). Usable at once, inside
    `async with` or ended by `close`; `with StepflowRuntime() as ex` gives its members without `await`.

    Raises `FlowLoadError` for a config that cannot be used, `InvalidInputError` for an unknown store.
    """

    @classmethod
    def start(cls, config: str | Path | Mapping[str, Any] | Config | None = None, *, store: str = "memory:") -> Self:
        """The same as the constructor."""
        return cls(config, store=store)

    # ---- runs

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
        """Run a flow on one input and wait for its result; `timeout` (seconds) limits the waiting."""
        check_timeout(timeout)
        plan = self._assembly.flows.plan(flow, overrides)
        new = NewRun(
            plan, [owned_input(input)], variables=variables, tags=tags, durability=durability, overrides=overrides
        )
        new.check_single()
        record = self._start(new)
        await self._driver_here().wait_for(record.execution, record.root, timeout)
        _check_ended(record.root, timeout)
        return listing.final_result(record.root, 0)

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
        plan = self._assembly.flows.plan(flow, overrides)
        new = NewRun(
            plan, [owned_input(input)], variables=variables, tags=tags, durability=durability, overrides=overrides
        )
        new.check_single()
        return self._start(new, idempotency_key).root.info.id

    async def get_result(self, run_id: str, *, timeout: float | None = None) -> FlowResult:
        """Wait for a run of one item. Raises `ConflictError` for a batch."""
        check_timeout(timeout)
        record, run = self._history.find(run_id)
        if not run.exhausted or run.total != 1:
            raise ConflictError(f"the run {run_id} has {run.total} items: use get_batch")
        await self._driver_here().wait_for(record.execution, run, timeout)
        _check_ended(run, timeout)
        return listing.final_result(run, 0)

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
        """Run a flow once per input and wait for all; what `inputs` or `on_item` raise ends the run."""
        new = self._batch(flow, inputs, max_concurrency, overrides, variables, tags, durability)
        record = self._start(new, on_item=on_item)
        return await self._batch_result(record, record.root, None)

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
        new = self._batch(flow, inputs, max_concurrency, overrides, variables, tags, durability)
        return self._start(new, idempotency_key).root.info.id

    def _batch(
        self,
        flow: FlowSource,
        inputs: Iterable[Any],
        max_concurrency: int | None,
        overrides: Overrides | None,
        variables: Mapping[str, Any] | None,
        tags: Mapping[str, str] | None,
        durability: str | None,
    ) -> NewRun:
        plan = self._assembly.flows.plan(flow, overrides)
        if isinstance(inputs, str | bytes | Mapping) or not isinstance(inputs, Iterable):
            kind = type(inputs).__name__
            raise InvalidInputError(f"the inputs of a batch are a list or another iterable, not {kind}")
        listed = isinstance(inputs, list | tuple)
        return NewRun(
            plan,
            [owned_input(each) for each in inputs] if listed else map(owned_input, inputs),
            variables=variables,
            max_concurrency=max_concurrency,
            tags=tags,
            durability=durability,
            overrides=overrides,
        )

    async def get_batch(self, run_id: str, *, timeout: float | None = None) -> BatchResult:
        """Wait for all items of a run; `.results` are in input order."""
        check_timeout(timeout)
        record, run = self._history.find(run_id)
        return await self._batch_result(record, run, timeout)

    async def _batch_result(self, record: RunRecord, run: RunState, timeout: float | None) -> BatchResult:
        await self._driver_here().wait_for(record.execution, run, timeout)
        _check_ended(run, timeout)
        failure = record.failure if record.execution is None else record.execution.failure
        if failure is not None:
            raise failure
        results = [listing.final_result(run, item) for item in range(run.begun)]
        return BatchResult(run=listing.details(run), results=results)

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
        """Run a stored flow; a list as `input` is a batch, one item per element, with `batch` of any length."""
        check_timeout(timeout_secs)
        check_batch(batch, input, debug)
        plan = self._stored_plan(flow_id, flow_name, overrides)
        inputs = [owned_input(each) for each in input] if isinstance(input, list) else [owned_input(input)]
        new = NewRun(
            plan,
            inputs,
            variables=variables,
            max_concurrency=max_concurrency,
            tags=tags,
            durability=durability,
            overrides=overrides,
            debug=debug,
        )
        if len(inputs) == 1 and not batch:
            new.check_single()
        record = self._start(new, idempotency_key)
        if wait:
            await self._at_rest(record, record.root, timeout_secs)
        return _created(record.root)

    def _stored_plan(self, flow_id: str | None, flow_name: str | None, overrides: Overrides | None) -> Plan:
        if (flow_id is None) == (flow_name is None):
            raise InvalidInputError("give either flow_id or flow_name")
        return self._assembly.flows.stored_plan(flow_id, flow_name, overrides)

    async def get_run(self, run_id: str, *, wait: bool = False, timeout_secs: float | None = None) -> RunDetails:
        """A run; with `wait`, once it has ended or the time (seconds) is up."""
        check_timeout(timeout_secs)
        record, run = self._history.find(run_id)
        if wait:
            await self._at_rest(record, run, timeout_secs)
        return listing.details(run)

    async def _at_rest(self, record: RunRecord, run: RunState, timeout: float | None) -> None:
        """Wait until a run has ended or is paused, or the time is up."""
        if run.status is not ExecutionStatus.PAUSED:
            await self._driver_here().wait_for(record.execution, run, timeout)

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
        check_filters(flow_name=flow_name, flow_id=flow_id, root_run_id=root_run_id, parent_run_id=parent_run_id)
        check_indexes(max_depth=max_depth)
        check_tags(tags)
        check_moments(created_after=created_after, created_before=created_before)
        found = listing.matching(
            self._history.runs(),
            status=checked_status(ExecutionStatus, status),
            flow_name=flow_name,
            flow_id=flow_id,
            root_run_id=root_run_id,
            parent_run_id=parent_run_id,
            max_depth=max_depth,
            roots_only=roots_only,
            tags=tags,
            created_after=created_after,
            created_before=created_before,
        )
        rows, following = page(found, limit, cursor)
        return ListRunsResponse(runs=[listing.summary(each) for each in rows], next_cursor=following)

    async def get_run_items(
        self,
        run_id: str,
        *,
        status: ExecutionStatus | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListItemsResponse:
        """The items of a run in input order."""
        run = self._history.find(run_id)[1]
        found = listing.item_results(run, checked_status(ExecutionStatus, status))
        rows, following = page(found, limit, cursor)
        return ListItemsResponse(item_count=run.total, items=rows, next_cursor=following)

    async def get_run_steps(
        self,
        run_id: str,
        *,
        item_index: int | None = None,
        status: StepStatus | str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ListStepsResponse:
        """The step executions of a run, those of `call` and `switch` too; `item_index` is that of the run's item."""
        record, run = self._history.find(run_id)
        check_indexes(item_index=item_index)
        wanted = checked_status(StepStatus, status)
        found = listing.step_runs(record, run, item_index, wanted, self._held())
        rows, following = page(found, limit, cursor)
        return ListStepsResponse(steps=rows, next_cursor=following)

    async def get_run_flow(self, run_id: str) -> Flow:
        """The flow that a run runs."""
        return flow_of(self._history.find(run_id)[1].info.plan)

    async def get_step(self, run_id: str, address: str, *, item_index: int = 0, attempt: int | None = None) -> StepRun:
        """One step execution with its evaluated input and, if it is not running, the reason."""
        record, run = self._history.find(run_id)
        check_texts(address=address)
        check_integers(item_index=item_index)
        check_indexes(item_index=item_index)
        check_indexes(1, attempt=attempt)
        return listing.step_run(record, run, address, item_index, attempt, self._held())

    def _held(self) -> set[Any]:
        return set() if self._driver is None else self._driver.held_steps()

    async def cancel_run(self, run_id: str, reason: str | None = None) -> RunSummary:
        """Cancel a run; it is cancelled when this returns. Raises `ConflictError` if it has ended."""
        record, run = self._history.find(run_id)
        check_reason(reason)
        if run.ended or record.execution is None:
            raise ConflictError(f"the run {run_id} has ended: it is {run.status}")
        self._driver_here().cancel(record.execution, run, reason)
        return listing.summary(run)

    async def delete_run(self, run_id: str) -> None:
        """Forget a root run that has ended."""
        self._history.delete(run_id)

    def events(
        self,
        run_id: str,
        *,
        since: int = -1,
        follow: bool = True,
        event_types: Iterable[str] | None = None,
        include_results: bool = True,
    ) -> AsyncIterator[RunEvent]:
        """The events of a run and its sub-runs after number `since`: first those that were, then those that come."""
        record, run = self._history.find(run_id)
        return follow_run(record, run, since, follow, event_types, include_results)

    # ---- life

    def _start(
        self,
        new: NewRun,
        idempotency_key: str | None = None,
        on_item: Callable[[ItemResult], object] | None = None,
    ) -> RunRecord:
        driver = self._driver_here()
        if driver.closing:
            raise ConflictError("the runtime is being closed")
        check_key(idempotency_key)
        check_follower(on_item)
        request = None
        if idempotency_key is not None:
            request = fingerprint(new)
            known = self._history.known(idempotency_key)
            if known is not None:
                return self._same_request(idempotency_key, request, *known)
        now = driver.clock()
        notify = None if on_item is None else _notifier(on_item)
        execution = new.execution(driver.scratch, new_run_id(now, self._random.getrandbits), now, notify)
        record = self._history.add(execution)
        if idempotency_key is not None and request is not None:
            self._history.remember_key(record, idempotency_key, request)
        driver.start(execution)
        return record

    def _same_request(self, key: str, request: bytes, known: bytes, run_id: str) -> RunRecord:
        if request != known:
            raise InvalidInputError(f"the idempotency key {key!r:.80} was used for another request", status_code=422)
        return self._history.find(run_id)[0]

    async def __aenter__(self) -> Self:
        self._driver_here()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    _blocking: BlockingExecutor | None = None

    def __enter__(self) -> BlockingExecutor:
        from stepflow_core import blocking

        self._blocking = blocking(self)
        return self._blocking.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._blocking is not None:
            self._blocking.__exit__(kind, error, trace)


def _check_ended(run: RunState, timeout: float | None) -> None:
    if not run.ended:
        run_id = run.info.id
        text = f"the run {run_id} has not ended within {timeout:g} s; it goes on"
        raise RunTimeoutError(text, run_id=run_id, status=run.status)


def _notifier(on_item: Callable[[ItemResult], object]) -> Callable[[RunState, int], object]:
    def notify(run: RunState, item: int) -> None:
        outcome = on_item(listing.item_result(run, item))
        if iscoroutine(outcome):
            outcome.close()
            raise InvalidInputError("on_item is a plain function: one that is async would not be awaited")

    return notify


def _created(run: RunState) -> CreateRunResponse:
    single = run.exhausted and run.total == 1 and run.ended
    return CreateRunResponse(
        run_id=run.info.id,
        item_count=run.total,
        status=run.status,
        debug=run.held is not None,
        result=listing.final_result(run, 0) if single else None,
    )
