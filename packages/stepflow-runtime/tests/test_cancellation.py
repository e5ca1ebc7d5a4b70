"""Cancelling: at once, everything below, and nothing of it comes back."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest
from stepflow_core import ConflictError, ExecutionStatus, FlowResult, StepStatus
from stepflow_runtime import StepContext, StepflowRuntime
from stepflow_runtime.virtual_time import run_virtual

PATIENCE = 30.0
"""Seconds after which a test gives up; no test takes that long unless it fails."""

ECHO = {"name": "echo", "description": "Gives its input back.", "output": {"$input": "$"}}


def step(id: str, component: str, input: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": {} if input is None else input, **more}


def flow(*steps: dict[str, Any], output: Any = None) -> dict[str, Any]:
    named = {"name": "test", "description": "a test", "steps": list(steps)}
    return {**named, "output": output if output is not None else {"$step": steps[-1]["id"]}}


def code_of(result: FlowResult) -> int | None:
    return None if result.error is None else result.error.code


class Waiter:
    """A component that waits for ever and notes what becomes of its calls."""

    def __init__(self, runtime: StepflowRuntime) -> None:
        self.entered = asyncio.Semaphore(0)
        self.cancelled = asyncio.Semaphore(0)
        self.calls = 0
        runtime.component("/wait")(self.wait)

    async def wait(self) -> None:
        self.calls += 1
        self.entered.release()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.release()
            raise

    async def enter(self, count: int = 1) -> None:
        """Until so many calls have begun."""
        for _ in range(count):
            await asyncio.wait_for(self.entered.acquire(), PATIENCE)

    async def leave(self, count: int = 1) -> None:
        """Until so many calls were cancelled."""
        for _ in range(count):
            await asyncio.wait_for(self.cancelled.acquire(), PATIENCE)


@pytest.fixture
def waiter(runtime: StepflowRuntime) -> Waiter:
    return Waiter(runtime)


WAITS = flow(step("w", "/wait"))


# ---- the run


async def test_a_run_is_cancelled_when_the_request_returns(runtime: StepflowRuntime, waiter: Waiter) -> None:
    """The answer shows it, with its reason as the result's message."""
    run_id = await runtime.submit(WAITS)
    await waiter.enter()
    summary = await runtime.cancel_run(run_id, "not needed")
    assert (summary.status, summary.items.cancelled) == (ExecutionStatus.CANCELLED, 1)
    assert summary.completed_at is not None
    result = await runtime.get_result(run_id, timeout=0)
    assert result == FlowResult.failed(499, "not needed", {"kind": "cancelled"})
    [found] = (await runtime.get_run_steps(run_id)).steps
    assert (found.status, found.reason) == (StepStatus.CANCELLED, "not needed")
    await waiter.leave()


async def test_whoever_waits_is_told(runtime: StepflowRuntime, waiter: Waiter) -> None:
    """`run` gives a failure with code 499."""
    waiting = asyncio.create_task(runtime.run(WAITS))
    await waiter.enter()
    [run] = (await runtime.list_runs()).runs
    await runtime.cancel_run(run.run_id)
    result = await waiting
    assert result.error is not None
    assert (result.error.code, result.error.message) == (499, "the run was cancelled")


async def test_a_run_can_be_cancelled_before_anything_has_begun(runtime: StepflowRuntime, waiter: Waiter) -> None:
    """Its components are never called."""
    run_id = await runtime.submit(WAITS)
    await runtime.cancel_run(run_id)
    await asyncio.sleep(0)
    assert code_of(await runtime.get_result(run_id)) == 499
    assert waiter.calls == 0


async def test_only_runs_that_go_on_are_cancelled(runtime: StepflowRuntime, waiter: Waiter) -> None:
    """Others are a conflict, those that were cancelled too."""
    completed = await runtime.submit(ECHO, 1)
    cancelled = await runtime.submit(WAITS)
    await runtime.cancel_run(cancelled)
    for run_id, status in ((completed, "completed"), (cancelled, "cancelled")):
        with pytest.raises(ConflictError, match=f"it is {status}"):
            await runtime.cancel_run(run_id)


