"""What a run is asked for: its flow and the variables of the environment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stepflow_cli.exits import UsageError
from stepflow_cli.requests import Request, flow_source, from_environment, prepared
from stepflow_core import Diagnostic, DiagnosticLevel, FlowLoadError, FlowSummary, StoreFlowResponse

ID = "0123456789abcdef" * 4
FLOW = Path("a.yaml")


def diagnostic(level: DiagnosticLevel) -> Diagnostic:
    """Something odd."""
    return Diagnostic(code=2500, kind="invalidComponent", level=level, text="odd")


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("greet.yaml", Path("greet.yaml")),
        ("greet.yml", Path("greet.yml")),
        ("flows/greet", Path("flows/greet")),
        ("greet", "greet"),
        ("greet@1.0", "greet@1.0"),
        (ID, ID),
    ],
)
def test_what_looks_like_a_file_is_one(text: str, source: Path | str) -> None:
    """A text with a separator or the ending of a flow file is a path, anything else an id or a name."""
    assert flow_source(text) == source


def test_what_is_there_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without an ending is one if it is there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "greet").touch()
    assert flow_source("greet") == Path("greet")


def test_variables_of_the_environment() -> None:
    """A declared variable is taken from its `envVar`, else from its name; JSON is parsed, the rest is text."""
    declared = {"a": {"envVar": "MY_A"}, "b-c": {"envVar": None}, "d": {}, "e": {}, "f": {}}
    environ = {"MY_A": "5", "STEPFLOW_VAR_A": "6", "STEPFLOW_VAR_B_C": "plain text", "STEPFLOW_VAR_D": '{"x": 1.0}'}
    environ["STEPFLOW_VAR_OTHER"] = "1"
    environ["STEPFLOW_VAR_E"] = ""
    assert from_environment(declared, environ) == {"a": 5, "b-c": "plain text", "d": {"x": 1.0}, "e": ""}


def test_digits_of_the_environment_are_text_where_text_is_wanted() -> None:
    """JSON that is no text stays text where the schema takes only that."""
    declared = {
        "key": {"schema": {"type": "string"}},
        "either": {"schema": {"type": ["string", "integer"]}},
        "maybe": {"schema": {"type": ["string", "null"]}},
    }
    environ = {"STEPFLOW_VAR_KEY": "1234", "STEPFLOW_VAR_EITHER": "5", "STEPFLOW_VAR_MAYBE": "null"}
    assert from_environment(declared, environ) == {"key": "1234", "either": 5, "maybe": None}


def test_no_flow_is_an_empty_text() -> None:
    """An empty text, as an unset variable of a shell gives it, is refused as such."""
    with pytest.raises(UsageError, match="empty text"):
        flow_source("")


async def test_given_variables_win_over_the_environment(screen: Any, story: Callable[..., Any]) -> None:
    """What the command line says wins."""
    executor = story()
    executor.variables = {"a": {}, "b": {}}
    environ = {"STEPFLOW_VAR_A": "1", "STEPFLOW_VAR_B": "2"}
    ready = await prepared(executor, Request(flow=FLOW, variables={"b": 3}, environ=environ), screen)
    assert ready.variables == {"a": 1, "b": 3}


async def test_the_environment_is_read_only_when_asked(screen: Any, story: Callable[..., Any]) -> None:
    """Without being asked nothing of the environment gets into a run."""
    executor = story()
    executor.variables = {"a": {}}
    ready = await prepared(executor, Request(flow=FLOW), screen)
    assert ready.variables == {}
    assert "get_flow_variables" not in dict(executor.calls)


@pytest.mark.parametrize(("flow", "asked"), [(ID, ID), ("greet", "1" * 64), ("greet@2", "2" * 64), ("other", "other")])
async def test_stored_flows_have_variables_too(screen: Any, story: Callable[..., Any], flow: str, asked: str) -> None:
    """The variables of a flow that is named are those of the stored one."""
    executor = story()

    async def list_flows() -> list[FlowSummary]:
        named = (("greet", "1"), ("greet", "2"))
        return [FlowSummary(flow_id=version * 64, name=name, version=version) for name, version in named]

    executor.list_flows = list_flows
    await prepared(executor, Request(flow=flow, environ={}), screen)
    assert dict(executor.calls)["get_flow_variables"] == asked


async def test_a_flow_is_stored_once_and_run_by_its_id(screen: Any, story: Callable[..., Any]) -> None:
    """A flow that has been checked is not read again."""
    ready = await prepared(story(), Request(flow=FLOW), screen)
    assert ready.flow == "0" * 64


async def test_overrides_come_before_the_checks(screen: Any, story: Callable[..., Any]) -> None:
    """A flow with overrides is checked with them, by the run."""
    executor = story()
    ready = await prepared(executor, Request(flow=FLOW, overrides={"a": {}}), screen)
    assert ready.flow == FLOW
    assert executor.calls == []


async def test_faulty_flows_are_refused(screen: Any, story: Callable[..., Any]) -> None:
    """A flow that cannot be stored is refused with all that is wrong with it."""
    executor = story()
    executor.stored = StoreFlowResponse(stored=False, diagnostics=[diagnostic(DiagnosticLevel.FATAL)])
    with pytest.raises(FlowLoadError) as refused:
        await prepared(executor, Request(flow=FLOW), screen)
    assert refused.value.diagnostics == executor.stored.diagnostics


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, ["error"]),
        ({"verbose": True}, ["error", "warning"]),
        ({"quiet": True}, []),
    ],
)
async def test_other_faults_are_shown(
    screens: Any, story: Callable[..., Any], options: dict[str, bool], shown: list[str]
) -> None:
    """Errors that do not keep a flow from running are shown, warnings on request."""
    executor, screen = story(), screens(**options)
    levels = [DiagnosticLevel.ERROR, DiagnosticLevel.WARNING]
    executor.stored = StoreFlowResponse(flow_id=ID, stored=True, diagnostics=[*map(diagnostic, levels)])
    await prepared(executor, Request(flow=FLOW), screen)
    assert [line.split()[0] for line in screen.said.splitlines()] == shown


async def test_programs_get_faults_as_json(screens: Any, story: Callable[..., Any]) -> None:
    """For programs the faults are one JSON object."""
    executor, screen = story(), screens(json=True)
    executor.stored = StoreFlowResponse(flow_id=ID, stored=True, diagnostics=[diagnostic(DiagnosticLevel.ERROR)])
    await prepared(executor, Request(flow=FLOW), screen)
    assert screen.said.startswith('{"diagnostics":[{"code":2500')
