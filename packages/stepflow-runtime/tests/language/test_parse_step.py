"""Steps: their members, their options, and what is wrong with them."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_core.diagnostics import Diagnostic
from stepflow_runtime.language.expressions import InputValue, Literal
from stepflow_runtime.language.model import Backoff, OnError, Retry, StepModel
from stepflow_runtime.language.parse import Loaded, load_flow


def load(**members: Any) -> Loaded:
    """A flow of a step `first` and a step `it` with these members."""
    steps = [{"id": "first", "component": "/noop"}, {"id": "it", "component": "/noop", **members}]
    return load_flow(
        {"name": "t", "description": "d", "steps": steps, "output": [{"$step": "it"}, {"$step": "first"}]},
        is_routable=lambda path: not path.startswith("/nowhere"),
    )


def step(**members: Any) -> StepModel:
    """The step `it`, of which nothing was said."""
    loaded = load(**members)
    assert loaded.model is not None
    assert loaded.diagnostics == []
    return loaded.model.steps[1]


def told(**members: Any) -> list[Diagnostic]:
    """What is said of the step `it`, apart from references to it that do not find it."""
    return [each for each in load(**members).diagnostics if not each.path.startswith("$.output")]


def test_a_step_needs_no_more_than_an_id_and_a_component() -> None:
    """Everything else has a default."""
    model = step()
    assert (model.id, model.index, model.component, model.input) == ("it", 1, "/noop", Literal(None))
    assert (model.on_error, model.must_execute, model.metadata, model.when) == (None, False, {}, None)
    assert (model.after, model.timeout, model.retry, model.control, model.flows) == ((), None, None, None, {})


def test_an_explicit_null_is_an_absent_member() -> None:
    """Of a step and of its options."""
    nulls = dict.fromkeys(
        ["input", "onError", "mustExecute", "metadata", "when", "after", "timeout", "retry", "cache", "concurrencyKey",
         "onInterrupt", "skip", "skipIf", "nonsense"]
    )  # fmt: skip
    assert step(**nulls) == step()
    assert step(retry={"maxRetries": None, "backoff": None, "on": None}).retry == Retry()
    assert step(retry={"backoff": dict.fromkeys(["type", "initial", "max", "factor", "jitter"])}).retry == Retry()


def test_the_members_of_a_step_are_read() -> None:
    """Each into its field."""
    model = step(
        input={"$input": "x"},
        mustExecute=True,
        metadata={"cost": 1},
        when={"$input": "w"},
        after=["first", "first"],
        timeout="1m30s",
    )
    assert (model.input, model.when) == (InputValue(("x",)), InputValue(("w",)))
    assert (model.must_execute, model.metadata, model.after, model.timeout) == (True, {"cost": 1}, (0,), 90.0)


@pytest.mark.parametrize(
    ("members", "on_error", "retry"),
    [
        ({"onError": {"action": "fail"}}, None, None),
        ({"onError": {"action": "useDefault"}}, OnError(use_default=True), None),
        ({"onError": {"action": "useDefault", "defaultValue": {"$input": "x"}}},
         OnError(use_default=True, default={"$input": "x"}), None),
        ({"onError": {"action": "retry"}}, None, Retry(3, on=("any",))),
        ({"onError": {"action": "retry", "maxRetries": 0}}, None, Retry(0, on=("any",))),
        ({"retry": {}}, None, Retry()),
        ({"retry": {"maxRetries": 5, "on": [408, "timeout", "any"]}}, None, Retry(5, on=(408, "timeout", "any"))),
        ({"retry": {"backoff": {"type": "constant", "initial": "500ms", "max": "1m", "factor": 1, "jitter": 0}}}, None,
         Retry(3, Backoff("constant", 0.5, 60.0, 1.0, 0.0))),
    ],
)  # fmt: skip
def test_what_a_step_does_about_failures_is_read(members: Any, on_error: Any, retry: Any) -> None:
    """`onError: {action: retry}` is short for a retry on any failure."""
    model = step(**members)
    assert (model.on_error, model.retry) == (on_error, retry)


@pytest.mark.parametrize(
    ("members", "code", "place", "words"),
    [
        ({"id": None}, 3400, "", "a step needs `id`"),
        ({"id": 5}, 3400, ".id", 'id: "5"'),
        ({"id": 1.0}, 3400, ".id", 'id: "1.0"'),
        ({"id": ["a"]}, 3400, ".id", "a list"),
        ({"id": ""}, 3001, ".id", "blank"),
        ({"id": " \t"}, 3001, ".id", "blank"),
        ({"id": "first"}, 3000, ".id", "already"),
        ({"component": None}, 3400, "", "a step needs `component`"),
        ({"component": ["/noop"]}, 3400, ".component", "text"),
        ({"component": ""}, 2001, ".component", "empty"),
        ({"component": " "}, 2001, ".component", "empty"),
        ({"component": "mock/bake"}, 2500, ".component", '"/mock/bake"'),
        ({"component": "builtin://eval"}, 2500, ".component", '"/builtin/eval"'),
        ({"component": "/nowhere/x"}, 2200, ".component", "no route"),
        ({"input": {"$step": "it"}}, 3002, ".input.$step", "its own result"),
        ({"when": {"$step": "it"}}, 3002, ".when.$step", "its own result"),
        ({"when": {"$step": "firsst"}}, 3003, ".when.$step", '"first"'),
        ({"mustExecute": "yes"}, 3400, ".mustExecute", "mustExecute: true"),
        ({"mustExecute": "no"}, 3400, ".mustExecute", "mustExecute: false"),
        ({"mustExecute": 1}, 3400, ".mustExecute", "true or false"),
        ({"metadata": "notes"}, 3400, ".metadata", "a mapping"),
        ({"after": "first"}, 3400, ".after", 'after: ["first"]'),
        ({"after": [1]}, 3400, ".after[0]", "quote it"),
        ({"after": ["it"]}, 3002, ".after[0]", "its own"),
        ({"after": ["nobody"]}, 3003, ".after[0]", "no step"),
        ({"timeout": -1}, 3400, ".timeout", "negative"),
        ({"timeout": "ninety"}, 3400, ".timeout", "1h30m"),
        ({"timeout": True}, 3400, ".timeout", "duration"),
        ({"timeout": 0}, 2002, ".timeout", "more than 0"),
        ({"onError": "retry"}, 3400, ".onError", "onError: {action: retry}"),
        ({"onError": {"defaultValue": 1}}, 3400, ".onError", "`onError` needs `action`"),
        ({"onError": {"action": 1}}, 3400, ".onError.action", "text"),
        ({"onError": {"action": "use_default"}}, 3400, ".onError.action", 'did you mean "useDefault"?'),
        ({"onError": {"action": "skip"}}, 3400, ".onError.action", "`fail`, `useDefault` or `retry`"),
        ({"onError": {"action": "retry", "maxRetries": -1}}, 3400, ".onError.maxRetries", "0 or more"),
        ({"onError": {"action": "retry", "maxRetries": True}}, 3400, ".onError.maxRetries", "whole number"),
        ({"onError": {"action": "retry", "max_retries": 1}}, 1401, ".onError.max_retries", "maxRetries"),
        ({"onError": {"action": "useDefault", "maxRetries": 1}}, 1403, ".onError.maxRetries", "no effect"),
        ({"onError": {"action": "retry"}, "retry": {}}, 2002, ".onError", "twice"),
        ({"retry": 3}, 3400, ".retry", "retry: {maxRetries: 3}"),
        ({"retry": {"maxRetries": "3"}}, 3400, ".retry.maxRetries", "whole number"),
        ({"retry": {"maxRetries": 1.5}}, 3400, ".retry.maxRetries", "whole number"),
        ({"retry": {"backoff": "constant"}}, 3400, ".retry.backoff", "backoff: {type: constant}"),
        ({"retry": {"backoff": {"type": "linear"}}}, 3400, ".retry.backoff.type", "`fibonacci`"),
        ({"retry": {"backoff": {"initial": -1}}}, 3400, ".retry.backoff.initial", "negative"),
        ({"retry": {"backoff": {"factor": 0.5}}}, 3400, ".retry.backoff.factor", "from 1"),
        ({"retry": {"backoff": {"jitter": 2}}}, 3400, ".retry.backoff.jitter", "from 0 to 1"),
        ({"retry": {"backoff": {"jitter": "2"}}}, 3400, ".retry.backoff.jitter", "a number"),
        ({"retry": {"backoff": {"delay": 2}}}, 1401, ".retry.backoff.delay", "no effect"),
        ({"retry": {"on": "any"}}, 3400, ".retry.on", 'on: ["any"]'),
        ({"retry": {"on": ["timeuot"]}}, 3400, ".retry.on[0]", 'did you mean "timeout"?'),
        ({"retry": {"on": ["503"]}}, 3400, ".retry.on[0]", "without quotes"),
        ({"retry": {"on": ["sometimes"]}}, 3400, ".retry.on[0]", "kinds are"),
        ({"retry": {"on": [1, [2]]}}, 3400, ".retry.on[1]", "a list"),
        ({"retry": {"on": ["invalid_input"]}}, 2002, ".retry.on[0]", "never retried"),
        ({"cache": {"ttl": "1h", "key": {"$input": "x"}}}, 1404, ".cache", "not supported"),
        ({"cache": True}, 1404, ".cache", "no effect"),
        ({"cache": {"scope": "planet"}}, 3400, ".cache.scope", "`global`"),
        ({"cache": "yes"}, 3400, ".cache", "cache: true"),
        ({"concurrencyKey": {"$step": "nobody"}}, 3003, ".concurrencyKey.$step", "no step"),
        ({"concurrencyKey": "k"}, 1404, ".concurrencyKey", "not supported"),
        ({"onInterrupt": "fail"}, 1404, ".onInterrupt", "not supported"),
        ({"onInterrupt": "never"}, 3400, ".onInterrupt", "`rerun`"),
        ({"skipIf": True}, 2400, ".skipIf", "write `when`"),
        ({"skip": False}, 2400, ".skip", "write `when`"),
        ({"on_error": {}}, 1401, ".on_error", "write `onError`"),
        ({"must_execute": True}, 1401, ".must_execute", "write `mustExecute`"),
        ({"depends_on": []}, 1401, ".depends_on", "write `after`"),
        ({"outputSchema": {}}, 1401, ".outputSchema", "schemas: {steps:"),
        ({"input_schema": {}}, 1401, ".input_schema", "the component says"),
        ({"metdata": {}}, 1401, ".metdata", 'did you mean "metadata"?'),
        ({"owner": "me"}, 1401, ".owner", "no effect"),
    ],
)  # fmt: skip
def test_a_faulty_member_is_told_with_its_place(members: Any, code: int, place: str, words: str) -> None:
    """And with what to write."""
    found = told(**members)
    assert (code, f"$.steps[1]{place}") in [(each.code, each.path) for each in found]
    assert words in "\n".join(f"{each.text} | {each.hint}" for each in found if each.code == code)


@pytest.mark.parametrize("members", [{"cache": False}, {"onInterrupt": "rerun"}])
def test_a_default_of_what_is_not_supported_is_no_news(members: Any) -> None:
    """It has the effect that it asks for."""
    assert step(**members) == step()


def test_a_timeout_of_zero_is_none() -> None:
    """It is reported, and the step runs without one."""
    loaded = load(timeout=0)
    assert loaded.model is not None
    assert loaded.model.steps[1].timeout is None


def test_all_faults_of_a_step_are_told_together() -> None:
    """None hides another, and a number for an id is not reported at each reference to it."""
    found = told(id=5, component=7, mustExecute=1, metadata=[], retry=[], timeout=[], after=1, input={"$input": 1})
    assert {each.path.removeprefix("$.steps[1].") for each in found} == {
        "id", "component", "mustExecute", "metadata", "retry", "timeout", "after", "input.$input",
    }  # fmt: skip
    reused = load_flow({"steps": [{"id": 5, "component": "/noop"}], "output": {"$step": "5"}})
    assert [each.code for each in reused.diagnostics if each.code >= 2000] == [3400]


def test_a_later_step_cannot_be_used() -> None:
    """In an input, in `after` and in a text alike."""
    for use in ({"input": {"$step": "b"}}, {"after": ["b"]}, {"input": {"$expr": "steps.b"}}):
        steps = [{"id": "a", "component": "/noop", **use}, {"id": "b", "component": "/noop"}]
        loaded = load_flow({"name": "t", "description": "d", "steps": steps, "output": {"$step": "a"}})
        [diagnostic] = [each for each in loaded.diagnostics if each.code >= 2000]
        assert diagnostic.code == 3003
        assert "comes later" in diagnostic.text
        assert diagnostic.hint == 'move "b" before "a"'
