"""One program, two executors: what is written against the protocol runs in process and on a server alike."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from stepflow_client import (
    ConflictError,
    ExecutionStatus,
    Flow,
    FlowLoadError,
    FlowResult,
    FlowResultStatus,
    InvalidInputError,
    ItemResult,
    NotFoundError,
    RunTimeoutError,
    StepflowClient,
    StepflowExecutor,
)
from stepflow_runtime import StepContext, StepflowRuntime
from stepflow_server import Settings
from stepflow_server.http_server import HttpServer

from .files import RISING, SUM

pytestmark = pytest.mark.usefixtures("place")


class Document(msgspec.Struct):
    title: str
    pages: list[str] = []


class Summary(msgspec.Struct):
    text: str
    length: int


def own_components(runtime: StepflowRuntime) -> None:
    """The components of a program, as its authors write them."""

    @runtime.component("/text/count_words", description="Counts words")
    def count_words(text: str, min_length: int = 1) -> dict[str, int]:
        return {"words": sum(len(each) >= min_length for each in text.split())}

    @runtime.component
    async def summarise(doc: Document, ctx: StepContext) -> Summary:
        ctx.emit({"pages": len(doc.pages)}, "progress")
        return Summary(doc.title.upper(), len(doc.pages))

    @runtime.component("/bakery/rise")
    async def rise() -> None:
        await asyncio.Event().wait()


@asynccontextmanager
async def embedded(runtime: StepflowRuntime) -> AsyncIterator[StepflowExecutor]:
    """The runtime itself."""
    yield runtime


@asynccontextmanager
async def served(runtime: StepflowRuntime) -> AsyncIterator[StepflowExecutor]:
    """A client of a server of the runtime."""
    server = HttpServer(runtime, Settings(port=0))
    try:
        async with StepflowClient(await server.start(), timeout=30.0) as client:
            yield client
    finally:
        await server.close()


@pytest.fixture(params=[embedded, served])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[StepflowExecutor]:
    """What a program uses, whichever it is."""
    async with StepflowRuntime.start("stepflow-config.yml") as runtime:
        own_components(runtime)
        async with request.param(runtime) as executor:
            yield executor


def calling(component: str) -> dict[str, Any]:
    """A flow of one step that calls a component with the flow's input."""
    step = {"id": "only", "component": component, "input": {"$input": "$"}}
    return {"name": "calling", "description": "Calls.", "steps": [step], "output": {"$step": "only"}}


# ---- components and results


async def test_arguments_come_from_the_input_object(client: StepflowExecutor) -> None:
    """Typed, with defaults; the schema is derived and listed."""
    asked = calling("/text/count_words")
    assert (await client.run(asked, {"text": "a bc def"})).output == {"words": 3}
    assert (await client.run(asked, {"text": "a bc def", "min_length": 2})).output == {"words": 2}
    [found] = [each for each in await client.list_components() if each.path == "/text/count_words"]
    assert found.description == "Counts words"
    assert found.input_schema is not None
    assert found.input_schema["properties"]["min_length"] == {"type": "integer", "default": 1}


async def test_one_struct_takes_the_whole_input(client: StepflowExecutor) -> None:
    """What it shows on its way can be followed."""
    given = {"title": "On tea", "pages": ["green", "black"]}
    result = await client.run(calling("/summarise"), given)
    print(result.output if result.is_success else result.error.message)
    assert result == FlowResult.success({"text": "ON TEA", "length": 2})


async def test_a_result_is_one_of_three(client: StepflowExecutor) -> None:
    """With every member readable on each."""
    skipping = {**SUM, "steps": [{**SUM["steps"][0], "when": False}, SUM["steps"][1]]}
    success = await client.run("sum.json", {"x": 2**70})
    failed = await client.run(calling("/text/count_words"), {"text": 5})
    skipped = await client.run(skipping, {"x": 1})
    statuses = [success.status, failed.status, skipped.status]
    assert statuses == [FlowResultStatus.SUCCESS, FlowResultStatus.FAILED, FlowResultStatus.SKIPPED]
    assert (success.is_success, failed.is_failed, skipped.is_skipped) == (True, True, True)
    assert success.output["sum"] == 2**70
    assert (success.error, success.skipped_reason, failed.output, skipped.error) == (None, None, None, None)
    assert (failed.error.code, failed.error.details, failed.error.kind) == (500, failed.error.data, "invalid_input")
    assert "sign" in str(skipped.skipped_reason)


