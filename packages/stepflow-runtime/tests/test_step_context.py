"""What a component knows and may ask of the engine, by its `StepContext`; async and plain."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from stepflow_core import (
    ExecutionStatus,
    FlowLoadError,
    FlowResult,
    InvalidInputError,
    NotFoundError,
    RunEvent,
)
from stepflow_runtime import StepContext, StepflowRuntime

PATIENCE = 30.0
"""Seconds after which a test gives up; no test takes that long unless it fails."""

ECHO = {"name": "echo", "description": "Gives its input back.", "output": {"$input": "$"}}


def step(id: str, component: str, input: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": {} if input is None else input, **more}


def flow(*steps: dict[str, Any], output: Any = None, **more: Any) -> dict[str, Any]:
    named = {"name": "test", "description": "a test", "steps": list(steps)}
    return {**named, "output": output if output is not None else {"$step": steps[-1]["id"]}, **more}


Work = Callable[[StepContext], Any]


def register(runtime: StepflowRuntime, kind: str, work: Work, path: str = "/work") -> None:
    """A component of some kind that does `work` with its context and gives what comes of it."""
    if kind == "async":

        async def asynchronous(ctx: StepContext) -> Any:
            return work(ctx)

        runtime.component(path)(asynchronous)
        return

    def plain(ctx: StepContext) -> Any:
        return work(ctx)

    runtime.component(path, inline=kind == "inline")(plain)


WORK = flow(step("a", "/work"))
kinds = pytest.mark.parametrize("kind", ["async", "plain", "inline"])


async def chunks_of(runtime: StepflowRuntime, run_id: str) -> list[RunEvent]:
    return [each async for each in runtime.events(run_id, event_types=["step_output"])]


# ---- identity


@kinds
async def test_a_component_knows_the_step_it_works_for(runtime: StepflowRuntime, kind: str) -> None:
    """Run, step, address, item, attempt, path."""
    seen: list[StepContext] = []
    register(runtime, kind, seen.append)
    inner = flow(step("in ner", "/work"))
    asked = flow(step("c", "/call", {"flow": inner}))
    run_id = await runtime.submit_batch(asked, [1, 2])
    await runtime.get_batch(run_id)
    told = [(each.run_id, each.step_id, each.address, each.item_index, each.attempt, each.component) for each in seen]
    assert sorted(told, key=lambda each: each[3]) == [
        (run_id, "in ner", "c/in ner", item, 1, "/work") for item in range(2)
    ]
    assert all(each.deadline is None for each in seen)
    assert not any(each.cancelled for each in seen)


@kinds
async def test_the_idempotency_key_is_the_same_for_every_attempt(runtime: StepflowRuntime, kind: str) -> None:
    """And for no other step, item or run."""
    keys: dict[int, list[str]] = {}

    def work(ctx: StepContext) -> None:
        keys.setdefault(ctx.attempt, []).append(ctx.idempotency_key)
        if ctx.attempt < 3:
            raise ValueError("again")

    register(runtime, kind, work)
    retry = {"on": ["any"], "backoff": {"type": "constant", "initial": 0}}
    asked = flow(
        step("a", "/work", retry=retry), step("b", "/work", retry=retry), output=[{"$step": "a"}, {"$step": "b"}]
    )
    for _ in range(2):
        await runtime.run_batch(asked, [1, 2])
    assert [len(set(each)) for each in keys.values()] == [8, 8, 8]
    assert set(keys[1]) == set(keys[2]) == set(keys[3])


@kinds
async def test_the_deadline_is_the_time_at_which_the_step_times_out(runtime: StepflowRuntime, kind: str) -> None:
    """Seconds since the epoch."""
    seen: list[float | None] = []
    register(runtime, kind, lambda ctx: seen.append(ctx.deadline))
    before = time.time()
    await runtime.run(flow(step("a", "/work", timeout="1h")))
    [deadline] = seen
    assert deadline is not None
    assert before + 3600 <= deadline + 1e-3
    assert deadline <= time.time() + 3600


async def test_a_context_is_given_by_annotation_or_name(runtime: StepflowRuntime) -> None:
    """Beside the arguments."""

    @runtime.component
    async def first(n: int, where: StepContext) -> list[Any]:
        return [n, where.step_id]

    @runtime.component
    def second(context, n: int = 2):
        return [n, context.step_id]

    asked = flow(step("a", "/first", {"n": 1}), step("b", "/second"), output=[{"$step": "a"}, {"$step": "b"}])
    assert (await runtime.run(asked)).output == [[1, "a"], [2, "b"]]


# ---- emit


@kinds
async def test_chunks_come_before_the_end_of_their_step(runtime: StepflowRuntime, kind: str) -> None:
    """In the order in which they were emitted, each with its kind and number."""

    def work(ctx: StepContext) -> str:
        for number, each in enumerate(["token", "progress", "log", "data"]):
            ctx.emit({"n": number}, each)
        ctx.emit("last")
        return "done"

    register(runtime, kind, work)
    run_id = await runtime.submit(WORK)
    events = [each async for each in runtime.events(run_id)]
    assert [each.event for each in events][3:10] == ["step_started", *["step_output"] * 5, "step_completed"]
    told = [(each.chunk_index, each.kind, each.chunk, each.attempt, each.address) for each in events[4:9]]
    assert told == [
        (0, "token", {"n": 0}, 1, "a"),
        (1, "progress", {"n": 1}, 1, "a"),
        (2, "log", {"n": 2}, 1, "a"),
        (3, "data", {"n": 3}, 1, "a"),
        (4, "data", "last", 1, "a"),
    ]


@kinds
async def test_a_failing_step_has_its_chunks_too(runtime: StepflowRuntime, kind: str) -> None:
    """Those of each attempt, counted anew."""

    def work(ctx: StepContext) -> None:
        ctx.emit(ctx.attempt)
        raise ValueError("no")

    register(runtime, kind, work)
    retry = {"maxRetries": 1, "on": ["any"], "backoff": {"type": "constant", "initial": 0}}
    run_id = await runtime.submit(flow(step("a", "/work", retry=retry)))
    chunks = await chunks_of(runtime, run_id)
    assert [(each.chunk, each.attempt, each.chunk_index) for each in chunks] == [(1, 1, 0), (2, 2, 0)]


@kinds
async def test_a_chunk_is_a_copy(runtime: StepflowRuntime, kind: str) -> None:
    """What the component does to it afterwards does not show."""

    def work(ctx: StepContext) -> None:
        chunk = [1]
        ctx.emit(chunk)
        chunk.append(2)

    register(runtime, kind, work)
    assert [each.chunk for each in await chunks_of(runtime, await runtime.submit(WORK))] == [[1]]


@kinds
@pytest.mark.parametrize(("chunk", "chunk_kind"), [({1}, "data"), (float("inf"), "data"), (1, "other"), (1, "")])
async def test_a_chunk_that_cannot_be_shown_is_refused(
    runtime: StepflowRuntime, kind: str, chunk: Any, chunk_kind: str
) -> None:
    """Where it is emitted; the step is not harmed."""

    def work(ctx: StepContext) -> str:
        with pytest.raises(InvalidInputError, match=r"not JSON|kind of a chunk"):
            ctx.emit(chunk, chunk_kind)
        return "done"

    register(runtime, kind, work)
    assert (await runtime.run(WORK)).output == "done"


async def test_what_is_emitted_after_the_end_is_dropped(runtime: StepflowRuntime) -> None:
    """By a thread of the component's own, or a task that it left behind."""
    late: list[StepContext] = []
    register(runtime, "async", late.append)
    run_id = await runtime.submit(WORK)
    await runtime.get_result(run_id)
    late[0].emit("late")
    await asyncio.to_thread(late[0].emit, "later")
    await asyncio.sleep(0)
    assert await chunks_of(runtime, run_id) == []
    await runtime.delete_run(run_id)
    late[0].emit("latest")
    await asyncio.sleep(0)
    assert (await runtime.list_runs()).runs == []


