"""The members of a client that make runs and wait for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing, suppress
from typing import Any

from stepflow_core import (
    BatchResult,
    CreateRunResponse,
    Durability,
    ExecutionStatus,
    FlowResult,
    FlowSource,
    InvalidInputError,
    ItemResult,
    Overrides,
    RunDetails,
    RunEvent,
    RunSummary,
    StepflowError,
)
from stepflow_core.arguments import (
    check_batch,
    check_follower,
    check_integers,
    check_reason,
    checked_types,
    owned_json,
)

from .flows import nothing
from .requests import checked_id, json_inputs
from .run_listings import RunListings
from .starting import NewRun
from .waiting import Deadline, result_of


class RunMembers(RunListings):
    """Runs: starting them, waiting for them, following and ending them."""

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
        deadline = Deadline(timeout)
        new = NewRun(
            inputs=[owned_json("the input", input)],
            overrides=overrides,
            variables=variables,
            tags=tags,
            durability=durability,
        )
        created = await self._start(flow, new, deadline.poll)
        return await self._result(created.run_id, deadline) if created.result is None else created.result

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
        new = NewRun(
            inputs=[owned_json("the input", input)],
            overrides=overrides,
            variables=variables,
            tags=tags,
            durability=durability,
            idempotency_key=idempotency_key,
        )
        return (await self._start(flow, new)).run_id

    async def get_result(self, run_id: str, *, timeout: float | None = None) -> FlowResult:
        """Wait for a run of one item. Raises `ConflictError` for a batch."""
        return await self._result(run_id, Deadline(timeout))

    # ---- batches

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
        """Run a flow once per input and wait for all; what `on_item` raises ends the run.

        `inputs` are read to their end, at most 100 000 of them, before the run is made.
        """
        check_follower(on_item)
        run_id = await self.submit_batch(
            flow,
            inputs,
            max_concurrency=max_concurrency,
            overrides=overrides,
            variables=variables,
            tags=tags,
            durability=durability,
        )
        if on_item is not None:
            await self._tell_items(run_id, on_item)
        return await self.get_batch(run_id)

    async def _tell_items(self, run_id: str, on_item: Callable[[ItemResult], object]) -> None:
        async with aclosing(self._followed(run_id, {"item_completed"})) as events:
            async for event in events:
                if event.run_id == run_id:
                    try:
                        on_item(_item_of(event))
                    except BaseException:
                        with suppress(StepflowError):
                            await self.cancel_run(run_id)
                        raise

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
        """Start a batch; the run's id. `inputs` are read to their end, at most 100 000 of them."""
        new = NewRun(
            inputs=json_inputs(inputs),
            batch=True,
            max_concurrency=max_concurrency,
            overrides=overrides,
            variables=variables,
            tags=tags,
            durability=durability,
            idempotency_key=idempotency_key,
        )
        return (await self._start(flow, new)).run_id

    async def get_batch(self, run_id: str, *, timeout: float | None = None) -> BatchResult:
        """Wait for all items of a run; `.results` are in input order."""
        run = await self._ended(run_id, Deadline(timeout))
        items = (await self.get_run_items(run_id)).items
        return BatchResult(run=run, results=[result_of(each) for each in items])

    # ---- runs of stored flows

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
        deadline = Deadline(timeout_secs)
        check_batch(batch, input, debug)
        _check_flow(flow_id, flow_name)
        new = NewRun(
            inputs=json_inputs(input) if isinstance(input, list) else [owned_json("the input", input)],
            overrides=overrides,
            variables=variables,
            debug=debug,
            batch=batch,
            max_concurrency=max_concurrency,
            tags=tags,
            durability=durability,
            idempotency_key=idempotency_key,
        )
        created = await self._create(flow_id, flow_name, new, deadline.poll if wait else 0.0)
        if not wait or created.status is not ExecutionStatus.RUNNING or not deadline.left:
            return created
        return await self._created(created, deadline)

    async def _created(self, created: CreateRunResponse, deadline: Deadline) -> CreateRunResponse:
        """The answer to a request for a run that took longer than a server holds back an answer."""
        details = await self._at_rest(created.run_id, deadline)
        result = None
        if created.item_count == 1 and details.status.is_terminal:
            result = result_of(await self._only_item(created.run_id))
        return CreateRunResponse(
            run_id=created.run_id,
            item_count=created.item_count,
            status=details.status,
            debug=created.debug,
            result=result,
        )

    async def get_run(self, run_id: str, *, wait: bool = False, timeout_secs: float | None = None) -> RunDetails:
        """A run; with `wait`, once it has ended or is paused or the time (seconds) is up."""
        deadline = Deadline(timeout_secs)
        return await self._at_rest(run_id, deadline) if wait else await self._fetch_run(run_id)

    async def cancel_run(self, run_id: str, reason: str | None = None) -> RunSummary:
        """Cancel a run; it is cancelled when this returns. Raises `ConflictError` if it has ended."""
        from stepflow_api.api.run import cancel_run
        from stepflow_api.models import CancelRunRequest

        from .conversion import into

        known = checked_id("run", run_id)
        check_reason(reason)
        body = CancelRunRequest(reason=reason)
        return await self._connection.call(
            lambda api: cancel_run.asyncio_detailed(known, client=api, body=body), into(RunSummary)
        )

    async def delete_run(self, run_id: str) -> None:
        """Forget a run that has ended."""
        from stepflow_api.api.run import delete_run

        known = checked_id("run", run_id)
        await self._connection.call(lambda api: delete_run.asyncio_detailed(known, client=api), nothing)

    def events(
        self,
        run_id: str,
        *,
        since: int = -1,
        follow: bool = True,
        event_types: Iterable[str] | None = None,
        include_results: bool = True,
    ) -> AsyncIterator[RunEvent]:
        """The events of a run and its sub-runs after number `since`: first those that were, then those that come.

        Connects again by itself where the connection breaks, and goes on where it was.
        """
        from .streams import EventStream

        known = checked_id("run", run_id)
        types = checked_types(event_types)
        check_integers(since=since)
        return EventStream(
            self._connection,
            known,
            since=since,
            follow=follow,
            types=types,
            include_results=include_results,
        ).events()


def _check_flow(flow_id: object, flow_name: object) -> None:
    if (flow_id is None) == (flow_name is None):
        raise InvalidInputError("give either flow_id or flow_name")
    for given in (flow_id, flow_name):
        if given is not None and not isinstance(given, str):
            raise InvalidInputError(f"the id or name of a stored flow is text, not {type(given).__name__}")


def _item_of(event: RunEvent) -> ItemResult:
    index = event.item_index or 0
    return ItemResult(
        index=index,
        item_index=index,
        status=ExecutionStatus(event.status or "completed"),
        result=event.result,
        completed_at=event.timestamp,
    )
