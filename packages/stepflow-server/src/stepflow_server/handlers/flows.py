"""Operations on components and flows."""

from __future__ import annotations

from stepflow_core import FlowLoadError, NotFoundError

from .. import wire
from ..operations import Call, Reply
from ..queries import ListComponentsQuery, PageQuery
from ..requests import StoreFlowRequest
from ..waiting import offset_of


async def list_components(call: Call[ListComponentsQuery, None]) -> Reply:
    """List the components that flows can use."""
    found = await call.executor.list_components()
    components = [wire.component(each, call.query.include_schemas) for each in found]
    return Reply(wire.ListComponentsResponse(components=components))


async def store_flow(call: Call[None, StoreFlowRequest]) -> Reply:
    """Store a flow, or with `dryRun` check it.

    A faulty flow is answered too, with `stored` false and all that is wrong with it.
    """
    body = call.body
    stored = await call.executor.store_flow(body.flow, name=body.name, dry_run=body.dry_run, named=body.named)
    return Reply(wire.stored_flow(stored))


async def get_flow(call: Call[None, None]) -> Reply:
    """Get a stored flow."""
    try:
        flow = await call.executor.get_flow(call.flow_id)
    except FlowLoadError as error:
        raise _no_flow(call.flow_id) from error
    examples = wire.all_examples(flow)
    return Reply(wire.FlowResponse(flow=flow.to_dict(), flow_id=call.flow_id, all_examples=examples))


async def delete_flow(call: Call[None, None]) -> Reply:
    """Forget a stored flow."""
    await call.executor.delete_flow(call.flow_id)
    return Reply(None, 204)


async def list_flows(call: Call[PageQuery, None]) -> Reply:
    """List the named flows, every version of each."""
    rows = await call.executor.list_flows()
    start = offset_of(call.query.cursor)
    end = start + call.query.limit
    following = str(end) if end < len(rows) else None
    return Reply(wire.ListFlowsResponse(flows=rows[start:end], next_cursor=following))


async def get_flow_variables(call: Call[None, None]) -> Reply:
    """List the variables that a flow declares."""
    try:
        variables = await call.executor.get_flow_variables(call.flow_id)
    except FlowLoadError as error:
        raise _no_flow(call.flow_id) from error
    return Reply({"variables": variables})


async def get_flow_graph(call: Call[None, None]) -> Reply:
    """Get the steps of a flow and what needs what, for drawing."""
    try:
        graph = await call.executor.get_flow_graph(call.flow_id)
    except FlowLoadError as error:
        raise _no_flow(call.flow_id) from error
    return Reply(wire.flow_graph(graph))


def _no_flow(flow_id: str) -> NotFoundError:
    """What has the id is a blob, but no flow."""
    return NotFoundError(f"no flow has the id {flow_id}")