async def test_nothing_covers_a_cancellation(runtime: StepflowRuntime, waiter: Waiter) -> None:
    """No default, no retry; nothing starts any more."""
    asked = flow(
        step("w", "/wait", onError={"action": "useDefault", "defaultValue": 1}, retry={"on": ["any"]}),
        step("after", "/wait", after=["w"], mustExecute=True),
        output={"$coalesce": [{"$step": "w"}, 1]},
    )
    run_id = await runtime.submit(asked)
    await waiter.enter()
    await runtime.cancel_run(run_id)
    assert code_of(await runtime.get_result(run_id)) == 499
    await waiter.leave()
    assert waiter.calls == 1
    statuses = {each.step_id: str(each.status) for each in (await runtime.get_run_steps(run_id)).steps}
    assert statuses == {"w": "cancelled", "after": "cancelled"}


async def test_steps_that_had_ended_keep_what_they_came_to(runtime: StepflowRuntime, waiter: Waiter) -> None:
    """Only what had not ended is cancelled."""
    asked = flow(
        step("a", "/noop", 1), step("f", "/nowhere"), step("w", "/wait"), step("u", "/noop"),
        output=[{"$step": each} for each in "afw"],
    )  # fmt: skip
    run_id = await runtime.submit(asked)
    await waiter.enter()
    await runtime.cancel_run(run_id)
    statuses = {each.step_id: str(each.status) for each in (await runtime.get_run_steps(run_id)).steps}
    assert statuses == {"a": "completed", "f": "failed", "w": "cancelled", "u": "unneeded"}


async def test_items_that_had_ended_keep_their_results(runtime: StepflowRuntime, waiter: Waiter) -> None:
    """Those in flight and those that had not begun are cancelled."""
    asked = flow(step("w", "/wait", when={"$input": "$"}), output={"$step": "w", "onSkip": {"action": "useDefault"}})
    run_id = await runtime.submit_batch(asked, [False, True, False, False], max_concurrency=1)
    await waiter.enter()
    await runtime.cancel_run(run_id)
    batch = await runtime.get_batch(run_id)
    assert [code_of(each) for each in batch.results] == [None, 499, 499, 499]
    assert (batch.run.items.completed, batch.run.items.cancelled) == (1, 3)
    statuses = [str(each.status) for each in (await runtime.get_run_items(run_id)).items]
    assert statuses == ["completed", "cancelled", "cancelled", "cancelled"]


async def test_a_batch_that_is_fed_reads_no_further(runtime: StepflowRuntime, waiter: Waiter) -> None:
    """Its iterator is let go."""
    read: list[int] = []

    def inputs() -> Any:
        for n in range(100):
            read.append(n)
            yield n

    run_id = await runtime.submit_batch(WAITS, inputs(), max_concurrency=2)
    await waiter.enter(2)
    await runtime.cancel_run(run_id)
    await waiter.leave(2)
    batch = await runtime.get_batch(run_id)
    assert [code_of(each) for each in batch.results] == [499, 499]
    assert len(read) == 2


async def test_runs_beside_it_go_on(runtime: StepflowRuntime, waiter: Waiter) -> None:
    """A cancellation is of one run."""
    first, second = await runtime.submit(WAITS), await runtime.submit(WAITS)
    await waiter.enter(2)
    await runtime.cancel_run(first)
    assert (await runtime.get_run(second)).status is ExecutionStatus.RUNNING
    await runtime.cancel_run(second)


# ---- what is below


NESTS: dict[str, dict[str, Any]] = {
    "map": step("m", "/map", {"items": [1, 2], "workflow": {"$literal": WAITS}}),
    "eval": step("m", "/eval", {"input": 1, "flow": {"$literal": WAITS}}),
    "iterate": step("m", "/iterate", {"initial_input": 1, "flow": {"$literal": WAITS}}),
    "call": step("m", "/call", {"flow": WAITS}),
    "switch": step("m", "/switch", {"on": "a", "cases": {"a": {"flow": WAITS}}}),
    "loop": step("m", "/loop", {"flow": WAITS, "state": 1, "until": "true", "max_iterations": 3}),
    "a component": step("m", "/runs"),
}


