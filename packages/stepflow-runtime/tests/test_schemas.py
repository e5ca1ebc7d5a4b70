"""The `schemas` section: its spellings, what is wrong with schemas, and validation in bounded time."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepflow_runtime.language.schema_bundle import bundle
from stepflow_runtime.language.schema_cost import MOST_VISITS, visits_of
from stepflow_runtime.language.schema_memory import RememberingChecker
from stepflow_runtime.language.schema_references import References
from stepflow_runtime.language.schemas import check_schemas, compile_validator, unknown_keys

LOAF = {"type": "string", "minLength": 1}
INPUT = {"type": "object", "required": ["loaf"], "properties": {"loaf": {"$ref": "#/schemas/$defs/Loaf"}}}
WRAPPED: dict[str, Any] = {
    "type": "object",
    "$defs": {"Loaf": LOAF},
    "properties": {"input": INPUT, "output": {"type": "object"}, "steps": {"properties": {"bake": {"type": "object"}}}},
}
FLAT: dict[str, Any] = {
    "defs": {"Loaf": LOAF},
    "steps": {"bake": {"type": "object"}},
    "output": {"type": "object"},
    "input": INPUT,
}


def messages(section: Any) -> list[str]:
    """What is wrong with a section, in words."""
    return [each.message for each in check_schemas(section)[1]]


def pointers(schema: Any, value: Any, document: dict[str, Any] | None = None) -> list[str]:
    """Where a value violates a schema."""
    return [each.pointer for each in compile_validator(schema, document or {}).violations(value)]


def doubling(levels: int, keyword: str) -> dict[str, Any]:
    """A schema that asks 2^levels times for the same value to be looked at."""
    definitions: dict[str, Any] = {
        f"d{level}": {keyword: [{"$ref": f"#/$defs/d{level + 1}"}] * 2} for level in range(levels)
    }
    return {"$ref": "#/$defs/d0", "$defs": {**definitions, f"d{levels}": {"type": "string"}}}


def nested(depth: int, inner: Any, key: str = "a") -> Any:
    """A value inside so many objects."""
    for _ in range(depth):
        inner = {key: inner}
    return inner


# ---- reading the section


def test_both_spellings_mean_the_same() -> None:
    """The flat spelling gives the wrapped document, members in their fixed order."""
    wrapped, flat = check_schemas(WRAPPED), check_schemas(FLAT)
    assert wrapped == flat
    assert wrapped[1] == []
    assert json.dumps(flat[0].document) == json.dumps(WRAPPED)
    assert (flat[0].input, flat[0].defs, flat[0].steps) == (INPUT, {"Loaf": LOAF}, {"bake": {"type": "object"}})


def test_the_wrapped_form_is_kept_as_it_is_written() -> None:
    """Other keywords of the section stay, in their order; only what says nothing goes."""
    section = {"title": "Bakery", "properties": {"output": {"type": "null"}, "input": None, "steps": {}}, "$defs": {}}
    schemas, problems = check_schemas(section)
    assert problems == []
    assert schemas.document == {"title": "Bakery", "properties": {"output": {"type": "null"}}}


@pytest.mark.parametrize("section", [None, {}, {"type": "object"}, {"input": None, "steps": None}, {"properties": {}}])
def test_a_section_that_says_nothing_is_empty(section: Any) -> None:
    """Null counts as absent, and nothing is left in the document."""
    schemas, problems = check_schemas(section)
    assert (schemas.document, schemas.input, problems) == ({}, None, [])


def test_the_spellings_may_be_mixed_unless_a_member_stands_in_both() -> None:
    """A member that is written twice is refused, at its flat place."""
    mixed = {"$defs": {"A": {}}, "input": {"$ref": "#/schemas/$defs/A"}, "properties": {"output": True}}
    assert check_schemas(mixed)[0].document["properties"].keys() == {"output", "input"}
    _, problems = check_schemas({"properties": {"input": True}, "input": False, "$defs": {"A": {}}, "defs": {"A": {}}})
    assert [(each.location, each.fatal) for each in problems] == [(("defs", "A"), True), (("input",), True)]


@pytest.mark.parametrize(
    ("section", "location"),
    [
        ([], ()),
        ("input", ()),
        ({"input": 5}, ("input",)),
        ({"steps": []}, ("steps",)),
        ({"steps": {"a": "text"}}, ("steps", "a")),
        ({"defs": 3}, ("defs",)),
        ({"$defs": {"A": []}}, ("$defs", "A")),
        ({"properties": []}, ("properties",)),
        ({"properties": {"variables": 1}}, ("properties", "variables")),
        ({"properties": {"steps": {"properties": {"a": 1}}}}, ("properties", "steps", "properties", "a")),
        ({"type": "array"}, ("type",)),
    ],
)
def test_members_of_the_wrong_type_are_fatal(section: Any, location: Any) -> None:
    """The place is that of the member as it was written."""
    _, problems = check_schemas(section)
    assert [(each.location, each.fatal) for each in problems] == [(location, True)]


def test_unknown_keys_are_told_with_what_was_meant() -> None:
    """In both spellings; the words of JSON Schema are known."""
    found = unknown_keys({"inputs": {}, "title": "x", "properties": {"variable": {}, "input": {}}})
    assert [(each.location, each.hint) for each in found] == [
        (("inputs",), "did you mean `input`?"),
        (("properties", "variable"), "did you mean `variables`?"),
    ]
    assert unknown_keys(WRAPPED) == unknown_keys(FLAT) == unknown_keys([]) == []


# ---- what is wrong with schemas


def test_all_that_is_wrong_is_told_at_once_and_is_not_fatal() -> None:
    """Invalid keywords, regular expressions, marks and dialects, each at its place in the flat spelling."""
    inner = {"a": {"pattern": "("}, "b": {"minimum": "x"}, "c": {"is_secret": "yes"}, "d": {"$schema": "http://x/y"}}
    section = {"input": {"type": "strin", "properties": inner}, "variables": {"type": "string"}}
    _, problems = check_schemas(section)
    assert not any(each.fatal for each in problems)
    assert {each.location for each in problems} == {
        ("input", "type"),
        ("input", "properties", "a", "pattern"),
        ("input", "properties", "b", "minimum"),
        ("input", "properties", "c", "is_secret"),
        ("input", "properties", "d", "$schema"),
        ("variables", "type"),
    }


@pytest.mark.parametrize(
    "reference",
    ["http://127.0.0.1:9/x.json", "file:///etc/hostname", "other.json", "https://json-schema.org/draft/2020-12/schema"],
)
def test_references_outside_the_document_are_refused_and_never_fetched(
    reference: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Validation says so; a value is refused, not taken to be right."""
    monkeypatch.setattr(socket, "socket", None)
    schemas, problems = check_schemas({"input": {"properties": {"a": {"$ref": reference}}}})
    assert [(each.location, each.fatal) for each in problems] == [(("input", "properties", "a", "$ref"), False)]
    assert reference in problems[0].message
    violations = compile_validator(schemas.input, schemas.document).violations({})
    assert [each.pointer for each in violations] == [""]
    assert "never fetched" in violations[0].message


