"""The executor protocol as its users write it: the snippets of its description, run as they are printed."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from stepflow_core import (
    ConflictError,
    ExecutionStatus,
    FlowError,
    FlowResult,
    FlowResultStatus,
    InvalidInputError,
    StepflowExecutor,
    blocking,
)
from stepflow_runtime import StepContext, StepflowRuntime, component

WORKFLOW = """\
name: greet
description: Greets by name.
output: {$template: "Hello {{ input.name }}"}
"""
CONFIG = """\
plugins: {builtin: {type: builtin}}
routes: {"/builtin/{*component}": [{plugin: builtin}]}
"""
STORED = {
    "name": "stored",
    "description": "Gives back what it gets.",
    "steps": [{"id": "give", "component": "/builtin/noop", "input": {"x": {"$input": "x"}, "k": {"$variable": "k"}}}],
    "output": {"$step": "give"},
}
COUNTING = {
    "name": "count",
    "description": "Counts the words of a text.",
    "steps": [{"id": "count", "component": "/text/count_words", "input": {"$input": "$"}}],
    "output": {"$step": "count"},
}


class Document(msgspec.Struct):
    title: str
    pages: list[str] = []


class Summary(msgspec.Struct):
    text: str
    length: int


@dataclass
class DataDocument:
    title: str
    pages: list[str]


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the snippets read, where the program runs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "workflow.yaml").write_text(WORKFLOW)
    (tmp_path / "stored.json").write_bytes(msgspec.json.encode(STORED))
    (tmp_path / "stepflow-config.yml").write_text(CONFIG)


# ---- in process


async def test_a_flow_file_is_run_in_memory(capsys: pytest.CaptureFixture[str]) -> None:
    """The first lines that anybody writes."""
    async with StepflowRuntime() as runtime:
        result = await runtime.run("workflow.yaml", {"name": "World"})
        print(result.output if result.is_success else result.error.message)
    async with StepflowRuntime() as runtime:
        result = await runtime.run("workflow.yaml", {})
        print(result.output if result.is_success else result.error.message)
    greeting, failure = capsys.readouterr().out.splitlines()
    assert greeting == "Hello World"
    assert "line 1" in failure


async def test_a_runtime_is_started_from_a_config_file() -> None:
    """`start` and the constructor give the same object."""
    async with StepflowRuntime.start("stepflow-config.yml") as runtime:
        assert type(runtime) is StepflowRuntime
        assert (await runtime.run("workflow.yaml", {"name": "World"})).output == "Hello World"
    async with StepflowRuntime("stepflow-config.yml") as runtime:
        assert {each.path for each in await runtime.list_components()} >= {"/builtin/eval", "/builtin/map"}


async def test_arguments_come_from_the_input_object(runtime: StepflowRuntime) -> None:
    """Typed, with defaults; the schema is derived."""

    @runtime.component("/text/count_words", description="Counts words")
    def count_words(text: str, min_length: int = 1) -> dict[str, int]:
        words = [each for each in text.split() if len(each) >= min_length]
        return {"words": len(words)}

    assert (await runtime.run(COUNTING, {"text": "a bc def"})).output == {"words": 3}
    assert (await runtime.run(COUNTING, {"text": "a bc def", "min_length": 2})).output == {"words": 2}
    error = (await runtime.run(COUNTING, {"text": 5})).error
    assert error is not None
    assert error.kind == "invalid_input"
    [found] = [each for each in await runtime.list_components() if each.path == "/text/count_words"]
    assert found.description == "Counts words"
    assert found.input_schema is not None
    assert found.input_schema["properties"]["min_length"] == {"type": "integer", "default": 1}
    assert found.input_schema["required"] == ["text"]


def summarising(doc: Any) -> dict[str, Any]:
    return {
        "name": "summarise",
        "description": "Summarises a document.",
        "steps": [{"id": "s", "component": "/summarise", "input": doc}],
        "output": {"$step": "s"},
    }


GIVEN = {"title": "On tea", "pages": ["green", "black"]}


async def test_one_struct_takes_the_whole_input(runtime: StepflowRuntime) -> None:
    """And one is the result; without a path it is the function's name."""

    @runtime.component
    async def summarise(doc: Document, ctx: StepContext) -> Summary:
        ctx.emit({"pages": len(doc.pages)}, "progress")
        return Summary(doc.title.upper(), len(doc.pages))

    assert (await runtime.run(summarising(GIVEN))).output == {"text": "ON TEA", "length": 2}
    error = (await runtime.run(summarising({"pages": []}))).error
    assert error is not None
    assert error.kind == "invalid_input"


async def test_a_dataclass_takes_the_whole_input(runtime: StepflowRuntime) -> None:
    """As a struct does."""

    @runtime.component
    async def summarise(doc: DataDocument) -> DataDocument:
        return DataDocument(doc.title, doc.pages[:1])

    assert (await runtime.run(summarising(GIVEN))).output == {"title": "On tea", "pages": ["green"]}


