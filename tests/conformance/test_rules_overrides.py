"""Overrides: other members of steps, for one run."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_core import FlowLoadError, StepflowError, StepflowExecutor

pytestmark = pytest.mark.asyncio(loop_scope="session")

FLOW = {
    "name": "bakery",
    "steps": [
        {"id": "bake", "component": "/mock/bake", "input": {"loaf": "rye"}, "metadata": {"oven": 1}},
        {"id": "tell", "component": "/builtin/noop", "input": {"minutes": {"$step": "bake", "path": "minutes"}}},
    ],
    "output": {"$step": "tell"},
}

FAN = {
    "name": "fan",
    "steps": [
        {
            "id": "fan",
            "component": "/builtin/map",
            "input": {
                "items": [1, 2],
                "workflow": {
                    "$literal": {
                        "steps": [{"id": "run", "component": "/builtin/noop", "input": {"$input": "$"}}],
                        "output": {"$step": "run"},
                    }
                },
            },
        },
        {
            "id": "inner",
            "component": "/builtin/call",
            "input": {
                "flow": {
                    "steps": [{"id": "run", "component": "/builtin/noop", "input": 1}],
                    "output": {"$step": "run"},
                }
            },
        },
    ],
    "output": [{"$step": "fan", "path": "results"}, {"$step": "inner"}],
}

SPELT = {"minutes": 40}


@pytest.mark.parametrize(
    "overrides",
    [
        {"bake": {"value": {"input": {"loaf": "spelt"}}}},
        {"bake": {"$type": "merge_patch", "value": {"input": {"loaf": "spelt"}}}},
        {"steps": {"bake": {"value": {"input": {"loaf": "spelt"}}}}},
        {"bake": {"$type": "json_patch", "value": [{"op": "replace", "path": "/input/loaf", "value": "spelt"}]}},
        {"steps": {"bake": {"$type": "json_patch", "value": [{"op": "add", "path": "/input/loaf", "value": "spelt"}]}}},
    ],
    ids=["merge by default", "merge", "under steps", "json patch", "json patch under steps"],
)
async def test_a_step_is_patched(executor: StepflowExecutor, overrides: dict[str, Any]) -> None:
    """Both kinds of patch, in both ways of writing, change the step."""
    assert (await executor.run(FLOW, None, overrides)).output == SPELT


async def test_a_null_in_a_merge_patch_removes_a_member(executor: StepflowExecutor) -> None:
    """RFC 7396: without its input the step gets null."""
    result = await executor.run(FLOW, None, {"tell": {"value": {"input": None}}})
    assert result.is_success
    assert result.output is None


async def test_a_failing_test_of_a_json_patch_refuses_the_run(executor: StepflowExecutor) -> None:
    """RFC 6902: all operations succeed or none is applied."""
    patch = [{"op": "test", "path": "/input/loaf", "value": "oat"}, {"op": "remove", "path": "/input"}]
    with pytest.raises(StepflowError, match="bake"):
        await executor.run(FLOW, None, {"bake": {"$type": "json_patch", "value": patch}})


async def test_overrides_are_of_one_run(executor: StepflowExecutor) -> None:
    """The stored flow stays as it was."""
    stored = await executor.store_flow(FLOW)
    first = await executor.create_run(stored.flow_id, None, overrides={"bake": {"value": {"input": {"loaf": "spelt"}}}})
    second = await executor.create_run(stored.flow_id, None)
    assert first.result is not None
    assert second.result is not None
    assert (first.result.output, second.result.output) == (SPELT, {"minutes": 55})


async def test_another_component_may_be_put_in(executor: StepflowExecutor) -> None:
    """Every member of a step but its id can be changed."""
    result = await executor.run(
        FLOW, None, {"bake": {"value": {"component": "/builtin/noop", "input": {"minutes": 1}}}}
    )
    assert result.output == {"minutes": 1}


async def test_a_step_inside_a_flow_is_overridden_for_every_item(executor: StepflowExecutor) -> None:
    """A key may be an address without indexes."""
    overrides = {"fan/run": {"value": {"input": "mapped"}}, "inner/run": {"value": {"input": "called"}}}
    result = await executor.run(FAN, None, overrides)
    assert [each["result"] for each in result.output[0]] == ["mapped", "mapped"]
    assert result.output[1] == "called"


async def test_the_id_of_a_step_stays(executor: StepflowExecutor) -> None:
    """Other steps refer to it."""
    with pytest.raises(StepflowError, match="id"):
        await executor.run(FLOW, None, {"bake": {"value": {"id": "other"}}})


async def test_all_unknown_steps_are_named(executor: StepflowExecutor) -> None:
    """One refusal tells everything that is wrong with the overrides."""
    overrides: dict[str, Any] = {"backe": {"value": {}}, "tell/inner": {"value": {}}, "oven": {"value": {}}}
    with pytest.raises(StepflowError) as refusal:
        await executor.run(FLOW, None, overrides)
    told = str(refusal.value)
    assert all(name in told for name in overrides), told


async def test_a_patch_that_breaks_the_flow_refuses_the_run(executor: StepflowExecutor) -> None:
    """The flow is validated after the patches."""
    with pytest.raises(FlowLoadError) as refusal:
        await executor.run(FLOW, None, {"tell": {"value": {"input": {"$step": "cellar"}}}})
    assert [each.kind for each in refusal.value.diagnostics if each.level == "fatal"] == ["undefinedStepReference"]


@pytest.mark.parametrize(
    "overrides",
    [
        {"bake": {"$type": "guess", "value": {}}},
        {"bake": {"input": {}}},
        {"bake": 5},
        {"bake": {"$type": "json_patch", "value": {"op": "remove"}}},
        {"bake": {"$type": "json_patch", "value": [{"op": "melt", "path": "/input"}]}},
        {"bake": {"$type": "json_patch", "value": [{"op": "remove", "path": "/nothing/here"}]}},
    ],
    ids=["unknown type", "no value", "not an object", "patch not a list", "unknown operation", "nothing there"],
)
async def test_a_malformed_override_refuses_the_run(executor: StepflowExecutor, overrides: dict[str, Any]) -> None:
    """The step is named."""
    with pytest.raises(StepflowError, match="bake"):
        await executor.run(FLOW, None, overrides)
