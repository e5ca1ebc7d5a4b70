"""Schemas at run time: whole runs are refused, items of a batch fail alone, and every violation is told."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_core import InvalidInputError, StepflowExecutor

pytestmark = pytest.mark.asyncio(loop_scope="session")

FLOW: dict[str, Any] = {
    "name": "orders",
    "schemas": {
        "input": {
            "type": "object",
            "required": ["sort"],
            "properties": {"sort": {"type": "string"}, "pieces": {"type": "integer"}},
        },
        "output": {"type": "object", "properties": {"sort": {"maxLength": 5}, "pieces": {"maximum": 9}}},
        "variables": {"type": "object", "required": ["shop"], "properties": {"shop": {"type": "string"}}},
    },
    "output": {"$input": "$"},
}
GIVEN = {"shop": "north"}


async def test_a_bad_input_refuses_a_run_of_one_item(executor: StepflowExecutor) -> None:
    """Nothing is started, and the exception has every violation."""
    with pytest.raises(InvalidInputError) as refusal:
        await executor.run(FLOW, {"pieces": "two"}, variables=GIVEN)
    assert refusal.value.code == 400
    assert "sort" in str(refusal.value)
    assert "/pieces" in str(refusal.value.details)


async def test_a_bad_input_fails_its_item_of_a_batch_alone(executor: StepflowExecutor) -> None:
    """The other items run; the failed one tells every violation with its pointer."""
    inputs = [{"sort": "rye"}, {"sort": 5, "pieces": "two"}, {"sort": "oat"}]
    batch = await executor.run_batch(FLOW, inputs, variables=GIVEN)
    assert [each.is_success for each in batch.results] == [True, False, True]
    error = batch.results[1].error
    assert error is not None
    assert (error.code, error.kind) == (400, "invalid_input")
    assert {each["pointer"] for each in error.data["errors"]} == {"/sort", "/pieces"}
    assert all(each["message"] for each in error.data["errors"])


async def test_a_bad_output_fails_its_item(executor: StepflowExecutor) -> None:
    """Code 500, with every violation and its pointer."""
    batch = await executor.run_batch(FLOW, [{"sort": "rye"}, {"sort": "spelt bread", "pieces": 12}], variables=GIVEN)
    assert batch.results[0].is_success
    error = batch.results[1].error
    assert error is not None
    assert (error.code, error.kind) == (500, "invalid_output")
    assert {each["pointer"] for each in error.data["errors"]} == {"/sort", "/pieces"}


@pytest.mark.parametrize("variables", [None, {}, {"shop": 7}], ids=str)
async def test_bad_variables_refuse_a_whole_batch(executor: StepflowExecutor, variables: Any) -> None:
    """Variables belong to the run, so they are looked at once, before any item."""
    with pytest.raises(InvalidInputError, match="shop"):
        await executor.run_batch(FLOW, [{"sort": "rye"}, {"sort": "oat"}], variables=variables)


async def test_a_schema_never_leads_outside_its_document(executor: StepflowExecutor) -> None:
    """A reference to http or to a file is told by validation, and nothing is fetched."""
    for reference in ("http://127.0.0.1:9/x.json", "file:///etc/hostname", "other.json"):
        flow = {"name": "outside", "schemas": {"input": {"$ref": reference}}, "output": 1}
        result = await executor.validate(flow)
        assert not result.valid
        assert any(reference in each.text for each in result.errors), result.diagnostics