def runs_waits(runtime: StepflowRuntime, results: list[FlowResult]) -> None:
    @runtime.component
    async def runs(ctx: StepContext) -> Any:
        result = await ctx.run_flow(WAITS)
        results.append(result)
        return code_of(result)


@pytest.mark.parametrize("nest", NESTS.values(), ids=NESTS)
async def test_what_a_step_started_goes_with_it(runtime: StepflowRuntime, waiter: Waiter, nest: dict[str, Any]) -> None:
    """However deep."""
    results: list[FlowResult] = []
    runs_waits(runtime, results)
    asked = flow(step("outer", "/eval", {"input": 1, "flow": {"$literal": flow(nest)}}))
    run_id = await runtime.submit(asked)
    count = 2 if nest["component"] == "/map" else 1
    await waiter.enter(count)
    await runtime.cancel_run(run_id, "enough")
    runs = (await runtime.list_runs(root_run_id=run_id)).runs
    assert {each.status for each in runs} == {ExecutionStatus.CANCELLED}
    await waiter.leave(count)
    for run in runs:
        for each in (await runtime.get_run_steps(run.run_id)).steps:
            assert each.status is StepStatus.CANCELLED
    events = [each async for each in runtime.events(run_id)]
    assert sum(each.event == "run_completed" for each in events) == len(runs)
    assert (events[-1].event, events[-1].run_id) == ("run_completed", run_id)


@pytest.mark.parametrize("name", ["map", "eval", "iterate"])
async def test_a_cancelled_sub_run_fails_its_step(runtime: StepflowRuntime, waiter: Waiter, name: str) -> None:
    """No default covers it; the run goes on to its own end."""
    nest = {**NESTS[name], "onError": {"action": "useDefault"}, "retry": {"on": ["any"]}}
    asked = flow(nest, step("n", "/noop", 1, mustExecute=True, after=["m"]), output={"$step": "m"})
    run_id = await runtime.submit(asked)
    await waiter.enter(2 if name == "map" else 1)
    [below] = (await runtime.list_runs(parent_run_id=run_id)).runs
    assert (await runtime.cancel_run(below.run_id, "this one")).status is ExecutionStatus.CANCELLED
    result = await runtime.get_result(run_id)
    assert result == FlowResult.failed(499, "this one", {"kind": "cancelled"})
    statuses = {each.step_id: str(each.status) for each in (await runtime.get_run_steps(run_id)).steps}
    assert statuses == {"m": "failed", "n": "completed"}
    assert (await runtime.get_run(run_id)).status is ExecutionStatus.FAILED


async def test_a_cancelled_sub_run_is_a_result_for_the_component_that_asked(
    runtime: StepflowRuntime, waiter: Waiter
) -> None:
    """It may go on."""
    runs_waits(runtime, [])
    run_id = await runtime.submit(flow(step("m", "/runs")))
    await waiter.enter()
    [below] = (await runtime.list_runs(parent_run_id=run_id)).runs
    await runtime.cancel_run(below.run_id)
    assert (await runtime.get_result(run_id)).output == 499


async def test_a_sub_run_of_a_step_that_timed_out_is_cancelled(runtime: StepflowRuntime, waiter: Waiter) -> None:
    """At once."""
    run_id = await runtime.submit(flow({**NESTS["eval"], "timeout": "10ms"}))
    assert code_of(await runtime.get_result(run_id)) == 408
    [below] = (await runtime.list_runs(parent_run_id=run_id)).runs
    assert below.status is ExecutionStatus.CANCELLED
    await waiter.leave()


async def test_the_other_items_of_a_map_are_cancelled_where_one_fails(runtime: StepflowRuntime, waiter: Waiter) -> None:
    """If it says so; the step fails with that item's error."""
    inner = flow(step("w", "/wait", when={"$input": "wait"}), output=[{"$step": "w"}, {"$input": "x"}])
    inner["output"] = {"$if": {"$input": "wait"}, "then": {"$step": "w"}, "else": {"$input": "x"}}
    items = [{"wait": True}, {"wait": True}, {"wait": False}]
    asked = flow(step("m", "/map", {"items": items, "workflow": {"$literal": inner}, "on_item_error": "fail"}))
    run_id = await runtime.submit(asked)
    result = await runtime.get_result(run_id)
    assert result.error is not None
    assert result.error.message == "Input path $.x not found"
    [below] = (await runtime.list_runs(parent_run_id=run_id)).runs
    items_below = (await runtime.get_run_items(below.run_id)).items
    assert [str(each.status) for each in items_below] == ["cancelled", "cancelled", "failed"]


