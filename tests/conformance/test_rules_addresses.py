"""Every step execution has one stable address, and sub-flows are runs or frames as their component says."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_core import StepflowExecutor, StepRun

pytestmark = pytest.mark.asyncio(loop_scope="session")

INNER = {
    "name": "inner",
    "steps": [{"id": "x", "component": "/builtin/noop", "input": {"$input": "$"}}],
    "output": {"$step": "x"},
}


def flow_of(*steps: dict[str, Any]) -> dict[str, Any]:
    """A flow whose output needs all of its steps."""
    return {"name": "addresses", "steps": list(steps), "output": [{"$step": step["id"]} for step in steps]}


async def run_and_steps(executor: StepflowExecutor, flow: dict[str, Any]) -> tuple[str, list[StepRun]]:
    """A run that has ended, and its step executions."""
    run_id = await executor.submit(flow, None)
    result = await executor.get_result(run_id)
    assert result.is_success, result
    return run_id, (await executor.get_run_steps(run_id)).steps


CALL = {"id": "inner", "component": "/builtin/call", "input": {"flow": INNER, "input": 1}}
SWITCH = {
    "id": "route",
    "component": "/builtin/switch",
    "input": {"on": "a/b", "cases": {"a/b": {"flow": INNER}, "c": {"flow": INNER}}},
}
LOOP = {
    "id": "turn",
    "component": "/builtin/loop",
    "input": {"flow": INNER, "state": 1, "until": "iteration == 1", "max_iterations": 5},
}
EVAL = {"id": "once", "component": "/builtin/eval", "input": {"flow": {"$literal": INNER}, "input": 1}}
MAP = {"id": "each", "component": "/builtin/map", "input": {"workflow": {"$literal": INNER}, "items": [1, 2]}}
ROUNDS = {
    "id": "rounds",
    "component": "/builtin/iterate",
    "input": {
        "flow": {"$literal": {"output": {"$if": {"$expr": "input < 2"}, "then": {"next": {"$expr": "input + 1"}},
                                         "else": {"result": {"$input": "$"}}}}},
        "initial_input": 0,
    },
}  # fmt: skip


async def test_the_step_of_a_flow_has_its_id_as_address(executor: StepflowExecutor) -> None:
    """Signs that addresses are made of are percent-encoded."""
    ids = ["plain", "with blank", "a/b", "50%", "x[0]", "#1", "t:z", "été"]
    _, steps = await run_and_steps(
        executor, flow_of(*({"id": each, "component": "/builtin/noop", "input": 1} for each in ids))
    )
    assert [each.step_id for each in steps] == ids
    assert [each.address for each in steps] == [
        "plain", "with blank", "a%2Fb", "50%25", "x%5B0%5D", "%231", "t%3Az", "été",
    ]  # fmt: skip


async def test_steps_of_a_call_stand_below_it(executor: StepflowExecutor) -> None:
    """`<step>/…`, in the same run."""
    run_id, steps = await run_and_steps(executor, flow_of(CALL))
    assert {each.address for each in steps} == {"inner", "inner/x"}
    assert (await executor.get_step(run_id, "inner/x")).result is not None


async def test_steps_of_a_switch_stand_below_its_case(executor: StepflowExecutor) -> None:
    """`<step>[<case>]/…`; cases that were not taken have no steps."""
    _, steps = await run_and_steps(executor, flow_of(SWITCH))
    taken = {each.address for each in steps if each.status == "completed"}
    assert taken == {"route", "route[a%2Fb]/x"}


async def test_steps_of_a_loop_stand_below_their_iteration(executor: StepflowExecutor) -> None:
    """`<step>[i]/…`, from 0; each can be asked for."""
    run_id, steps = await run_and_steps(executor, flow_of(LOOP))
    assert {each.address for each in steps} == {"turn", "turn[0]/x", "turn[1]/x"}
    assert (await executor.get_step(run_id, "turn[1]/x")).status == "completed"


async def test_control_components_are_no_runs_of_their_own(executor: StepflowExecutor) -> None:
    """They are frames of their run."""
    run_id, _ = await run_and_steps(executor, flow_of(CALL, SWITCH, LOOP))
    assert [run.run_id for run in (await executor.list_runs(root_run_id=run_id)).runs] == [run_id]


async def test_an_eval_is_one_run_and_a_map_one_of_many_items(executor: StepflowExecutor) -> None:
    """Sub-runs are listed with their parent and root."""
    run_id, _ = await run_and_steps(executor, flow_of(EVAL, MAP))
    subs = (await executor.list_runs(parent_run_id=run_id)).runs
    assert sorted(run.items.total for run in subs) == [1, 2]
    assert {run.root_run_id for run in subs} == {run_id}


async def test_an_iterate_is_a_run_for_each_round(executor: StepflowExecutor) -> None:
    """Three rounds, three runs."""
    run_id, _ = await run_and_steps(executor, flow_of(ROUNDS))
    assert len((await executor.list_runs(parent_run_id=run_id)).runs) == 3


async def test_the_run_id_of_an_eval_is_that_of_its_run(executor: StepflowExecutor) -> None:
    """It can be asked for like any other."""
    run_id = await executor.submit(flow_of(EVAL), None)
    output = (await executor.get_result(run_id)).output[0]
    sub = await executor.get_run(output["run_id"])
    assert (sub.parent_run_id, sub.status) == (run_id, "completed")
    assert (await executor.get_result(output["run_id"])).output == 1


@pytest.mark.parametrize(
    ("step", "addresses"),
    [
        (EVAL, {"once", "once/x"}),
        (MAP, {"each", "each[0]/x", "each[1]/x"}),
        (CALL, {"inner", "inner/x"}),
        (SWITCH, {"route", "route[a%2Fb]/x"}),
        (LOOP, {"turn", "turn[0]/x", "turn[1]/x"}),
    ],
    ids=["eval", "map", "call", "switch", "loop"],
)
async def test_events_bear_the_address_from_the_root(
    executor: StepflowExecutor, step: dict[str, Any], addresses: set[str]
) -> None:
    """One stream of the root run tells of the steps of all its sub-flows by their addresses."""
    run_id, _ = await run_and_steps(executor, flow_of(step))
    events = [event async for event in executor.events(run_id)]
    assert {event.address for event in events if event.event == "step_started"} == addresses


async def test_addresses_of_nested_flows_are_joined(executor: StepflowExecutor) -> None:
    """A map inside a call: `<call>/<map>[i]/<step>`."""
    call = {"id": "outer", "component": "/builtin/call", "input": {"flow": flow_of(MAP)}}
    run_id, _ = await run_and_steps(executor, flow_of(call))
    events = [event async for event in executor.events(run_id, event_types=["step_started"])]
    assert {event.address for event in events} == {"outer", "outer/each", "outer/each[0]/x", "outer/each[1]/x"}


async def test_equal_steps_of_two_items_differ_by_the_item_index(executor: StepflowExecutor) -> None:
    """The address is the same; beside it stands the item of the root run."""
    run_id = await executor.submit_batch(flow_of(CALL), [1, 2])
    await executor.get_batch(run_id)
    steps = (await executor.get_run_steps(run_id)).steps
    assert sorted((each.item_index, each.address) for each in steps) == [
        (0, "inner"), (0, "inner/x"), (1, "inner"), (1, "inner/x"),
    ]  # fmt: skip
