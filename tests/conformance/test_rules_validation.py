"""Diagnostics: told together, complete, and with the consequences that their level has."""

from __future__ import annotations

from pathlib import Path

import pytest
from stepflow_core import DiagnosticLevel, FlowLoadError, StepflowExecutor
from stepflow_runtime import StepflowRuntime
from stepflow_runtime.config import load_config

pytestmark = pytest.mark.asyncio(loop_scope="session")

MANY = """\
name: many
steps:
  - id: bake
    component: mock/bake
    mustexecute: true
    input: {loaf: {$step: bake}}
  - id: bake
    component: /mock/bake
    input: {loaf: {$input: "$.rows[*]"}}
output: {a: {$step: cellar}, b: {$variable: weight}}
"""


async def test_all_problems_are_told_together(executor: StepflowExecutor, tmp_path: Path) -> None:
    """Of every level, in one answer, each with its place."""
    file = tmp_path / "many.yaml"
    file.write_text(MANY)
    diagnostics = (await executor.validate(str(file))).diagnostics
    assert {(each.code, each.line) for each in diagnostics} >= {
        (1002, 1), (2500, 4), (1401, 5), (3002, 6), (3000, 7), (3004, 9), (3003, 10), (1004, 10),
    }  # fmt: skip


async def test_a_diagnostic_is_complete(executor: StepflowExecutor, tmp_path: Path) -> None:
    """Code, kind, level, text, path, pointer, file, line, column and, where it helps, a hint."""
    file = tmp_path / "one.yaml"
    file.write_text("name: one\ndescription: One fault.\noutput:\n  a/b: [1, {$step: cellar}]\n")
    [told] = (await executor.validate(str(file))).diagnostics
    assert (told.code, told.kind, told.level) == (3003, "undefinedStepReference", DiagnosticLevel.FATAL)
    assert "cellar" in told.text
    assert told.path.startswith('$.output["a/b"][1]')
    assert told.pointer.startswith("/output/a~1b/1")
    assert told.file is not None
    assert Path(told.file).name == "one.yaml"
    assert told.line == 4
    assert told.column is not None
    assert 13 <= told.column <= 21


async def test_every_member_of_the_wrong_type_is_told(executor: StepflowExecutor) -> None:
    """A document that cannot be read as a flow has one diagnostic per fault, not just the first."""
    document = {"name": 5, "version": 1.0, "metadata": [], "steps": [{"id": "a"}, {"component": 7, "id": None}]}
    diagnostics = (await executor.validate(document)).diagnostics
    places = {each.pointer for each in diagnostics if each.code == 3400}
    assert {"/name", "/version", "/metadata", "/steps/1/component"} <= places
    assert any(place.startswith("/steps/0") for place in places)


async def test_a_text_that_cannot_be_read_has_one_diagnostic(executor: StepflowExecutor, tmp_path: Path) -> None:
    """There is nothing to say of what comes after."""
    file = tmp_path / "broken.yaml"
    file.write_text("name: [\nsteps: }\noutput: ]\n")
    assert [each.code for each in (await executor.validate(str(file))).diagnostics] == [3400]


async def test_errors_and_warnings_let_a_flow_be_stored_and_run(executor: StepflowExecutor) -> None:
    """They are shown with what storing answers."""
    flow = {"output": {"$variable": "weight", "default": 3}, "schemas": {"variables": {"properties": {"x": {}}}}}
    stored = await executor.store_flow(flow)
    assert stored.stored
    assert {each.level for each in stored.diagnostics} == {DiagnosticLevel.ERROR, DiagnosticLevel.WARNING}
    assert (await executor.run(flow, None)).output == 3


async def test_a_fatal_problem_keeps_a_flow_from_being_stored(executor: StepflowExecutor) -> None:
    """Storing answers with the diagnostics, running raises them."""
    flow = {"name": "fatal", "output": {"$step": "nowhere"}}
    stored = await executor.store_flow(flow)
    assert (stored.stored, stored.flow_id) == (False, None)
    assert 3003 in {each.code for each in stored.diagnostics}
    with pytest.raises(FlowLoadError, match="nowhere") as refusal:
        await executor.run(flow, None)
    assert 3003 in {each.code for each in refusal.value.diagnostics}


async def test_a_dry_run_stores_nothing(executor: StepflowExecutor) -> None:
    """It answers with the id and the diagnostics alone."""
    flow = {"name": "dry", "output": "never stored otherwise"}
    answer = await executor.store_flow(flow, dry_run=True)
    assert (answer.stored, bool(answer.flow_id)) == (False, True)


async def test_strict_validation_refuses_warnings(executor: StepflowExecutor) -> None:
    """What is valid otherwise is not."""
    flow = {"name": "warned", "output": 1}
    assert (await executor.validate(flow)).valid is True
    assert (await executor.validate(flow, strict=True)).valid is False


async def test_a_flow_without_faults_has_no_diagnostics(executor: StepflowExecutor) -> None:
    """Not even a warning."""
    flow = {"name": "clean", "description": "Nothing to say.", "output": {"$input": "$.a"}}
    result = await executor.validate(flow, strict=True)
    assert (result.valid, result.diagnostics) == (True, [])


async def test_a_flow_inside_is_validated_in_its_place(executor: StepflowExecutor, tmp_path: Path) -> None:
    """The place is that of the document, not of the flow inside."""
    file = tmp_path / "outer.yaml"
    file.write_text(
        "name: outer\ndescription: One fault inside.\nsteps:\n- id: each\n  component: /builtin/map\n  input:\n"
        "    items: [1]\n    workflow:\n      $literal:\n        name: inner\n        description: Inside.\n"
        "        output: {$step: cellar}\noutput: {$step: each}\n"
    )
    told = [each for each in (await executor.validate(str(file))).diagnostics if each.code == 3003]
    assert [(each.line, each.pointer.startswith("/steps/0/input/workflow/$literal/output")) for each in told] == [
        (12, True)
    ]


CONFIGS = {
    1200: {"plugins": {}, "routes": {}},
    1201: {"plugins": {"builtin": {"type": "builtin"}}, "routes": {}},
    1202: {
        "plugins": {"builtin": {"type": "builtin"}, "spare": {"type": "builtin"}},
        "routes": {"/{*component}": [{"plugin": "builtin"}]},
    },
}


@pytest.mark.parametrize(("code", "content"), CONFIGS.items(), ids=map(str, CONFIGS))
async def test_a_config_of_little_use_is_warned_of(code: int, content: dict[str, object]) -> None:
    """No plugins, no routes, a plugin that no route leads to."""
    diagnostics = load_config(content).diagnostics
    assert code in {each.code for each in diagnostics}
    assert {each.level for each in diagnostics} == {DiagnosticLevel.WARNING}


async def test_a_config_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    """With everything that is wrong in it, and its places."""
    file = tmp_path / "stepflow-config.yml"
    file.write_text("plugins:\n  a: {type: sorcery}\nroutes:\n  /x: [{plugin: b}]\nrouts: {}\n")
    with pytest.raises(FlowLoadError) as refusal:
        StepflowRuntime(str(file))
    assert {each.line for each in refusal.value.diagnostics if each.level == "fatal"} >= {2, 4, 5}
