"""Secrets: redaction by place, masking in messages, and what a step's evaluated input shows."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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
from stepflow_runtime.language.secrets import (
    Masker,
    places_of_input,
    places_of_variables,
    redact_places,
    redactor,
    secret_places,
    secret_strings,
)

HIDDEN = "[REDACTED]"
MARK = {"is_secret": True}


# ---- redaction by place


@pytest.mark.parametrize(
    ("schema", "value", "shown"),
    [
        (MARK, {"a": [1]}, HIDDEN),
        ({"properties": {"a": MARK}}, {"a": 1, "b": 2}, {"a": HIDDEN, "b": 2}),
        ({"items": MARK}, [1, 2], [HIDDEN, HIDDEN]),
        ({"prefixItems": [{}, MARK], "items": {}}, [1, 2, 3], [1, HIDDEN, 3]),
        ({"prefixItems": [{}], "items": MARK}, [1, 2, 3], [1, HIDDEN, HIDDEN]),
        ({"contains": MARK}, [1, 2], [HIDDEN, HIDDEN]),
        ({"additionalProperties": MARK, "properties": {"a": {}}}, {"a": 1, "b": 2}, {"a": 1, "b": HIDDEN}),
        ({"patternProperties": {"^k": MARK}, "additionalProperties": {}}, {"key": 1, "b": 2}, {"key": HIDDEN, "b": 2}),
        ({"patternProperties": {"^k": {}}, "additionalProperties": MARK}, {"key": 1, "b": 2}, {"key": 1, "b": HIDDEN}),
        ({"$ref": "#/$defs/S", "$defs": {"S": {"properties": {"a": MARK}}}}, {"a": 1}, {"a": HIDDEN}),
        (
            {"allOf": [{"properties": {"a": MARK}}, {"properties": {"b": MARK}}]},
            {"a": 1, "b": 2},
            {"a": HIDDEN, "b": HIDDEN},
        ),
        ({"anyOf": [{"type": "null"}, MARK]}, 1, HIDDEN),
        ({"oneOf": [{"properties": {"k": {"const": 1}, "a": MARK}}]}, {"k": 2, "a": 1}, {"k": 2, "a": HIDDEN}),
        ({"if": {}, "then": {}, "else": {"properties": {"a": MARK}}}, {"a": 1}, {"a": HIDDEN}),
        ({"dependentSchemas": {"b": {"properties": {"a": MARK}}}}, {"a": 1}, {"a": HIDDEN}),
        ({"unevaluatedProperties": MARK}, {"a": 1}, {"a": HIDDEN}),
        ({"contentSchema": {"properties": {"a": MARK}}}, '{"a": 1}', '{"a": 1}'),
        ({"contentSchema": MARK}, "text", HIDDEN),
        ({"not": MARK}, 1, 1),
        ({"properties": {"a": {"is_secret": False}}}, {"a": 1}, {"a": 1}),
        ({"properties": {"a": {"is_secret": "yes"}}}, {"a": 1}, {"a": HIDDEN}),
        ({"$dynamicRef": "#x", "$defs": {"A": {"$dynamicAnchor": "x", **MARK}}}, 1, HIDDEN),
        ({"properties": {"a": MARK}}, ["a"], ["a"]),
        ({"$ref": "http://outside.invalid/", "properties": {"a": MARK}}, {"a": 1}, {"a": HIDDEN}),
        (True, 1, 1),
        (None, 1, 1),
    ],
)
def test_marked_positions_are_redacted(schema: Any, value: Any, shown: Any) -> None:
    """Whichever branch a value matches: what is secret depends on the place alone."""
    assert redactor(schema)(value) == shown


def test_redaction_leaves_the_original_alone() -> None:
    """What is not on the way to a secret is shared, not copied."""
    value = {"a": {"key": 1}, "b": [1, 2]}
    shown = redactor({"properties": {"a": {"properties": {"key": MARK}}}})(value)
    assert shown == {"a": {"key": HIDDEN}, "b": [1, 2]}
    assert value == {"a": {"key": 1}, "b": [1, 2]}
    assert shown["b"] is value["b"]


def test_without_marks_the_value_itself_is_shown() -> None:
    """No copy is made."""
    value = {"a": [1]}
    redact = redactor({"properties": {"a": {"items": {"$ref": "#"}}}})
    assert redact(value) is value
    assert not redact.marks_any


def test_marks_are_found_in_recursive_schemas() -> None:
    """At every level of the value."""
    redact = redactor({"properties": {"key": MARK, "inner": {"items": {"$ref": "#"}}}})
    value = {"key": 1, "inner": [{"key": 2, "inner": [{"other": 3}]}]}
    assert redact(value) == {"key": HIDDEN, "inner": [{"key": HIDDEN, "inner": [{"other": 3}]}]}


def test_references_into_the_flow_are_followed() -> None:
    """`#/schemas/…` in both spellings."""
    document = {"$defs": {"Key": MARK}}
    schema = {"properties": {"a": {"$ref": "#/schemas/$defs/Key"}, "b": {"$ref": "#/schemas/defs/Key"}}}
    assert redactor(schema, document)({"a": 1, "b": 2}) == {"a": HIDDEN, "b": HIDDEN}


def test_a_redactor_of_a_part() -> None:
    """Inside a secret position everything is secret."""
    redact = redactor({"properties": {"a": {"properties": {"key": MARK}}, "s": MARK}})
    assert redact.at(("a",))({"key": 1, "b": 2}) == {"key": HIDDEN, "b": 2}
    assert redact.at(("s", "deep", 0))(1) == HIDDEN
    assert redact.at(("b",))(1) == 1
    assert redact.at(())({"s": 1}) == {"s": HIDDEN}


def test_secret_strings_are_those_of_8_or_more_characters_at_any_depth() -> None:
    """In a secret object too; numbers and short texts occur anywhere."""
    value = {"s": {"deep": ["12345678", "1234567", 123456789, None]}, "open": "open to all", "t": "a long secret"}
    assert secret_strings(value, {"properties": {"s": MARK, "t": MARK}}) == {"12345678", "a long secret"}


NESTED = st.recursive(
    st.just({}) | st.just(MARK) | st.just({"$ref": "#"}),
    lambda inner: st.one_of(
        st.builds(lambda each: {"properties": {"a": each}}, inner),
        st.builds(lambda each: {"items": each}, inner),
        st.builds(lambda one, two: {"anyOf": [one, two]}, inner, inner),
        st.builds(lambda one, two: {"prefixItems": [one], "additionalProperties": two}, inner, inner),
    ),
    max_leaves=8,
)
VALUES = st.recursive(
    st.sampled_from([1, "a long text"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=10,
)


@settings(max_examples=100, deadline=None)
@given(NESTED, VALUES)
def test_redacting_twice_changes_nothing_more(schema: Any, value: Any) -> None:
    """And what is shown holds none of the secret parts."""
    redact = redactor(schema)
    shown = redact(value)
    assert redact(shown) == shown
    assert all(part == HIDDEN for part in redact.secrets(shown))


# ---- masking


def test_every_occurrence_of_a_secret_is_masked() -> None:
    """In the middle of words too."""
    mask = Masker({"hunter2222"}).text
    assert mask("got hunter2222, not xhunter2222y") == f"got {HIDDEN}, not x{HIDDEN}y"
    assert mask("nothing here") == "nothing here"


def test_of_secrets_inside_one_another_the_longest_is_masked() -> None:
    """Those that overlap are masked as one, so that no end of either is left."""
    assert Masker({"password", "password1234"}).text("is password1234.") == f"is {HIDDEN}."
    assert Masker({"abcdefgh", "fghijklm"}).text("-abcdefghijklm-") == f"-{HIDDEN}-"
    assert Masker({"REDACTED", "hunter2222"}).text("hunter2222") == HIDDEN
    assert Masker({"abababab"}).text("ababababab") == HIDDEN


def test_secrets_are_found_in_their_escaped_spellings() -> None:
    """As JSON and as Python write them."""
    secret = 'pass"word\nof ünïcode'
    mask = Masker({secret}).text
    for shown in (repr(secret), '"pass\\"word\\nof ünïcode"', '"pass\\"word\\nof \\u00fcn\\u00efcode"', secret):
        assert "word" not in mask(shown)


def test_data_is_masked_deeply_and_keys_too() -> None:
    """The original is not changed; without secrets it is given back as it is."""
    value = {"hunter2222": ["at hunter2222", 5, {"x": None}]}
    assert Masker({"hunter2222"}).value(value) == {HIDDEN: [f"at {HIDDEN}", 5, {"x": None}]}
    assert value == {"hunter2222": ["at hunter2222", 5, {"x": None}]}
    assert Masker(set()).value(value) is value
    assert not Masker(())


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text("abc", min_size=3, max_size=6), max_size=4), st.text("abc", max_size=40))
def test_no_secret_is_left_in_a_masked_text(secrets: list[str], text: str) -> None:
    """However they overlap."""
    masked = Masker(secrets).text(text).split(HIDDEN)
    assert not any(secret in part for secret in secrets for part in masked)


# ---- evaluated inputs


INPUT = redactor({"properties": {"token": MARK, "user": {"properties": {"password": MARK}}}})
PLACES = (places_of_input(INPUT), places_of_variables(redactor({"properties": {"key": MARK}}), {"inherited"}))


def shown(expression: Expression, value: Any) -> Any:
    """What shows of the value of an expression."""
    return redact_places(value, secret_places(expression, *PLACES))


def test_what_comes_from_a_secret_place_is_redacted_where_it_stands() -> None:
    """In objects and arrays, from the input and from variables."""
    expression = ObjectOf(
        {
            "a": InputValue(("token",)),
            "b": ArrayOf((Literal(1), VariableValue("key", ("part",)), VariableValue("inherited"))),
            "c": InputValue(("city",)),
            "d": VariableValue("open"),
        }
    )
    value = {"a": "s", "b": [1, "s", "s"], "c": "Lyon", "d": "o"}
    assert shown(expression, value) == {"a": HIDDEN, "b": [1, HIDDEN, HIDDEN], "c": "Lyon", "d": "o"}
    assert value["a"] == "s"


def test_of_a_value_that_is_partly_secret_only_that_part_is_redacted() -> None:
    """The whole input, or an object of it."""
    assert shown(InputValue(), {"token": 1, "user": {"password": 2, "name": "eve"}, "city": "Lyon"}) == {
        "token": HIDDEN,
        "user": {"password": HIDDEN, "name": "eve"},
        "city": "Lyon",
    }
    assert shown(InputValue(("user",)), {"password": 2, "name": "eve"}) == {"password": HIDDEN, "name": "eve"}


@pytest.mark.parametrize(
    "expression",
    [
        If(Literal(True), InputValue(("token",)), Literal(1)),
        If(Literal(True), Literal(1), InputValue(("token",))),
        Coalesce((Literal(None), VariableValue("key"))),
        VariableValue("open", (), InputValue(("token",))),
        StepOutput("a", (), InputValue(("token",))),
        TextTemplate("Bearer {{ input.token }}"),
        TextTemplate("{{ input['token'] }}"),
        TextTemplate('{{ input . user [ "password" ] }}'),
        TextTemplate("{{ vars.key|upper }}"),
        TextTemplate("{{ vars.inherited }}"),
        TextTemplate("{{ input }}"),
        TextTemplate("{% for each in input.user %}{{ each }}{% endfor %}"),
        TextTemplate("{% set all = vars %}{{ all.key }}"),
        TextTemplate("{{ input[name] }}", {"name": Literal("token")}),
        TextTemplate("{{ input.get('token') }}"),
        TextTemplate("{{ t }}", {"t": InputValue(("token",))}),
        Computed("input.token ~ 'x'"),
        Computed("{'a': [vars.key]}"),
    ],
)
def test_whatever_may_give_a_secret_is_redacted_as_a_whole(expression: Expression) -> None:
    """Whichever branch was taken; texts that may use a secret show nothing."""
    assert shown(expression, "value") == HIDDEN


@pytest.mark.parametrize(
    "expression",
    [
        If(InputValue(("token",)), Literal(1), Literal(2)),
        StepOutput("a", ("token",)),
        Literal("token"),
        TextTemplate("{{ input.city }} {{ vars.open }} {{ steps.input.token }}"),
        TextTemplate("no reference"),
        Computed("steps.a.token + input.n"),
    ],
)
def test_what_uses_no_secret_is_shown(expression: Expression) -> None:
    """A condition is not the value, and what a step gave is the author's data."""
    assert shown(expression, "value") == "value"


def test_places_that_a_value_does_not_have_are_passed_over() -> None:
    """A skipped branch leaves other shapes."""
    expression = ObjectOf({"a": ArrayOf((InputValue(("token",)),))})
    assert shown(expression, {"a": []}) == {"a": []}
    assert shown(expression, {"b": 1}) == {"b": 1}
    assert shown(expression, None) is None