async def test_secrets_are_masked_in_chunks(runtime: StepflowRuntime) -> None:
    """Wherever they occur."""
    register(runtime, "async", lambda ctx: ctx.emit({"said": ["the key is hunter22!"]}))
    variables = {"type": "object", "properties": {"key": {"type": "string", "is_secret": True}}}
    run_id = await runtime.submit({**WORK, "schemas": {"variables": variables}}, variables={"key": "hunter22"})
    [chunk] = await chunks_of(runtime, run_id)
    assert chunk.chunk == {"said": ["the key is [REDACTED]!"]}


# ---- cancelled


async def test_an_async_component_is_told_that_it_is_cancelled(runtime: StepflowRuntime) -> None:
    """By the flag and by CancelledError."""
    entered, seen = asyncio.Event(), asyncio.Event()

    @runtime.component
    async def work(ctx: StepContext) -> None:
        entered.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if ctx.cancelled:
                seen.set()
            raise

    run_id = await runtime.submit(WORK)
    await entered.wait()
    await runtime.cancel_run(run_id)
    await asyncio.wait_for(seen.wait(), PATIENCE)


async def test_a_plain_component_can_look_at_the_flag(runtime: StepflowRuntime) -> None:
    """Between its pieces of work."""
    entered, cancelled, seen = threading.Event(), threading.Event(), threading.Event()

    @runtime.component
    def work(ctx: StepContext) -> None:
        entered.set()
        cancelled.wait(PATIENCE)
        if ctx.cancelled:
            seen.set()

    run_id = await runtime.submit(WORK)
    await asyncio.to_thread(entered.wait, PATIENCE)
    await runtime.cancel_run(run_id)
    cancelled.set()
    assert await asyncio.to_thread(seen.wait, PATIENCE)


