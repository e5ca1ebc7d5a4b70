"""The normal form of a flow and its id: what is the same has one id, what differs has another."""

from __future__ import annotations

import json
from typing import Any

import pytest
from stepflow_core.canonical import content_id
from stepflow_runtime.language.parse import load_flow


def normal(document: Any) -> dict[str, Any]:
    """The normal form of a flow that is not fatally wrong."""
    model = load_flow(document).model
    assert model is not None, load_flow(document).diagnostics
    assert model.id == content_id(model.document)
    return model.document


def written(value: Any) -> str:
    """A value with the order of its keys."""
    return json.dumps(value, ensure_ascii=False)


def step(**members: Any) -> dict[str, Any]:
    """The normal form of a flow of one step with these members; its key order is that of the arguments."""
    return {"steps": [{"id": "a", "component": "/noop", **members}], "output": {"$step": "a"}}


A = {"id": "a", "component": "/noop"}
INNER = {"output": {"$input": "x"}, "name": None, "unknown": 1}

VECTORS: dict[str, tuple[Any, Any]] = {
    "defaults": (
        {
            "unknown": 1, "metadata": {}, "examples": [], "test": None, "output": {"path": "$", "$step": "a"},
            "steps": [{"metadata": {}, "mustExecute": False, "input": None, "onError": {"action": "fail"}, "after": [],
                       "retry": {"maxRetries": 3, "backoff": {"type": "exponential", "initial": "1s", "max": 10,
                                                              "factor": 2.0, "jitter": 0.1}},
                       "cache": False, "onInterrupt": "rerun", "component": "/noop", "id": "a", "owner": "me"}],
            "schemas": {}, "version": None, "description": "", "name": "n",
            "schema": "https://stepflow.org/schemas/v1/flow.json",
        },
        {"name": "n", "steps": [A], "output": {"$step": "a"}},
    ),
    "members of a flow": (
        {
            "metadata": {"b": {"$input": "x"}, "a": []}, "examples": [{"name": "e", "input": {"z": 1, "a": None}}],
            "test": {"cases": []}, "output": 0, "version": "1", "description": "d", "name": "é",
        },
        {
            "name": "é", "description": "d", "version": "1", "output": 0, "test": {"cases": []},
            "examples": [{"name": "e", "input": {"z": 1, "a": None}}], "metadata": {"b": {"$input": "x"}, "a": []},
        },
    ),
    "members of a step": (
        step(
            onInterrupt="fail", concurrencyKey={"$input": "k"}, cache={"scope": "global", "ttl": "1h", "key": {}},
            retry={"on": ["any", 408], "backoff": {"jitter": 0, "factor": 3.0, "max": "1m", "initial": "250ms",
                                                   "type": "constant"}, "maxRetries": 0},
            timeout="1m30s", after=[], when={"$input": "w"}, metadata={"m": None}, mustExecute=True, input={"x": {}},
            onError={"defaultValue": {"$input": "x"}, "action": "useDefault"},
        ),
        step(
            onError={"action": "useDefault", "defaultValue": {"$input": "x"}}, input={"x": {}}, mustExecute=True,
            metadata={"m": None}, when={"$input": "$.w"}, timeout=90,
            retry={"maxRetries": 0, "backoff": {"type": "constant", "initial": 0.25, "max": 60, "factor": 3,
                                                "jitter": 0}, "on": ["any", 408]},
            cache={"key": {}, "ttl": 3600, "scope": "global"}, concurrencyKey={"$input": "$.k"}, onInterrupt="fail",
        ),
    ),
    "short retry": (
        step(onError={"action": "retry", "maxRetries": 3}, cache={"scope": "flow"}),
        step(onError={"action": "retry"}, cache=True),
    ),
    "references": (
        {"steps": [A], "output": [
            {"$input": None}, {"$input": " $ "}, {"$input": "a.b[00].c"}, {"$input": "$['a b']['x.y']"},
            {"path": " r.s ", "$step": "a"}, {"$step": "a", "path": None},
            {"onSkip": {"defaultValue": {"$input": "d"}, "action": "useDefault"}, "path": "r", "$step": "a"},
            {"$step": "a", "onSkip": {"action": "useDefault", "defaultValue": None}},
            {"$step": "a", "onSkip": {"action": "skip"}},
            {"default": {"$input": "d"}, "$variable": "v"}, {"$variable": "$.v.w", "default": None},
            {"$variable": "$['odd name']['x.y'][1]"},
        ]},
        {"steps": [A], "output": [
            {"$input": "$"}, {"$input": "$"}, {"$input": "$.a.b[0].c"}, {"$input": '$.a b["x.y"]'},
            {"$step": "a", "path": "$.r.s"}, {"$step": "a"},
            {"$step": "a", "path": "$.r", "onSkip": {"action": "useDefault", "defaultValue": {"$input": "$.d"}}},
            {"$step": "a", "onSkip": {"action": "useDefault"}},
            {"$step": "a"},
            {"$variable": "$.v", "default": {"$input": "$.d"}}, {"$variable": "$.v.w", "default": None},
            {"$variable": '$.odd name["x.y"][1]'},
        ]},
    ),
    "other expressions": (
        {"output": [
            {"else": {"$input": "e"}, "then": {"$input": "t"}, "$if": {"$input": "c"}, "note": 1},
            {"$if": 1, "then": None, "else": None}, {"$if": 1, "then": 2, "else": {"$literal": None}},
            {"$coalesce": [{"$input": "x"}, None], "$step": "ghost"}, {"$coalesce": []},
            {"with": {"n": {"$input": "x"}}, "$template": "{{ n }}"}, {"$template": "x", "with": {}},
            {"with": None, "$expr": "1"}, {"$expr": " input.x ", "with": {"b": 1, "a": {"$input": None}}},
        ]},
        {"output": [
            {"$if": {"$input": "$.c"}, "then": {"$input": "$.t"}, "else": {"$input": "$.e"}},
            {"$if": 1, "then": None}, {"$if": 1, "then": 2, "else": {"$literal": None}},
            {"$coalesce": [{"$input": "$.x"}, None]}, {"$coalesce": []},
            {"$template": "{{ n }}", "with": {"n": {"$input": "$.x"}}}, {"$template": "x"},
            {"$expr": "1"}, {"$expr": " input.x ", "with": {"b": 1, "a": {"$input": "$"}}},
        ]},
    ),
    "data": (
        {"output": {"z": {"$literal": {"b": {"$input": "x"}, "a": None}, "note": 1}, "a": {"$literal": 5}, "n": None,
                    "f": [1.0, 1, 1e21, True, "x"], "o": {}, "l": []}},
        {"output": {"z": {"$literal": {"b": {"$input": "x"}, "a": None}}, "a": {"$literal": 5}, "n": None,
                    "f": [1.0, 1, 1e21, True, "x"], "o": {}, "l": []}},
    ),
    "literal flow": (
        step(component="/eval", input={"flow": {"$literal": INNER}, "input": {"$input": "x"}}),
        step(component="/eval", input={"flow": {"$literal": INNER}, "input": {"$input": "$.x"}}),
    ),
    "flow document": (
        step(component="/call", input={"note": 1, "input": {"$input": "x"}, "flow": {"$literal": INNER}}),
        step(component="/call", input={"flow": {"output": {"$input": "$.x"}}, "input": {"$input": "$.x"}}),
    ),
    "cases of a switch": (
        step(component="/switch", input={
            "default": {"flow": "f", "input": None}, "on": {"$input": "k"},
            "cases": {"b": {"input": {"$input": "x"}, "flow": INNER}, "a": {"flow": "g", "note": 1}},
        }),
        step(component="/switch", input={
            "on": {"$input": "$.k"},
            "cases": {"b": {"flow": {"output": {"$input": "$.x"}}, "input": {"$input": "$.x"}}, "a": {"flow": "g"}},
            "default": {"flow": "f", "input": None},
        }),
    ),
    "loop": (
        step(component="/loop", input={
            "history": False, "score": "out.s", "on_exhausted": "best", "max_iterations": 9, "until": "out.s > 1",
            "next": "out", "state": {"$input": "x"}, "flow": {"$literal": INNER}, "note": 1,
        }),
        step(component="/loop", input={
            "flow": {"output": {"$input": "$.x"}}, "state": {"$input": "$.x"}, "until": "out.s > 1", "next": "out",
            "max_iterations": 9, "on_exhausted": "best", "score": "out.s", "history": False,
        }),
    ),
    "defaults of a loop": (
        step(component="/loop", input={
            "flow": "f", "state": None, "until": "out", "max_iterations": 1, "on_exhausted": "fail", "history": True,
            "next": None, "score": None,
        }),
        step(component="/loop", input={"flow": "f", "state": None, "until": "out", "max_iterations": 1}),
    ),
}  # fmt: skip

