"""What executors answer: names in Python, camelCase as JSON, statuses that print as text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import stepflow_core
from stepflow_core import (
    BatchResult,
    ComponentInfo,
    CreateRunResponse,
    DebugNext,
    DebugRunQueue,
    DebugStepResult,
    DebugView,
    ExecutionStatus,
    FlowGraph,
    FlowResult,
    GraphEdge,
    GraphNode,
    HealthResponse,
    ItemCounts,
    ItemResult,
    ListItemsResponse,
    RunDetails,
    RunEvent,
    RunSummary,
    StepRun,
    StepStatus,
    StoreFlowResponse,
)

AT = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
STRUCTS = [
    each
    for name in stepflow_core.__all__
    if isinstance(each := getattr(stepflow_core, name), type) and issubclass(each, msgspec.Struct)
]


def run(kind: type[RunSummary] = RunSummary, **more: Any) -> Any:
    given: dict[str, Any] = {
        "run_id": "r", "flow_id": "f", "status": ExecutionStatus.RUNNING, "items": ItemCounts(total=2, running=2),
        "created_at": AT, "root_run_id": "r", "debug_mode": False, "tags": {},
    }  # fmt: skip
    if kind is RunDetails:
        given |= {"inputs": [], "pending": []}
    return kind(**given | more)


def wire(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def test_a_run_as_json() -> None:
    """Names are camelCase, times RFC 3339 in UTC, counts complete; what is absent is left out."""
    written = wire(run(flow_name="n", tags={"a": "b"}, debug_mode=True, paused_by="wait"))
    assert written["createdAt"] == "2026-01-02T03:04:05.678000Z"
    assert written["items"] == {
        "total": 2, "pending": 0, "running": 2, "waiting": 0, "completed": 0, "failed": 0, "skipped": 0, "cancelled": 0,
    }  # fmt: skip
    assert {key: value for key, value in written.items() if key not in {"createdAt", "items"}} == {
        "runId": "r", "flowId": "f", "flowName": "n", "status": "running", "pausedBy": "wait", "rootRunId": "r",
        "debugMode": True, "tags": {"a": "b"},
    }  # fmt: skip
    assert {"completedAt", "parentRunId", "flowName"}.isdisjoint(wire(run()))


def test_runs_read_back_as_themselves() -> None:
    """What was written as JSON reads back."""
    for kind, more in ((RunSummary, {}), (RunDetails, {"inputs": [1, None], "overrides": {"a": 1}})):
        value = run(kind, **more)
        assert msgspec.json.decode(msgspec.json.encode(value), type=kind) == value


@pytest.mark.parametrize(
    "result",
    [None, FlowResult.success({"n": 2**70}), FlowResult.failed(1, "no", [1.0]), FlowResult.skipped("why")],
    ids=["none", "success", "failed", "skipped"],
)
def test_answers_with_results_read_back_as_themselves(result: Any) -> None:
    """Each result as the kind that it is."""
    answers = [
        StepRun(
            address="a", step_id="a", step_index=0, item_index=0, component="/x", status=StepStatus.RUNNING, attempt=1,
            result=result,
        ),
        ItemResult(index=0, item_index=0, status=ExecutionStatus.RUNNING, result=result),
        CreateRunResponse(run_id="r", item_count=1, status=ExecutionStatus.RUNNING, debug=False, result=result),
        RunEvent(sequence_number=0, timestamp=AT, event="step_completed", run_id="r", result=result),
        DebugNext(step_id="a", result=result, ready=[]),
        DebugView(step_id="a", completed=False, result=result),
        BatchResult(run=run(RunDetails), results=[] if result is None else [result]),
        DebugRunQueue(
            executed_count=0, results=[] if result is None else [DebugStepResult(step_id="a", result=result)]
        ),
    ]  # fmt: skip
    for answer in answers:
        assert msgspec.json.decode(msgspec.json.encode(answer), type=type(answer)) == answer


def test_what_is_no_result_is_not_read_as_one() -> None:
    """Neither an unknown outcome nor none."""
    for result in ({"outcome": "maybe"}, {}, 1):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"stepId": "a", "result": result, "ready": []}, DebugNext)


def test_details_are_a_summary_with_more() -> None:
    """A run's details have all that its summary has."""
    assert isinstance(run(RunDetails), RunSummary)
    assert wire(run(RunDetails, inputs=[{"x": 1}]))["inputs"] == [{"x": 1}]