@pytest.mark.parametrize(
    "reference", ["#/schemas/$defs/Nope", "#nope", "#/x", "#/schemas/$defs/Loaf/minLength", "#/%zz"]
)
def test_references_that_lead_nowhere_are_told(reference: str) -> None:
    """So are those to something that is not a schema."""
    section = {"input": {"$ref": reference}, "defs": {"Loaf": LOAF}}
    assert [each.location for each in check_schemas(section)[1]] == [("input", "$ref")]


def test_what_a_reference_leads_to_is_checked_wherever_it_stands() -> None:
    """Also in a keyword that holds no schemas; the fault is told at the reference."""
    section = {"input": {"$ref": "#/extra/A", "extra": {"A": {"type": "strin"}}}}
    assert [each.location for each in check_schemas(section)[1]] == [("input", "$ref")]


def test_a_schema_without_faults_that_cannot_be_compiled_is_told() -> None:
    """Each member that values are checked against is compiled once to see."""
    branching = {"unevaluatedProperties": False, "anyOf": [{"properties": {"a": {"$ref": "#"}}}] * 2}
    assert "unevaluatedProperties" in messages({"input": branching})[0]


# ---- references


@pytest.mark.parametrize(
    "reference",
    [
        "#/schemas/$defs/Loaf",
        "#/schemas/defs/Loaf",
        "#/schemas/%24defs/Loaf",
        "#/schemas/output/properties/loaf",
        "#/schemas/steps/bake",
        "#/schemas/properties/output/properties/loaf",
        "#loaf",
        "#/$defs/Own",
        "urn:bakery:loaf",
    ],
)
def test_references_inside_the_flow_are_followed(reference: str) -> None:
    """In both spellings of the section, to anchors, and within the schema itself."""
    section = {
        "input": {"$ref": reference, "$defs": {"Own": LOAF}},
        "output": {"properties": {"loaf": LOAF}},
        "steps": {"bake": {"$anchor": "loaf", **LOAF}},
        "defs": {"Loaf": LOAF, "Named": {"$id": "urn:bakery:loaf", **LOAF}},
    }
    schemas, problems = check_schemas(section)
    assert problems == []
    assert pointers(schemas.input, "", schemas.document) == [""]
    assert pointers(schemas.input, "rye", schemas.document) == []


