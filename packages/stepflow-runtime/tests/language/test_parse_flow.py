"""Flows: their own members, what their steps are needed for, and their variables."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_core.diagnostics import Diagnostic, DiagnosticLevel
from stepflow_runtime.language.expressions import Literal
from stepflow_runtime.language.parse import load_flow

NAMED = {"name": "t", "description": "d"}


def told(document: Any) -> list[Diagnostic]:
    """What is said of a document."""
    return load_flow(document).diagnostics


def codes(document: Any) -> list[int]:
    """The codes of what is said."""
    return [each.code for each in told(document)]


def test_an_empty_flow_gives_null() -> None:
    """It wants a name and a description, no more."""
    loaded = load_flow({})
    assert loaded.model is not None
    assert (loaded.model.output, loaded.model.steps) == (Literal(None), ())
    assert [each.code for each in loaded.diagnostics] == [1001, 1002]


def test_the_members_of_a_flow_are_read() -> None:
    """Each into its field; data stays as it is."""
    document = {
        "schema": "https://stepflow.org/schemas/v1/flow.json",
        "name": "n",
        "description": "d",
        "version": "1.0",
        "output": 1,
        "test": {"configFile": "c.yml", "cases": [{"name": "one", "input": None, "output": {"outcome": "failed"}}]},
        "examples": [{"name": "e", "input": {"$input": 1}}],
        "metadata": {"a": {"$step": "ghost"}},
    }
    loaded = load_flow(document)
    model = loaded.model
    assert model is not None
    assert loaded.diagnostics == []
    assert (model.name, model.description, model.version) == ("n", "d", "1.0")
    assert (model.test, model.examples, model.metadata) == (
        document["test"], document["examples"], document["metadata"],
    )  # fmt: skip


def test_an_explicit_null_is_an_absent_member() -> None:
    """Of the flow, its test section and its cases."""
    keys = ["schema", "version", "schemas", "steps", "output", "test", "examples", "metadata", "inputSchema", "typo"]
    assert told(NAMED | dict.fromkeys(keys)) == []
    case = {"name": "c", "input": 1, "description": None, "variables": None, "output": None, "steps": None}
    assert told(NAMED | {"test": {"config": None, "configFile": None, "cases": [case]}}) == []


@pytest.mark.parametrize("document", [None, [], "text", 5, True, [{"name": "t"}]])
def test_what_is_no_mapping_is_no_flow(document: Any) -> None:
    """One diagnostic, fatal."""
    [diagnostic] = told(document)
    assert (diagnostic.code, diagnostic.kind, diagnostic.level, diagnostic.path, diagnostic.pointer) == (
        3400, "parse", DiagnosticLevel.FATAL, "$", "",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("members", "code", "path", "words"),
    [
        ({"name": {"en": "t"}}, 3400, "$.name", "text"),
        ({"version": 1.0}, 3400, "$.version", 'version: "1.0"'),
        ({"version": 10**60}, 3400, "$.version", "the number"),
        ({"version": True}, 3400, "$.version", 'version: "true"'),
        ({"description": 5}, 3400, "$.description", '"5"'),
        ({"schema": 5}, 3400, "$.schema", "text"),
        ({"schema": "https://example.org"}, 1402, "$.schema", "https://stepflow.org/schemas/v1/flow.json"),
        ({"schemas": ["input"]}, 3400, "$.schemas", "a mapping"),
        ({"steps": {"a": {}}}, 3400, "$.steps", "a list"),
        ({"steps": ["a"]}, 3400, "$.steps[0]", "a mapping"),
        ({"metadata": []}, 3400, "$.metadata", "a mapping"),
        ({"test": []}, 3400, "$.test", "a mapping"),
        ({"test": {"cases": {}}}, 3400, "$.test.cases", "a list"),
        ({"test": {"cases": ["a"]}}, 3400, "$.test.cases[0]", "a mapping"),
        ({"test": {"cases": [{"input": 1}]}}, 3400, "$.test.cases[0]", "needs `name`"),
        ({"test": {"cases": [{"name": "a"}]}}, 3400, "$.test.cases[0]", "needs `input`"),
        ({"test": {"cases": [{"name": "a", "input": 1, "output": 5}]}}, 3400, "$.test.cases[0].output", "a mapping"),
        ({"test": {"cases": [{"name": "a", "input": 1, "output": {}}]}}, 3400, "$.test.cases[0].output", "`outcome`"),
        ({"test": {"cases": [{"name": "a", "input": 1, "output": {"outcome": "succes"}}]}}, 3400,
         "$.test.cases[0].output.outcome", 'did you mean "success"?'),
        ({"test": {"cases": [{"name": "a", "input": 1, "steps": {"x": "done"}}]}}, 3400, "$.test.cases[0].steps.x",
         "`notRun`"),
        ({"test": {"cases": [{"name": "a", "input": 1, "variables": []}]}}, 3400, "$.test.cases[0].variables",
         "a mapping"),
        ({"test": {"case": []}}, 1401, "$.test.case", '"cases"'),
        ({"test": {"configFile": "a", "config": {}}}, 2002, "$.test.config", "one config"),
        ({"examples": [{"input": 1}]}, 3400, "$.examples[0]", "needs `name`"),
        ({"examples": [{"name": "a"}]}, 3400, "$.examples[0]", "needs `input`"),
        ({"examples": {"name": "a"}}, 3400, "$.examples", "a list"),
        ({"inputSchema": {}}, 1401, "$.inputSchema", "schemas: {input:"),
        ({"output_schema": {}}, 1401, "$.output_schema", "schemas: {output:"),
        ({"outputs": 1}, 1401, "$.outputs", 'did you mean "output"?'),
        ({"owner": 1}, 1401, "$.owner", "no effect"),
        ({"x" * 500: 1}, 1401, f"$.{'x' * 500}", "…"),
    ],
)  # fmt: skip
def test_a_faulty_member_is_told_with_its_place(members: Any, code: int, path: str, words: str) -> None:
    """And with what to write."""
    [diagnostic] = told(NAMED | members)
    assert (diagnostic.code, diagnostic.path) == (code, path)
    assert words in f"{diagnostic.text} | {diagnostic.hint}"


def test_references_are_not_judged_where_the_steps_cannot_be_read() -> None:
    """One fault is told once."""
    assert codes(NAMED | {"steps": {"a": {}}, "output": {"$step": "a"}}) == [3400]


def test_a_step_that_nothing_needs_is_reported() -> None:
    """Over all branches, by `when` and `after` too; not what a step that must run needs."""
    steps: Any = [
        {"id": "for_output", "component": "/noop"},
        {"id": "for_branch", "component": "/noop"},
        {"id": "for_must", "component": "/noop"},
        {"id": "for_loose", "component": "/noop"},
        {"id": "must", "component": "/noop", "input": {"$step": "for_must"}, "mustExecute": True},
        {"id": "loose", "component": "/noop", "input": {"$step": "for_loose"}},
        {"id": "gate", "component": "/noop"},
        {"id": "before", "component": "/noop"},
        {"id": "last", "component": "/noop", "when": {"$step": "gate"}, "after": ["before"]},
    ]
    output = {"$if": {"$step": "for_output"}, "then": 1, "else": {"$coalesce": [1, {"$step": "for_branch"}]}}
    found = told(NAMED | {"steps": steps, "output": [output, {"$step": "last"}]})
    assert [(each.code, each.path) for each in found] == [(1000, "$.steps[3]"), (1000, "$.steps[5]")]


def test_a_step_named_in_a_text_is_needed() -> None:
    """As much as one named by `$step`."""
    steps = [{"id": "a", "component": "/noop"}, {"id": "b", "component": "/noop"}]
    flow = NAMED | {"steps": steps, "output": {"$template": "{{ steps.a }} {{ x }}", "with": {"x": {"$step": "b"}}}}
    assert told(flow) == []


DECLARED = {"variables": {"type": "object", "properties": {"sort": {"type": "string"}}}}


@pytest.mark.parametrize(
    ("schemas", "output", "found"),
    [
        (DECLARED, {"$variable": "sort.x"}, []),
        (DECLARED, {"$variable": "weight"}, [2005]),
        (DECLARED, {"$variable": "weight", "default": None}, [2004]),
        (DECLARED, {"$expr": "vars.sort == vars.weight"}, [2005]),
        ({"variables": {"type": "object"}}, {"$variable": "sort"}, [2005]),
        (None, {"$variable": "sort"}, [1004]),
        (None, {"$variable": "sort", "default": 1}, [1004]),
        (None, {"$template": "{{ vars.sort }}"}, [1004]),
        ({"input": {"type": "object"}}, [{"$variable": "sort"}, {"$variable": "sort"}, {"$variable": "b"}], [1004] * 2),
    ],
)
def test_a_variable_that_is_not_declared_is_reported(schemas: Any, output: Any, found: list[int]) -> None:
    """Graver where no default stands beside it; once a name where there is no schema at all."""
    assert codes(NAMED | {"schemas": schemas, "output": output}) == found


def test_a_misspelt_variable_is_recognised() -> None:
    """By the names that are declared."""
    [diagnostic] = told(NAMED | {"schemas": DECLARED, "output": {"$variable": "srot"}})
    assert diagnostic.hint == 'did you mean "sort"?'


def test_a_faulty_schema_is_told_with_its_place() -> None:
    """One that does not compile, one that leads outside: errors. One that is no schema: fatal."""
    schemas = {"input": {"type": "strnig"}, "output": {"$ref": "https://example.org/x.json"}}
    found = {(each.code, each.path.split(".")[2]) for each in told(NAMED | {"schemas": schemas})}
    assert found == {(2002, "input"), (2002, "output")}
    [diagnostic] = told(NAMED | {"schemas": {"steps": {"a": 5}}})
    assert (diagnostic.code, diagnostic.path) == (3400, "$.schemas.steps.a")


@pytest.mark.parametrize(
    ("schemas", "path", "hint"),
    [
        ({"inputs": {}}, "$.schemas.inputs", 'did you mean "input"?'),
        ({"properties": {"ouput": {}}}, "$.schemas.properties.ouput", 'did you mean "output"?'),
    ],
)
def test_an_unknown_key_of_the_schemas_is_warned_of(schemas: Any, path: str, hint: str) -> None:
    """Flat and wrapped."""
    [diagnostic] = told(NAMED | {"schemas": schemas})
    assert (diagnostic.code, diagnostic.path, diagnostic.hint) == (1401, path, hint)
