"""What an error says, and what a failure means for items and runs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from stepflow_core import ExecutionStatus, StepflowExecutor
from stepflow_runtime import StepflowRuntime
from stepflow_runtime.component_model import ComponentError


def flow_of(component: str, input: Any = None, **step: Any) -> dict[str, Any]:
    """A flow of one step whose output is the step's."""
    return {
        "name": "one",
        "steps": [{"id": "only", "component": component, "input": {"$literal": input}, **step}],
        "output": {"$step": "only"},
    }


BATCH = {
    "name": "batch",
    "steps": [{"id": "bake", "component": "/mock/bake", "input": {"loaf": {"$input": "loaf"}},
               "when": {"$input": "on"}}],
    "output": {"$step": "bake", "path": "minutes"},
}  # fmt: skip
GOOD, BAD, SKIPPED = {"loaf": "rye", "on": True}, {"loaf": "burnt", "on": True}, {"loaf": "rye", "on": False}


@pytest.fixture
async def runtime() -> AsyncIterator[StepflowRuntime]:
    """A runtime with components that fail."""
    async with StepflowRuntime() as runtime:

        @runtime.component("/raise")
        def raise_() -> None:
            raise LookupError("no such shelf")

        @runtime.component("/refuse")
        async def refuse() -> None:
            raise ComponentError("closed on Mondays", 77, {"day": "Monday"})

        @runtime.component("/count")
        def count(number: int) -> int:
            return number

        @runtime.component("/nan")
        def nan() -> dict[str, Any]:
            return {"values": [1.0, float("nan")]}

        yield runtime


async def test_an_exception_fails_the_step_with_its_type_and_its_words(runtime: StepflowRuntime) -> None:
    """Code 500, kind `exception`, the component and the type; the message is the cause."""
    error = (await runtime.run(flow_of("/raise", {}), None)).error
    assert error is not None
    assert (error.code, error.kind) == (500, "exception")
    assert "no such shelf" in error.message
    assert error.data["component"] == "/raise"
    assert "LookupError" in str(error.data)
    assert "Traceback" not in str(error.data)


async def test_a_component_sets_its_own_code_and_data(runtime: StepflowRuntime) -> None:
    """They come out unchanged."""
    error = (await runtime.run(flow_of("/refuse", {}), None)).error
    assert error is not None
    assert (error.code, error.message) == (77, "closed on Mondays")
    assert error.data["day"] == "Monday"


async def test_an_input_of_the_wrong_type_is_told_with_its_pointer(runtime: StepflowRuntime) -> None:
    """Code 500, kind `invalid_input`."""
    error = (await runtime.run(flow_of("/count", {"number": "many"}), None)).error
    assert error is not None
    assert (error.code, error.kind) == (500, "invalid_input")
    assert error.data["pointer"] == "/number"
    assert error.data["component"] == "/count"


async def test_a_number_that_is_not_json_is_told_with_its_pointer(runtime: StepflowRuntime) -> None:
    """NaN is not written as null behind the author's back."""
    error = (await runtime.run(flow_of("/nan", {}), None)).error
    assert error is not None
    assert (error.code, error.kind) == (500, "not_json")
    assert error.data["pointer"] == "/values/1"


@pytest.mark.parametrize("component", ["/builtin/nothing", "/nothing", "/deeply/nested/nothing"])
async def test_an_unknown_component_is_not_found(runtime: StepflowRuntime, component: str) -> None:
    """Code 404, kind `not_found`; the path is named."""
    error = (await runtime.run(flow_of(component), None)).error
    assert error is not None
    assert (error.code, error.kind) == (404, "not_found")
    assert component in error.message


async def test_both_default_routes_lead_to_the_builtin_components(runtime: StepflowRuntime) -> None:
    """Without a config `/builtin/noop` and `/noop` are one component."""
    for component in ("/builtin/noop", "/noop"):
        assert (await runtime.run(flow_of(component, "here"), None)).output == "here"


@pytest.mark.parametrize(
    ("inputs", "status"),
    [
        ([GOOD, SKIPPED], ExecutionStatus.COMPLETED),
        ([SKIPPED, SKIPPED], ExecutionStatus.COMPLETED),
        ([GOOD, BAD, SKIPPED], ExecutionStatus.FAILED),
    ],
    ids=["some skipped", "all skipped", "one failed"],
)
@pytest.mark.asyncio(loop_scope="session")
async def test_the_status_of_a_run_follows_from_its_items(
    executor: StepflowExecutor, inputs: list[Any], status: ExecutionStatus
) -> None:
    """One failed item makes the run failed; otherwise it is completed, even where all were skipped."""
    batch = await executor.run_batch(BATCH, inputs)
    assert batch.run.status == status
    counts = batch.run.items
    assert counts.failed == inputs.count(BAD)
    assert counts.skipped == inputs.count(SKIPPED)
    assert counts.completed == inputs.count(GOOD)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_skipped_item_says_which_step_was_skipped(executor: StepflowExecutor) -> None:
    """The reason names the step that the output refers to."""
    result = await executor.run(BATCH, SKIPPED)
    assert result.is_skipped
    assert "bake" in (result.skipped_reason or "")


@pytest.mark.asyncio(loop_scope="session")
async def test_a_skipped_step_says_which_reference_skipped_it(executor: StepflowExecutor) -> None:
    """The reason of a step skipped by its input names the step that was referred to."""
    tell = {"id": "tell", "component": "/builtin/noop", "input": {"$step": "bake"}}
    flow = {**BATCH, "steps": [*BATCH["steps"], tell], "output": {"$step": "tell"}}
    run_id = await executor.submit(flow, SKIPPED)
    await executor.get_result(run_id)
    step = await executor.get_step(run_id, "tell")
    assert step.status == "skipped"
    assert step.result is not None
    assert "bake" in (step.result.skipped_reason or "")


@pytest.mark.asyncio(loop_scope="session")
async def test_results_are_in_the_order_of_the_inputs(executor: StepflowExecutor) -> None:
    """Whatever ends first."""
    flow = {
        "name": "order",
        "steps": [{"id": "nap", "component": "/builtin/sleep", "input": {"duration_ms": {"$input": "$"}}}],
        "output": {"$step": "nap", "path": "duration_ms"},
    }
    batch = await executor.run_batch(flow, [20, 1, 10], max_concurrency=3)
    assert [each.output for each in batch.results] == [20, 1, 10]
