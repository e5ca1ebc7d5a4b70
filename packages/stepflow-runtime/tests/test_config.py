"""Configs: found, read, filled in from the environment, and refused with everything that is wrong."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepflow_core import Diagnostic, FlowLoadError, InvalidInputError
from stepflow_runtime.config import Config, PluginConfig, default_config, find_config, load_config
from stepflow_runtime.environment import ExpansionError, expand_text

MINIMAL: dict[str, Any] = {"plugins": {"builtin": {"type": "builtin"}}}
RULE = [{"plugin": "builtin"}]


def routed(**routes: Any) -> dict[str, Any]:
    """A config with one route, at `/x/{a}`."""
    return {**MINIMAL, "routes": {"/x/{a}": [{"plugin": "builtin", **routes}]}}


def refused(source: Any, environ: dict[str, str] | None = None) -> list[Diagnostic]:
    """What a refusal says."""
    with pytest.raises(FlowLoadError) as caught:
        load_config(source, environ or {})
    return caught.value.diagnostics


def paths(source: Any) -> list[str]:
    """Where the faults of a config are."""
    return [each.path for each in refused(source) if each.level == "fatal"]


def warnings(config: Config) -> list[tuple[int, str]]:
    """The codes and places of a config's warnings."""
    return [(each.code, each.path) for each in config.diagnostics]


# ---- what holds by default


@pytest.mark.parametrize("source", [None, {}, {"plugins": None, "routes": None, "workingDirectory": None}])
def test_without_a_config_there_are_the_builtin_components(source: Any) -> None:
    """At `/builtin/<name>` and at `/<name>`; files are read in the working directory of the process."""
    config = load_config(source, {})
    assert config == default_config()
    assert config.plugins == {"builtin": PluginConfig("builtin")}
    assert [str(each.pattern) for each in config.routes] == ["/builtin/{*component}", "/{*component}"]
    assert (config.working_directory, config.working_directory_explicit) == (Path.cwd(), False)
    assert config.diagnostics == []


def test_without_routes_the_builtin_plugin_is_reached_by_the_usual_ones() -> None:
    """Whatever it is called; other plugins are not reached, which is told."""
    config = load_config({"plugins": {"mock": {"type": "mock"}, "base": {"type": "builtin"}}}, {})
    assert {rule.plugin for route in config.routes for rule in route.rules} == {"base"}
    assert warnings(config) == [(1202, "$.plugins.mock")]


def test_a_config_from_which_nothing_can_be_used_is_told() -> None:
    """No plugins, or no routes, are warnings."""
    assert warnings(load_config({"plugins": {}}, {})) == [(1200, "$.plugins")]
    assert warnings(load_config({"plugins": {"m": {"type": "mock"}}}, {})) == [(1201, "$")]
    assert warnings(load_config({**MINIMAL, "routes": {}}, {})) == [(1201, "$.routes")]


# ---- files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a flow beside a config."""
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "flow.yaml").write_text("steps: []")
    return tmp_path


def test_the_config_beside_the_flow_comes_first(folder: Path) -> None:
    """Then the one in the working directory."""
    flow = folder / "flows" / "flow.yaml"
    assert find_config(flow, folder) is None
    (folder / "stepflow-config.yaml").write_text("{}")
    assert find_config(flow, folder) == folder / "stepflow-config.yaml"
    assert find_config(None, folder) == folder / "stepflow-config.yaml"
    (folder / "flows" / "stepflow-config.yml").write_text("{}")
    assert find_config(str(flow), folder) == folder / "flows" / "stepflow-config.yml"


def test_two_configs_in_one_folder_are_refused(folder: Path) -> None:
    """Which is meant is not guessed."""
    for name in ("stepflow-config.yml", "stepflow-config.yaml"):
        (folder / name).write_text("{}")
    with pytest.raises(FlowLoadError, match="keep one"):
        find_config(None, folder)


def test_paths_start_at_the_folder_of_the_file(folder: Path) -> None:
    """It is the default of the working directory."""
    file = folder / "stepflow-config.yml"
    file.write_text("workingDirectory: flows")
    config = load_config(file, {})
    assert (config.file, config.directory, config.working_directory) == (file, folder, folder / "flows")
    assert config.working_directory_explicit
    file.write_text("")
    assert load_config(str(file), {}).working_directory == folder


def test_faults_have_their_place_in_the_file(folder: Path) -> None:
    """File, line and column, those of the plugins too."""
    file = folder / "config.yml"
    file.write_text("plugins:\n  m: {type: mock, components: {/a: {behaviors: 5}}}\nroutes:\n  /x: [{plugin: n}]\n")
    found = {each.path: (each.file, each.line) for each in refused(file)}
    assert found == {
        '$.plugins.m.components["/a"].behaviors': (str(file), 2),
        '$.routes["/x"][0].plugin': (str(file), 4),
    }


def test_a_file_that_cannot_be_read_is_refused(folder: Path) -> None:
    """Missing, or no YAML."""
    assert "no such file" in refused(folder / "none.yml")[0].text
    (folder / "bad.yml").write_text("a: [")
    assert refused(folder / "bad.yml")[0].line == 1


