"""Embedded test cases: reading them, judging results, and changing expectations to match."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepflow_core import FlowLoadError, FlowResult, StepRun, StepStatus
from stepflow_runtime.cases import Case, cases_of, check_cases, config_of, fitted, judge, judge_steps, matches

SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, 2.5]) | st.sampled_from(["", "a"])
KEYS = st.sampled_from(["a", "b", "run_id", "backtrace"])
VALUES = st.recursive(SCALARS, lambda some: st.lists(some, max_size=3) | st.dictionaries(KEYS, some, max_size=3))


def step(step_id: str, status: StepStatus, address: str | None = None) -> StepRun:
    """A row of a listing of steps."""
    return StepRun(
        address=address or step_id,
        step_id=step_id,
        step_index=0,
        item_index=0,
        component="/builtin/noop",
        status=status,
        attempt=1,
    )


def section(**case: Any) -> dict[str, Any]:
    """A `test` section with one case."""
    return {"cases": [{"name": "one", "input": None, **case}]}


def problems(test: Any, steps: list[str] | None = None) -> list[tuple[str, str]]:
    """The level and place of everything that is wrong with a section."""
    return [(each.level.value, each.path) for each in check_cases(test, steps)]


def test_reads_cases() -> None:
    """A case is read with its variables, its expected output and the states of its steps."""
    output = {"outcome": "success", "result": 1}
    [case] = cases_of(section(variables={"v": 1}, output=output, steps={"a": "notRun"}, description="why"), ["a"])
    assert case == Case(
        index=0, name="one", description="why", variables={"v": 1}, output=output, steps={"a": "notRun"}
    )


@pytest.mark.parametrize("test", [None, {}, {"cases": None}, {"cases": []}])
def test_no_cases(test: Any) -> None:
    """A flow without a section, or with an empty one, has no cases."""
    assert cases_of(test) == []


@pytest.mark.parametrize(
    ("test", "place"),
    [
        ("text", "$.test"),
        ({"cases": "text"}, "$.test.cases"),
        ({"cases": [1]}, "$.test.cases[0]"),
        ({"cases": [{"input": 1}]}, "$.test.cases[0]"),
        (section(name=5), "$.test.cases[0].name"),
        (section(variables=[]), "$.test.cases[0].variables"),
        (section(output=[]), "$.test.cases[0].output"),
        (section(output={"result": 1}), "$.test.cases[0].output"),
        (section(output={"outcome": "succes"}), "$.test.cases[0].output.outcome"),
        (section(output={"outcome": "failed", "error": 1}), "$.test.cases[0].output.error"),
        (section(output={"outcome": "failed", "error": {"code": True}}), "$.test.cases[0].output.error.code"),
        (section(output={"outcome": "failed", "error": {"message": 1}}), "$.test.cases[0].output.error.message"),
        (section(output={"outcome": "skipped", "reason": 1}), "$.test.cases[0].output.reason"),
        (section(steps=["a"]), "$.test.cases[0].steps"),
        (section(steps={"a": "done"}), "$.test.cases[0].steps.a"),
        (section(steps={"b": "failed"}), "$.test.cases[0].steps.b"),
        ({"cases": [*section()["cases"], *section()["cases"]]}, "$.test.cases[1].name"),
        ({"configFile": "a.yml", "config": {}}, "$.test.config"),
    ],
)
def test_malformed_cases_are_refused_with_their_place(test: Any, place: str) -> None:
    """What keeps a case from being judged is told with its place."""
    with pytest.raises(FlowLoadError) as refused:
        cases_of(test, ["a"])
    assert [each.path for each in refused.value.diagnostics] == [place]


def test_all_faults_are_told_together() -> None:
    """Faults of different cases come in one error."""
    test = {"cases": [{"name": "a", "input": 1, "output": {"outcome": "x"}}, {"name": "b", "input": 1, "steps": 5}]}
    assert problems(test) == [("fatal", "$.test.cases[0].output.outcome"), ("fatal", "$.test.cases[1].steps")]


def test_misspelt_keys_are_warnings() -> None:
    """A key that means nothing is told, since what it should have said is not judged; the case is run."""
    test = section(ouput={}, output={"outcome": "success", "resutl": 1})
    assert problems(test) == [
        ("warning", "$.test.cases[0].ouput"),
        ("warning", "$.test.cases[0].output.resutl"),
    ]
    assert len(cases_of(test)) == 1


@pytest.mark.parametrize(
    ("test", "config"),
    [
        (None, None),
        ({}, None),
        ({"configFile": "c.yml"}, "c.yml"),
        ({"config": {"plugins": {}}}, {"plugins": {}}),
        ({"stepflow_config": {"routes": {}}}, {"routes": {}}),
        ({"configFile": 5}, None),
    ],
)
def test_config_of_the_section(test: Any, config: Any) -> None:
    """The section's config is a path, a mapping, or none."""
    assert config_of(test) == config


def success(expected: Any, actual: Any) -> list[str]:
    """The places where a successful output differs."""
    return [each.path for each in judge({"outcome": "success", "result": expected}, FlowResult.success(actual))]


