"""The flow document as typed values."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from stepflow_core import Flow, Step

DOCUMENT: dict[str, Any] = {
    "name": "greeting",
    "description": "Says hello",
    "version": "1",
    "schemas": {"type": "object"},
    "steps": [
        {
            "id": "greet",
            "component": "/builtin/eval",
            "onError": {"action": "useDefault"},
            "input": {"$input": "$.name"},
            "mustExecute": True,
            "metadata": {"a": 1},
            "when": {"$input": "$.ok"},
            "after": ["other"],
            "timeout": "1m",
            "retry": {"maxRetries": 2},
            "cache": True,
            "concurrencyKey": "k",
            "onInterrupt": "fail",
        }
    ],
    "output": {"$step": "greet"},
    "test": {"cases": []},
    "examples": [{"name": "x", "input": 1}],
    "metadata": {"b": 2},
}


def test_a_full_document_comes_back_as_it_was() -> None:
    """Every member of a flow and a step is kept, in the order of the normal form."""
    flow = Flow.from_dict(DOCUMENT)
    assert flow.to_dict() == DOCUMENT
    assert list(flow.to_dict()) == list(DOCUMENT)
    assert list(flow.to_dict()["steps"][0]) == list(DOCUMENT["steps"][0])


def test_members_are_snake_case() -> None:
    """In Python the members have Python's names."""
    [step] = Flow.from_dict(DOCUMENT).steps
    assert (step.on_error, step.must_execute, step.concurrency_key, step.on_interrupt) == (
        {"action": "useDefault"}, True, "k", "fail",
    )  # fmt: skip


def test_defaults_are_left_out() -> None:
    """What is absent or equals its default is not written."""
    assert Flow().to_dict() == {}
    assert Flow(steps=[Step(id="a", component="/x")]).to_dict() == {"steps": [{"id": "a", "component": "/x"}]}
    assert Flow.from_dict({"name": None, "steps": None, "output": None}) == Flow()


def test_numbers_and_data_stay_as_they_are() -> None:
    """Integers of any size, floats and null inside data are kept."""
    data = {"big": 10**30, "float": 1.0, "null": None}
    output = Flow.from_dict({"output": data}).to_dict()["output"]
    assert (output, type(output["float"])) == (data, float)


def test_unknown_keys_are_dropped() -> None:
    """The typed view holds what the language knows."""
    assert Flow.from_dict({"name": "a", "colour": "red", "steps": []}) == Flow(name="a")


@pytest.mark.parametrize(
    "document", [{"name": 1}, {"steps": {}}, {"steps": [{"id": "a"}]}, {"steps": [{"id": 1, "component": "/x"}]}]
)
def test_members_of_another_type_are_refused(document: dict[str, Any]) -> None:
    """A document that is not a flow is refused with the place."""
    with pytest.raises(msgspec.ValidationError, match=r"\$\.|missing required"):
        Flow.from_dict(document)


def test_flows_are_values() -> None:
    """Equal flows are equal, and none can be changed."""
    flow = Flow(name="a")
    assert flow == Flow(name="a")
    with pytest.raises(AttributeError):
        flow.name = "b"  # type: ignore[misc]
