"""Variables: declared, given, inherited, implied; from the environment; secret ones."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_core import InvalidInputError
from stepflow_runtime.language.model import Schemas
from stepflow_runtime.language.schemas import check_schemas
from stepflow_runtime.language.variables import (
    VariableRules,
    Variables,
    declared,
    from_environment,
    resolve,
)


def schemas_of(properties: dict[str, Any], **more: Any) -> Schemas:
    """A section with a variables schema."""
    defs = more.pop("defs", {})
    schemas, problems = check_schemas({"variables": {"type": "object", "properties": properties, **more}, "defs": defs})
    assert problems == []
    return schemas


def refusal(schemas: Schemas, given: dict[str, Any], inherited: Variables | None = None) -> dict[str, str]:
    """The messages of a refusal by their pointers."""
    with pytest.raises(InvalidInputError) as caught:
        resolve(schemas, given, inherited)
    assert caught.value.code == 400
    assert caught.value.details["kind"] == "invalid_input"
    return {each["pointer"]: each["message"] for each in caught.value.details["errors"]}


def test_given_values_win_over_defaults() -> None:
    """An object that is given is not merged with the default object."""
    schemas = schemas_of({"season": {"default": "autumn"}, "bed": {"default": {"rows": 4, "soil": None}}})
    assert resolve(schemas, {}).values == {"season": "autumn", "bed": {"rows": 4, "soil": None}}
    assert resolve(schemas, {"bed": {"rows": 1}}).values == {"season": "autumn", "bed": {"rows": 1}}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, ""),
        ({"type": "number"}, 0),
        ({"type": "integer"}, 0),
        ({"type": "boolean"}, False),
        ({"type": "null"}, None),
        ({"type": ["string", "null"]}, None),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, None),
        ({"type": ["string"]}, ""),
        ({"$ref": "#/schemas/$defs/Text"}, ""),
        ({"allOf": [{"$ref": "#/schemas/$defs/Text"}]}, ""),
        ({"type": "string", "default": None}, None),
    ],
)
def test_an_unset_variable_has_the_value_that_its_type_implies(schema: Any, value: Any) -> None:
    """References are followed; an explicit default, null too, comes first."""
    found = resolve(schemas_of({"x": schema}, defs={"Text": {"type": "string"}}), {}).values
    assert found == {"x": value}
    assert type(found["x"]) is type(value)


@pytest.mark.parametrize("schema", [{"type": "object"}, {"type": "array"}, {}, {"type": ["string", "integer"]}, True])
def test_other_types_imply_nothing(schema: Any) -> None:
    """The variable is undefined."""
    assert resolve(schemas_of({"x": schema}), {}).values == {}


def test_all_that_is_missing_or_wrong_is_told_at_once() -> None:
    """Each with its pointer; a required variable with a default is not missing."""
    schemas = schemas_of(
        {"gate": {"type": "string"}, "limit": {"type": "integer"}, "colour": {"type": "string", "default": "green"}},
        required=["gate", "post", "colour"],
    )
    found = refusal(schemas, {"limit": "many"})
    assert found.keys() == {"/gate", "/post", "/limit"}
    assert "required" in found["/gate"]
    assert resolve(schemas, {"gate": "", "post": 1}).values == {"gate": "", "post": 1, "limit": 0, "colour": "green"}


def test_the_message_names_the_first_and_counts_the_rest() -> None:
    """The details have all of them."""
    schemas = schemas_of({f"v{number}": {"type": "integer"} for number in range(8)})
    with pytest.raises(InvalidInputError, match=r"/v0: .*and 3 more"):
        resolve(schemas, {f"v{number}": "x" for number in range(8)})


def test_defaults_are_not_validated() -> None:
    """A default that violates its own schema holds; the same value given is refused."""
    schemas = schemas_of({"age": {"type": "integer", "default": "old"}, "sizes": {"default": [1], "maxItems": 0}})
    assert resolve(schemas, {}).values == {"age": "old", "sizes": [1]}
    assert refusal(schemas, {"age": "old"}).keys() == {"/age"}


def test_undeclared_variables_are_accepted() -> None:
    """Even where the schema is closed; where it says what others are like, they are to be like that."""
    closed = schemas_of({"a": {}}, additionalProperties=False)
    assert resolve(closed, {"b": 1}).values == {"b": 1}
    assert resolve(schemas_of({}, additionalProperties=False), {"b": 1}).values == {"b": 1}
    assert refusal(schemas_of({}, additionalProperties={"type": "string"}), {"b": 1}).keys() == {"/b"}


def test_without_a_schema_everything_is_accepted() -> None:
    """What is given wins over what is inherited."""
    assert resolve(Schemas(), {"a": 1}, Variables({"a": 0, "b": 2})) == Variables({"a": 1, "b": 2})


def test_a_flow_inside_inherits_what_its_parent_resolved() -> None:
    """Its own schema adds defaults for absent names and validates what it inherits."""
    inner = schemas_of({"city": {"type": "string"}, "limit": {"default": 5}, "mood": {"default": "good"}})
    parent = Variables({"city": "Lyon", "limit": 9})
    assert resolve(inner, {}, parent).values == {"city": "Lyon", "limit": 9, "mood": "good"}
    assert refusal(inner, {}, Variables({"city": 7})).keys() == {"/city"}


def test_inherited_secrets_stay_secret() -> None:
    """Parts of a variable that the parent marks make the whole of it secret inside; messages are masked."""
    login = {"type": "object", "properties": {"password": {"is_secret": True}}}
    outer = resolve(
        schemas_of({"key": {"is_secret": True}, "login": login, "city": {}}),
        {"key": "hunter2222", "login": {"user": "eve", "password": "hunter3333"}, "city": "Lyon"},
    )
    assert (outer.secret_names, outer.partly_secret) == (frozenset({"key"}), frozenset({"login"}))
    inner = resolve(Schemas(), {"key": "another key"}, outer)
    assert inner.secret_names == {"key", "login"}
    assert "hunter" not in str(refusal(schemas_of({"key": {"type": "integer"}}), {}, outer))


def test_a_schema_that_cannot_be_used_refuses_the_run() -> None:
    """Its values cannot be known to be right."""
    schemas, _ = check_schemas({"variables": {"$ref": "http://127.0.0.1:9/x"}})
    assert "cannot be used" in refusal(schemas, {})[""]


def test_variables_are_shown_without_their_secrets() -> None:
    """By place in the flow that declares them, as a whole where they are inherited."""
    login = {"type": "object", "properties": {"user": {}, "password": {"is_secret": True}}}
    rules = VariableRules(schemas_of({"login": login, "key": {"is_secret": True}}))
    variables = rules.resolve(
        {"login": {"user": "evelyn smith", "password": ["hunter3333", "short"]}, "key": "longer key"}
    )
    hidden = "[REDACTED]"
    assert rules.redacted(variables) == {"login": {"user": "evelyn smith", "password": hidden}, "key": hidden}
    assert rules.secret_strings(variables) == {"hunter3333", "longer key"}
    inside = VariableRules(Schemas())
    inherited = inside.resolve({}, variables)
    assert inside.redacted(inherited) == {"login": hidden, "key": hidden}
    assert inside.secret_strings(inherited) == {"evelyn smith", "hunter3333", "longer key"}


def test_what_is_declared_is_read_through_references() -> None:
    """Name, schema, default, whether it is required or secret, and its environment variable."""
    defs = {"Key": {"type": "string", "is_secret": True, "env_var": "KEY", "default": "k"}}
    schemas = schemas_of({"key": {"$ref": "#/schemas/$defs/Key"}, "n": {"type": "integer"}}, required=["n"], defs=defs)
    found = declared(schemas.variables, schemas.document)
    assert (found["key"].default, found["key"].is_secret, found["key"].env_var) == ("k", True, "KEY")
    assert (found["n"].required, found["n"].is_secret, found["n"].shown()) == (
        True,
        False,
        {"schema": {"type": "integer"}, "isSecret": False},
    )
    assert declared(None) == declared(True) == declared({}) == {}


def test_a_secret_default_is_not_shown() -> None:
    """Neither by itself nor in the schema, at whatever depth."""
    inner = {
        "type": "object",
        "properties": {"p": {"is_secret": True, "examples": ["hunter2222"]}, "q": {"default": 1}},
    }
    found = declared(
        {
            "properties": {
                "key": {"is_secret": True, "default": "hunter2222", "enum": ["hunter2222"], "env_var": "K"},
                "login": {**inner, "default": {"p": "hunter2222", "q": 2}},
                "logins": {"type": "array", "items": inner, "default": [{"p": "hunter2222"}]},
            }
        }
    )
    assert "hunter" not in str([each.shown() for each in found.values()])
    assert found["key"].shown() == {
        "schema": {"is_secret": True, "default": "[REDACTED]", "enum": ["[REDACTED]"], "env_var": "K"},
        "default": "[REDACTED]",
        "envVar": "K",
        "isSecret": True,
    }
    assert found["login"].shown()["default"] == {"p": "[REDACTED]", "q": 2}


def test_the_environment_is_read_by_env_var_or_by_name() -> None:
    """As JSON where it is JSON; a text schema keeps text that looks like another kind."""
    schemas = schemas_of(
        {
            "limit": {"type": "integer", "env_var": "ORCHARD_LIMIT"},
            "season": {"type": "string"},
            "key": {"type": "string"},
            "tree": {},
            "my-rows": {"type": "array"},
            "both": {"type": ["string", "null"]},
            "absent": {"type": "string", "env_var": "ELSEWHERE"},
        }
    )
    environ = {
        "ORCHARD_LIMIT": "12",
        "STEPFLOW_VAR_LIMIT": "99",
        "STEPFLOW_VAR_SEASON": "autumn",
        "STEPFLOW_VAR_KEY": "123456",
        "STEPFLOW_VAR_TREE": '{"a": [1, 2.0]}',
        "STEPFLOW_VAR_MY_ROWS": "[" * 5000,
        "STEPFLOW_VAR_BOTH": "null",
        "STEPFLOW_VAR_ABSENT": "no",
        "STEPFLOW_VAR_OTHER": "no",
    }
    assert from_environment(schemas, environ) == {
        "limit": 12,
        "season": "autumn",
        "key": "123456",
        "tree": {"a": [1, 2.0]},
        "my-rows": "[" * 5000,
        "both": None,
    }