@pytest.mark.parametrize(
    ("expected", "actual", "places"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"a": {}}, {"a": {"b": 2}}, []),
        ({"a": 1, "b": 2}, {"a": 1}, ["$.result.b"]),
        ({"a": 1}, [1], ["$.result"]),
        ([1, 2], [1, 2], []),
        ([1, 2], [1, 2, 3], ["$.result"]),
        ([1, {"x": 1}], [2, {"x": 2, "y": 3}], ["$.result[0]", "$.result[1].x"]),
        ([1], {"0": 1}, ["$.result"]),
        (1, 1.0, ["$.result"]),
        (1, True, ["$.result"]),
        (1.0, 1.0, []),
        (0, False, ["$.result"]),
        ("1", 1, ["$.result"]),
        (None, None, []),
        (None, 0, ["$.result"]),
        (10**30, 10**30, []),
        ({"run_id": "x"}, {"run_id": "y"}, []),
        ({"run_id": "x"}, {"run_id": 5}, ["$.result.run_id"]),
        ({"backtrace": [1]}, {}, []),
        ({"backtrace": [1]}, {"backtrace": "other"}, []),
    ],
)
def test_judges_outputs(expected: Any, actual: Any, places: list[str]) -> None:
    """Objects match partially, arrays element by element, scalars where equal and of one kind."""
    assert success(expected, actual) == places


def test_an_outcome_alone_accepts_any_result() -> None:
    """What is not expected is not judged."""
    assert judge({"outcome": "success"}, FlowResult.success({"a": 1})) == []


@pytest.mark.parametrize(
    ("error", "places"),
    [
        ({}, []),
        ({"code": 8}, []),
        ({"code": 8.0}, ["$.error.code"]),
        ({"message": "smoke"}, []),
        ({"message": "smok"}, ["$.error.message"]),
        ({"code": 7, "message": "x"}, ["$.error.code", "$.error.message"]),
        ({"data": {"kind": "exception"}}, []),
        ({"data": {"kind": "timeout"}}, ["$.error.data.kind"]),
        ({"data": None}, ["$.error.data"]),
    ],
)
def test_judges_failures(error: dict[str, Any], places: list[str]) -> None:
    """Of an error, code and message count where given, data partially."""
    actual = FlowResult.failed(8, "smoke", {"kind": "exception", "type": "OSError"})
    assert [each.path for each in judge({"outcome": "failed", "error": error}, actual)] == places


def test_absent_data_equals_null() -> None:
    """An error without data and a skip without a reason match `null`."""
    assert judge({"outcome": "failed", "error": {"data": None}}, FlowResult.failed(1, "x")) == []
    assert judge({"outcome": "skipped", "reason": None}, FlowResult.skipped()) == []
    assert judge({"outcome": "skipped", "reason": "a"}, FlowResult.skipped("b")) != []


def test_another_outcome_is_one_mismatch() -> None:
    """Where the outcome differs the rest is not compared, and the message shows what came."""
    [found] = judge({"outcome": "success", "result": 5}, FlowResult.failed(1, "no such field"))
    assert found.path == "$.outcome"
    assert "no such field" in found.message


def test_messages_show_both_sides() -> None:
    """A mismatch says what was expected and what came, as JSON, cut where it is long."""
    [found] = judge({"outcome": "success", "result": 1.0}, FlowResult.success("x" * 500))
    assert found.message.startswith('expected 1.0, got "xxx')
    assert len(found.message) < 150


def test_judges_steps() -> None:
    """Steps are judged by how they ended; those that were not reached did not run."""
    reached = [
        step("a", StepStatus.COMPLETED),
        step("b", StepStatus.FAILED),
        step("c", StepStatus.UNNEEDED),
        step("d", StepStatus.SKIPPED),
    ]
    good = {"a": "completed", "b": "failed", "c": "notRun", "d": "skipped", "e": "notRun"}
    assert judge_steps(good, reached) == []
    bad = judge_steps({"a": "failed", "e": "completed"}, reached)
    assert [(each.path, each.message) for each in bad] == [
        ("$.steps.a", "expected failed, got completed"),
        ("$.steps.e", "expected completed, got notRun"),
    ]


def test_steps_of_sub_flows_do_not_count() -> None:
    """A step of a flow inside has a longer address; an id that needs escapes is still the flow's own."""
    reached = [step("a", StepStatus.FAILED, "outer/a"), step("x/y", StepStatus.COMPLETED, "x%2Fy")]
    assert judge_steps({"a": "notRun", "x/y": "completed"}, reached) == []


def test_fitting_changes_what_differs_only() -> None:
    """A pattern is fitted by replacing what differs and leaving out what is not there."""
    expected = {"outcome": "success", "result": {"a": 1, "b": [1, {"x": 1}], "c": 3, "run_id": "r"}}
    actual = {"outcome": "success", "result": {"a": 1, "b": [1, {"x": 2, "y": 3}], "run_id": "s", "d": 4}}
    assert fitted(expected, actual) == {
        "outcome": "success",
        "result": {"a": 1, "b": [1, {"x": 2}], "run_id": "r"},
    }


def test_fitting_another_outcome_takes_it_whole() -> None:
    """Where the outcome differs nothing of the pattern is kept."""
    actual = {"outcome": "failed", "error": {"code": 1, "message": "m"}}
    assert fitted({"outcome": "success", "result": 1}, actual) == actual


@settings(max_examples=100)
@given(VALUES, VALUES)
def test_a_fitted_pattern_matches(expected: Any, actual: Any) -> None:
    """Whatever was expected and came, the fitted pattern matches what came, and everything matches itself."""
    assert matches(fitted(expected, actual), actual)
    assert matches(actual, actual)
