"""What makes the id of a flow and of a blob."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from stepflow_core import InvalidInputError, StepflowError, StepflowExecutor

pytestmark = pytest.mark.asyncio(loop_scope="session")

VECTOR = {
    "name": "t",
    "steps": [{"id": "a", "component": "/mock/one_output", "input": {"input": {"$input": "$.m"}}}],
    "output": {"$step": "a", "path": "$.output"},
}

FULL: dict[str, Any] = {
    "name": "full",
    "steps": [
        {"id": "a", "component": "/noop", "input": {"$input": "$.x"}},
        {"id": "b", "component": "/noop", "input": {"$step": "a"}},
    ],
    "output": {"$step": "b"},
}


async def flow_id(executor: StepflowExecutor, document: Any) -> str:
    """The id that a flow is stored under."""
    stored = await executor.store_flow(document)
    assert stored.flow_id is not None, stored.diagnostics
    return stored.flow_id


def variant(**changes: Any) -> dict[str, Any]:
    """The full flow with other members."""
    return {**FULL, **changes}


def with_first_step(**changes: Any) -> dict[str, Any]:
    """The full flow with other members of its first step."""
    return variant(steps=[{**FULL["steps"][0], **changes}, FULL["steps"][1]])


async def test_the_published_vectors_hold(executor: StepflowExecutor) -> None:
    """The ids that the language names are those that come out."""
    data = {"message": "Hello, blobs!", "number": 42, "nested": {"array": [1, 2, 3], "boolean": True}}
    assert await executor.put_blob({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    assert await executor.put_blob(data) == "868591347a854ba1d0f4875b2dd44e1e8335052af03725a9819f89e0142318b0"
    assert await flow_id(executor, VECTOR) == "4d0ecc56eb58928674b3c8753e3face924ce837c0c21137575a98ab7f9b04105"


SAME = {
    "other order of flow keys": dict(reversed(FULL.items())),
    "other order of step keys": variant(steps=[dict(reversed(step.items())) for step in FULL["steps"]]),
    "explicit null": variant(description=None, schemas=None, test=None),
    "empty members": variant(metadata={}, examples=[], schemas={}),
    "defaults of a step": with_first_step(mustExecute=False, metadata={}, after=[], onError=None),
    "unknown keys": variant(owner="orchard", x={"y": 1}),
    "ignored neighbours": with_first_step(input={"$input": "$.x", "note": 1}),
    "path without the dollar": with_first_step(input={"$input": "x"}),
    "path with blanks": with_first_step(input={"$input": "  $.x "}),
    "path in brackets": with_first_step(input={"$input": '$["x"]'}),
    "path of a whole step": variant(output={"$step": "b", "path": "$"}),
    "null path of a whole step": variant(output={"$step": "b", "path": None}),
}


@pytest.mark.parametrize("document", SAME.values(), ids=SAME)
async def test_what_means_the_same_has_the_same_id(executor: StepflowExecutor, document: dict[str, Any]) -> None:
    """Ways of writing do not count."""
    assert await flow_id(executor, document) == await flow_id(executor, FULL)


OTHER = {
    "name": variant(name="other"),
    "metadata": variant(metadata={"a": 1}),
    "metadata of a step": with_first_step(metadata={"a": 1}),
    "test": variant(test={"cases": []}),
    "examples": variant(examples=[{"name": "one", "input": 1}]),
    "step option": with_first_step(mustExecute=True),
    "order of keys in an input": with_first_step(input={"b": 1, "a": 2}),
    "the other order of keys in an input": with_first_step(input={"a": 2, "b": 1}),
    "order of steps": variant(steps=[{"id": "z", "component": "/noop"}, *FULL["steps"]]),
    "literal data": with_first_step(input={"$literal": {"$input": "x"}}),
    "other literal data": with_first_step(input={"$literal": {"$input": "$.x"}}),
}


async def test_what_means_something_else_has_another_id(executor: StepflowExecutor) -> None:
    """Names, metadata, test cases, examples and the order inside data are part of what a flow is."""
    ids = [await flow_id(executor, document) for document in [FULL, *OTHER.values()]]
    assert len(set(ids)) == len(ids)


SCHEMA = {"type": "object"}
EQUAL_PAIRS = {
    "schemas wrapped and flat": (
        {"schemas": {"type": "object", "properties": {"input": SCHEMA, "steps": {"properties": {"a": SCHEMA}}}}},
        {"schemas": {"input": SCHEMA, "steps": {"a": SCHEMA}}},
    ),
    "definitions wrapped and flat": (
        {"schemas": {"$defs": {"D": SCHEMA}, "properties": {"input": {"$ref": "#/schemas/$defs/D"}}}},
        {"schemas": {"defs": {"D": SCHEMA}, "input": {"$ref": "#/schemas/$defs/D"}}},
    ),
    "whole input": ({"output": {"$input": "$"}}, {"output": {"$input": ""}}),
    "whole input by null": ({"output": {"$input": "$"}}, {"output": {"$input": None}}),
    "variable": ({"output": {"$variable": "$.v.w"}}, {"output": {"$variable": "v.w"}}),
    "keys of a condition": (
        {"output": {"$if": True, "then": 1, "else": 2}},
        {"output": {"else": 2, "then": 1, "$if": True}},
    ),
    "duration": (
        {"steps": [{"id": "a", "component": "/noop", "timeout": "1m30s"}]},
        {"steps": [{"id": "a", "component": "/noop", "timeout": 90}]},
    ),
    "retry with its defaults": (
        {"steps": [{"id": "a", "component": "/noop", "retry": {"maxRetries": 3, "on": ["any"]}}]},
        {"steps": [{"id": "a", "component": "/noop", "retry": {"on": ["any"]}}]},
    ),
    "on error without action's default": (
        {"steps": [{"id": "a", "component": "/noop", "onError": {"action": "useDefault", "defaultValue": None}}]},
        {"steps": [{"id": "a", "component": "/noop", "onError": {"action": "useDefault"}}]},
    ),
    "on skip": (
        {"steps": [{"id": "a", "component": "/noop"}], "output": {"$step": "a", "onSkip": {"action": "skip"}}},
        {"steps": [{"id": "a", "component": "/noop"}], "output": {"$step": "a"}},
    ),
}


@pytest.mark.parametrize("pair", EQUAL_PAIRS.values(), ids=EQUAL_PAIRS)
async def test_two_spellings_are_one_flow(executor: StepflowExecutor, pair: tuple[Any, Any]) -> None:
    """Schemas, paths, durations and defaults are brought to one form."""
    first, second = [await flow_id(executor, document) for document in pair]
    assert first == second


async def test_a_file_and_a_mapping_are_one_flow(executor: StepflowExecutor, tmp_path: Path) -> None:
    """Where a flow comes from does not count."""
    file = tmp_path / "flow.yaml"
    file.write_text("output: {$step: b}\nname: full\nsteps:\n- {id: a, component: /noop, input: {$input: x}}\n"
                    "- {component: /noop, id: b, input: {$step: a}}\n")  # fmt: skip
    assert await flow_id(executor, str(file)) == await flow_id(executor, FULL)


async def test_a_flow_comes_back_in_its_normal_form(executor: StepflowExecutor) -> None:
    """What `get_flow` gives has the id that it was asked for by."""
    document = with_first_step(input={"$input": "x.y", "note": 1}, metadata={"cost": 1})
    stored = await flow_id(executor, {**document, "metadata": {"team": "bakers"}, "unknown": 1})
    flow = await executor.get_flow(stored)
    assert (flow.metadata, flow.steps[0].metadata) == ({"team": "bakers"}, {"cost": 1})
    assert flow.steps[0].input == {"$input": "$.x.y"}
    assert await flow_id(executor, flow.to_dict()) == stored


async def test_the_id_of_bytes_is_their_hash(executor: StepflowExecutor) -> None:
    """A binary blob is hashed as it is and comes back as it was."""
    data = bytes(range(256))
    blob_id = await executor.put_blob(data, "binary")
    assert blob_id == hashlib.sha256(data).hexdigest()
    assert await executor.get_blob(blob_id) == data


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"deep": [-float("inf")]}], ids=str)
async def test_a_number_that_is_not_json_is_no_blob(executor: StepflowExecutor, value: Any) -> None:
    """NaN and infinities are refused, not written as null."""
    with pytest.raises(StepflowError):
        await executor.put_blob(value)


@pytest.mark.parametrize(
    ("value", "text"), [(1e21, "1e21"), (0.00001, "0.00001"), (1.0, "1.0"), (10**30, "1" + "0" * 30)], ids=str
)
async def test_numbers_are_hashed_in_their_shortest_form(executor: StepflowExecutor, value: Any, text: str) -> None:
    """Integers as integers of any size, floats as the JSON encoder writes them."""
    assert await executor.put_blob(value) == hashlib.sha256(text.encode()).hexdigest()


async def test_an_input_that_is_not_json_is_refused(executor: StepflowExecutor) -> None:
    """A value that JSON does not have never enters a run."""
    with pytest.raises(InvalidInputError):
        await executor.run({"name": "same", "output": {"$input": "$"}}, {"value": {1, 2}})