def test_items_and_steps_as_json() -> None:
    """Results inside are written in their wire form."""
    item = ItemResult(index=1, item_index=1, status=ExecutionStatus.FAILED, result=FlowResult.failed(1, "no"))
    assert wire(ListItemsResponse(item_count=2, items=[item], next_cursor="c")) == {
        "itemCount": 2,
        "items": [
            {
                "index": 1,
                "itemIndex": 1,
                "status": "failed",
                "result": {"outcome": "failed", "error": {"code": 1, "message": "no"}},
            }
        ],
        "nextCursor": "c",
    }
    step = StepRun(
        address="a[0]/b", step_id="b", step_index=0, item_index=0, component="/x", status=StepStatus.COMPLETED,
        attempt=1, result=FlowResult.success(None), started_at=AT,
    )  # fmt: skip
    assert wire(step) == {
        "address": "a[0]/b", "stepId": "b", "stepIndex": 0, "itemIndex": 0, "component": "/x", "status": "completed",
        "attempt": 1, "result": {"outcome": "success", "result": None}, "startedAt": "2026-01-02T03:04:05.678000Z",
    }  # fmt: skip


def test_the_rest_as_json() -> None:
    """Components keep snake_case; everything else is camelCase."""
    assert wire(ComponentInfo(path="/x", input_schema={"type": "object"})) == {
        "path": "/x",
        "input_schema": {"type": "object"},
    }
    assert wire(CreateRunResponse(run_id="r", item_count=1, status=ExecutionStatus.PAUSED, debug=True)) == {
        "runId": "r", "itemCount": 1, "status": "paused", "debug": True,
    }  # fmt: skip
    assert wire(StoreFlowResponse(flow_id="f", stored=True)) == {"flowId": "f", "stored": True}
    graph = FlowGraph(nodes=[GraphNode(id="a", kind="step", label="a")], edges=[GraphEdge(source="a", target="b")])
    assert wire(graph) == {
        "nodes": [{"id": "a", "kind": "step", "label": "a"}],
        "edges": [{"source": "a", "target": "b"}],
    }
    assert wire(HealthResponse(status="healthy", timestamp=AT, version="1"))["status"] == "healthy"


def test_an_event_as_json() -> None:
    """An event is one flat object with the members of its type."""
    event = RunEvent(
        sequence_number=3, timestamp=AT, event="step_completed", run_id="r", item_index=0, step_id="a",
        status="completed", duration_ms=1.5, result=FlowResult.success(1), cached=True,
    )  # fmt: skip
    assert wire(event) == {
        "sequenceNumber": 3, "timestamp": "2026-01-02T03:04:05.678000Z", "event": "step_completed", "runId": "r",
        "itemIndex": 0, "stepId": "a", "status": "completed", "durationMs": 1.5,
        "result": {"outcome": "success", "result": 1}, "cached": True,
    }  # fmt: skip


def test_statuses_print_as_their_values() -> None:
    """A status is its text in prints, in formats and in comparisons."""
    for status in (*ExecutionStatus, *StepStatus):
        assert str(status) == f"{status}" == status == status.value == status.name.lower()
    assert wire([ExecutionStatus.PAUSED, StepStatus.UNNEEDED]) == ["paused", "unneeded"]


def test_terminal_statuses_are_those_that_stay() -> None:
    """Nothing happens any more to what is completed, failed, cancelled or skipped."""
    terminal = {status for status in ExecutionStatus if status.is_terminal}
    assert terminal == {"completed", "failed", "cancelled", "skipped"}


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda each: each.__name__)
def test_values_cannot_be_changed(struct: type[msgspec.Struct]) -> None:
    """Everything that an executor answers is frozen and described."""
    assert struct.__struct_config__.frozen
    assert struct.__doc__