# ---- blobs


async def test_components_put_and_get_blobs(runtime: StepflowRuntime) -> None:
    """Values and bytes; the same store as the runtime's."""

    @runtime.component
    async def put(ctx: StepContext) -> list[str]:
        return [await ctx.put_blob({"a": 1}), await ctx.put_blob(b"\0\1", "binary")]

    @runtime.component
    def get(ids: list[str], ctx: StepContext) -> list[Any]:
        value, data = ctx.blocking.get_blob(ids[0]), ctx.blocking.get_blob(ids[1])
        return [value, list(data), ctx.blocking.put_blob({"a": 1})]

    result = await runtime.run(flow(step("a", "/put"), step("b", "/get", {"ids": {"$step": "a"}})))
    value, data, blob_id = result.output
    assert (value, data) == ({"a": 1}, [0, 1])
    assert await runtime.get_blob(blob_id) == {"a": 1}


@pytest.mark.parametrize("kind", ["async", "plain"])
async def test_what_cannot_be_stored_fails_the_step(runtime: StepflowRuntime, kind: str) -> None:
    """Where the component lets the exception through."""

    @runtime.component
    async def put_async(ctx: StepContext) -> str:
        return await ctx.put_blob({1, 2})

    @runtime.component
    def put_plain(ctx: StepContext) -> str:
        return ctx.blocking.put_blob({1, 2})

    error = (await runtime.run(flow(step("a", f"/put_{kind}")))).error
    assert error is not None
    assert (error.code, error.kind) == (500, "invalid_input")


# ---- run_flow


async def test_an_async_component_runs_a_flow(runtime: StepflowRuntime) -> None:
    """As a sub-run of its own run, as often as it likes."""

    @runtime.component
    async def work(ctx: StepContext) -> list[Any]:
        first, second = await asyncio.gather(ctx.run_flow(ECHO, 1), ctx.run_flow(ECHO, [2]))
        third = await ctx.run_flow("echo", 3)
        return [first.output, second.output, third.output]

    await runtime.store_flow(ECHO)
    run_id = await runtime.submit(WORK)
    assert (await runtime.get_result(run_id)).output == [1, [2], 3]
    below = (await runtime.list_runs(parent_run_id=run_id)).runs
    assert [each.status for each in below] == [ExecutionStatus.COMPLETED] * 3
    created = [each async for each in runtime.events(run_id, event_types=["sub_run_created"])]
    assert [each.address for each in created] == ["a[0]", "a[1]", "a[2]"]


async def test_a_plain_component_runs_a_flow(runtime: StepflowRuntime) -> None:
    """Without `await`, in its thread."""

    @runtime.component
    def work(ctx: StepContext) -> Any:
        result = ctx.blocking.run_flow(flow(step("x", "/noop", {"$input": "$"})), {"n": 1})
        return [result.output, threading.current_thread() is threading.main_thread()]

    assert (await runtime.run(WORK)).output == [{"n": 1}, False]