# ---- timers and retries


def test_timers_and_retries_go_with_their_run() -> None:
    """Nothing of them is left on the loop: the clock does not move again."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        attempts = 0
        async with StepflowRuntime() as runtime:

            @runtime.component
            async def fails() -> None:
                nonlocal attempts
                attempts += 1
                raise ValueError("no")

            asked = flow(
                step("s", "/sleep", {"duration_ms": 3_600_000}),
                step("r", "/fails", retry={"on": ["any"], "backoff": {"initial": 3600, "max": 3600}}),
                step("t", "/sleep", {"duration_ms": 3_600_000}, timeout="30m"),
                output=[{"$step": each} for each in "srt"],
            )
            run_id = await runtime.submit(asked)
            await asyncio.sleep(60)
            began = loop.time()
            await runtime.cancel_run(run_id)
        assert attempts == 1
        assert loop.time() - began < 60

    run_virtual(main())


# ---- components


async def test_a_component_that_swallows_its_cancellation_changes_nothing(
    runtime: StepflowRuntime, caplog: pytest.LogCaptureFixture
) -> None:
    """What it returns or raises late is dropped."""
    entered = asyncio.Event()
    ended = asyncio.Semaphore(0)

    @runtime.component
    async def stubborn(raises: bool) -> str:
        entered.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.release()
        if raises:
            raise ValueError("late")
        return "late"

    for raises in (False, True):
        entered.clear()
        run_id = await runtime.submit(flow(step("a", "/stubborn", {"raises": raises})))
        await entered.wait()
        await runtime.cancel_run(run_id)
        await ended.acquire()
        await asyncio.sleep(0)
        assert code_of(await runtime.get_result(run_id)) == 499
        [found] = (await runtime.get_run_steps(run_id)).steps
        assert found.status is StepStatus.CANCELLED


def test_a_component_that_goes_on_after_its_cancellation_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    """After a grace, by a warning that names the step."""

    async def main() -> None:
        entered = asyncio.Event()
        release = asyncio.Event()
        async with StepflowRuntime() as runtime:

            @runtime.component
            async def stubborn() -> None:
                entered.set()
                while not release.is_set():
                    try:
                        await release.wait()
                    except asyncio.CancelledError:
                        continue

            run_id = await runtime.submit(flow(step("a", "/stubborn")))
            await entered.wait()
            await runtime.cancel_run(run_id)
            await asyncio.sleep(60)
            release.set()

    with caplog.at_level(logging.WARNING, "stepflow"):
        run_virtual(main())
    assert [each.getMessage() for each in caplog.records] == [
        "the component of step a goes on although it was cancelled 5 s ago"
    ]


async def test_the_next_attempt_is_not_touched_by_the_last(runtime: StepflowRuntime) -> None:
    """A component that comes back after its timeout does not let go of the attempt that took its place."""
    left = asyncio.Semaphore(0)
    second = asyncio.Event()

    @runtime.component
    async def stubborn(ctx: StepContext) -> str:
        try:
            if ctx.attempt == 2:
                second.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if ctx.attempt == 1:
                await second.wait()
                left.release()
                return "late"
            left.release()
            raise
        return "never"

    retry = {"maxRetries": 1, "on": ["timeout"], "backoff": {"type": "constant", "initial": 0}}
    result = await runtime.run(flow(step("a", "/stubborn", timeout="10ms", retry=retry)))
    assert code_of(result) == 408
    for _ in range(2):
        await asyncio.wait_for(left.acquire(), PATIENCE)


class Abandoned:
    """A plain component whose calls the test holds and releases."""

    def __init__(self, runtime: StepflowRuntime) -> None:
        self.entered = threading.Semaphore(0)
        self.release = threading.Event()
        self.returned = threading.Semaphore(0)
        runtime.component("/block")(self.block)

    def block(self, ctx: StepContext) -> str:
        self.entered.release()
        self.release.wait(PATIENCE)
        self.returned.release()
        return "late"

    async def enter(self, count: int = 1) -> None:
        for _ in range(count):
            assert await asyncio.to_thread(self.entered.acquire, True, PATIENCE)

    async def end(self, count: int = 1) -> None:
        self.release.set()
        for _ in range(count):
            assert await asyncio.to_thread(self.returned.acquire, True, PATIENCE)


async def test_a_thread_is_abandoned_and_its_late_result_dropped(runtime: StepflowRuntime) -> None:
    """Neither the run nor the runtime waits for it."""
    component = Abandoned(runtime)
    run_id = await runtime.submit(flow(step("a", "/block")))
    await component.enter()
    await runtime.cancel_run(run_id)
    assert code_of(await runtime.get_result(run_id)) == 499
    before = [each async for each in runtime.events(run_id)]
    await component.end()
    assert (await runtime.run(flow(step("a", "/block")))).output == "late"
    assert [each async for each in runtime.events(run_id)] == before


async def test_threads_that_were_abandoned_are_replaced(runtime: StepflowRuntime) -> None:
    """As many as there may be, and others can still work."""
    component = Abandoned(runtime)

    @runtime.component
    def quick() -> str:
        return "quick"

    run_id = await runtime.submit_batch(flow(step("a", "/block")), [0] * 40)
    await component.enter(32)
    await runtime.cancel_run(run_id)
    assert (await runtime.run(flow(step("a", "/quick")))).output == "quick"
    await component.end(32)


async def test_what_waits_for_a_thread_is_cancelled_too(runtime: StepflowRuntime) -> None:
    """It is never called, and the thread goes to the next in line."""
    component = Abandoned(runtime)
    holding = await runtime.submit_batch(flow(step("a", "/block")), [0] * 32)
    await component.enter(32)
    cancelled = await runtime.submit(flow(step("a", "/block")))
    waiting = await runtime.submit(flow(step("a", "/block")))
    await runtime.cancel_run(cancelled)
    await component.end(33)
    assert (await runtime.get_result(waiting)).output == "late"
    assert {each.output for each in (await runtime.get_batch(holding)).results} == {"late"}
    assert code_of(await runtime.get_result(cancelled)) == 499


@pytest.mark.parametrize("count", [1, 31, 32, 40])
async def test_what_is_cancelled_before_its_thread_began_takes_no_room(runtime: StepflowRuntime, count: int) -> None:
    """Room that was kept for it is given back."""
    component = Abandoned(runtime)
    component.release.set()
    for _ in range(3):
        run_id = await runtime.submit_batch(flow(step("a", "/block")), [0] * count)
        await runtime.cancel_run(run_id)
    batch = await runtime.run_batch(flow(step("a", "/block")), [0] * 100)
    assert {each.output for each in batch.results} == {"late"}


def between(runtime: StepflowRuntime, act: Callable[[], None]) -> None:
    """Have something done between the return of a component that emitted and the taking in of its result."""
    invoker = runtime._driver_here().invoker
    original = invoker._loop.call_soon

    def call_soon(callback: Any, *args: Any, **more: Any) -> Any:
        if getattr(callback, "__name__", "") == "returned":
            act()
        return original(callback, *args, **more)

    invoker._loop.call_soon = call_soon


async def test_a_result_that_comes_together_with_the_cancellation_is_dropped(runtime: StepflowRuntime) -> None:
    """At that moment too the books on threads stay right."""

    @runtime.component
    def emits(ctx: StepContext) -> str:
        ctx.emit("chunk")
        return "late"

    run_id = await runtime.submit(flow(step("a", "/emits")))
    record, run = runtime._history.find(run_id)
    driver = runtime._driver_here()
    assert record.execution is not None
    execution = record.execution
    between(runtime, lambda: driver.cancel(execution, run, None))
    assert code_of(await runtime.get_result(run_id)) == 499
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert driver.invoker._jobs == 0
