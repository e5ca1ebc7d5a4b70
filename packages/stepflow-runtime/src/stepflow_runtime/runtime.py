"""`StepflowRuntime`: the executor that runs flows in the process it lives in."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, overload

import stepflow_core
from stepflow_core import (
    BatchResult,
    ComponentInfo,
    ConflictError,
    CreateRunResponse,
    DiagnosticLevel,
    Durability,
    ExecutionStatus,
    Flow,
    FlowGraph,
    FlowLoadError,
    FlowResult,
    FlowSource,
    FlowSummary,
    HealthResponse,
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
    StoreFlowResponse,
    ValidationResult,
)

from . import listing
from .assembly import Assembly
from .engine.driver import Driver, Execution
from .engine.ids import new_run_id
from .engine.invoke import Invoker
from .engine.run_state import RunState
from .engine.services import StepServices
from .flows import LoadedFlow, check_name
from .following import follow_run
from .history import History, RunRecord
from .paging import page
from .starting import NewRun, check_options, fingerprint, owned_input

if TYPE_CHECKING:
    from stepflow_core.blocking import BlockingExecutor

    from .engine.plan import Plan

F = TypeVar("F", bound=Callable[..., Any])

GRACE = 5.0
"""Seconds that running steps have to finish when a runtime is closed."""

THREADS = 32
"""How many plain components run at the same time."""


class StepflowRuntime:
    """Runs flows in this process. An executor: see `stepflow_core.StepflowExecutor` for its members.

    `config` is a config file's path or content; without one there are the builtin components and those
    registered by `component`. `store` is where runs are kept: `memory:`, or `memory:?keep=N` to remember
    the newest N ended runs (1000 where nothing is said). Usable at once, inside `async with` or ended by
    `close`; `with StepflowRuntime() as ex` gives its members without `await`.

    Raises `FlowLoadError` for a config that cannot be used, `InvalidInputError` for an unknown store.
    """

    def __init__(self, config: str | Path | Mapping[str, Any] | None = None, *, store: str = "memory:") -> None:
        self._assembly = Assembly(config, store)
        self._history = History(self._assembly.keep)
        self._random = random.SystemRandom()
        self._driver: Driver | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._blocking: BlockingExecutor | None = None
        self._url = f"stepflow+local://{self._random.getrandbits(64):016x}"

    @classmethod
    def start(
        cls, config: str | Path | Mapping[str, Any] | None = None, *, store: str = "memory:"
    ) -> StepflowRuntime:
        """The same as the constructor."""
        return cls(config, store=store)

    @property
    def url(self) -> str:
        """`stepflow+local://<id>`."""
        return self._url

    # ---- components

    @overload
    def component(self, function: F, /) -> F: ...

    @overload
    def component(
        self, path: str | None = None, *, description: str | None = None, inline: bool = False
    ) -> Callable[[F], F]: ...

    def component(self, path: Any = None, *, description: str | None = None, inline: bool = False) -> Any:
        """Register a function as a component: `@runtime.component` or `@runtime.component("/path")`.

        Without a path it is `/` and the function's name. An async function runs on the event loop, a plain
        one in a thread, with `inline` (for quick ones that leave their input alone) directly. A registered
        path wins over the routes. Raises `ConflictError` where the path is taken, `InvalidInputError` for a
        function or path that will not do.
        """
        if callable(path):
            self._assembly.registry.component(path)
            self._assembly.components_changed()
            return path
        decorate = self._assembly.registry.component(path, description=description, inline=inline)

        def register(function: F) -> F:
            decorate(function)
            self._assembly.components_changed()
            return function

        return register

    async def list_components(self) -> list[ComponentInfo]:
        """The components that flows can use, under the paths by which flows name them."""
        return self._assembly.components.list()

    # ---- flows

    async def validate(self, flow: FlowSource, *, strict: bool = False) -> ValidationResult:
        """Check a flow without running it. Raises `NotFoundError` for an id or name that is not stored."""
        diagnostics = self._read(flow)[1]
        accepted = () if strict else (DiagnosticLevel.WARNING,)
        return ValidationResult(all(each.level in accepted for each in diagnostics), diagnostics)

    def _read(self, flow: FlowSource) -> tuple[LoadedFlow | None, list[stepflow_core.Diagnostic]]:
        try:
            loaded = self._assembly.flows.load(flow)
        except FlowLoadError as error:
            return None, error.diagnostics
        return loaded, loaded.diagnostics

    async def store_flow(self, flow: FlowSource, *, name: str | None = None, dry_run: bool = False) -> StoreFlowResponse:
        """Store a flow under its id and its name; one with fatal faults is answered with its diagnostics."""
        name = check_name(name)
        loaded, diagnostics = self._read(flow)
        if loaded is None or loaded.model is None:
            return StoreFlowResponse(stored=False, diagnostics=diagnostics)
        if dry_run:
            return StoreFlowResponse(flow_id=loaded.model.id, stored=False, diagnostics=diagnostics)
        flow_id = self._assembly.flows.store(loaded, name)
        return StoreFlowResponse(flow_id=flow_id, stored=True, diagnostics=diagnostics)

    async def get_flow(self, flow_id: str) -> Flow:
        """A stored flow. Raises `NotFoundError`."""
        return _flow(self._plan_of(flow_id))

    def _plan_of(self, flow_id: str) -> Plan:
        plan = self._assembly.flows.stored(flow_id).plan
        if plan is None:
            raise FlowLoadError(f"the blob {flow_id} is not a flow")
        return plan

    async def delete_flow(self, flow_id: str) -> None:
        """Forget a stored flow. Raises `NotFoundError`, `ConflictError` while runs use it."""
        if self._history.uses(flow_id):
            raise ConflictError(f"runs that have not ended use the flow {flow_id}")
        self._assembly.flows.delete(flow_id)

    async def list_flows(self, *, limit: int | None = None, cursor: str | None = None) -> list[FlowSummary]:
        """The named flows, every version, by name."""
        rows = [
            FlowSummary(
                flow_id=each.model.id, name=name, description=each.model.description, version=each.model.version
            )
            for name, each in self._assembly.flows.named()
            if each.model is not None
        ]
        return page(rows, limit, cursor)[0]

    async def get_flow_variables(self, flow_id: str) -> dict[str, Any]:
        """The variables that a stored flow declares: `{name: {schema, default?, envVar?, isSecret}}`."""
        from .language.variables import declared

        schema = self._plan_of(flow_id).model.schemas.variables
        shown: dict[str, Any] = {}
        for name, variable in declared(schema).items():
            shown[name] = variable.shown()
        return shown

    async def get_flow_graph(self, flow_id: str) -> FlowGraph:
        """The steps of a stored flow and what needs what."""
        from .graph import graph_of

        return graph_of(self._plan_of(flow_id).model)

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
        check_options(None, None, None, timeout)
        plan = self._assembly.flows.plan(flow, overrides)
        new = NewRun(
            plan, [owned_input(input)], variables=variables, tags=tags, durability=durability, overrides=overrides
        )
        new.check_single()
        record = self._start(new)
        await self._ended(record, record.root, timeout)
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
        check_options(None, None, None, timeout)
        record, run = self._history.find(run_id)
        if not run.exhausted or run.total != 1:
            raise ConflictError(f"the run {run_id} has {run.total} items: use get_batch")
        await self._ended(record, run, timeout)
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
        """Run a flow once per input and wait for all; an exception of `inputs` or `on_item` ends the run and is raised."""
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
            raise InvalidInputError(f"the inputs of a batch are a list or another iterable, not {type(inputs).__name__}")
        listed = isinstance(inputs, list | tuple)
        return NewRun(
            plan,
            [owned_input(each) for each in inputs] if listed else iter(inputs),
            variables=variables,
            max_concurrency=max_concurrency,
            tags=tags,
            durability=durability,
            overrides=overrides,
        )

    async def get_batch(self, run_id: str, *, timeout: float | None = None) -> BatchResult:
        """Wait for all items of a run; `.results` are in input order."""
        check_options(None, None, None, timeout)
        record, run = self._history.find(run_id)
        return await self._batch_result(record, run, timeout)

    async def _batch_result(self, record: RunRecord, run: RunState, timeout: float | None) -> BatchResult:
        execution = record.execution
        await self._ended(record, run, timeout)
        if execution is not None and execution.failure is not None:
            raise execution.failure
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
        max_concurrency: int | None = None,
        wait: bool = True,
        timeout_secs: float | None = None,
        tags: Mapping[str, str] | None = None,
        durability: Durability | None = None,
        idempotency_key: str | None = None,
    ) -> CreateRunResponse:
        """Run a stored flow; a list as `input` is a batch, one item per element."""
        check_options(None, None, None, timeout_secs)
        if debug:
            raise InvalidInputError("debug mode is not there yet: run without `debug`")
        plan = self._stored_plan(flow_id, flow_name, overrides)
        inputs = [owned_input(each) for each in input] if isinstance(input, list) else [owned_input(input)]
        if not inputs:
            raise InvalidInputError("a batch has at least one input")
        new = NewRun(
            plan,
            inputs,
            variables=variables,
            max_concurrency=max_concurrency,
            tags=tags,
            durability=durability,
            overrides=overrides,
        )
        if not isinstance(input, list):
            new.check_single()
        record = self._start(new, idempotency_key)
        if wait:
            await self._driver_here().wait_for(record, record.root, timeout_secs)
        return _created(record.root)

    def _stored_plan(self, flow_id: str | None, flow_name: str | None, overrides: Overrides | None) -> Plan:
        if (flow_id is None) == (flow_name is None):
            raise InvalidInputError("give either flow_id or flow_name")
        return self._assembly.flows.plan(flow_id or flow_name or "", overrides)

    async def get_run(self, run_id: str, *, wait: bool = False, timeout_secs: float | None = None) -> RunDetails:
        """A run; with `wait`, once it has ended or the time (seconds) is up."""
        check_options(None, None, None, timeout_secs)
        record, run = self._history.find(run_id)
        if wait:
            await self._driver_here().wait_for(record, run, timeout_secs)
        return listing.details(run)

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
        found = listing.matching(
            self._history.runs(),
            status=listing.checked_status(ExecutionStatus, status),
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
        found = listing.item_results(run, listing.checked_status(ExecutionStatus, status))
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
        wanted = listing.checked_status(StepStatus, status)
        found = listing.step_runs(record, run, item_index, wanted, self._held())
        rows, following = page(found, limit, cursor)
        return ListStepsResponse(steps=rows, next_cursor=following)

    async def get_run_flow(self, run_id: str) -> Flow:
        """The flow that a run runs."""
        return _flow(self._history.find(run_id)[1].info.plan)

    async def get_step(
        self, run_id: str, address: str, *, item_index: int = 0, attempt: int | None = None
    ) -> StepRun:
        """One step execution with its evaluated input and, if it is not running, the reason."""
        record, run = self._history.find(run_id)
        return listing.step_run(record, run, address, item_index, attempt, self._held())

    def _held(self) -> set[Any]:
        return set() if self._driver is None else self._driver.held_steps()

    async def cancel_run(self, run_id: str, reason: str | None = None) -> RunSummary:
        """Cancel a run; it is cancelled when this returns. Raises `ConflictError` if it has ended."""
        record, run = self._history.find(run_id)
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

    # ---- blobs, health

    async def put_blob(self, data: Any, blob_type: str = "data") -> str:
        """Store a value (`data`, `flow`) or bytes (`binary`); its id."""
        return self._assembly.blobs.put(data, blob_type)

    async def get_blob(self, blob_id: str) -> Any:
        """A stored value or bytes. Raises `NotFoundError`."""
        return self._assembly.blobs.get(blob_id)

    async def health_check(self) -> HealthResponse:
        """`healthy`, until the runtime is closed."""
        status = "unhealthy" if self._closed else "healthy"
        return HealthResponse(status=status, timestamp=listing.timestamp(time.time()), version=stepflow_core.__version__)

    # ---- life

    def _driver_here(self) -> Driver:
        """The driver, bound to the event loop on which the runtime is first used."""
        if self._closed:
            raise ConflictError("the runtime was closed")
        loop = asyncio.get_running_loop()
        if self._driver is None:
            self._loop = loop
            invoker = Invoker(loop, THREADS, self._services)
            clock = getattr(loop, "wall_clock", time.time)
            self._driver = Driver(loop, clock, invoker, self._assembly.flows.resolve, self._history.end)
        elif self._loop is not loop:
            raise ConflictError("the runtime is used on another event loop; make one runtime per loop")
        return self._driver

    def _services(self, execution: Execution) -> StepServices:
        services = StepServices(
            self._driver_here(), execution, self._assembly.blobs, self._assembly.flows
        )
        execution.services = services
        return services

    def _start(
        self,
        new: NewRun,
        idempotency_key: str | None = None,
        on_item: Callable[[ItemResult], object] | None = None,
    ) -> RunRecord:
        driver = self._driver_here()
        request = None
        if idempotency_key is not None:
            request = fingerprint(new)
            known = self._history.known(idempotency_key)
            if known is not None:
                return self._same_request(idempotency_key, request, *known)
        now = driver.clock()
        notify = None if on_item is None else _notifier(on_item)
        execution = new.execution(new_run_id(now, self._random.getrandbits), now, notify)
        record = self._history.add(execution)
        if idempotency_key is not None and request is not None:
            self._history.remember_key(record, idempotency_key, request)
        driver.start(execution)
        return record

    def _same_request(self, key: str, request: bytes, known: bytes, run_id: str) -> RunRecord:
        if request != known:
            raise InvalidInputError(f"the idempotency key {key!r:.80} was used for another request", status_code=422)
        return self._history.find(run_id)[0]

    async def _ended(self, record: RunRecord, run: RunState, timeout: float | None) -> None:
        if not await self._driver_here().wait_for(record, run, timeout):
            run_id = run.info.id
            raise RunTimeoutError(
                f"the run {run_id} has not ended within {timeout:g} s; it goes on", run_id=run_id, status=run.status
            )

    async def close(self) -> None:
        """Let running steps finish for some seconds, then end all runs. Further calls raise `ConflictError`."""
        if self._closed:
            return
        driver = self._driver
        if driver is not None:
            await driver.close(GRACE)
        self._closed = True
        await self._assembly.close()

    async def __aenter__(self) -> StepflowRuntime:
        self._driver_here()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __enter__(self) -> BlockingExecutor:
        from stepflow_core.blocking import blocking

        self._blocking = blocking(self).__enter__()
        return self._blocking

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._blocking is not None:
            self._blocking.__exit__(kind, error, trace)


def _flow(plan: Plan) -> Flow:
    return Flow.from_dict(plan.model.document)


def _notifier(on_item: Callable[[ItemResult], object]) -> Callable[[RunState, int], object]:
    return lambda run, item: on_item(listing.item_result(run, item))


def _created(run: RunState) -> CreateRunResponse:
    single = run.exhausted and run.total == 1 and run.ended
    return CreateRunResponse(
        run_id=run.info.id,
        item_count=run.total,
        status=run.status,
        result=listing.final_result(run, 0) if single else None,
    )
