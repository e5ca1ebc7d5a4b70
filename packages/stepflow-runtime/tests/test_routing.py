"""Routing: where component paths lead, and back."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepflow_runtime.config import default_config, load_config
from stepflow_runtime.route_patterns import parse_pattern
from stepflow_runtime.routing import Router

PLUGINS = {name: {"type": "builtin"} for name in "abcd"}


def router(routes: dict[str, Any]) -> Router:
    """The router of a config; a text stands for one rule that leads to that plugin."""
    written = {pattern: [{"plugin": rules}] if isinstance(rules, str) else rules for pattern, rules in routes.items()}
    return Router(load_config({"plugins": PLUGINS, "routes": written}, {}).routes)


def targets(found: Router, path: str) -> list[tuple[str, str]]:
    """The plugins and paths to which a path leads."""
    return [(each.plugin, each.path) for each in found.candidates(path)]


def test_the_captured_component_keeps_its_slash() -> None:
    """Of one segment or of many; without that name the whole path is handed on."""
    found = router({"/mock/{*component}": "a", "/one/{component}": "b", "/ai/chat": "c", "/x/{name}": "d"})
    assert targets(found, "/mock/bake") == [("a", "/bake")]
    assert targets(found, "/mock/oven/bake") == [("a", "/oven/bake")]
    assert targets(found, "/one/bake") == [("b", "/bake")]
    assert targets(found, "/ai/chat") == [("c", "/ai/chat")]
    assert targets(found, "/x/y") == [("d", "/x/y")]


@pytest.mark.parametrize("path", ["/mock", "/mock/", "/one/x/y", "/one/", "mock/bake", "", "/", "/other", "/mock//x"])
def test_paths_that_no_pattern_matches_lead_nowhere(path: str) -> None:
    """A capture stands for segments that are not empty."""
    assert targets(router({"/mock/{*component}": "a", "/one/{component}": "b"}), path) == []


def test_the_most_specific_route_comes_first() -> None:
    """More literal segments, then one segment before many; the others follow."""
    found = router({"/{*component}": "a", "/x/{*component}": "b", "/x/{component}": "c", "/x/y": "d"})
    assert [plugin for plugin, _ in targets(found, "/x/y")] == ["d", "c", "b", "a"]
    assert [plugin for plugin, _ in targets(found, "/x/z")] == ["c", "b", "a"]
    assert [plugin for plugin, _ in targets(found, "/x/y/z")] == ["b", "a"]


def test_by_default_builtins_are_reached_in_two_ways() -> None:
    """`/builtin/eval` and `/eval`."""
    found = Router(default_config().routes)
    assert targets(found, "/builtin/eval")[0] == ("builtin", "/eval")
    assert targets(found, "/eval") == [("builtin", "/eval")]
    assert found.public_path("builtin", "/eval") == "/builtin/eval"


def test_components_are_renamed_with_what_was_captured() -> None:
    """Captures may be used in any order, or left out."""
    found = router(
        {
            "/m/{vendor}/{*component}": [{"plugin": "a", "component": "/v2/{vendor}/{*component}"}],
            "/fixed": [{"plugin": "b", "component": "/other"}],
        }
    )
    assert targets(found, "/m/x/y/z") == [("a", "/v2/x/y/z")]
    assert targets(found, "/fixed") == [("b", "/other")]


def test_rules_allow_and_deny_paths_by_patterns() -> None:
    """Of the path that the plugin is asked for; what is denied comes to the next rule."""
    found = router(
        {
            "/x/{*component}": [
                {"plugin": "a", "componentAllow": ["/bake*", "stir"], "componentDeny": ["*_debug"]},
                {"plugin": "b", "componentDeny": ["/secret/*", "/[ab]?"]},
            ]
        }
    )
    assert targets(found, "/x/bake_rye") == [("a", "/bake_rye"), ("b", "/bake_rye")]
    assert targets(found, "/x/stir") == [("a", "/stir"), ("b", "/stir")]
    assert targets(found, "/x/bake_debug") == [("b", "/bake_debug")]
    assert targets(found, "/x/other") == [("b", "/other")]
    assert targets(found, "/x/secret/deep/er") == []
    assert targets(found, "/x/a1") == []


@pytest.mark.parametrize(
    ("condition", "holds", "fails"),
    [
        ({"path": "$.model", "value": "m1"}, {"model": "m1"}, {"model": "m2"}),
        ({"path": "model", "value": None}, {"model": None}, {}),
        ({"path": "$.n", "value": 1}, {"n": 1.0}, {"n": True}),
        ({"path": "$.n", "value": {"a": [1]}}, {"n": {"a": [1]}}, {"n": {"a": [1, 2]}}),
        ({"path": "$.l[1]", "in": [1, "x"]}, {"l": [0, "x"]}, {"l": ["x"]}),
        ({"path": "$.n", "in": []}, None, {"n": 1}),
        ({"path": "$.n", "exists": True}, {"n": None}, {}),
        ({"path": "$.n", "exists": False}, {}, {"n": None}),
        ({"path": "$", "value": 5}, 5, {"n": 5}),
    ],
)
def test_conditions_look_at_the_input(condition: Any, holds: Any, fails: Any) -> None:
    """Numbers are compared by value, and true is not 1."""
    found = router({"/x": [{"plugin": "a", "conditions": [condition]}, {"plugin": "b"}]})
    [first, second] = found.candidates("/x")
    assert first.conditions
    assert second.accepts(fails)
    if condition.get("in") != []:
        assert found.route("/x", holds) == first
    assert not first.accepts(fails)
    assert found.route("/x", fails) == second


def test_all_conditions_must_hold() -> None:
    """Without one that fits there is no route."""
    conditions = [{"path": "$.a", "value": 1}, {"path": "$.b", "value": 2}]
    found = router({"/x": [{"plugin": "a", "conditions": conditions}]})
    assert found.route("/x", {"a": 1, "b": 2}) is not None
    assert found.route("/x", {"a": 1, "b": 3}) is None
    assert found.route("/y", {}) is None


def test_public_paths_lead_back() -> None:
    """By the most specific route that leads there; a path that none leads to has none."""
    found = router(
        {
            "/m/{*component}": [{"plugin": "a", "component": "/v2/{*component}"}],
            "/t/{tenant}/{*component}": "b",
            "/c/{*component}": [{"plugin": "c", "componentAllow": ["/x"]}],
            "/whole/{name}": "d",
        }
    )
    assert found.public_path("a", "/v2/bake") == "/m/bake"
    assert found.public_path("a", "/v1/bake") is None
    assert found.public_path("b", "/bake") is None
    assert (found.public_path("c", "/x"), found.public_path("c", "/y")) == ("/c/x", None)
    assert found.public_path("d", "/whole/x") == "/whole/x"


def test_explanations_say_what_was_tried() -> None:
    """Rules that were left out with the reason; without a match the patterns that there are."""
    found = router(
        {
            "/x/{*component}": [
                {"plugin": "a", "componentAllow": ["/bake"]},
                {"plugin": "b", "componentDeny": ["/fry"]},
                {"plugin": "c", "conditions": [{"path": "$.a", "value": 1}]},
            ]
        }
    )
    told = found.explain("/x/fry")
    assert all(word in told for word in ("/x/{*component}", "componentAllow", "componentDeny", '"/fry"', "conditions"))
    assert "no route matches" in found.explain("/y")
    assert "/x/{*component}" in found.explain("/y")
    assert "none" in Router(()).explain("/y")


def test_candidates_are_kept_but_not_without_end() -> None:
    """The same tuple for the same path; many paths do not stay in memory."""
    found = router({"/{*component}": "a"})
    assert found.candidates("/x") is found.candidates("/x")
    for number in range(10_000):
        found.candidates(f"/{number}")
    assert len(found._candidates) <= 4096


SEGMENTS = st.lists(st.sampled_from(["a", "b", "{x}"]), min_size=1, max_size=3)
PATTERNS = st.builds(
    lambda parts, rest: parse_pattern(
        "/" + "/".join(part.replace("x", f"x{i}") for i, part in enumerate(parts)) + rest
    ),
    SEGMENTS,
    st.sampled_from(["", "/{*rest}"]),
)
PATHS = [
    "/" + "/".join(parts)
    for length in range(1, 6)
    for parts in product("abc", repeat=length)
]  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(PATTERNS, PATTERNS)
def test_patterns_overlap_where_a_path_matches_both(one: Any, other: Any) -> None:
    """Tried on all short paths of three letters."""
    both = any(one.match(path) is not None and other.match(path) is not None for path in PATHS)
    assert one.overlaps(other) == other.overlaps(one) == both


@settings(max_examples=100, deadline=None)
@given(PATTERNS, st.sampled_from(PATHS))
def test_rendering_what_was_captured_gives_the_path_back(pattern: Any, path: str) -> None:
    """Whatever the pattern."""
    captured = pattern.match(path)
    if captured is not None:
        assert pattern.render(captured) == path
