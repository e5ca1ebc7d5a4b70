"""The fuzzing finds what it is there to find: each check fails where what it demands does not hold."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_core import Diagnostic, DiagnosticLevel, FlowResult, StoreFlowResponse
from stepflow_runtime import StepflowRuntime

FLOW = {"name": "n", "description": "d", "steps": [], "output": [{"$input": "n"}]}


def told(**members: Any) -> Diagnostic:
    """A diagnostic with these members."""
    given = {"code": 1, "kind": "k", "level": DiagnosticLevel.ERROR, "text": "t", **members}
    return Diagnostic(**given)


def test_a_sound_flow_passes(fuzzing: Any) -> None:
    """Nothing is said of it."""
    assert fuzzing.problem("path", FLOW) is None


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"pointer": "/nowhere/a", "path": "$.nowhere.a"}, id="a pointer that leads nowhere"),
        pytest.param({"pointer": "/output/0", "path": '$.output["0"]'}, id="a path of another place"),
        pytest.param({"pointer": "output", "path": "$.output"}, id="no pointer"),
        pytest.param({"text": ""}, id="no text"),
    ],
)
def test_a_diagnostic_without_its_place_is_found(fuzzing: Any, members: dict[str, Any]) -> None:
    """The pointer leads to a value or to what its parent lacks, and the path with it."""
    with pytest.raises(AssertionError):
        fuzzing.places.check_places(FLOW, [told(**members)])


def test_what_a_parent_lacks_is_a_place(fuzzing: Any) -> None:
    """A missing key or element is told of where it would stand."""
    missing = [
        told(pointer="/x", path="$.x"),
        told(pointer="/output/1", path="$.output[1]"),
        told(pointer="", path="$"),
    ]
    fuzzing.places.check_places(FLOW, missing)


@pytest.mark.parametrize(("line", "column"), [(None, 1), (0, 1), (3, 1), (1, 5), (1, 0)])
def test_a_position_outside_the_text_is_found(fuzzing: Any, line: int | None, column: int) -> None:
    """Lines and columns are counted from 1 and end with the text."""
    with pytest.raises(AssertionError):
        fuzzing.places.check_positions(b"a: 1"[:3] + b"\nb", [told(file="f", line=line, column=column)])


def test_a_position_at_the_end_of_a_line_is_inside(fuzzing: Any) -> None:
    """What is missing is told of where the line ends."""
    fuzzing.places.check_positions(
        "\ufeffé\r\nb".encode(), [told(file="f", line=1, column=2), told(file="f", line=2, column=2)]
    )


def test_an_exception_while_loading_is_found(fuzzing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is shown with where it was raised."""
    monkeypatch.setattr(StepflowRuntime, "_read", lambda self, flow: {}[flow["name"]])
    assert "KeyError: 'n'" in str(fuzzing.problem("path", FLOW))


def test_validation_and_storing_that_disagree_are_found(fuzzing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both say the same of a flow, and it has an id exactly where nothing is fatal."""

    async def stored(self: Any, flow: Any, **options: Any) -> StoreFlowResponse:
        return StoreFlowResponse(stored=False, diagnostics=[])

    monkeypatch.setattr(StepflowRuntime, "store_flow", stored)
    assert "stored as None with []" in str(fuzzing.problem("path", FLOW))


def test_a_component_of_the_engine_that_raises_is_found(fuzzing: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its failure has the kind of a foreign exception."""
    failed = FlowResult.failed(500, "m", {"kind": "exception", "type": "KeyError", "component": "/noop"})
    with pytest.raises(AssertionError, match="a component of the engine raised"):
        fuzzing.running.check_result(failed)


def test_a_normal_form_that_is_another_flow_is_found(fuzzing: Any) -> None:
    """Two models with two ids are not the same."""
    load = fuzzing.checks.load_flow
    with pytest.raises(AssertionError, match="another id"):
        fuzzing.checks._check_same(load(FLOW).model, load({**FLOW, "name": "o"}).model, "it")


def test_a_failing_tree_is_made_small(fuzzing: Any) -> None:
    """What it takes to fail stays, everything around it goes."""
    tree = {"a": [1, 2, {"b": {"deep": ["x", "long needle in it"]}}], "c": {"d": 4}}
    assert fuzzing.minimising.minimised(tree, lambda value: "needle" in repr(value)) == "needle"


def test_a_failing_text_is_made_small(fuzzing: Any) -> None:
    """Bytes are dropped in ever smaller pieces."""
    text = b"name: n\n" * 20 + b"bad\xff" + b"steps: []\n" * 20
    assert fuzzing.minimising.minimised(text, lambda value: b"\xff" in value) == b"\xff"
