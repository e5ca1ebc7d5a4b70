"""What the failure of a sub-flow, or its end, means around it."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest
from stepflow_core import ExecutionStatus
from stepflow_runtime import StepflowRuntime
from stepflow_runtime.failures import TransportError
from stepflow_runtime.virtual_time import run_virtual


def flow(*steps: dict[str, Any], output: Any = None) -> dict[str, Any]:
    named = {"name": "test", "description": "a test", "steps": list(steps)}
    return {**named, "output": output if output is not None else {"$step": steps[-1]["id"]}}


def step(id: str, component: str, input: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": {} if input is None else input, **more}


def attempts_of(asked: dict[str, Any]) -> int:
    """How often a component that cannot be reached is called in a run, under a clock that jumps."""
    calls = []

    async def main() -> None:
        async with StepflowRuntime() as runtime:

            @runtime.component("/away")
            async def away() -> None:
                calls.append(1)
                raise TransportError("nobody is there")

            assert (await runtime.run(asked)).error is not None

    run_virtual(main())
    return len(calls)


def test_retries_of_transport_failures_do_not_multiply() -> None:
    """A flow that was called has retried already; its caller does not by default."""
    inside = flow(step("b", "/call", {"flow": flow(step("c", "/away"))}))
    assert attempts_of(flow(step("a", "/call", {"flow": inside}))) == 4


def test_a_caller_retries_them_where_it_says_so() -> None:
    """Each attempt of the caller makes all those of the flow inside."""
    inside = flow(step("c", "/away", retry={"maxRetries": 1}))
    assert attempts_of(flow(step("a", "/call", {"flow": inside}, retry={"maxRetries": 2}))) == 6


async def test_the_run_of_a_map_that_fails_with_its_items_is_failed(runtime: StepflowRuntime) -> None:
    """As any run of which an item failed; the other items are cancelled."""
    workflow = {"$literal": flow(output={"$expr": "1 // input.n"})}
    input = {"workflow": workflow, "items": [{"n": 0}, {"n": 1}], "max_concurrency": 1, "on_item_error": "fail"}
    run_id = await runtime.submit(flow(step("m", "/map", input)))
    assert (await runtime.get_result(run_id)).is_failed
    [run] = (await runtime.list_runs(parent_run_id=run_id)).runs
    assert run.status is ExecutionStatus.FAILED
    assert (run.items.failed, run.items.cancelled) == (1, 1)


@pytest.mark.parametrize("ending", ["timeout", "cancellation"])
def test_an_attempt_that_never_began_is_not_counted(ending: str) -> None:
    """Where a step ends while it waits for its next attempt, its last one is that which was made."""
    ended = []

    async def main() -> None:
        async with StepflowRuntime() as runtime:

            @runtime.component("/fails")
            async def fails() -> None:
                raise ValueError("no")

            retry = {"on": ["any"], "backoff": {"initial": 60, "max": 60}}
            asked = step("a", "/call", {"flow": flow(step("b", "/fails"))}, retry=retry)
            if ending == "timeout":
                asked["timeout"] = 90
            run_id = await runtime.submit(flow(asked))
            if ending == "cancellation":
                await asyncio.sleep(90)
                await runtime.cancel_run(run_id)
            await runtime.get_result(run_id)
            ended.extend([each async for each in runtime.events(run_id) if each.address == "a"])

    run_virtual(main())
    assert [each.attempt for each in ended if each.event == "step_started"] == [1, 2]
    assert (ended[-1].event, ended[-1].attempt) == ("step_completed", 2)


async def test_the_error_of_a_flow_that_cannot_be_had_names_the_component(runtime: StepflowRuntime) -> None:
    """As all failures of components do."""
    result = await runtime.run(flow(step("a", "/eval", {"flow_id": "nowhere", "input": 1})))
    assert result.error is not None
    assert result.error.data == {"kind": "not_found", "component": "/eval"}


async def test_a_cancelled_component_that_has_ended_is_let_go_of(runtime: StepflowRuntime) -> None:
    """At once, and not only when the time for its ending is over; its run can be forgotten at once too."""
    tasks: list[weakref.ref[Any]] = []
    begun = asyncio.Event()

    @runtime.component("/waits")
    async def waits() -> None:
        tasks.append(weakref.ref(asyncio.current_task()))
        begun.set()
        await asyncio.Event().wait()

    run_id = await runtime.submit(flow(step("a", "/waits")))
    await begun.wait()
    await runtime.cancel_run(run_id)
    await runtime.delete_run(run_id)
    for _ in range(5):
        await asyncio.sleep(0)
    gc.collect()
    assert tasks[0]() is None