IDS = {
    "defaults": "9b840612b6520d91cd9c455008023cfe6a4295f4d677739760c0c39dbfe246b9",
    "members of a flow": "bc5e641751ee7bd38be94d77d6bcbe5208e30caefd2129b89721da60950d4dde",
    "members of a step": "86f62f59d87b52922959be3f8386d8efbcf1a205e39180cc25446f2862513424",
    "short retry": "e7095cbcf5f258745b69cbbe242e4d0a15cdc224ea7c417751d16ccbb25805de",
    "references": "2015ba39a65ce478516bfca43e18e3f2ebe1f8c1b53c1264f6711ccb343cd4ad",
    "other expressions": "7ea95b2ace3d5c884b7a916374884f902e89e7362d243759660836cbed150d94",
    "data": "6b2c5403bb73f6fef6ca712ce238376c4a99531a28c5b866878ee8450bf9c2e9",
    "literal flow": "ae144b1570d28811dd85e605a03fd7a4d9769ad58f5e7148d55d51c30a6957c4",
    "flow document": "a7109e99478924b56d97bf26ea1e7caed405b49dce879aa3240f156df7cd2d06",
    "cases of a switch": "f2d18ca215802633d8e8b2b50289df94fa791767c63faa0167062c1e26098022",
    "loop": "733e14e6efcceed4c6dabae41e05de4f79eeeb718237573dc3f1b48780eb1f2c",
    "defaults of a loop": "ffef89bda7cc7e6cea5528cc6b39f051000fb5b15b1dd9f09ff7d09c4d2acfaf",
}


