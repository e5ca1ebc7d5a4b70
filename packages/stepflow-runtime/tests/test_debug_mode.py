"""Debug mode: a run that moves step by step."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from stepflow_core import ConflictError, ExecutionStatus, FlowLoadError, FlowResult, InvalidInputError, NotFoundError
from stepflow_runtime import StepflowRuntime


def step(id: str, input: Any = None, component: str = "/noop", **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": input, **more}


FLOW = {
    "name": "debugged",
    "steps": [
        step("a", {"$input": "$"}),
        step("b", {"$step": "a"}),
        step("side", {"$step": "a"}),
        step("c", [{"$step": "a"}, {"$step": "b"}]),
    ],
    "output": {"$step": "c"},
}


@pytest.fixture
async def runtime() -> AsyncIterator[StepflowRuntime]:
    async with StepflowRuntime() as runtime:
        yield runtime


async def begin(runtime: StepflowRuntime, flow: dict[str, Any] | None = None, input: Any = 1) -> str:
    stored = await runtime.store_flow(flow or FLOW)
    created = await runtime.create_run(stored.flow_id, input, debug=True)
    assert created.debug
    return created.run_id


async def test_a_debugged_run_starts_paused(runtime: StepflowRuntime) -> None:
    """Nothing has run; the first step is ready."""
    run_id = await begin(runtime)
    run = await runtime.get_run(run_id, wait=True)
    assert (run.status, run.paused_by, run.debug_mode) == (ExecutionStatus.PAUSED, "debug", True)
    queued = await runtime.debug_queued(run_id)
    assert [(each.step_id, each.status) for each in queued.queued] == [
        ("a", "runnable"),
        ("b", "blocked"),
        ("c", "blocked"),
    ]
    assert queued.ready == ["a"]


async def test_next_runs_one_step(runtime: StepflowRuntime) -> None:
    """Its result is given, and what is ready then; the last step ends the run."""
    run_id = await begin(runtime)
    first = await runtime.debug_next(run_id)
    assert (first.step_id, first.result, first.ready) == ("a", FlowResult.success(1), ["b"])
    assert (await runtime.debug_next(run_id)).ready == ["c"]
    last = await runtime.debug_next(run_id)
    assert (last.step_id, last.result, last.ready) == ("c", FlowResult.success([1, 1]), [])
    assert await runtime.get_result(run_id) == FlowResult.success([1, 1])


async def test_steps_that_the_output_does_not_need_can_be_queued(runtime: StepflowRuntime) -> None:
    """They run in their turn."""
    run_id = await begin(runtime)
    queue = await runtime.debug_queue(run_id, ["side"])
    assert queue.queued == ["a", "b", "side", "c"]
    done = await runtime.debug_run_queue(run_id)
    assert done.executed_count == 4
    assert {each.step_id for each in done.results} == {"a", "b", "side", "c"}


async def test_a_step_can_be_evaluated_with_all_that_it_needs(runtime: StepflowRuntime) -> None:
    """Other steps stay where they are."""
    run_id = await begin(runtime)
    assert await runtime.debug_eval(run_id, step_id="side") == FlowResult.success(1)
    assert (await runtime.debug_show(run_id, "b")).completed is False


async def test_an_expression_sees_the_run_as_it_is(runtime: StepflowRuntime) -> None:
    """Results so far can be used; others are asked for by name."""
    run_id = await begin(runtime)
    await runtime.debug_next(run_id)
    assert await runtime.debug_eval(run_id, expression={"$expr": "steps.a + 1"}) == FlowResult.success(2)
    with pytest.raises(ConflictError, match="c"):
        await runtime.debug_eval(run_id, expression={"$step": "c"})
    with pytest.raises(FlowLoadError):
        await runtime.debug_eval(run_id, expression={"$step": "nobody"})
    failed = await runtime.debug_eval(run_id, expression={"$input": "$.x"})
    assert failed.is_failed


async def test_a_step_is_shown_with_input_and_result(runtime: StepflowRuntime) -> None:
    """The input once it can be evaluated, the result once there is one."""
    run_id = await begin(runtime)
    view = await runtime.debug_show(run_id, "a")
    assert (view.completed, view.input, view.result) == (False, 1, None)
    await runtime.debug_next(run_id)
    view = await runtime.debug_show(run_id, "a")
    assert (view.completed, view.result) == (True, FlowResult.success(1))
    assert (await runtime.debug_show(run_id, "c")).input is None


async def test_continue_lets_the_run_go_on(runtime: StepflowRuntime) -> None:
    """Everything that is held starts, and the events tell of pause and resumption."""
    run_id = await begin(runtime)
    assert (await runtime.debug_continue(run_id)).status is not ExecutionStatus.PAUSED
    assert await runtime.get_result(run_id) == FlowResult.success([1, 1])
    events = [event.event async for event in runtime.events(run_id)]
    assert events[1] == "run_paused"
    assert "run_resumed" in events
    with pytest.raises(ConflictError):
        await runtime.debug_next(run_id)


async def test_async_components_and_retries_are_waited_for(runtime: StepflowRuntime) -> None:
    """A step that is tried again is released once."""
    calls = 0

    @runtime.component("/flaky")
    async def flaky() -> int:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ValueError("not yet")
        return calls

    retry = {"on": ["any"], "backoff": {"type": "constant", "initial": 0}}
    run_id = await begin(runtime, {"steps": [step("f", {}, "/flaky", retry=retry)], "output": {"$step": "f"}})
    assert (await runtime.debug_next(run_id)).result == FlowResult.success(2)


async def test_what_a_step_starts_below_itself_is_not_held(runtime: StepflowRuntime) -> None:
    """A map is one step."""
    inner = {"steps": [step("x", {"$input": "$"})], "output": {"$step": "x"}}
    mapped = step("m", {"items": [1, 2], "workflow": {"$literal": inner}}, "/map")
    run_id = await begin(runtime, {"steps": [mapped], "output": {"$step": "m", "path": "successful"}})
    await runtime.debug_next(run_id)
    assert await runtime.get_result(run_id) == FlowResult.success(2)


async def test_a_debugged_run_can_be_cancelled(runtime: StepflowRuntime) -> None:
    """Held steps go with it."""
    run_id = await begin(runtime)
    assert (await runtime.cancel_run(run_id)).status is ExecutionStatus.CANCELLED
    with pytest.raises(ConflictError):
        await runtime.debug_next(run_id)


async def test_debug_mode_refuses_what_it_is_not_for(runtime: StepflowRuntime) -> None:
    """Batches, other runs, unknown steps and unclear requests."""
    flow_id = (await runtime.store_flow(FLOW)).flow_id
    with pytest.raises(InvalidInputError, match="one item"):
        await runtime.create_run(flow_id, [1, 2], debug=True)
    other = await runtime.submit(FLOW, 1)
    with pytest.raises(ConflictError):
        await runtime.debug_next(other)
    with pytest.raises(NotFoundError):
        await runtime.debug_next("nobody")
    run_id = await begin(runtime)
    with pytest.raises(NotFoundError, match="nobody"):
        await runtime.debug_queue(run_id, ["nobody"])
    with pytest.raises(InvalidInputError, match="either"):
        await runtime.debug_eval(run_id)
    with pytest.raises(InvalidInputError, match="list"):
        await runtime.debug_queue(run_id, "a")


async def test_a_step_that_runs_already_is_waited_for(runtime: StepflowRuntime) -> None:
    """By everybody who asks for its result, or for one that needs it; a run that is cancelled ends the waiting."""
    entered, opened = asyncio.Event(), asyncio.Event()

    @runtime.component("/gate")
    async def gate() -> int:
        entered.set()
        await opened.wait()
        return 7

    gated = {"steps": [step("g", {}, "/gate"), step("h", {"$step": "g"})], "output": {"$step": "h"}}
    for cancelled in (False, True):
        run_id = await begin(runtime, gated)
        asked = [runtime.debug_next(run_id), *(runtime.debug_eval(run_id, step_id=each) for each in ("g", "h"))]
        waiting = [asyncio.create_task(each) for each in asked]
        await entered.wait()
        if cancelled:
            await runtime.cancel_run(run_id)
        opened.set()
        moved, *results = await asyncio.gather(*waiting)
        assert moved.step_id == "g"
        codes = {each.error and each.error.code for each in (moved.result, *results)}
        assert codes == ({499} if cancelled else {None})
        entered.clear()
        opened.clear()


async def test_a_debugged_run_that_has_ended_is_known_as_one(runtime: StepflowRuntime) -> None:
    """Unless its debug mode was ended before it; also one of a flow without steps, which ends at once."""
    for document in (FLOW, {"output": 1}):
        run_id = await begin(runtime, document)
        if not (await runtime.get_run(run_id)).status.is_terminal:
            await runtime.debug_run_queue(run_id)
        run = await runtime.get_run(run_id)
        assert (run.status, run.debug_mode, run.paused_by) == (ExecutionStatus.COMPLETED, True, None)
