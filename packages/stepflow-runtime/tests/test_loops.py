"""Loops as a runtime runs them: what they show, what they keep, and the turn that others get meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from stepflow_core import ExecutionStatus, FlowResult, RunEvent, StepStatus
from stepflow_runtime import ComponentError, StepContext, StepflowRuntime
from stepflow_runtime.engine.frame import Frame
from stepflow_runtime.engine.journal import CHUNK

COUNTS = {"output": {"n": {"$expr": "input.n + 1"}}}
"""A flow without steps: it adds one."""

ENDLESS: dict[str, Any] = {
    "loop": {
        "flow": COUNTS, "state": {"n": 0}, "until": "false", "max_iterations": 10_000, "on_exhausted": "last",
        "history": False,
    },
    "iterate": {
        "flow": {"$literal": {"output": {"next": {"$input": "$"}}}}, "initial_input": 0, "max_iterations": 10_000,
    },
}  # fmt: skip
"""As long as a step may go round, with no component that would let others go on."""


def step(id: str, component: str, input: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": input, **more}


def flow(*steps: dict[str, Any], output: Any = None, **more: Any) -> dict[str, Any]:
    named = {"name": "test", "description": "a test", "steps": list(steps)}
    return {**named, "output": output if output is not None else {"$step": steps[-1]["id"]}, **more}


def loop(inner: Any, *, until: str = "out.n >= 3", most: Any = 5, **more: Any) -> dict[str, Any]:
    """The input of a loop that counts from 0."""
    return {"flow": inner, "state": {"n": 0}, "until": until, "max_iterations": most, **more}


ADDS = flow(step("add", "/add", {"$input": "$"}))


@pytest.fixture(autouse=True)
def adding(runtime: StepflowRuntime) -> None:
    """A component that adds one."""

    @runtime.component("/add")
    async def add(n: int) -> dict[str, int]:
        return {"n": n + 1}


async def events_of(runtime: StepflowRuntime, run_id: str) -> list[RunEvent]:
    return [each async for each in runtime.events(run_id)]


async def test_a_loop_gives_the_iteration_that_ended_it(runtime: StepflowRuntime) -> None:
    """With the state that it was given, and all before it."""
    result = await runtime.run(flow(step("l", "/builtin/loop", loop(ADDS))))
    assert result == FlowResult.success({
        "output": {"n": 3}, "state": {"n": 2}, "iterations": 3, "exhausted": False,
        "history": [{"iteration": number, "output": {"n": number + 1}} for number in range(3)],
    })  # fmt: skip


async def test_the_iterations_of_a_loop_are_told_in_the_stream_of_their_run(runtime: StepflowRuntime) -> None:
    """Each below its number; they are no runs of their own."""
    run_id = await runtime.submit(flow(step("l", "/loop", loop(ADDS))))
    await runtime.get_result(run_id)
    events = await events_of(runtime, run_id)
    assert {each.run_id for each in events} == {run_id}
    ended = [each.address for each in events if each.event == "step_completed"]
    assert ended == ["l[0]/add", "l[1]/add", "l[2]/add", "l"]
    assert [each.address for each in events if each.event == "steps_needed"] == [None, "l[0]", "l[1]", "l[2]"]
    assert [each.run_id for each in (await runtime.list_runs(root_run_id=run_id)).runs] == [run_id]


async def test_the_steps_of_every_iteration_can_be_listed_and_shown(runtime: StepflowRuntime) -> None:
    """With the input that each got; of the loop itself its state and limits."""
    run_id = await runtime.submit_batch(flow(step("l", "/loop", loop(ADDS, history=False))), [None, None])
    await runtime.get_run(run_id, wait=True)
    found = (await runtime.get_run_steps(run_id, item_index=1)).steps
    assert [each.address for each in found] == ["l", "l[0]/add", "l[1]/add", "l[2]/add"]
    assert {each.status for each in found} == {StepStatus.COMPLETED}
    for number in range(3):
        shown = await runtime.get_step(run_id, f"l[{number}]/add", item_index=1)
        assert (shown.input, shown.result) == ({"n": number}, FlowResult.success({"n": number + 1}))
    assert (await runtime.get_step(run_id, "l")).input == {
        "state": {"n": 0}, "max_iterations": 5, "on_exhausted": "fail", "history": False,
    }  # fmt: skip


async def test_the_second_attempt_of_a_loop_has_addresses_of_its_own(runtime: StepflowRuntime) -> None:
    """It begins with the first iteration."""
    failures = [True]

    @runtime.component("/once")
    async def once(n: int, ctx: StepContext) -> dict[str, int]:
        if n == 1 and failures:
            failures.pop()
            raise ComponentError(f"{ctx.address} failed", 418)
        return {"n": n + 1}

    retry = {"on": [418], "backoff": {"type": "constant", "initial": 0}}
    asked = flow(step("l", "/loop", loop(flow(step("x", "/once", {"$input": "$"}))), retry=retry))
    run_id = await runtime.submit(asked)
    assert len((await runtime.get_result(run_id)).output["history"]) == 3
    assert {each.address for each in (await runtime.get_run_steps(run_id)).steps} == {
        "l", "l[0]/x", "l[1]/x", "l#2[0]/x", "l#2[1]/x", "l#2[2]/x",
    }  # fmt: skip
    first = await runtime.get_step(run_id, "l", attempt=1)
    assert first.result is not None
    assert first.result.error is not None
    assert first.result.error.message == "l[1]/x failed"


async def test_variables_are_known_in_a_loop(runtime: StepflowRuntime) -> None:
    """In its texts and in the flow that it runs, which adds defaults of its own."""
    inner = {
        "output": {"n": {"$expr": "input.n + vars.by + vars.more"}},
        "schemas": {"variables": {"type": "object", "properties": {"more": {"type": "integer", "default": 1}}}},
    }
    outer = {"variables": {"type": "object", "properties": {"by": {"type": "integer"}, "enough": {"type": "integer"}}}}
    asked = flow(step("l", "/loop", loop(inner, until="out.n >= vars.enough")), schemas=outer)
    result = await runtime.run(asked, variables={"by": 4, "enough": 12})
    assert [each["output"]["n"] for each in result.output["history"]] == [5, 10, 15]


async def test_a_stored_flow_stays_what_it_was_when_the_loop_began(runtime: StepflowRuntime) -> None:
    """By its name; by its id it is fixed anyway."""
    stored = await runtime.store_flow(flow(step("x", "/change", {"$input": "$"}), name="again"))

    @runtime.component("/change")
    async def change(n: int) -> dict[str, int]:
        await runtime.store_flow({"name": "again", "output": {"n": 100}})
        return {"n": n + 1}

    for reference in ("again", stored.flow_id):
        result = await runtime.run(flow(step("l", "/loop", loop(reference))))
        assert result.output["iterations"] == 3
    assert (await runtime.run(flow(step("l", "/loop", loop("again"))))).output["output"] == {"n": 100}


async def test_steps_in_a_loop_can_be_overridden(runtime: StepflowRuntime) -> None:
    """For every iteration."""
    overrides = {
        "l/add": {"value": {"input": {"$input": None, "n": 41}}},
        "l": {"value": {"input": {"until": "iteration == 1"}}},
    }
    result = await runtime.run(flow(step("l", "/loop", loop(ADDS))), overrides=overrides)
    assert [each["output"] for each in result.output["history"]] == [{"n": 42}, {"n": 42}]


async def test_a_loop_is_one_step_in_debug_mode(runtime: StepflowRuntime) -> None:
    """What it starts is not held."""
    stored = await runtime.store_flow(flow(step("l", "/loop", loop(ADDS)), step("b", "/noop", {"$step": "l"})))
    run_id = (await runtime.create_run(stored.flow_id, None, debug=True)).run_id
    released = await runtime.debug_next(run_id)
    assert (released.step_id, released.ready) == ("l", ["b"])
    assert (await runtime.get_run(run_id)).status is ExecutionStatus.PAUSED
    shown = await runtime.debug_show(run_id, "l")
    assert shown.input["state"] == {"n": 0}
    assert (await runtime.debug_eval(run_id, expression={"$step": "l", "path": "iterations"})).output == 3
    await runtime.debug_continue(run_id)
    assert (await runtime.get_result(run_id)).output["iterations"] == 3


async def test_a_loop_that_was_cut_off_by_its_time_out_runs_nothing_more(runtime: StepflowRuntime) -> None:
    """Its timeout is that of all iterations together."""
    begun: list[int] = []

    @runtime.component("/slow")
    async def slow(n: int) -> dict[str, int]:
        begun.append(n)
        if n == 2:
            await asyncio.Event().wait()
        return {"n": n + 1}

    asked = flow(step("l", "/loop", loop(flow(step("x", "/slow", {"$input": "$"})), until="false"), timeout=0.2))
    run_id = await runtime.submit(asked)
    error = (await runtime.get_result(run_id)).error
    assert error is not None
    assert (error.code, begun) == (408, [0, 1, 2])
    statuses = {each.address: str(each.status) for each in (await runtime.get_run_steps(run_id)).steps}
    assert statuses == {"l": "failed", "l[0]/x": "completed", "l[1]/x": "completed", "l[2]/x": "cancelled"}


async def test_a_loop_without_history_keeps_nothing_of_what_is_behind_it(runtime: StepflowRuntime) -> None:
    """Ten thousand iterations: one frame, no outputs, and of the journal the newest part."""
    seen: list[tuple[int, int]] = []
    frames: list[Frame] = []

    def look() -> None:
        [frame] = record.root.frames.values()
        frames[:] = [frame]
        assert frame.children is not None
        assert frame.rounds is not None
        rounds = frame.rounds[0]
        seen.append((len(frame.children[0]), len(rounds.history)))
        assert rounds.best is None

    @runtime.component("/look", inline=True)
    def looks(n: int) -> dict[str, int]:
        if n % 500 == 499:
            look()
        return {"n": n + 1}

    input = loop(flow(step("x", "/look", {"$input": "$"})), until="false", most=10_000, history=False)
    run_id = await runtime.submit(flow(step("l", "/loop", {**input, "on_exhausted": "last"})))
    record = runtime._history.find(run_id)[0]
    record.journal._most = 4
    result = await runtime.get_result(run_id)
    assert result.output == {"output": {"n": 10_000}, "state": {"n": 9_999}, "iterations": 10_000, "exhausted": True}
    assert seen == [(1, 0)] * 20
    assert frames[0].rounds == {}
    assert len(list(record.journal.entries())) < 5 * CHUNK
    assert list(record.runs) == [run_id]


@pytest.mark.parametrize("name", ENDLESS)
async def test_a_run_beside_an_endless_one_ends_before_it(runtime: StepflowRuntime, name: str) -> None:
    """A flow that goes round without ever waiting leaves others their turn."""
    endless = await runtime.submit(flow(step("l", f"/{name}", ENDLESS[name])))
    beside = await runtime.run(flow(step("a", "/add", {"n": 1}), step("b", "/add", {"$step": "a"})))
    assert beside.output == {"n": 3}
    assert (await runtime.get_run(endless)).status is ExecutionStatus.RUNNING
    assert (await runtime.get_result(endless)).output["iterations"] == 10_000


@pytest.mark.parametrize("name", ENDLESS)
async def test_an_endless_run_can_be_cancelled(runtime: StepflowRuntime, name: str) -> None:
    """At once."""
    endless = await runtime.submit(flow(step("l", f"/{name}", ENDLESS[name])))
    await runtime.run(flow(step("a", "/add", {"n": 1})))
    assert (await runtime.cancel_run(endless, "enough")).status is ExecutionStatus.CANCELLED
    assert await runtime.get_result(endless) == FlowResult.failed(499, "enough", {"kind": "cancelled"})


async def test_items_of_one_run_go_round_side_by_side(runtime: StepflowRuntime) -> None:
    """A short loop is over long before a long one that began earlier."""
    asked = flow(step("l", "/loop", {**ENDLESS["loop"], "max_iterations": {"$input": "$"}}))
    run_id = await runtime.submit_batch(asked, [3000, 5])
    results = (await runtime.get_batch(run_id)).results
    assert [each.output["iterations"] for each in results] == [3000, 5]
    ended = [each.item_index for each in await events_of(runtime, run_id) if each.event == "item_completed"]
    assert ended == [1, 0]
