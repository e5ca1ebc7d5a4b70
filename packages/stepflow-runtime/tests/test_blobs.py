"""Blobs: values and bytes under the hash of their content."""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import Any

import pytest
from stepflow_core import FlowError, InvalidInputError, NotFoundError
from stepflow_core.canonical import content_id
from stepflow_runtime import StepflowRuntime
from stepflow_runtime.blobs import Blobs

A_1 = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


def step(id: str, component: str, input: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": {} if input is None else input, **more}


def flow(*steps: dict[str, Any], output: Any = None) -> dict[str, Any]:
    named = {"name": "test", "description": "a test", "steps": list(steps)}
    return {**named, "output": output if output is not None else {"$step": steps[-1]["id"]}}


async def error_of(runtime: StepflowRuntime, asked: dict[str, Any]) -> FlowError:
    error = (await runtime.run(asked)).error
    assert error is not None
    return error


# ---- the store


@pytest.mark.parametrize("value", [None, False, 0, 1.0, "ä", [], {}, {"b": [1, {"a": None}]}, 2**80], ids=repr)
def test_a_value_is_found_under_its_content_id(value: Any) -> None:
    """Whatever JSON value it is."""
    blobs = Blobs()
    blob_id = blobs.put(value)
    assert blob_id == content_id(value)
    found = blobs.get(blob_id)
    assert (found, type(found)) == (value, type(value))


def test_ids_are_those_of_the_language() -> None:
    """The hash of compact JSON, keys in their order."""
    blobs = Blobs()
    assert blobs.put({"a": 1}) == A_1
    assert blobs.put({"a": 1}, "flow") == A_1
    assert blobs.put({"a": 1.0}) != A_1
    assert blobs.put({"a": 1, "b": 2}) != blobs.put({"b": 2, "a": 1})


@pytest.mark.parametrize("make", [bytes, bytearray, memoryview])
def test_bytes_are_found_under_the_hash_of_them(make: type) -> None:
    """Whatever holds them; they come back as bytes."""
    blobs = Blobs()
    blob_id = blobs.put(make(b"\0\xff"), "binary")
    assert blob_id == sha256(b"\0\xff").hexdigest()
    assert blobs.get(blob_id) == b"\0\xff"
    assert type(blobs.get(blob_id)) is bytes


def test_a_blob_is_a_copy_both_ways() -> None:
    """Neither who put it nor who gets it can change it."""
    blobs = Blobs()
    value = {"n": [1]}
    blob_id = blobs.put(value)
    value["n"].append(2)
    blobs.get(blob_id)["n"].append(3)
    assert blobs.get(blob_id) == {"n": [1]}
    data = bytearray(b"ab")
    binary_id = blobs.put(data, "binary")
    data[0] = 0
    assert blobs.get(binary_id) == b"ab"


@pytest.mark.parametrize(
    ("data", "blob_type"),
    [({1}, "data"), (float("nan"), "data"), ({1: 2}, "flow"), (b"x", "data"), ("x", "binary"), (None, "binary")],
    ids=repr,
)
def test_what_is_no_blob_of_its_type_is_refused(data: Any, blob_type: str) -> None:
    """Nothing is kept."""
    with pytest.raises(InvalidInputError):
        Blobs().put(data, blob_type)


@pytest.mark.parametrize("blob_type", ["", "text", "DATA", None], ids=repr)
def test_an_unknown_type_is_refused(blob_type: Any) -> None:
    """With those that there are."""
    with pytest.raises(InvalidInputError, match="one of data, flow, binary"):
        Blobs().put(1, blob_type)


@pytest.mark.parametrize("blob_id", ["", "0" * 64, A_1.upper(), 5, None, [1]], ids=repr)
def test_a_blob_that_is_not_there_is_not_found(blob_id: Any) -> None:
    """Ids are exact."""
    blobs = Blobs()
    blobs.put({"a": 1})
    with pytest.raises(NotFoundError):
        blobs.get(blob_id)


# ---- the runtime and its components


async def test_a_runtime_and_its_flows_share_their_blobs(runtime: StepflowRuntime) -> None:
    """Both ways, values and bytes."""
    put = await runtime.run(flow(step("p", "/put_blob", {"data": {"$literal": {"a": 1}}, "blob_type": "data"})))
    assert put.output == {"blob_id": A_1}
    assert await runtime.get_blob(A_1) == {"a": 1}
    blob_id = await runtime.put_blob(b"\0\xff", "binary")
    got = await runtime.run(flow(step("g", "/get_blob", {"blob_id": blob_id})))
    assert got.output == {"data": base64.b64encode(b"\0\xff").decode()}
    again = flow(step("p", "/put_blob", {"data": got.output["data"], "blob_type": "binary"}))
    assert (await runtime.run(again)).output == {"blob_id": blob_id}


async def test_runtimes_do_not_share_blobs(runtime: StepflowRuntime) -> None:
    """Each has its own."""
    blob_id = await runtime.put_blob(1)
    async with StepflowRuntime() as other:
        with pytest.raises(NotFoundError):
            await other.get_blob(blob_id)


async def test_a_flow_that_is_put_by_a_step_can_be_evaluated(runtime: StepflowRuntime) -> None:
    """By the id that it gives."""
    inner = {"output": {"$input": "$"}}
    asked = flow(
        step("p", "/put_blob", {"data": {"$literal": inner}, "blob_type": "flow"}),
        step("e", "/eval", {"flow_id": {"$step": "p", "path": "blob_id"}, "input": 5}),
    )
    assert (await runtime.run(asked)).output["result"] == {"outcome": "success", "result": 5}


BAD: dict[str, tuple[str, Any, str, str]] = {
    "an unknown blob": ("get_blob", {"blob_id": "0" * 64}, "not_found", "/blob_id"),
    "what is no id": ("get_blob", {"blob_id": "abc"}, "not_found", "/blob_id"),
    "no id": ("get_blob", {}, "invalid_input", "/blob_id"),
    "an id that is no text": ("get_blob", {"blob_id": 5}, "invalid_input", "/blob_id"),
    "no data": ("put_blob", {"blob_type": "data"}, "invalid_input", "/data"),
    "no type": ("put_blob", {"data": 1}, "invalid_input", "/blob_type"),
    "another type": ("put_blob", {"data": 1, "blob_type": "text"}, "invalid_input", "/blob_type"),
    "a flow that is none": ("put_blob", {"data": 1, "blob_type": "flow"}, "invalid_input", "/data"),
    "bytes that are none": ("put_blob", {"data": "ä", "blob_type": "binary"}, "invalid_input", "/data"),
}


@pytest.mark.parametrize(("name", "input", "kind", "pointer"), BAD.values(), ids=BAD)
async def test_a_step_that_cannot_put_or_get_fails(
    runtime: StepflowRuntime, name: str, input: Any, kind: str, pointer: str
) -> None:
    """With code 500, and where in its input."""
    error = await error_of(runtime, flow(step("a", f"/{name}", input)))
    assert (error.code, error.kind, error.data["pointer"]) == (500, kind, pointer)