@pytest.mark.parametrize(("document", "expected"), VECTORS.values(), ids=VECTORS)
def test_a_flow_has_one_normal_form(document: Any, expected: Any) -> None:
    """To the order of its keys; and that form is its own."""
    assert written(normal(document)) == written(expected)
    assert written(normal(expected)) == written(expected)


@pytest.mark.parametrize("name", VECTORS)
def test_the_id_of_a_flow_never_changes(name: str) -> None:
    """Stored flows are found by it for ever."""
    assert content_id(normal(VECTORS[name][0])) == IDS[name]


def test_the_published_vector_holds() -> None:
    """The id that the language names."""
    steps = [{"id": "a", "component": "/mock/one_output", "input": {"input": {"$input": "$.m"}}}]
    document = {"name": "t", "steps": steps, "output": {"$step": "a", "path": "$.output"}}
    assert content_id(normal(document)) == "4d0ecc56eb58928674b3c8753e3face924ce837c0c21137575a98ab7f9b04105"


def test_schemas_are_written_wrapped() -> None:
    """Flat and wrapped are one flow."""
    inner = {"type": "object"}
    flat = {"defs": {"D": inner}, "steps": {"a": inner}, "variables": inner, "output": inner, "input": inner}
    wrapped = {
        "type": "object",
        "$defs": {"D": inner},
        "properties": {"input": inner, "output": inner, "variables": inner, "steps": {"properties": {"a": inner}}},
    }
    assert written(normal({"schemas": flat, "steps": [A]})) == written({"schemas": wrapped, "steps": [A]})
    assert written(normal({"schemas": wrapped, "steps": [A]})) == written({"schemas": wrapped, "steps": [A]})
    steps = {"type": "object", "properties": {"a": inner}}
    turned = {
        "properties": {"steps": steps, "variables": inner, "output": inner, "input": inner},
        "$defs": {"D": inner},
    }
    assert written(normal({"schemas": turned, "steps": [A]})) == written({"schemas": wrapped, "steps": [A]})
    more = wrapped | {"title": "more", "required": ["input"]}
    assert written(normal({"schemas": more})) == written({"schemas": more})
    assert normal({"schemas": {"type": "object", "properties": {}}}) == {}


def test_what_differs_has_another_id() -> None:
    """Data, order inside data, numbers of another kind."""
    outputs: list[Any] = [
        1,
        1.0,
        "1",
        True,
        None,
        {},
        [],
        {"a": 1, "b": 2},
        {"b": 2, "a": 1},
        {"$literal": {}},
        {"a": None},
    ]
    ids = {content_id(normal({"output": output})) for output in outputs}
    assert len(ids) == len(outputs)


def test_what_is_refused_without_being_fatal_is_kept() -> None:
    """What is stored says no less than what was given."""
    document = step(input={"flow": 5}, timeout=0, component="/call")
    assert written(normal(document)) == written(document)
    assert normal({"steps": [{"id": "a", "component": ""}]}) == {"steps": [{"id": "a", "component": ""}]}
    both = step(onError={"action": "retry"}, retry={"maxRetries": 1})
    assert normal(both)["steps"][0] == both["steps"][0]


def test_the_normal_form_shares_nothing_with_the_document() -> None:
    """What is done to the document later changes nothing."""
    document: Any = {"output": {"$literal": {"a": [1]}}, "metadata": {"m": []}}
    form = normal(document)
    document["output"]["$literal"]["a"].append(2)
    document["metadata"]["m"].append(2)
    assert form == {"output": {"$literal": {"a": [1]}}, "metadata": {"m": []}}
