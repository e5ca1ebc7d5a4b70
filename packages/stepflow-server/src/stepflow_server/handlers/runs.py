"""Operations on runs."""

from __future__ import annotations

from collections.abc import Iterable

from stepflow_core import ListRunsResponse, NotFoundError

from .. import wire
from ..operations import Call, Reply
from ..problems import ProblemError, Violation
from ..queries import GetRunQuery, GetStepQuery, ListItemsQuery, ListRunsQuery, ListStepsQuery
from ..requests import CancelRunRequest, CreateRunRequest
from ..waiting import while_connected

LONGEST_KEY = 255


async def create_run(call: Call[None, CreateRunRequest]) -> Reply:
    """Run a stored flow.

    The answer comes when the run has ended (200) or is paused or the time is up (202). With an
    `Idempotency-Key` the same request gives the same run.
    """
    body, settings = call.body, call.service.settings
    if len(body.input) > settings.max_items:
        text = f"a run has at most {settings.max_items:,} items, not {len(body.input):,}"
        raise ProblemError(400, text, [Violation("/input", text)])
    timeout = settings.default_wait if body.timeout_secs is None else body.timeout_secs
    created = await while_connected(
        call.request,
        timeout if body.wait else 0,
        call.executor.create_run(
            body.flow_id,
            body.input,
            flow_name=body.flow_name,
            overrides=body.overrides,
            variables=body.variables,
            debug=body.debug,
            batch=body.batch,
            max_concurrency=body.max_concurrency,
            wait=body.wait,
            timeout_secs=timeout,
            tags=body.tags,
            durability=body.durability,
            idempotency_key=_idempotency_key(call.header("Idempotency-Key")),
        ),
    )
    status = 200 if created.status.is_terminal else 202
    return Reply(created, status, call.location(f"/runs/{created.run_id}"), created.run_id)


async def list_runs(call: Call[ListRunsQuery, None]) -> Reply:
    """List runs, newest first."""
    query = call.query
    if query.offset and query.cursor is not None:
        text = "give either an offset or a cursor"
        raise ProblemError(400, text, [Violation("/offset", text)])
    found = await call.executor.list_runs(
        status=query.status,
        flow_name=query.flow_name,
        flow_id=query.flow_id,
        root_run_id=query.root_run_id,
        parent_run_id=query.parent_run_id,
        max_depth=query.max_depth,
        roots_only=query.roots_only,
        tags=_tags(query.tag),
        created_after=query.created_after,
        created_before=query.created_before,
        limit=query.limit + query.offset,
        cursor=query.cursor,
    )
    return Reply(_from(found, query.offset))


async def get_run(call: Call[GetRunQuery, None]) -> Reply:
    """Get a run, with `wait` once it has ended or is paused or the time is up."""
    query = call.query
    timeout = call.service.settings.default_wait if query.timeout_secs is None else query.timeout_secs
    details = await while_connected(
        call.request,
        timeout if query.wait else 0,
        call.executor.get_run(call.run_id, wait=query.wait, timeout_secs=timeout),
    )
    return Reply(wire.run_details(details))


async def delete_run(call: Call[None, None]) -> Reply:
    """Forget a run that has ended, with its items, steps, events and what only it uses."""
    await call.executor.delete_run(call.run_id)
    return Reply(None, 204)


async def cancel_run(call: Call[None, CancelRunRequest | None]) -> Reply:
    """Cancel a run; it is cancelled when the answer comes."""
    reason = None if call.body is None else call.body.reason
    return Reply(wire.run_summary(await call.executor.cancel_run(call.run_id, reason)))


async def get_run_flow(call: Call[None, None]) -> Reply:
    """Get the flow that a run runs, an inline sub-flow too."""
    flow = await call.executor.get_run_flow(call.run_id)
    run = await call.executor.get_run(call.run_id)
    return Reply(wire.RunFlowResponse(flow=flow.to_dict(), flow_id=run.flow_id))


async def get_run_items(call: Call[ListItemsQuery, None]) -> Reply:
    """List the items of a run, in the order of its inputs."""
    query = call.query
    return Reply(
        await call.executor.get_run_items(call.run_id, status=query.status, limit=query.limit, cursor=query.cursor)
    )


async def get_run_steps(call: Call[ListStepsQuery, None]) -> Reply:
    """List the step executions of a run, in the order of the flow."""
    query = call.query
    return Reply(
        await call.executor.get_run_steps(
            call.run_id, item_index=query.item_index, status=query.status, limit=query.limit, cursor=query.cursor
        )
    )


async def get_step(call: Call[GetStepQuery, None]) -> Reply:
    """Get one step execution with its evaluated input and, if it is not running, the reason."""
    query = call.query
    if "\x00" in query.address:
        raise NotFoundError("no step has an address with a NUL character")
    return Reply(
        await call.executor.get_step(call.run_id, query.address, item_index=query.item_index, attempt=query.attempt)
    )


def _idempotency_key(text: str | None) -> str | None:
    if text is None:
        return None
    if not (text.isascii() and text.isprintable() and 1 <= len(text) <= LONGEST_KEY):
        raise ProblemError(400, f"an Idempotency-Key is 1 to {LONGEST_KEY} visible ASCII characters")
    return text


def _tags(given: Iterable[str]) -> dict[str, str]:
    """Tags as `name:value`. Raises `ProblemError` with all that are not, and those that contradict each other."""
    tags: dict[str, str] = {}
    found = []
    for text in given:
        name, colon, value = text.partition(":")
        if not colon or not name:
            found.append(Violation("/tag", f"{text!r:.80} is not a tag; write name:value"))
        elif tags.setdefault(name, value) != value:
            found.append(Violation("/tag", f"no run can bear {name!r:.80} with two values"))
    if found:
        raise ProblemError(400, f"the query cannot be used: {'; '.join(each.message for each in found)}", found)
    return tags


def _from(found: ListRunsResponse, offset: int) -> wire.ListRunsResponse:
    runs = [wire.run_summary(each) for each in found.runs[offset:]]
    return wire.ListRunsResponse(runs=runs, next_cursor=found.next_cursor)