@pytest.mark.parametrize("source", [5, [], b"x"])
def test_a_config_is_a_path_or_a_mapping(source: Any) -> None:
    """Anything else is a mistake of the caller."""
    with pytest.raises(InvalidInputError):
        load_config(source)


# ---- plugins


def test_plugins_keep_their_options() -> None:
    """The members of their entry beside `type`."""
    mock = {"components": {"/a": {"behaviors": [{"input": 1, "result": {"outcome": "success", "result": 2}}]}}}
    python = {"module": "bakery.components", "path": "src"}
    config = load_config(
        {
            "plugins": {"m": {"type": "mock", **mock}, "p": {"type": "python", **python}},
            "routes": {"/m/{*component}": [{"plugin": "m"}], "/p/{*component}": [{"plugin": "p"}]},
        },
        {},
    )
    assert config.plugins == {"m": PluginConfig("mock", mock), "p": PluginConfig("python", python)}
    assert config.diagnostics == []


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ({"plugin": {}}, "$.plugin"),
        ({"storageConfig": {"type": "inMemory"}}, "$.storageConfig"),
        ({"plugins": []}, "$.plugins"),
        ({"plugins": {"a": None}}, "$.plugins.a"),
        ({"plugins": {" ": {"type": "builtin"}}}, '$.plugins[" "]'),
        ({"plugins": {"a": {}}}, "$.plugins.a"),
        ({"plugins": {"a": {"type": 5}}}, "$.plugins.a.type"),
        ({"plugins": {"a": {"type": "mcp"}}}, "$.plugins.a.type"),
        ({"plugins": {"a": {"type": "builtin", "module": "x"}}}, "$.plugins.a.module"),
        ({"plugins": {"a": {"type": "python"}}}, "$.plugins.a"),
        ({"plugins": {"a": {"type": "mock", "components": 5}}}, "$.plugins.a.components"),
        ({"workingDirectory": 5}, "$.workingDirectory"),
        ({"workingDirectory": " "}, "$.workingDirectory"),
        ({"workingDirectory": "no/such/folder"}, "$.workingDirectory"),
        ({"routes": []}, "$.routes"),
        ({"plugins": {"a": float("nan")}}, "$.plugins.a"),
    ],
)
def test_faults_are_told_at_their_place(source: Any, path: str) -> None:
    """One fault each."""
    assert paths(source) == [path]


def test_unknown_words_are_told_with_what_was_meant_or_may_be() -> None:
    """Keys, types of plugins, names of plugins."""
    source = {
        "plugin": {},
        "plugins": {"a": {"type": "mok"}, "b": {"type": "http"}},
        "routes": {"/x": [{"plugin": "aa"}]},
    }
    hints = {each.path: each.hint for each in refused(source)}
    assert hints["$.plugin"] == "did you mean `plugins`?"
    assert hints["$.plugins.a.type"] == "did you mean `mock`?"
    assert "`builtin`, `mock` and `python`" in str(hints["$.plugins.b.type"])
    assert "`a` and `b`" in str(hints['$.routes["/x"][0].plugin'])


def test_all_faults_are_told_together() -> None:
    """Of plugins, routes and the environment."""
    source = {
        "plugins": {"a": {"type": "wasm"}, "p": {"type": "python", "module": "${MODULE}"}},
        "routes": {"x": RULE, "/y": [{"plugin": "gone", "conditions": [{}]}], "/z/{a}/{a}": []},
        "workingDirectory": "${HERE",
    }
    found = refused(source)
    assert {each.path for each in found if each.level == "fatal"} >= {
        "$.plugins.a.type",
        "$.plugins.p.module",
        "$.routes.x",
        '$.routes["/y"][0].plugin',
        '$.routes["/y"][0].conditions[0]',
        '$.routes["/z/{a}/{a}"]',
        "$.workingDirectory",
    }


# ---- routes


@pytest.mark.parametrize(
    "pattern",
    [
        "x",
        "",
        "/",
        "/x/",
        "//x",
        "/x//y",
        "/v{n}",
        "/{n}x",
        "/{}",
        "/{*}",
        "/{a b}",
        "/{*a}/x",
        "/{a}/{a}",
        "/{a",
        "/a}",
    ],
)
def test_patterns_that_mean_nothing_are_refused(pattern: str) -> None:
    """A name fills a segment, and the rest comes last."""
    path = paths({**MINIMAL, "routes": {pattern: RULE}})[0]
    assert path.startswith("$.routes")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/a/{x}", "/a/{y}"),
        ("/{*x}", "/{*y}"),
        ("/a/{x}/c", "/a/b/{y}"),
        ("/{x}/b/{*r}", "/a/{y}/{*r}"),
    ],
)
def test_patterns_that_match_a_path_equally_well_are_refused(one: str, other: str) -> None:
    """The later one is told, and which other it is."""
    [found] = refused({**MINIMAL, "routes": {one: RULE, other: RULE}})
    assert found.path == f'$.routes["{other}"]'
    assert one in found.text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/a/{x}", "/b/{x}"),
        ("/a/{x}", "/a/{*x}"),
        ("/{x}", "/{x}/{y}"),
        ("/a/{x}/b", "/a/{x}/c"),
        ("/{x}/{*y}", "/{*y}"),
    ],
)
def test_patterns_of_which_one_is_more_specific_are_not_ambiguous(one: str, other: str) -> None:
    """Nor those that no path matches both of."""
    assert len(load_config({**MINIMAL, "routes": {one: RULE, other: RULE}}, {}).routes) == 2


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        (None, '$.routes["/x"]'),
        ([], '$.routes["/x"]'),
        ({"plugin": "builtin"}, '$.routes["/x"]'),
        (["builtin"], '$.routes["/x"][0]'),
        ([{}], '$.routes["/x"][0]'),
        ([{"plugin": 5}], '$.routes["/x"][0].plugin'),
        ([{"plugin": "builtin", "component_allow": []}], '$.routes["/x"][0].component_allow'),
    ],
)
def test_malformed_rules_are_refused(rules: Any, path: str) -> None:
    """A route is a list of rules with a plugin each."""
    assert paths({**MINIMAL, "routes": {"/x": rules}}) == [path]


