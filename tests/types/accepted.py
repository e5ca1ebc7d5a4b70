"""The public API used as it is meant to be: all of this must type-check. Nothing here is run."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, assert_type

import msgspec
from stepflow_core import (
    BatchResult,
    ComponentInfo,
    ConflictError,
    CreateRunResponse,
    DebugQueue,
    DebugView,
    Diagnostic,
    ExecutionStatus,
    Flow,
    FlowError,
    FlowLoadError,
    FlowResult,
    FlowResultStatus,
    HealthResponse,
    ItemResult,
    RunDetails,
    RunEvent,
    RunSummary,
    RunTimeoutError,
    StepflowError,
    StepflowExecutor,
    StepRun,
    StepStatus,
    ValidationResult,
    blocking,
)
from stepflow_runtime import ComponentError, StepContext, StepflowRuntime


async def run_in_memory() -> None:
    async with StepflowRuntime() as runtime:
        result = await runtime.run("workflow.yaml", {"name": "World"})
        assert_type(result, FlowResult)
        if result.is_success:
            print(result.output["greeting"])
        elif result.error is not None:
            assert_type(result.error, FlowError | Any)
            print(result.error.code, result.error.message, result.error.details)


async def what_is_known_is_not_asked_again(runtime: StepflowRuntime) -> None:
    result = await runtime.run("workflow.yaml")
    print(result.output if result.is_success else result.error.message)
    await runtime.delete_flow((await runtime.store_flow("workflow.yaml")).flow_id)


async def run_with_everything(runtime: StepflowRuntime) -> None:
    result = await runtime.run(
        Path("workflow.yaml"),
        [1, 2],
        {"a": {"value": {"input": 1}}},
        variables={"key": "value"},
        tags={"team": "red"},
        durability="step",
        timeout=1.5,
    )
    assert_type(result.status, FlowResultStatus)
    assert_type(result.skipped_reason, str | None)


async def every_source_of_a_flow(runtime: StepflowRuntime) -> None:
    await runtime.run({"output": {"$input": "$"}}, 1)
    await runtime.run(Flow(output=1))
    await runtime.run("name@1")
    flow_id = (await runtime.store_flow("workflow.yaml", name="greeting")).flow_id
    if flow_id is not None:
        assert_type(await runtime.get_flow(flow_id), Flow)


def every_way_to_begin() -> None:
    StepflowRuntime.start("stepflow-config.yml")
    StepflowRuntime.start(Path("stepflow-config.yml"), store="sqlite:///stepflow.db")
    StepflowRuntime({"plugins": {"mock": {"type": "mock"}}})
    StepflowRuntime(store="memory:")


async def submit_and_wait(runtime: StepflowRuntime) -> None:
    run_id = await runtime.submit("workflow.yaml", {"x": 1}, idempotency_key="once")
    assert_type(run_id, str)
    try:
        assert_type(await runtime.get_result(run_id, timeout=10), FlowResult)
    except RunTimeoutError as error:
        print(error.run_id, error.status)


async def batches(runtime: StepflowRuntime) -> None:
    def inputs() -> Iterator[dict[str, int]]:
        yield from ({"x": number} for number in range(3))

    def on_item(item: ItemResult) -> None:
        print(item.index, item.status, item.result)

    batch = await runtime.run_batch("workflow.yaml", inputs(), max_concurrency=2, on_item=on_item)
    assert_type(batch, BatchResult)
    assert_type(batch.results, list[FlowResult])
    assert_type(batch.run, RunDetails)
    run_id = await runtime.submit_batch("workflow.yaml", [1, 2, 3], durability="run")
    assert_type(await runtime.get_batch(run_id), BatchResult)


async def runs(executor: StepflowExecutor) -> None:
    created = await executor.create_run(flow_id="f" * 64, input=[{"x": 1}, {"x": 2}], variables={"k": "v"})
    assert_type(created, CreateRunResponse)
    details = await executor.get_run(created.run_id, wait=True)
    assert_type(details.status, ExecutionStatus)
    for item in (await executor.get_run_items(created.run_id)).items:
        assert_type(item, ItemResult)
    for step in (await executor.get_run_steps(created.run_id, item_index=0)).steps:
        assert_type(step, StepRun)
    await executor.cancel_run(created.run_id, reason="no longer needed")
    await executor.delete_run(created.run_id)
    for run in (await executor.list_runs(status=ExecutionStatus.COMPLETED, limit=10)).runs:
        print(run.run_id, run.created_at.isoformat(), run.items.total)


async def the_rest(executor: StepflowExecutor) -> None:
    assert_type(await executor.validate("workflow.yaml", strict=True), ValidationResult)
    assert_type(await executor.list_components(), list[ComponentInfo])
    assert_type(await executor.health_check(), HealthResponse)
    assert_type(await executor.put_blob({"a": 1}), str)
    events: AsyncIterator[RunEvent] = executor.events("run", since=-1, follow=True, event_types=["step_completed"])
    async for event in events:
        print(event.sequence_number, event.event)
    await executor.close()


async def debugging(executor: StepflowExecutor) -> None:
    run_id = (await executor.create_run(flow_name="name", debug=True)).run_id
    assert_type(await executor.debug_queue(run_id, ["a", "b"]), DebugQueue)
    for queued in (await executor.debug_queued(run_id)).queued:
        assert_type(queued.status, StepStatus)
    moved = await executor.debug_next(run_id)
    assert_type(moved.result, FlowResult | None)
    for ran in (await executor.debug_run_queue(run_id)).results:
        assert_type(ran.result, FlowResult)
    assert_type(await executor.debug_eval(run_id, step_id="a"), FlowResult)
    assert_type(await executor.debug_eval(run_id, expression=None), FlowResult)
    assert_type(await executor.debug_show(run_id, "a"), DebugView)
    assert_type(await executor.debug_continue(run_id), RunSummary)


class Traced(StepflowRuntime):
    def spans(self) -> int:
        return 0


async def one_kind_of_runtime() -> None:
    async with Traced() as runtime:
        assert_type(runtime.spans(), int)
    async with Traced.start() as started:
        assert_type(started.spans(), int)


async def one_protocol(runtime: StepflowRuntime) -> None:
    async def greet(executor: StepflowExecutor) -> Any:
        return (await executor.run("workflow.yaml")).output

    await greet(runtime)


def without_await() -> None:
    with blocking(StepflowRuntime()) as executor:
        assert_type(executor.run("workflow.yaml", {"x": 1}), FlowResult)
    with StepflowRuntime() as executor:
        assert_type(executor.run("workflow.yaml", {"x": 1}), FlowResult)
        assert_type(executor.debug_eval("run", step_id="a"), FlowResult)


@dataclasses.dataclass
class Document:
    text: str


class Summary(msgspec.Struct):
    words: int


async def components(runtime: StepflowRuntime, context: StepContext) -> None:
    @runtime.component("/text/count_words", description="Counts words")
    def count_words(text: str, min_length: int = 1) -> dict[str, int]:
        return {"count": sum(len(word) >= min_length for word in text.split())}

    @runtime.component
    async def summarise(doc: Document, ctx: StepContext) -> Summary:
        ctx.emit({"attempt": ctx.attempt}, kind="progress")
        if not doc.text:
            raise ComponentError("nothing to summarise", code=422, data={"kind": "empty"})
        return Summary(len(doc.text.split()))

    # The decorators give the functions back as they were.
    assert_type(count_words("a b"), dict[str, int])
    assert_type(await summarise(Document("a"), context), Summary)


def errors(error: StepflowError) -> None:
    assert_type(error.status_code, int | None)
    assert_type(error.retry_after, float | None)
    if isinstance(error, FlowLoadError):
        assert_type(error.diagnostics, list[Diagnostic])
    elif isinstance(error, ConflictError):
        print(error.message, error.details)


def results() -> None:
    made: list[FlowResult] = [FlowResult.success(1), FlowResult.failed(500, "broken"), FlowResult.skipped("unneeded")]
    assert_type([each.is_failed for each in made], list[bool])
