"""Checking flows without running them, and what they can be made of."""

from __future__ import annotations

from ...executor import StepflowExecutor
from ._base import KitPart
from ._documents import ECHO, FAULTS, FAULTY, flow, step


class Validation(KitPart):
    """Everything that is wrong with a flow is told at once; components are listed with their schemas."""

    async def test_a_flow_without_faults_is_valid(self, executor: StepflowExecutor) -> None:
        """Strictly too."""
        for strict in (False, True):
            result = await executor.validate(ECHO, strict=strict)
            assert (result.valid, result.errors, result.warnings) == (True, [], [])

    async def test_warnings_count_where_validation_is_strict(self, executor: StepflowExecutor) -> None:
        """Only there do they make a flow invalid."""
        lax, strict = [await executor.validate({"output": 1}, strict=each) for each in (False, True)]
        assert (lax.valid, strict.valid) == (True, False)
        assert {each.code for each in lax.warnings} == {each.code for each in strict.warnings} == {1001, 1002}

    async def test_errors_make_a_flow_invalid(self, executor: StepflowExecutor) -> None:
        """A flow with a component that no route leads to can be run and is not valid."""
        asked = flow(step("a", "no/leading/slash"))
        result = await executor.validate(asked)
        assert not result.valid
        assert {(each.code, each.level.value) for each in result.errors} == {(2500, "error")}
        assert result.errors[0].pointer == "/steps/0/component"
        assert result.errors[0].path == "$.steps[0].component"

    async def test_all_faults_are_told_at_once(self, executor: StepflowExecutor) -> None:
        """Each with code, kind, level, text and place; validation raises nothing."""
        result = await executor.validate(FAULTY)
        assert not result.valid
        assert {(each.code, each.pointer) for each in result.errors} == FAULTS
        assert {each.kind for each in result.errors} == {"undefinedStepReference", "duplicateStepId"}
        assert all(each.text for each in result.errors)

    async def test_the_components_are_listed(self, executor: StepflowExecutor) -> None:
        """Builtin ones and others, by the paths under which flows name them."""
        listed = await executor.list_components()
        paths = [each.path for each in listed]
        assert {"/builtin/eval", "/builtin/noop", "/kit/join", "/kit/gate"} <= set(paths)
        assert len(set(paths)) == len(paths)

    async def test_a_component_tells_its_schemas(self, executor: StepflowExecutor) -> None:
        """What it takes and gives, and what it is for."""
        [join] = [each for each in await executor.list_components() if each.path == "/kit/join"]
        assert join.description == "Join words to one text."
        assert join.input_schema is not None
        assert join.input_schema["required"] == ["words"]
        assert join.input_schema["properties"]["words"] == {"type": "array", "items": {"type": "string"}}
        assert join.input_schema["properties"]["separator"]["default"] == " "
        assert join.output_schema is not None
        assert join.output_schema["type"] == "string"