@pytest.mark.parametrize(
    ("member", "value", "below"),
    [
        ("componentAllow", "x", ""),
        ("componentAllow", [], ""),
        ("componentDeny", [5], ""),
        ("componentDeny", [" "], ""),
        ("component", 5, ""),
        ("component", "x", ""),
        ("component", "/{b}", ""),
        ("component", "/{*a}/{*a}", ""),
        ("conditions", {}, ""),
        ("conditions", ["x"], "[0]"),
        ("conditions", [{"path": "$.x"}], "[0]"),
        ("conditions", [{"path": "$.x", "value": 1, "in": [1]}], "[0]"),
        ("conditions", [{"value": 1}], "[0]"),
        ("conditions", [{"path": 5, "value": 1}], "[0]"),
        ("conditions", [{"path": "$.x[", "value": 1}], "[0].path"),
        ("conditions", [{"path": "$.x", "in": 1}], "[0].in"),
        ("conditions", [{"path": "$.x", "exists": "yes"}], "[0].exists"),
        ("conditions", [{"path": "$.x", "equals": 1, "value": 1}], "[0].equals"),
    ],
)
def test_malformed_members_of_rules_are_refused(member: str, value: Any, below: str) -> None:
    """Each at its place."""
    assert paths(routed(**{member: value})) == [f'$.routes["/x/{{a}}"][0].{member}{below}']


# ---- the environment


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("${A}", "one"),
        ("x${A}y${A}", "xoneyone"),
        ("${B:-two}", "two"),
        ("${EMPTY:-two}", "two"),
        ("${EMPTY}", ""),
        ("${A:-two}", "one"),
        ("${B:-}", ""),
        ("${B:-${C:-x${A}}}y", "xoney"),
        ("${B:-a}b}", "ab}"),
        ("$${A}", "${A}"),
        ("${B:-$${A}", "${A"),
        ("$A $$ } { $", "$A $$ } { $"),
        ("${_x1}", "under"),
    ],
)
def test_variables_are_filled_in(text: str, result: str) -> None:
    """With defaults, which may hold others, and a way to write `${`."""
    assert expand_text(text, {"A": "one", "EMPTY": "", "_x1": "under"}) == result


@pytest.mark.parametrize("text", ["${B}", "${}", "${1}", "${A", "${A:-", "${A-x}", "${A:x}", "${ A}", "${B:-" * 30])
def test_texts_that_cannot_be_filled_in_say_why(text: str) -> None:
    """An unset variable without a default, or what names none."""
    with pytest.raises(ExpansionError):
        expand_text(text, {"A": "one"})


def test_values_are_filled_in_wherever_they_stand() -> None:
    """In texts at any depth, not in keys; what the environment holds is not looked through again."""
    behaviors = [{"input": "${A}", "result": {"outcome": "success", "result": ["${A}", 1]}}]
    source = {"plugins": {"m": {"type": "mock", "components": {"/${A}": {"behaviors": behaviors}}}}}
    options = load_config(source, {"A": "${B}"}).plugins["m"].options
    assert options["components"] == {
        "/${A}": {"behaviors": [{"input": "${B}", "result": {"outcome": "success", "result": ["${B}", 1]}}]}
    }


def test_what_becomes_too_long_is_refused() -> None:
    """Many times a long value."""
    with pytest.raises(ExpansionError, match="longer"):
        expand_text("${A}" * 2000, {"A": "x" * 1000})


@settings(max_examples=200, deadline=None)
@given(st.text("${}:-AB ", max_size=30))
def test_no_text_raises_anything_else(text: str) -> None:
    """It is filled in or refused."""
    with suppress(ExpansionError):
        assert isinstance(expand_text(text, {"A": "one"}), str)


def test_the_environment_of_the_process_is_used_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the caller passes none."""
    monkeypatch.setenv("STEPFLOW_TEST_FOLDER", str(tmp_path))
    assert load_config({"workingDirectory": "${STEPFLOW_TEST_FOLDER}"}).working_directory == tmp_path