def test_an_id_makes_a_resource_of_its_own() -> None:
    """References inside it start from it, and nothing is looked for at its address."""
    schema = {
        "$id": "http://bakery.invalid/order",
        "$defs": {"sort": {"$id": "sort", "type": "string"}},
        "properties": {"one": {"$ref": "sort"}, "two": {"$ref": "#/$defs/sort"}},
    }
    assert pointers(schema, {"one": 1, "two": 2}) == ["/one", "/two"]


def test_a_dynamic_reference_leads_to_its_only_anchor() -> None:
    """With several of the same name the schema is refused: which is meant depends on the way there."""
    tree = {"$dynamicAnchor": "node", "type": "object", "properties": {"next": {"$dynamicRef": "#node"}}}
    assert pointers(tree, {"next": {"next": 1}}) == ["/next/next"]
    two = {"$dynamicRef": "#x", "$defs": {"a": {"$dynamicAnchor": "x"}, "b": {"$dynamicAnchor": "x"}}}
    assert "$dynamicAnchor" in compile_validator(two, {}).violations(1)[0].message


# ---- validating


def test_every_violation_is_told_with_its_pointer() -> None:
    """Pointers are escaped, and each has a message."""
    schema = {"required": ["x"], "properties": {"a/b": {"type": "integer"}, "l": {"items": {"maximum": 3}}}}
    violations = compile_validator(schema, {}).violations({"a/b": "1", "l": [1, 9, 2, 7]})
    assert {each.pointer for each in violations} == {"", "/a~1b", "/l/1", "/l/3"}
    assert all(each.message for each in violations)
    assert next(each.names for each in violations if each.keyword == "required") == ("x",)


@pytest.mark.parametrize(
    ("schema", "value", "valid"),
    [
        ({"type": "integer", "maximum": 10**20}, 10**30, False),
        ({"type": "integer", "maximum": 10**31}, 10**30, True),
        ({"const": 10**30}, 10**30, True),
        ({"const": 10**30}, 10**30 + 1, False),
        ({"const": 2**53}, 2**53 + 1, False),
        ({"multipleOf": 7}, 7 * 10**40 + 1, False),
        ({"multipleOf": 0.1}, 0.3, True),
        ({"maximum": 1e20}, 10**20 + 1, False),
        ({"type": "integer"}, 1.0, True),
        ({"type": "integer"}, True, False),
        ({"const": 1}, True, False),
        ({"uniqueItems": True}, [10**25, 10**25 + 1], True),
        ({"format": "email"}, "not one", True),
    ],
)
def test_numbers_of_any_size_are_compared_exactly(schema: Any, value: Any, valid: bool) -> None:
    """Beyond 64 bits too; `format` is an annotation, as 2020-12 has it by default."""
    assert (pointers(schema, value) == []) is valid


