"""The table of operations. Everything that the server knows of its API comes from here."""

from __future__ import annotations

from typing import Any

import stepflow_core as core

from . import queries, requests, wire
from .events.blocks import SSE
from .handlers import blobs, debug, events, flows, health, runs
from .operations import Body, HeaderParameter, Operation, Success

_IDEMPOTENCY_KEY = HeaderParameter(
    "Idempotency-Key", "The same key with the same request gives the same run.", "^[!-~]([ -~]{0,253}[!-~])?$"
)
_LAST_EVENT_ID = HeaderParameter(
    "Last-Event-ID", "The id of the last event that was received; overrules `since`.", "^[0-9]{0,18}$"
)


def _ok(kind: Any, description: str) -> tuple[Success, ...]:
    return (Success(200, description, kind),)


_GONE = (Success(204, "It is gone."),)

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        id="health_check", tag="health", method="GET", path="/health", handler=health.health_check, open=True,
        successes=(
            Success(200, "The server can work.", core.HealthResponse),
            Success(503, "It cannot.", core.HealthResponse),
        ),
    ),
    Operation(
        id="list_components", tag="component", method="GET", path="/components", handler=flows.list_components,
        query=queries.ListComponentsQuery, successes=_ok(wire.ListComponentsResponse, "The components."),
    ),
    Operation(
        id="store_flow", tag="flow", method="POST", path="/flows", handler=flows.store_flow,
        body=Body(requests.StoreFlowRequest),
        successes=_ok(wire.StoreFlowResponse, "What was found, and whether the flow was stored."),
    ),
    Operation(
        id="list_flows", tag="flow", method="GET", path="/flows", handler=flows.list_flows,
        query=queries.PageQuery, successes=_ok(wire.ListFlowsResponse, "A page of flows."),
    ),
    Operation(
        id="get_flow", tag="flow", method="GET", path="/flows/{flow_id}", handler=flows.get_flow,
        successes=_ok(wire.FlowResponse, "The flow."), errors=(404,),
    ),
    Operation(
        id="delete_flow", tag="flow", method="DELETE", path="/flows/{flow_id}", handler=flows.delete_flow,
        successes=_GONE, errors=(404, 409),
    ),
    Operation(
        id="get_flow_variables", tag="flow", method="GET", path="/flows/{flow_id}/variables",
        handler=flows.get_flow_variables, successes=_ok(wire.FlowVariablesResponse, "The variables."), errors=(404,),
    ),
    Operation(
        id="get_flow_graph", tag="flow", method="GET", path="/flows/{flow_id}/graph", handler=flows.get_flow_graph,
        successes=_ok(wire.FlowGraph, "The graph."), errors=(404,),
    ),
    Operation(
        id="create_run", tag="run", method="POST", path="/runs", handler=runs.create_run,
        body=Body(requests.CreateRunRequest), headers=(_IDEMPOTENCY_KEY,),
        successes=(
            Success(200, "The run has ended.", core.CreateRunResponse, located=True),
            Success(202, "The run goes on, or is paused.", core.CreateRunResponse, located=True),
        ),
        errors=(404, 409),
    ),
    Operation(
        id="list_runs", tag="run", method="GET", path="/runs", handler=runs.list_runs, query=queries.ListRunsQuery,
        successes=_ok(wire.ListRunsResponse, "A page of runs."),
    ),
    Operation(
        id="get_run", tag="run", method="GET", path="/runs/{run_id}", handler=runs.get_run,
        query=queries.GetRunQuery, successes=_ok(wire.RunDetails, "The run."), errors=(404,),
    ),
    Operation(
        id="delete_run", tag="run", method="DELETE", path="/runs/{run_id}", handler=runs.delete_run,
        successes=_GONE, errors=(404, 409),
    ),
    Operation(
        id="cancel_run", tag="run", method="POST", path="/runs/{run_id}/cancel", handler=runs.cancel_run,
        body=Body(requests.CancelRunRequest, required=False),
        successes=_ok(wire.RunSummary, "The run, cancelled."), errors=(404, 409),
    ),
    Operation(
        id="get_run_flow", tag="run", method="GET", path="/runs/{run_id}/flow", handler=runs.get_run_flow,
        successes=_ok(wire.RunFlowResponse, "The flow."), errors=(404,),
    ),
    Operation(
        id="get_run_items", tag="run", method="GET", path="/runs/{run_id}/items", handler=runs.get_run_items,
        query=queries.ListItemsQuery, successes=_ok(core.ListItemsResponse, "A page of items."), errors=(404,),
    ),
    Operation(
        id="get_run_steps", tag="run", method="GET", path="/runs/{run_id}/steps", handler=runs.get_run_steps,
        query=queries.ListStepsQuery, successes=_ok(core.ListStepsResponse, "A page of steps."), errors=(404,),
    ),
    Operation(
        id="get_step", tag="run", method="GET", path="/runs/{run_id}/step", handler=runs.get_step,
        query=queries.GetStepQuery, successes=_ok(core.StepRun, "The step."), errors=(404,),
    ),
    Operation(
        id="stream_events", tag="run", method="GET", path="/runs/{run_id}/events", handler=events.stream_events,
        query=queries.StreamEventsQuery, headers=(_LAST_EVENT_ID,),
        successes=(Success(200, "Server-sent events; the data of each is a `RunEvent`.", str, SSE),), errors=(404,),
    ),
    Operation(
        id="debug_queue", tag="debug", method="POST", path="/runs/{run_id}/debug/queue", handler=debug.debug_queue,
        body=Body(requests.DebugQueueRequest),
        successes=_ok(core.DebugQueue, "The queue, and what could start now."), errors=(404, 409),
    ),
    Operation(
        id="debug_queued", tag="debug", method="GET", path="/runs/{run_id}/debug/queue", handler=debug.debug_queued,
        successes=_ok(core.DebugQueued, "The queue, and what could start now."), errors=(404, 409),
    ),
    Operation(
        id="debug_next", tag="debug", method="POST", path="/runs/{run_id}/debug/next", handler=debug.debug_next,
        successes=_ok(core.DebugNext, "The step that ran, if one was ready."), errors=(404, 409),
    ),
    Operation(
        id="debug_run_queue", tag="debug", method="POST", path="/runs/{run_id}/debug/run-queue",
        handler=debug.debug_run_queue, successes=_ok(core.DebugRunQueue, "The steps that ran."), errors=(404, 409),
    ),
    Operation(
        id="debug_eval", tag="debug", method="POST", path="/runs/{run_id}/debug/eval", handler=debug.debug_eval,
        body=Body(requests.DebugEvalRequest), successes=_ok(wire.DebugEvalResponse, "The result."), errors=(404, 409),
    ),
    Operation(
        id="debug_show", tag="debug", method="GET", path="/runs/{run_id}/debug/show/{step_id}",
        handler=debug.debug_show, successes=_ok(core.DebugView, "The step."), errors=(404, 409),
    ),
    Operation(
        id="debug_continue", tag="debug", method="POST", path="/runs/{run_id}/debug/continue",
        handler=debug.debug_continue, successes=_ok(wire.RunSummary, "The run, going on."), errors=(404, 409),
    ),
    Operation(
        id="put_blob", tag="blob", method="POST", path="/blobs", handler=blobs.put_blob,
        body=Body(requests.PutBlobRequest, octets=True),
        successes=(Success(201, "It is stored.", wire.PutBlobResponse, located=True),),
    ),
    Operation(
        id="get_blob", tag="blob", method="GET", path="/blobs/{blob_id}", handler=blobs.get_blob,
        successes=(Success(200, "The blob.", wire.Blob, also_octets=True),), errors=(404,),
    ),
)  # fmt: skip
"""All operations of the API, below `/api/v1`."""

TAGS = {
    "health": "Whether the server can work.",
    "component": "What flows can use.",
    "flow": "Flows: storing, checking, listing, looking into them.",
    "run": "Runs: starting, waiting, listing, following, ending them.",
    "debug": "Runs that move step by step: those made with `debug`.",
    "blob": "Values and bytes under the hash of their content.",
}
"""What the operations are about."""
