"""Overrides: merge patches, JSON patches, addresses into flows inside steps, and refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepflow_core import Diagnostic, FlowLoadError, InvalidInputError
from stepflow_runtime.language.builtin_names import default_builtin_of
from stepflow_runtime.language.overrides import apply_overrides
from stepflow_runtime.language.patches import PatchError, json_equal, json_patch, merge_patch


def flow(*steps: dict[str, Any]) -> dict[str, Any]:
    """A flow of some steps."""
    return {"steps": list(steps)}


def noop(step_id: str) -> dict[str, Any]:
    """A step that does nothing."""
    return {"id": step_id, "component": "/noop"}


FLOW = flow(
    {"id": "bake", "component": "/mock/bake", "input": {"loaf": "rye", "sizes": [1, 2]}},
    {"id": "fan", "component": "/builtin/map", "input": {"items": [], "workflow": {"$literal": flow(noop("run"))}}},
    {"id": "each", "component": "/eval", "input": {"flow": flow(noop("run")), "input": 1}},
    {"id": "again", "component": "/iterate", "input": {"flow": {"$literal": flow(noop("run"))}}},
    {"id": "call", "component": "/call", "input": {"flow": flow(noop("a/b"), noop("run"))}},
    {
        "id": "pick",
        "component": "/switch",
        "input": {
            "on": 1,
            "cases": {
                "one": {"flow": flow(noop("x"))},
                "t/o": {"flow": {"$literal": flow(noop("x"), noop("y"))}},
                "stored": {"flow": "by-name"},
            },
            "default": {"flow": flow(noop("z"))},
        },
    },
    noop("a/b"),
)


def applied(overrides: Any, document: dict[str, Any] = FLOW) -> dict[str, Any]:
    """The document with overrides; the original stays as it was."""
    before = json.dumps(document)
    try:
        return apply_overrides(document, overrides, default_builtin_of)
    finally:
        assert json.dumps(document) == before


def changed(overrides: Any) -> list[str]:
    """The places of the steps that overrides of the member `input` to 99 have changed."""
    found: list[str] = []

    def look(value: Any, place: str) -> None:
        if isinstance(value, dict):
            if value.get("input") == 99:
                found.append(place)
            for key, each in value.items():
                look(each, f"{place}/{key}")
        elif isinstance(value, list):
            for index, each in enumerate(value):
                look(each, f"{place}/{index}")

    look(applied(overrides), "")
    return found


def refused(overrides: Any) -> list[Diagnostic]:
    """What a refusal says."""
    with pytest.raises(FlowLoadError) as caught:
        applied(overrides)
    assert all(
        (each.code, each.kind, each.level) == (3403, "invalidOverride", "fatal") for each in caught.value.diagnostics
    )
    return caught.value.diagnostics


NEW = {"value": {"input": 99}}


@pytest.mark.parametrize(
    "overrides",
    [
        {"bake": {"value": {"input": {"loaf": "spelt"}}}},
        {"bake": {"$type": "merge_patch", "value": {"input": {"loaf": "spelt"}}}},
        {"bake": {"$type": None, "value": {"input": {"loaf": "spelt"}}}},
        {"steps": {"bake": {"value": {"input": {"loaf": "spelt"}}}}},
        {"bake": {"$type": "json_patch", "value": [{"op": "replace", "path": "/input/loaf", "value": "spelt"}]}},
    ],
)
def test_a_step_is_patched_in_every_way_of_writing(overrides: Any) -> None:
    """What is not mentioned stays, and the rest of the document is shared."""
    document = applied(overrides)
    assert document["steps"][0]["input"] == {"loaf": "spelt", "sizes": [1, 2]}
    assert document["steps"][1] is FLOW["steps"][1]


@pytest.mark.parametrize(
    ("key", "places"),
    [
        ("bake", ["/steps/0"]),
        ("fan/run", ["/steps/1/input/workflow/$literal/steps/0"]),
        ("again/run", ["/steps/3/input/flow/$literal/steps/0"]),
        ("call/run", ["/steps/4/input/flow/steps/1"]),
        ("call/a%2Fb", ["/steps/4/input/flow/steps/0"]),
        (
            "pick/x",
            ["/steps/5/input/cases/one/flow/steps/0", "/steps/5/input/cases/t/o/flow/$literal/steps/0"],
        ),
        ("pick/y", ["/steps/5/input/cases/t/o/flow/$literal/steps/1"]),
        ("pick[t%2Fo]/x", ["/steps/5/input/cases/t/o/flow/$literal/steps/0"]),
        ("pick/z", ["/steps/5/input/default/flow/steps/0"]),
        ("pick[default]/z", ["/steps/5/input/default/flow/steps/0"]),
        ("a/b", ["/steps/6"]),
        ("a%2Fb", ["/steps/6"]),
    ],
)
def test_an_address_without_indexes_reaches_into_flows(key: str, places: list[str]) -> None:
    """Of a switch, into every case that has such a step; an id as it is written comes first."""
    assert changed({key: NEW}) == places


def test_a_step_may_be_called_steps() -> None:
    """What stands under `steps` is then an override of it where it looks like one."""
    assert applied({"steps": NEW}, flow(noop("steps")))["steps"][0]["input"] == 99
    assert applied({"steps": {"a": NEW}}, flow(noop("steps"), noop("a")))["steps"][1]["input"] == 99
    assert applied({"steps": {"value": NEW}}, flow(noop("value")))["steps"][0]["input"] == 99


def test_outer_overrides_come_first() -> None:
    """So a step is patched in the flow that another override has put in, in whatever order they are written."""
    inside = {"workflow": {"$literal": flow(noop("new"))}}
    overrides = {"fan/new": NEW, "fan": {"value": {"input": inside}}}
    assert changed(overrides) == ["/steps/1/input/workflow/$literal/steps/0"]


def test_all_unknown_steps_are_named() -> None:
    """With what was probably meant, and how far the address leads."""
    found = refused({"backe": NEW, "fan/ran/x": NEW, "bake/inner": NEW, "pick/q": NEW, "each/run": NEW})
    assert {each.path: each.hint for each in found} == {
        "$.backe": 'did you mean "bake"?',
        '$["fan/ran/x"]': None,
        '$["bake/inner"]': None,
        '$["pick/q"]': None,
        '$["each/run"]': None,
    }
    texts = " ".join(each.text for each in found)
    assert 'no step "ran" in the flow inside "fan"' in texts
    assert 'no flow is written inside the step "bake"' in texts
    assert 'no flow is written inside the step "each"' in texts


@pytest.mark.parametrize("key", ["fan[0]/run", "pick[three]/x", "pick[one]", "bake#1", "a%zz", "", "fan//run", "[0]"])
def test_keys_that_are_no_steps_are_refused(key: str) -> None:
    """Overrides are for every item, and for steps, not for attempts or flows."""
    assert [each.path for each in refused({key: NEW})] == [f'$["{key}"]']


@pytest.mark.parametrize(
    ("override", "path"),
    [
        (5, "$.bake"),
        ({}, "$.bake"),
        ({"$type": "merge_patch"}, "$.bake"),
        ({"$type": "guess", "value": {}}, "$.bake.$type"),
        ({"$type": ["merge_patch"], "value": {}}, "$.bake.$type"),
        ({"value": 5}, "$.bake.value"),
        ({"value": {"id": "other"}}, "$.bake.value"),
        ({"value": {"id": None}}, "$.bake.value"),
        ({"value": {}, "type": "json_patch"}, "$.bake.type"),
        ({"$type": "json_patch", "value": {}}, "$.bake.value"),
        ({"$type": "json_patch", "value": [5]}, "$.bake.value[0]"),
        ({"$type": "json_patch", "value": [{"path": "/input"}]}, "$.bake.value[0].op"),
        ({"$type": "json_patch", "value": [{"op": "melt", "path": "/input"}]}, "$.bake.value[0].op"),
        ({"$type": "json_patch", "value": [{"op": "add", "path": "/input"}]}, "$.bake.value[0]"),
        ({"$type": "json_patch", "value": [{"op": "remove", "path": "/no"}]}, "$.bake.value[0].path"),
        ({"$type": "json_patch", "value": [{"op": "replace", "path": "/id", "value": "x"}]}, "$.bake.value"),
        ({"$type": "json_patch", "value": [{"op": "replace", "path": "", "value": []}]}, "$.bake.value"),
        ({"$type": "json_patch", "value": [{"op": "copy", "from": "", "path": "/m"}] * 200}, "$.bake.value"),
        ({"$type": "json_patch", "value": [{"op": "test", "path": "/id", "value": "bake"}] * 10_001}, "$.bake.value"),
        ({"value": {"metadata": float("nan")}}, "$.bake.value.metadata"),
    ],
)
def test_faults_are_told_at_their_place_in_the_overrides(override: Any, path: str) -> None:
    """Nothing is changed by a patch that fails in part."""
    assert path in [each.path for each in refused({"bake": override})]


def test_all_faults_of_all_overrides_are_told_together() -> None:
    """Unknown steps, bad patches and wrong shapes; pointers count from the overrides as they were given."""
    bad = [{"op": "add", "path": "/x", "value": 1}, {"op": "remove", "path": "/y"}]
    found = refused({"steps": {"oven": NEW, "bake": {"$type": "json_patch", "value": bad}, "fan": 5}})
    assert {each.pointer for each in found} == {"/steps/oven", "/steps/bake/value/1/path", "/steps/fan"}
    assert {each.pointer for each in refused({"steps": {}, "bake": NEW})} == {"/bake"}
    assert {each.pointer for each in refused({"steps": 5})} == {"/steps"}


@pytest.mark.parametrize("overrides", [[], "bake", 5])
def test_overrides_are_a_mapping(overrides: Any) -> None:
    """Of step ids."""
    with pytest.raises(InvalidInputError):
        applied(overrides)


@pytest.mark.parametrize("document", [{}, {"steps": None}, {"steps": 5}, {"steps": [5, {"id": 7}, {}]}])
def test_documents_that_are_no_flows_have_no_steps(document: Any) -> None:
    """Their own faults are told by validation."""
    with pytest.raises(FlowLoadError, match="no step"):
        applied({"bake": NEW}, document)


def test_no_overrides_change_nothing() -> None:
    """Empty, or empty under `steps`."""
    assert applied({}) == applied({"steps": {}}) == applied({"steps": None}) == FLOW


# ---- RFC 7396


@pytest.mark.parametrize(
    ("value", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patches_follow_the_examples_of_the_rfc(value: Any, patch: Any, result: Any) -> None:
    """Appendix A of RFC 7396."""
    assert merge_patch(value, patch) == result


# ---- RFC 6902


@pytest.mark.parametrize(
    ("value", "operation", "result"),
    [
        ({"a": 1}, {"op": "add", "path": "/b", "value": 2}, {"a": 1, "b": 2}),
        ({"a": [1, 3]}, {"op": "add", "path": "/a/1", "value": 2}, {"a": [1, 2, 3]}),
        ({"a": [1]}, {"op": "add", "path": "/a/1", "value": 2}, {"a": [1, 2]}),
        ({"a": [1]}, {"op": "add", "path": "/a/-", "value": [2]}, {"a": [1, [2]]}),
        ({"a": 1}, {"op": "add", "path": "", "value": 5}, 5),
        ({"a": 1}, {"op": "add", "path": "/a", "value": None, "more": 1}, {"a": None}),
        ({"a": {}}, {"op": "add", "path": "/a/-", "value": 1}, {"a": {"-": 1}}),
        ({"a": 1, "b": 2}, {"op": "remove", "path": "/a"}, {"b": 2}),
        ({"a": [1, 2, 3]}, {"op": "remove", "path": "/a/1"}, {"a": [1, 3]}),
        ({"a": 1}, {"op": "remove", "path": ""}, None),
        ({"a": [1, 2]}, {"op": "replace", "path": "/a/0", "value": 5}, {"a": [5, 2]}),
        ({"a": {"b": 1}, "c": {}}, {"op": "move", "from": "/a/b", "path": "/c/d"}, {"a": {}, "c": {"d": 1}}),
        ({"a": [1, 2, 3]}, {"op": "move", "from": "/a/0", "path": "/a/2"}, {"a": [2, 3, 1]}),
        ({"a": 1}, {"op": "move", "from": "/a", "path": "/a"}, {"a": 1}),
        ({"a": {"b": 1}}, {"op": "move", "from": "/a/b", "path": "/a"}, {"a": 1}),
        ({"a": [1]}, {"op": "copy", "from": "/a", "path": "/b"}, {"a": [1], "b": [1]}),
        ({"a": {}}, {"op": "copy", "from": "", "path": "/a/b"}, {"a": {"b": {"a": {}}}}),
        ({"a": 1.0}, {"op": "test", "path": "/a", "value": 1}, {"a": 1.0}),
        ({"a/b": 1, "m~n": 2}, {"op": "test", "path": "/a~1b", "value": 1}, {"a/b": 1, "m~n": 2}),
        ({"a/b": 1, "m~n": 2}, {"op": "remove", "path": "/m~0n"}, {"a/b": 1}),
        ({"": 1}, {"op": "test", "path": "/", "value": 1}, {"": 1}),
    ],
)
def test_operations_of_json_patches(value: Any, operation: Any, result: Any) -> None:
    """None of them changes the value that it is given."""
    before = json.dumps(value)
    assert json_patch(value, [operation]) == result
    assert json.dumps(value) == before


@pytest.mark.parametrize(
    ("operation", "message", "place"),
    [
        ({"op": "add", "path": "/a/3", "value": 1}, "has 2 elements", "path"),
        ({"op": "add", "path": "/x/y", "value": 1}, "nothing at", "path"),
        ({"op": "add", "path": "/n/y", "value": 1}, "has no members", "path"),
        ({"op": "add", "path": "/a/01", "value": 1}, "not the index", "path"),
        ({"op": "add", "path": "/a/+1", "value": 1}, "not the index", "path"),
        ({"op": "add", "path": "/a/²", "value": 1}, "not the index", "path"),
        ({"op": "remove", "path": "/a/-"}, "not the index", "path"),
        ({"op": "remove", "path": "/a/2"}, "nothing at", "path"),
        ({"op": "replace", "path": "/x", "value": 1}, "nothing at", "path"),
        ({"op": "copy", "from": "/x", "path": "/y"}, "nothing at", "from"),
        ({"op": "move", "from": "/x", "path": "/y"}, "nothing at", "from"),
        ({"op": "move", "from": "/o", "path": "/o/p"}, "into itself", "path"),
        ({"op": "test", "path": "/n", "value": 2}, "the test fails", "value"),
        ({"op": "test", "path": "/n", "value": True}, "the test fails", "value"),
        ({"op": "test", "path": "n", "value": 1}, "begins with /", "path"),
        ({"op": "test", "path": "/~2", "value": 1}, "~0", "path"),
        ({"op": "test", "path": 5, "value": 1}, "JSON pointer", "path"),
        ({"op": ["add"], "path": "/b"}, "no operation", "op"),
        ({"op": "ad", "path": "/b"}, "did you mean `add`", "op"),
    ],
)
def test_operations_that_cannot_be_carried_out_say_why(operation: Any, message: str, place: str) -> None:
    """With the operation's index and the member of it that is to blame."""
    patch = [{"op": "test", "path": "/n", "value": 1}, operation]
    with pytest.raises(PatchError) as caught:
        json_patch({"a": [1, 2], "n": 1, "o": {}}, patch)
    assert message in caught.value.message
    assert caught.value.location == (1, place)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "a", 1.0]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "~/"]), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(JSON, JSON)
def test_merging_twice_is_merging_once(value: Any, patch: Any) -> None:
    """A merge patch is idempotent, and leaves no null from the patch's objects."""
    once = merge_patch(value, patch)
    assert merge_patch(once, patch) == once


@settings(max_examples=100, deadline=None)
@given(JSON, JSON)
def test_what_was_added_is_found_and_can_be_removed(value: Any, new: Any) -> None:
    """Adding, testing and removing at a new member gives the value back."""
    document = {"value": value}
    pointer = {"path": "/~0~1 new"}
    added = json_patch(document, [{"op": "add", **pointer, "value": new}, {"op": "test", **pointer, "value": new}])
    assert json_equal(json_patch(added, [{"op": "remove", **pointer}]), document)