@pytest.mark.parametrize("value", ["\ud800", [10**5000], nested(2000, 1)], ids=["surrogate", "digits", "depth"])
def test_what_is_no_json_is_refused_in_words(value: Any) -> None:
    """Never by an exception."""
    assert pointers({"type": "integer"}, value) == [""]


def test_long_messages_are_cut() -> None:
    """A message shows the value, which may be large."""
    [violation] = compile_validator({"type": "integer"}, {}).violations("x" * 100_000)
    assert len(violation.message) <= 500


def test_messages_of_a_schema_with_secrets_show_no_values() -> None:
    """Of what is inside a secret position not even the names are shown."""
    secret = {
        "type": "object",
        "is_secret": True,
        "properties": {"x": {"type": "integer"}},
        "additionalProperties": False,
    }
    schema = {"properties": {"key": {"type": "string", "is_secret": True, "maxLength": 3}, "whole": secret}}
    violations = compile_validator(schema, {}).violations(
        {"key": "hunter22", "whole": {"x": "hunter33", "hunter44": 1}}
    )
    assert {each.pointer for each in violations} == {"/key", "/whole"}
    assert "hunter" not in str(violations)
    assert "longer than 3" in violations[0].message


def test_masked_messages_show_no_values() -> None:
    """Where the caller knows that the value may hold secrets."""
    [violation] = compile_validator({"maximum": 3}, {}, masked=True).violations(4321)
    assert "4321" not in violation.message


# ---- bounded time


@pytest.mark.parametrize("keyword", ["allOf", "anyOf"])
def test_references_that_double_take_no_exponential_time(keyword: str) -> None:
    """A schema of 100 levels would be looked at 2^100 times if nothing was remembered."""
    schema = doubling(100, keyword)
    assert pointers(schema, "text") == []
    assert pointers(schema, 1) == [""]


def test_recursion_over_a_deep_value_takes_no_exponential_time() -> None:
    """Two members that lead to the same schema again, for each of 120 levels."""
    again = {"$ref": "#"}
    schema = {"type": "object", "properties": {"a": {"allOf": [again, again]}}, "patternProperties": {"^a": again}}
    assert pointers(schema, nested(120, {})) == []
    assert pointers(schema, nested(120, 1)) == ["/a" * 120]


def test_a_recursive_union_is_decided_and_its_violation_told() -> None:
    """A grammar of operations, 100 deep: listing all branches of all levels would take 4^100 steps."""

    def operation(name: str) -> dict[str, Any]:
        operands = {"left": {"$ref": "#"}, "right": {"$ref": "#"}}
        return {
            "properties": {"op": {"const": name}, **operands},
            "required": ["op", "left", "right"],
            "type": "object",
        }

    schema = {"anyOf": [operation("add"), operation("mul"), operation("sub"), {"type": "number"}]}
    good: Any = 1
    bad: Any = "one"
    for _ in range(100):
        good, bad = {"op": "sub", "left": good, "right": 1}, {"op": "sub", "left": bad, "right": 1}
    assert pointers(schema, good) == []
    assert pointers(schema, bad) == [""]


def test_a_schema_that_only_refers_to_itself_asks_nothing() -> None:
    """Circles without a way down end."""
    assert pointers({"$ref": "#"}, 1) == []
    assert pointers({"allOf": [{"$ref": "#"}, {"$ref": "#"}], "type": "string"}, 1) == [""]


def test_long_chains_of_references_are_refused_in_words() -> None:
    """Each link takes a piece of the stack."""
    chain = {f"d{level}": {"$ref": f"#/$defs/d{level + 1}"} for level in range(5000)}
    schema = {"$ref": "#/$defs/d0", "$defs": {**chain, "d5000": {}}}
    assert "too deeply" in compile_validator(schema, {}).violations(1)[0].message