async def test_flows_that_components_run_can_run_components_that_do(runtime: StepflowRuntime) -> None:
    """To some depth; addresses follow."""
    seen: list[str] = []

    @runtime.component
    async def work(n: int, ctx: StepContext) -> int:
        seen.append(ctx.address)
        if n == 0:
            return 0
        result = await ctx.run_flow(flow(step("a", "/work", {"n": {"$input": "$"}})), n - 1)
        return int(result.output) + 1

    assert (await runtime.run(flow(step("a", "/work", {"n": 3})))).output == 3
    assert seen == ["a", "a[0]/a", "a[0]/a[0]/a", "a[0]/a[0]/a[0]/a"]


async def test_a_flow_that_a_component_runs_has_its_variables(runtime: StepflowRuntime) -> None:
    """Those of the run, and those given, which win."""
    asked = {**ECHO, "output": [{"$variable": "a"}, {"$variable": "b", "default": None}]}

    @runtime.component
    async def work(ctx: StepContext) -> list[Any]:
        given = {"b": [2]}
        results = [await ctx.run_flow(asked), await ctx.run_flow(asked, variables=given)]
        results.append(await ctx.run_flow(asked, variables={"a": 3}))
        return [each.output for each in results]

    result = await runtime.run(WORK, variables={"a": 1})
    assert result.output == [[1, None], [1, [2]], [3, None]]


async def test_a_flow_that_fails_is_a_result_for_the_component(runtime: StepflowRuntime) -> None:
    """Which may do with it what it likes."""
    results: list[FlowResult] = []

    @runtime.component
    async def work(ctx: StepContext) -> str:
        results.append(await ctx.run_flow({**ECHO, "output": {"$input": "x"}}, {}))
        results.append(await ctx.run_flow({**ECHO, "schemas": {"input": {"type": "integer"}}}, "x"))
        results.append(await ctx.run_flow(flow(step("s", "/noop", when=False))))
        return "fine"

    assert (await runtime.run(WORK)).output == "fine"
    assert [each.error.code if each.error else None for each in results] == [1, 400, None]
    assert results[2].is_skipped


REFUSALS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "a faulty flow": ({"flow": {"output": {"$step": "x"}}}, FlowLoadError, "invalid_flow"),
    "an unknown one": ({"flow": "unknown"}, NotFoundError, "not_found"),
    "an input that is not JSON": ({"flow": ECHO, "input": {1}}, InvalidInputError, "invalid_input"),
    "variables that are not JSON": ({"flow": ECHO, "variables": {"a": {1}}}, InvalidInputError, "invalid_input"),
    "variables that are none": ({"flow": ECHO, "variables": [1]}, InvalidInputError, "invalid_input"),
}


@pytest.mark.parametrize(("asked", "error", "kind"), REFUSALS.values(), ids=REFUSALS)
async def test_a_flow_that_cannot_be_run_raises_in_the_component(
    runtime: StepflowRuntime, asked: dict[str, Any], error: type[Exception], kind: str
) -> None:
    """And fails its step where that lets it through."""
    caught: list[Exception] = []

    @runtime.component
    async def work(ctx: StepContext) -> None:
        try:
            await ctx.run_flow(**asked)
        except Exception as problem:
            caught.append(problem)
            raise

    failure = (await runtime.run(WORK)).error
    assert isinstance(caught[0], error)
    assert failure is not None
    assert (failure.code, failure.kind) == (500, kind)


async def test_variables_that_a_flow_refuses_are_a_failed_result(runtime: StepflowRuntime) -> None:
    """With code 400."""
    checked = {**ECHO, "schemas": {"variables": {"type": "object", "properties": {"n": {"type": "integer"}}}}}
    results: list[FlowResult] = []

    @runtime.component
    async def work(ctx: StepContext) -> None:
        results.append(await ctx.run_flow(checked, variables={"n": "x"}))

    await runtime.run(WORK)
    assert results[0].error is not None
    assert results[0].error.code == 400


async def test_the_result_of_a_flow_belongs_to_the_component(runtime: StepflowRuntime) -> None:
    """The sub-run keeps its own; so does the component's input to it."""

    @runtime.component
    async def work(ctx: StepContext) -> Any:
        given = {"n": [1]}
        running = asyncio.ensure_future(ctx.run_flow(flow(step("x", "/noop", {"$input": "$"})), given))
        await asyncio.sleep(0)
        given["n"].append(9)
        result = await running
        result.output["n"].append(2)
        return result.output

    run_id = await runtime.submit(WORK)
    assert (await runtime.get_result(run_id)).output == {"n": [1, 2]}
    [below] = (await runtime.list_runs(parent_run_id=run_id)).runs
    assert (await runtime.get_result(below.run_id)).output == {"n": [1]}


