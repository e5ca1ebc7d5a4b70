"""Flows inside flows: stored names, ids, sub-runs and what they are given."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_core import StepflowExecutor

pytestmark = pytest.mark.asyncio(loop_scope="session")

INNER = {"name": "doubled", "description": "Twice its input.", "output": [{"$input": "$"}, {"$input": "$"}]}


def flow_of(component: str, **input: Any) -> dict[str, Any]:
    """A flow of one step."""
    return {
        "name": "outer",
        "steps": [{"id": "only", "component": component, "input": input}],
        "output": {"$step": "only"},
    }


BY_REFERENCE = [
    ("/builtin/eval", "flow_id", {"input": 4}, lambda output: output["result"]["result"]),
    ("/builtin/eval", "flow", {"input": 4}, lambda output: output["result"]["result"]),
    ("/builtin/map", "workflow", {"items": [4]}, lambda output: output["results"][0]["result"]),
    ("/builtin/call", "flow", {"input": 4}, lambda output: output),
    ("/builtin/loop", "flow", {"state": 4, "until": "true", "max_iterations": 1}, lambda output: output["output"]),
]


@pytest.mark.parametrize(("component", "member", "more", "result"), BY_REFERENCE)
@pytest.mark.parametrize("by", ["id", "name"])
async def test_a_stored_flow_is_run_by_its_id_or_its_name(
    executor: StepflowExecutor, component: str, member: str, more: dict[str, Any], result: Any, by: str
) -> None:
    """Wherever a flow is expected, a text is an id or a stored name."""
    stored = await executor.store_flow(INNER, name="doubled")
    reference = stored.flow_id if by == "id" else "doubled"
    outcome = await executor.run(flow_of(component, **{member: reference}, **more), None)
    assert outcome.is_success, outcome
    assert result(outcome.output) == [4, 4]


async def test_a_case_of_a_switch_may_be_a_stored_flow(executor: StepflowExecutor) -> None:
    """By its name."""
    await executor.store_flow(INNER, name="doubled")
    flow = flow_of("/builtin/switch", on=4, cases={"4": {"flow": "doubled"}})
    assert (await executor.run(flow, None)).output == {"case": "4", "output": [4, 4]}


@pytest.mark.parametrize(
    ("component", "input"), [("call", {"input": 1}), ("switch", {"on": 1}), ("loop", {"flow": INNER, "state": 1})]
)
async def test_a_control_that_could_not_be_read_fails_its_step(
    executor: StepflowExecutor, component: str, input: dict[str, Any]
) -> None:
    """The fault is reported at load, and the flow runs all the same."""
    error = (await executor.run(flow_of(f"/builtin/{component}", **input), None)).error
    assert error is not None
    assert (error.code, error.kind) == (400, "invalid_input")


async def test_a_blob_whose_content_is_a_flow_can_be_run(executor: StepflowExecutor) -> None:
    """Whatever type it was put with; the id is the hash of its content."""
    for blob_type in ("data", "flow"):
        blob_id = await executor.put_blob({**INNER, "unknown": blob_type}, blob_type)
        outcome = await executor.run(flow_of("/builtin/eval", flow_id=blob_id, input=1), None)
        assert outcome.output["result"]["result"] == [1, 1]


@pytest.mark.parametrize("component", ["/builtin/eval", "/builtin/call"])
async def test_an_unknown_flow_fails_the_step(executor: StepflowExecutor, component: str) -> None:
    """The error says which one."""
    error = (await executor.run(flow_of(component, flow="nobody_stored_this", input=1), None)).error
    assert error is not None
    assert "nobody_stored_this" in error.message


async def test_the_faults_of_a_flow_that_arrives_as_data_are_told(executor: StepflowExecutor) -> None:
    """Code 500, kind `invalid_flow`, with all its diagnostics."""
    flow = flow_of("/builtin/eval", flow={"$input": "$"}, input=1)
    error = (await executor.run(flow, {"steps": [{"id": "a"}], "output": {"$step": "b"}})).error
    assert error is not None
    assert (error.code, error.kind) == (500, "invalid_flow")
    assert {each["code"] for each in error.data["diagnostics"]} >= {3400}


async def test_a_literal_that_bears_the_schema_tag_is_checked(executor: StepflowExecutor) -> None:
    """Wherever it stands."""
    tagged = {"schema": "https://stepflow.org/schemas/v1/flow.json", "output": {"$step": "nowhere"}}
    for flow in (flow_of("/builtin/noop", deep=[{"$literal": tagged}]), {"name": "x", "output": {"$literal": tagged}}):
        assert 3003 in {each.code for each in (await executor.validate(flow)).diagnostics}


async def test_map_honours_its_limit_of_items_at_a_time(executor: StepflowExecutor) -> None:
    """All items run, in order where one at a time is asked for."""
    inner = {"steps": [{"id": "nap", "component": "/builtin/sleep", "input": {"duration_ms": {"$input": "$"}}}],
             "output": {"$step": "nap"}}  # fmt: skip
    flow = flow_of("/builtin/map", workflow={"$literal": inner}, items=[6, 3, 1], max_concurrency=1)
    run_id = await executor.submit({**flow, "output": {"$step": "only", "path": "successful"}}, None)
    assert (await executor.get_result(run_id)).output == 3
    events = [event async for event in executor.events(run_id, event_types=["step_started"])]
    assert [each.address for each in events if each.address != "only"] == [f"only[{n}]/nap" for n in range(3)]


@pytest.mark.parametrize("limit", [0, -1, "two", 1.5])
async def test_map_refuses_a_limit_that_is_none(executor: StepflowExecutor, limit: Any) -> None:
    """The pointer names it."""
    flow = flow_of("/builtin/map", workflow={"$literal": INNER}, items=[1], max_concurrency=limit)
    error = (await executor.run(flow, None)).error
    assert error is not None
    assert (error.code, error.kind) == (500, "invalid_input")
    assert error.data["pointer"] == "/max_concurrency"