async def test_a_class_of_attrs_takes_the_whole_input(runtime: StepflowRuntime) -> None:
    """Where attrs is installed."""
    attrs = pytest.importorskip("attrs")
    made = attrs.make_class("AttrsDocument", {"title": attrs.field(type=str), "pages": attrs.field(type=list)})

    async def summarise(doc):
        return {"text": doc.title}

    summarise.__annotations__ = {"doc": made}
    runtime.component(summarise)
    assert (await runtime.run(summarising(GIVEN))).output == {"text": "On tea"}


def test_functions_are_marked_for_a_config_to_find() -> None:
    """`component` is a decorator of the package, not one of its modules."""

    @component("/marked")
    def marked(n: int) -> int:
        return n

    assert marked(5) == 5


# ---- without await


def test_blocking_gives_the_members_without_await() -> None:
    """Of any executor."""
    with blocking(StepflowRuntime()) as ex:
        assert ex.run("workflow.yaml", {"name": "World"}).output == "Hello World"
    with StepflowRuntime() as ex:
        assert ex.run("workflow.yaml", {"name": "World"}).output == "Hello World"


# ---- what is written against the client runs in process too


async def test_what_is_written_against_the_client_runs_in_process(capsys: pytest.CaptureFixture[str]) -> None:
    """Statuses print as their names, ids are texts."""
    async with StepflowRuntime() as client:
        flow_id = (await client.store_flow("stored.json")).flow_id
        run = await client.create_run(
            flow_id=flow_id, input=[{"x": 1}, {"x": 2}], variables={"k": "v"}, debug=False, max_concurrency=2
        )
        details = await client.get_run(str(run.run_id))
        print(details.status)
        for item in (await client.get_run_items(str(run.run_id))).items:
            print(item.index, item.result.output)
        steps = await client.get_run_steps(str(run.run_id))
        assert [(each.address, each.item_index) for each in steps.steps] == [("give", 0), ("give", 1)]
        with pytest.raises(ConflictError, match="has ended"):
            await client.cancel_run(str(run.run_id))
        runs = await client.list_runs(status=ExecutionStatus.COMPLETED, limit=10)
        assert [each.run_id for each in runs.runs] == [run.run_id]
        print((await client.health_check()).status)
    assert capsys.readouterr().out.splitlines() == [
        "completed",
        "0 {'x': 1, 'k': 'v'}",
        "1 {'x': 2, 'k': 'v'}",
        "healthy",
    ]


async def test_a_generator_is_a_batch_that_is_followed(runtime: StepflowRuntime) -> None:
    """`run_batch` with `on_item`."""
    seen: list[int] = []
    inputs = ({"name": f"number {n}"} for n in range(3))
    batch = await runtime.run_batch(
        "workflow.yaml", inputs, max_concurrency=1, on_item=lambda it: seen.append(it.index)
    )
    assert [each.output for each in batch.results] == [f"Hello number {n}" for n in range(3)]
    assert (seen, str(batch.run.status)) == ([0, 1, 2], "completed")


# ---- types


def test_a_result_is_one_of_three() -> None:
    """With every member readable on each."""
    success, failed, skipped = (
        FlowResult.success({"a": 1}),
        FlowResult.failed(418, "tea", {"pot": 1}),
        FlowResult.skipped(),
    )
    assert [each.status for each in (success, failed, skipped)] == [
        FlowResultStatus.SUCCESS, FlowResultStatus.FAILED, FlowResultStatus.SKIPPED,
    ]  # fmt: skip
    assert (success.is_success, failed.is_failed, skipped.is_skipped) == (True, True, True)
    assert (success.output, success.error, success.skipped_reason) == ({"a": 1}, None, None)
    assert failed.error == FlowError(418, "tea", {"pot": 1})
    assert failed.error.details == failed.error.data == {"pot": 1}
    assert FlowResult.skipped("why").skipped_reason == "why"


def test_what_is_to_come_is_refused_by_name() -> None:
    """A store that this version does not have."""
    with pytest.raises(InvalidInputError, match=r"sqlite:///stepflow.db"):
        StepflowRuntime(store="sqlite:///stepflow.db")


MEMBERS = [
    name for name, each in vars(StepflowExecutor).items() if inspect.isfunction(each) and not name.startswith("_")
]


@pytest.mark.parametrize("name", MEMBERS)
def test_every_member_is_called_as_the_protocol_says(name: str) -> None:
    """The same parameters in the same order, with the same defaults; awaited or not."""
    declared, built = getattr(StepflowExecutor, name), getattr(StepflowRuntime, name)
    wanted = [(each.name, each.kind, each.default) for each in inspect.signature(declared).parameters.values()]
    found = [(each.name, each.kind, each.default) for each in inspect.signature(built).parameters.values()]
    assert found == wanted
    assert inspect.iscoroutinefunction(built) == inspect.iscoroutinefunction(declared)