# ---- a program from its beginning to its end


async def test_a_program_runs_on_both(client: StepflowExecutor, capsys: pytest.CaptureFixture[str]) -> None:
    """As the description of the protocol has it."""
    result = await client.run("workflow.yaml", {"name": "World"})
    print(result.output if result.is_success else result.error.message)
    flow_id = (await client.store_flow("sum.json")).flow_id
    run = await client.create_run(
        flow_id=flow_id, input=[{"x": 1}, {"x": 2}], variables={"api_key": "v"}, debug=False, max_concurrency=2
    )
    details = await client.get_run(str(run.run_id))
    print(details.status)
    for item in (await client.get_run_items(str(run.run_id))).items:
        print(item.index, item.result)
    steps = await client.get_run_steps(str(run.run_id))
    assert [(each.address, each.item_index) for each in steps.steps] == [
        ("add", 0), ("sign", 0), ("add", 1), ("sign", 1),
    ]  # fmt: skip
    with pytest.raises(ConflictError):
        await client.cancel_run(str(run.run_id))
    runs = await client.list_runs(status=ExecutionStatus.COMPLETED, limit=10)
    assert run.run_id in [each.run_id for each in runs.runs]
    print((await client.health_check()).status)
    assert capsys.readouterr().out.splitlines() == [
        "Hello World",
        "completed",
        "0 Success(output={'sum': 1, 'key': 'v'})",
        "1 Success(output={'sum': 2, 'key': 'v'})",
        "healthy",
    ]


async def test_a_run_is_begun_and_waited_for_apart(client: StepflowExecutor) -> None:
    """Whoever has its id can wait, follow and forget it."""
    run_id = await client.submit("workflow.yaml", {"name": "Ada"}, tags={"team": "red"}, idempotency_key="once")
    assert await client.get_result(run_id, timeout=60) == FlowResult.success("Hello Ada")
    assert [each.event async for each in client.events(run_id)][-1] == "run_completed"
    assert (await client.get_run_flow(run_id)).name == "greeting"
    await client.delete_run(run_id)
    with pytest.raises(NotFoundError):
        await client.get_run(run_id)


async def test_a_generator_is_a_batch_that_is_followed(client: StepflowExecutor) -> None:
    """Any iterable of inputs; `on_item` is told of each that ends."""
    seen: list[int] = []

    def on_item(item: ItemResult) -> None:
        seen.append(item.index)

    inputs = ({"x": number} for number in range(3))
    batch = await client.run_batch("sum.json", inputs, max_concurrency=1, on_item=on_item)
    assert [each.output["sum"] for each in batch.results] == [0, 1, 2]
    assert (seen, batch.run.status) == ([0, 1, 2], ExecutionStatus.COMPLETED)
    run_id = await client.submit_batch("sum.json", [{"x": 1}, {"x": 2}])
    assert [each.output["sum"] for each in (await client.get_batch(run_id)).results] == [1, 2]
    with pytest.raises(ConflictError, match="get_batch"):
        await client.get_result(run_id)


async def test_a_timeout_limits_the_waiting(client: StepflowExecutor) -> None:
    """The error has the run's id and status, and the run goes on until somebody ends it."""
    with pytest.raises(RunTimeoutError) as caught:
        await client.run(RISING, timeout=0.01)
    run_id = caught.value.run_id
    assert (caught.value.status, (await client.get_run(run_id)).status) == ("running", ExecutionStatus.RUNNING)
    assert (await client.cancel_run(run_id, reason="tried")).status is ExecutionStatus.CANCELLED


# ---- flows


