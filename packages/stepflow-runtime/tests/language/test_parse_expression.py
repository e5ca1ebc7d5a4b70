"""Expressions: every form, the order in which keys decide, and what is wrong with the rest."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_runtime.language.expressions import (
    ArrayOf,
    Coalesce,
    Computed,
    Expression,
    If,
    InputValue,
    Literal,
    ObjectOf,
    StepOutput,
    TextTemplate,
    VariableValue,
)
from stepflow_runtime.language.parse import Loaded, load_flow

STEPS = [
    {"id": "a", "component": "/noop"},
    {"id": "odd id", "component": "/noop"},
]


def load(output: Any) -> Loaded:
    """A flow with two steps and this output."""
    return load_flow({"name": "t", "description": "d", "steps": STEPS, "output": output})


def told(output: Any) -> list[tuple[int, str, str]]:
    """What is said of an output: code, place below the output, text and hint."""
    diagnostics = load(output).diagnostics
    return [(each.code, each.path.removeprefix("$.output"), f"{each.text} | {each.hint}") for each in diagnostics
            if each.code not in (1000, 1004)]  # fmt: skip


def expression(output: Any) -> Expression:
    """The parsed output, of which nothing bad was said."""
    loaded = load(output)
    assert loaded.model is not None, loaded.diagnostics
    return loaded.model.output


@pytest.mark.parametrize(
    ("source", "parsed"),
    [
        (None, Literal(None)),
        (1.0, Literal(1.0)),
        ("$.a", Literal("$.a")),
        ([1, {"$input": "a"}], ArrayOf((Literal(1), InputValue(("a",))))),
        ({}, ObjectOf({})),
        ({"b": 1, "$ref": {"$input": None}}, ObjectOf({"b": Literal(1), "$ref": InputValue()})),
        ({"$literal": {"$step": "ghost"}}, Literal({"$step": "ghost"})),
        ({"$input": "  $.a['b.c'] "}, InputValue(("a", "b.c"))),
        ({"$step": "a"}, StepOutput("a")),
        ({"$step": "odd id", "path": "x[0]"}, StepOutput("odd id", ("x", 0))),
        ({"$step": "a", "onSkip": None}, StepOutput("a")),
        ({"$step": "a", "onSkip": {"action": "skip"}}, StepOutput("a")),
        ({"$step": "a", "onSkip": {"action": "useDefault"}}, StepOutput("a", (), Literal(None))),
        (
            {"$step": "a", "onSkip": {"action": "useDefault", "defaultValue": {"$input": "d"}}},
            StepOutput("a", (), InputValue(("d",))),
        ),
        ({"$variable": "v"}, VariableValue("v")),
        ({"$variable": "$.v.w[1]", "default": None}, VariableValue("v", ("w", 1), Literal(None))),
        ({"$if": True, "then": None}, If(Literal(True), Literal(None))),
        ({"$if": {"$input": "c"}, "then": 1, "else": 2}, If(InputValue(("c",)), Literal(1), Literal(2))),
        ({"$coalesce": []}, Coalesce(())),
        ({"$coalesce": [None, {"$step": "a"}]}, Coalesce((Literal(None), StepOutput("a")))),
        (
            {"$template": "{{ steps.a.x }} {{ who }}", "with": {"who": {"$step": "odd id"}}},
            TextTemplate("{{ steps.a.x }} {{ who }}", {"who": StepOutput("odd id")}),
        ),
        ({"$expr": "input.n > 1 and vars.v == 2"}, Computed("input.n > 1 and vars.v == 2")),
    ],
)
def test_every_form_is_read(source: Any, parsed: Expression) -> None:
    """Into its class, with nothing lost."""
    assert expression(source) == parsed


@pytest.mark.parametrize(
    ("source", "parsed", "ignored"),
    [
        ({"$if": 1, "then": 2, "$literal": 3}, Literal(3), ["$if", "then"]),
        ({"$coalesce": [], "$if": 1, "then": 2}, If(Literal(1), Literal(2)), ["$coalesce"]),
        ({"$step": "a", "$coalesce": []}, Coalesce(()), ["$step"]),
        ({"$input": "x", "$step": "a", "path": "y"}, StepOutput("a", ("y",)), ["$input"]),
        ({"default": 1, "$variable": "v", "$input": "x"}, InputValue(("x",)), ["default", "$variable"]),
        ({"$expr": "1", "$template": "x", "path": 2}, TextTemplate("x"), ["$expr", "path"]),
        ({"$step": "a", "$expr": "1"}, Computed("1"), ["$step"]),
    ],
)
def test_the_first_special_key_decides(source: Any, parsed: Expression, ignored: list[str]) -> None:
    """What has no meaning beside it is ignored, with a warning each."""
    assert expression(source) == parsed
    assert [(code, place.rsplit(".", 1)[-1]) for code, place, _ in told(source)] == [(1403, key) for key in ignored]


def test_an_ignored_neighbour_may_be_a_misspelt_one() -> None:
    """The warning says which key was meant."""
    assert 'did you mean "onSkip"?' in told({"$step": "a", "on_skip": 1})[0][2]
    assert "as the value of `$input`" in told({"$input": "a", "path": "b"})[0][2]


@pytest.mark.parametrize(
    ("source", "code", "place", "words"),
    [
        ({"$input": 3}, 3004, ".$input", "$[3]"),
        ({"$input": [1]}, 3004, ".$input", "a path is text or null, not a list"),
        ({"$input": "$loaf"}, 3004, ".$input", '"$.loaf"'),
        ({"$input": "[0]"}, 3004, ".$input", '"$[0]"'),
        ({"$input": "$.a[-1]"}, 3004, ".$input", "(character 4)"),
        ({"$step": 1}, 3004, ".$step", '"1"'),
        ({"$step": None}, 3004, ".$step", "not null"),
        ({"$step": "a", "path": True}, 3004, ".path", "not true"),
        ({"$step": "a", "onSkip": "skip"}, 3400, ".onSkip", "mapping"),
        ({"$step": "a", "onSkip": {"action": "use_default"}}, 3400, ".onSkip.action", "useDefault"),
        ({"$step": "a", "onSkip": {"defaultValue": 1}}, 2002, ".onSkip.defaultValue", "useDefault"),
        ({"$step": "a", "onSkip": {"action": "skip", "default": 1}}, 1401, ".onSkip.default", "defaultValue"),
        ({"$variable": {"name": "v"}}, 3004, ".$variable", "a name"),
        ({"$variable": None}, 3004, ".$variable", "not null"),
        ({"$variable": "$[0]"}, 3004, ".$variable", "begins with the variable's name"),
        ({"$variable": " "}, 3004, ".$variable", "begins with the variable's name"),
        ({"$if": 1, "else": 2}, 3004, "", "`$if` needs `then`"),
        ({"$coalesce": {"a": 1}}, 3004, ".$coalesce", "a list"),
        ({"$template": ["x"]}, 3004, ".$template", "takes text"),
        ({"$expr": 5}, 3004, ".$expr", '$expr: "5"'),
        ({"$expr": "1", "with": ["x"]}, 3004, ".with", "mapping"),
        ({"$expr": "1", "with": {"steps": 1}}, 3004, ".with.steps", "a meaning of its own"),
        ({"$expr": "1", "with": {"my-x": 1}}, 3004, '.with.my-x', "letters"),
        ({"$expr": "1 +"}, 3004, ".$expr", "cannot be used"),
        ({"$template": "{{ a.b"}, 3004, ".$template", "line 1"),
        ({"$template": "{{ steps[input.x] }}"}, 3004, ".$template", "cannot be used"),
        ({"$template": "{{ inputs.x }}"}, 3004, ".$template", 'did you mean "input"?'),
        ({"$expr": "topic"}, 3004, ".$expr", "by `with`"),
        ({"$expr": "steps['odd id'].x"}, 3004, ".$expr", "by `with`"),
        ({"$expr": "steps.odd"}, 3003, ".$expr", "by `with`"),
        ({"$template": "one\n{{ steps.b }}"}, 3003, ".$template", "line 2"),
        ({"$step": "A"}, 3003, ".$step", 'did you mean "a"?'),
        ({"x": [{"y": {"$step": "b"}}]}, 3003, ".x[0].y.$step", 'no step "b"'),
        ({"$if": 1, "then": 2, "else": {"$step": "b"}}, 3003, ".else.$step", "no step"),
        ({"$coalesce": [1, {"$step": "b"}]}, 3003, ".$coalesce[1].$step", "no step"),
        ({"$variable": "v", "default": {"$step": "b"}}, 3003, ".default.$step", "no step"),
        ({"$template": "x", "with": {"n": {"$step": "b"}}}, 3003, ".with.n.$step", "no step"),
        ({"$step": "a", "onSkip": {"action": "useDefault", "defaultValue": {"$step": "b"}}}, 3003,
         ".onSkip.defaultValue.$step", "no step"),
    ],
)  # fmt: skip
def test_a_faulty_expression_is_told_with_its_place(source: Any, code: int, place: str, words: str) -> None:
    """And with what to write."""
    (found_code, found_place, text), *more = told(source)
    assert (found_code, found_place, more) == (code, place, [])
    assert words in text


@pytest.mark.parametrize(
    ("source", "rewrite"),
    [
        ({"$from": {"step": "a"}, "path": "x"}, '{$step: a, path: "x"}'),
        ({"$from": {"step": "a"}}, "{$step: a}"),
        ({"$from": {"workflow": "input"}, "path": "x"}, '{$input: "x"}'),
        ({"$from": {"workflow": "input"}}, "{$input: $}"),
        ({"$from": {"variable": "v"}}, "{$variable: v}"),
        ({"$from": {"literal": 1}}, "{$literal: value}"),
        ({"$from": "input"}, "{$input: path}"),
    ],
)
def test_the_older_reference_is_refused_with_its_rewrite(source: Any, rewrite: str) -> None:
    """Never passed on as data."""
    [(code, place, text)] = told(source)
    assert (code, place) == (3004, ".$from")
    assert rewrite in text


def test_all_faults_of_an_expression_are_told() -> None:
    """One does not hide another."""
    source = {"a": {"$input": 1}, "b": [{"$step": "b"}, {"$coalesce": 1}], "c": {"$if": {"$variable": ""}}}
    assert {place for _, place, _ in told(source)} == {
        ".a.$input", ".b[0].$step", ".b[1].$coalesce", ".c.$if.$variable", ".c",
    }  # fmt: skip


def test_nothing_under_a_literal_is_read() -> None:
    """Faults there are none."""
    assert told({"$literal": {"$step": 1, "$from": 2, "a": {"$if": 3}}}) == []