def test_schemas_nested_beyond_the_limit_are_refused() -> None:
    """Whatever their depth; up to it they work."""
    assert "128" in messages({"input": nested(5000, {}, "not")})[0]
    assert messages({"input": nested(120, {}, "not")}) == []


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(?:(?=a)(a|aa))+$", r"(a*)*\1$"])
def test_catastrophic_patterns_end(pattern: str) -> None:
    """In linear time, or by a limit on backtracking that counts as a violation."""
    assert pointers({"pattern": pattern}, "a" * 5000 + "!") == [""]


def test_patterns_too_large_or_too_many_are_told() -> None:
    """A pattern may take 5 MB, of more than 32 each 0.5 MB, and there may be 500."""
    assert "regular expression" in messages({"input": {"pattern": "((a{100}){100}){100}"}})[0]
    large = [{"pattern": f"\\p{{L}}{{1,50}}{number}"} for number in range(40)]
    assert messages({"input": {"anyOf": large[:2]}}) == []
    assert "more than 32" in messages({"input": {"anyOf": large}})[0]
    many = {"anyOf": [{"pattern": str(number)} for number in range(501)]}
    assert "500" in messages({"input": many})[0]
    assert "500" in compile_validator(many, {}).violations("x")[0].message


def test_at_most_a_thousand_violations_are_listed() -> None:
    """Of a value with 60 000 faults too."""
    assert len(pointers({"items": {"type": "string"}}, list(range(60_000)))) == 1000


def test_large_invalid_schemas_are_looked_through_in_parts() -> None:
    """The innermost faults are told, a hundred at most."""
    faulty = {f"p{number}": {"type": "strin" if number % 3 == 0 else "string"} for number in range(6000)}
    _, problems = check_schemas({"input": {"properties": faulty}})
    assert len(problems) == 100
    assert problems[0].location == ("input", "properties", "p0", "type")


# ---- remembering


SCHEMAS = st.recursive(
    st.sampled_from([True, {}, {"type": "string"}, {"const": 1}, {"$ref": "#/$defs/A"}, {"minLength": 2}]),
    lambda inner: st.one_of(
        st.builds(lambda each: {"anyOf": each}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda each: {"allOf": each}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda each: {"not": each}, inner),
        st.builds(lambda each: {"items": each, "type": "array"}, inner),
        st.builds(lambda each: {"properties": {"a": each}, "additionalProperties": {"$ref": "#/$defs/A"}}, inner),
        st.builds(lambda each: {"patternProperties": {"^b": each}, "propertyNames": {"$ref": "#/$defs/B"}}, inner),
    ),
    max_leaves=12,
)
VALUES = st.recursive(
    st.sampled_from([None, True, 1, 2.5, "", "text"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "bc"]), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(SCHEMAS, VALUES)
def test_remembering_finds_what_jsonschema_rs_finds(schema: Any, value: Any) -> None:
    """For schemas that branch little enough for both, the same places violate the same keywords."""
    from jsonschema_rs import Draft202012Validator

    whole = {"allOf": [schema], "$defs": {"A": {"type": ["string", "array"]}, "B": {"maxLength": 1}}}
    parts = bundle(whole, References({}, whole))
    assert visits_of(parts) <= MOST_VISITS
    checker = RememberingChecker(parts, lambda each, keywords: Draft202012Validator(each, keywords=keywords))
    direct = [(tuple(each.instance_path), each.kind.name) for each in Draft202012Validator(whole).iter_errors(value)]
    assert checker.accepts(value) is (direct == [])
    assert {(where, each.kind.name) for where, each in checker.errors(value, 1000)} == set(direct)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "input",
                    "properties",
                    "$ref",
                    "$defs",
                    "defs",
                    "steps",
                    "items",
                    "type",
                    "anyOf",
                    "$id",
                    "pattern",
                    "a",
                ]
            ),
            inner | st.sampled_from(["#", "#/schemas/defs/a", "string", "http://x/y", "("]),
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(JSON, JSON)
def test_no_section_and_no_value_raises(section: Any, value: Any) -> None:
    """Whatever stands there, the answer is a list."""
    schemas, problems = check_schemas(section)
    if schemas.input is not None and not problems:
        violations = compile_validator(schemas.input, schemas.document).violations(value)
        assert not any("cannot be used" in each.message for each in violations)