async def test_a_run_that_a_component_leaves_behind_is_cancelled(runtime: StepflowRuntime) -> None:
    """When the component ends, whichever way."""

    @runtime.component
    async def leaves(ctx: StepContext, fails: bool = False) -> str:
        left = asyncio.ensure_future(ctx.run_flow(flow(step("s", "/sleep", {"duration_ms": 60_000}))))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if fails or left.done():
            raise ValueError("no")
        return "left"

    for fails in (False, True):
        run_id = await runtime.submit(flow(step("a", "/leaves", {"fails": fails})))
        await runtime.get_result(run_id)
        [below] = (await runtime.list_runs(parent_run_id=run_id)).runs
        assert below.status is ExecutionStatus.CANCELLED


async def test_a_component_may_stop_waiting_for_a_flow(runtime: StepflowRuntime) -> None:
    """At any moment; the engine is not harmed."""

    @runtime.component
    async def work(ctx: StepContext, turns: int) -> str:
        waiting = asyncio.ensure_future(ctx.run_flow(flow(step("s", "/sleep", {"duration_ms": 60_000}))))
        for _ in range(turns):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
        return "went on"

    for turns in range(6):
        assert (await runtime.run(flow(step("a", "/work", {"turns": turns})))).output == "went on"


@pytest.mark.parametrize("kind", ["async", "plain"])
async def test_a_flow_that_is_asked_for_too_late_is_not_run(runtime: StepflowRuntime, kind: str) -> None:
    """The component is told at once that its step has ended."""
    late: list[StepContext] = []
    register(runtime, kind, late.append)
    run_id = await runtime.submit(WORK)
    await runtime.get_result(run_id)
    asked = late[0].run_flow(ECHO, 1) if kind == "async" else asyncio.to_thread(late[0].blocking.run_flow, ECHO, 1)
    result = await asyncio.wait_for(asked, PATIENCE)
    assert result.error is not None
    assert (result.error.code, result.error.kind) == (499, "cancelled")
    assert len((await runtime.list_runs()).runs) == 1


async def test_a_component_cannot_block_the_loop_by_its_context(runtime: StepflowRuntime) -> None:
    """`blocking` is refused there; in a thread of the component's own it works."""

    @runtime.component
    async def work(ctx: StepContext) -> str:
        return ctx.blocking.put_blob(1)

    @runtime.component
    async def aside(ctx: StepContext) -> str:
        return await asyncio.to_thread(ctx.blocking.put_blob, 1)

    error = (await runtime.run(WORK)).error
    assert error is not None
    assert error.message == "`blocking` is for plain components; here, use `await`"
    blob_id = (await runtime.run(flow(step("a", "/aside")))).output
    assert await runtime.get_blob(blob_id) == 1


# ---- logger


@kinds
async def test_log_records_carry_the_run_and_the_step(
    runtime: StepflowRuntime, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """And what the component adds."""
    register(runtime, kind, lambda ctx: ctx.logger.info("worked on %d", 5, extra={"more": 1}))
    with caplog.at_level(logging.INFO, "stepflow.component"):
        run_id = await runtime.submit(WORK)
        await runtime.get_result(run_id)
    [record] = [each for each in caplog.records if each.name == "stepflow.component"]
    assert record.getMessage() == "worked on 5"
    told = vars(record)
    assert (told["run_id"], told["step"], told["attempt"], told["more"]) == (run_id, "a", 1, 1)


async def test_secrets_are_masked_in_log_records(runtime: StepflowRuntime, caplog: pytest.LogCaptureFixture) -> None:
    """In the message and in its arguments."""

    def work(ctx: StepContext) -> None:
        ctx.logger.warning("hunter22 and %s", "hunter22")
        ctx.logger.debug("not asked for: %s", "hunter22")

    register(runtime, "async", work)
    variables = {"type": "object", "properties": {"key": {"type": "string", "is_secret": True}}}
    with caplog.at_level(logging.INFO, "stepflow.component"):
        await runtime.run({**WORK, "schemas": {"variables": variables}}, variables={"key": "hunter22"})
    assert [each.getMessage() for each in caplog.records] == ["[REDACTED] and [REDACTED]"]