SOURCES: dict[str, Callable[[str], Any]] = {
    "a path": lambda _: "sum.json",
    "a mapping": lambda _: SUM,
    "a Flow": lambda _: Flow.from_dict(SUM),
    "an id": lambda flow_id: flow_id,
    "a name": lambda _: "sum",
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
async def test_a_flow_is_given_in_any_way(client: StepflowExecutor, source: Callable[[str], Any]) -> None:
    """What stands for the same flow gives the same result."""
    flow_id = (await client.store_flow("sum.json")).flow_id
    assert (await client.run(source(flow_id), {"x": 1, "y": 1})).output == {"sum": 2, "key": "none"}


async def test_a_version_of_a_name(client: StepflowExecutor) -> None:
    """`name@version`; a name alone is the newest."""
    for version in ("1", "2"):
        await client.store_flow({**SUM, "version": version, "output": version})
    assert [(await client.run(name, {})).output for name in ("sum@1", "sum@2", "sum")] == ["1", "2", "2"]
    assert [(each.name, each.version) for each in await client.list_flows()] == [("sum", "1"), ("sum", "2")]


async def test_a_flow_that_is_not_found_says_what_was_tried(client: StepflowExecutor) -> None:
    """By name, by id, by path."""
    for source, error, words in (
        ("no such flow", NotFoundError, "no such flow"),
        ("0" * 64, NotFoundError, "0" * 64),
        ("missing.yaml", FlowLoadError, r"missing\.yaml"),
    ):
        with pytest.raises(error, match=words):
            await client.run(source)


async def test_a_flow_can_be_looked_into(client: StepflowExecutor) -> None:
    """Validated, its variables, its graph, a step with its input."""
    declared = {**SUM, "schemas": {"variables": {"type": "object", "properties": {"api_key": {"type": "string"}}}}}
    assert (await client.validate(declared, strict=True)).valid
    faulty = await client.validate({**SUM, "output": {"$step": "nowhere"}})
    assert (faulty.valid, [each.code for each in faulty.errors]) == (False, [3003])
    assert not (await client.store_flow(declared, dry_run=True)).stored
    flow_id = (await client.store_flow(declared, name="declared")).flow_id
    assert list(await client.get_flow_variables(flow_id)) == ["api_key"]
    assert [each.id for each in (await client.get_flow_graph(flow_id)).nodes] == ["add", "sign", "$output"]
    run = await client.create_run(flow_name="declared", input={"x": 1}, variables={"api_key": "k"})
    assert (await client.get_step(run.run_id, "sign")).input == {"sum": 1, "key": "k"}
    await client.delete_run(run.run_id)
    await client.delete_flow(flow_id)


async def test_values_are_kept(client: StepflowExecutor) -> None:
    """Of any size, under the hash of their content."""
    blob_id = await client.put_blob({"a": [1, 2.0, 2**70]})
    assert await client.get_blob(blob_id) == {"a": [1, 2.0, 2**70]}
    assert await client.get_blob(await client.put_blob(b"\0\xff", "binary")) == b"\0\xff"


async def test_a_run_moves_step_by_step(client: StepflowExecutor) -> None:
    """In debug mode."""
    flow_id = (await client.store_flow("sum.json")).flow_id
    run = await client.create_run(flow_id=flow_id, input={"x": 1}, debug=True)
    assert (run.status, run.debug) == (ExecutionStatus.PAUSED, True)
    assert (await client.debug_queued(run.run_id)).ready == ["add"]
    assert (await client.debug_queue(run.run_id, ["sign"])).ready == ["add"]
    assert (await client.debug_next(run.run_id)).step_id == "add"
    assert (await client.debug_show(run.run_id, "add")).result == FlowResult.success(1)
    assert await client.debug_eval(run.run_id, expression={"$step": "add"}) == FlowResult.success(1)
    assert (await client.debug_run_queue(run.run_id)).executed_count == 1
    with pytest.raises(ConflictError):
        await client.debug_continue(run.run_id)


# ---- the protocol itself


def test_what_is_to_come_is_refused_by_name() -> None:
    """A store that this version does not have."""
    with pytest.raises(InvalidInputError, match=r"sqlite:///stepflow.db"):
        StepflowRuntime(store="sqlite:///stepflow.db")


MEMBERS = [
    name for name, each in vars(StepflowExecutor).items() if inspect.isfunction(each) and not name.startswith("_")
]


@pytest.mark.parametrize("kind", [StepflowRuntime, StepflowClient])
@pytest.mark.parametrize("name", MEMBERS)
def test_every_member_is_called_as_the_protocol_says(kind: type, name: str) -> None:
    """The same parameters in the same order, with the same defaults; awaited or not."""
    declared, built = getattr(StepflowExecutor, name), getattr(kind, name)
    wanted = [(each.name, each.kind, each.default) for each in inspect.signature(declared).parameters.values()]
    found = [(each.name, each.kind, each.default) for each in inspect.signature(built).parameters.values()]
    assert found == wanted
    assert inspect.iscoroutinefunction(built) == inspect.iscoroutinefunction(declared)
