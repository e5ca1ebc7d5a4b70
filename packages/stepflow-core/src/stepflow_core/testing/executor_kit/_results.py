"""What a run comes to."""

from __future__ import annotations

import asyncio

from ...executor import StepflowExecutor
from ...results import FlowResult
from ._base import KitPart
from ._documents import ECHO, failing, flow, step


class Results(KitPart):
    """Successes, failures and skips are results, not exceptions."""

    async def test_a_success_has_the_output(self, executor: StepflowExecutor) -> None:
        """A run that succeeds has its output and neither an error nor a reason."""
        assert await executor.run(ECHO, {"n": 1}) == FlowResult.success({"n": 1})

    async def test_an_output_of_null_is_a_success(self, executor: StepflowExecutor) -> None:
        """A flow without an output succeeds with null."""
        assert await executor.run({"name": "nothing"}) == FlowResult.success(None)

    async def test_an_expression_that_fails_is_a_result(self, executor: StepflowExecutor) -> None:
        """A path that leads nowhere fails the run with code 1 and says which."""
        result = await executor.run({**ECHO, "output": {"$input": "a.b"}}, {"a": {}})
        assert result.is_failed
        assert result.error is not None
        assert (result.error.code, result.error.message) == (1, "Input path $.a.b not found")

    async def test_a_component_that_raises_is_a_result(self, executor: StepflowExecutor) -> None:
        """The failure has code 500, the exception's text as its message, and says what failed."""
        error = (await executor.run(flow(failing("no such luck")))).error
        assert error is not None
        assert (error.code, error.message) == (500, "no such luck")
        assert error.data["kind"] == "exception"
        assert error.data["component"] == "/kit/fail"
        assert error.data["type"] == "ValueError"

    async def test_an_input_that_a_component_refuses_is_a_result(self, executor: StepflowExecutor) -> None:
        """The failure says where in the step's input the fault is."""
        error = (await executor.run(flow(step("a", "/kit/join", {"words": ["x", 1]})))).error
        assert error is not None
        assert (error.code, error.kind) == (500, "invalid_input")
        assert error.data["pointer"] == "/words/1"

    async def test_a_failure_reaches_the_output_unchanged(self, executor: StepflowExecutor) -> None:
        """Steps that depend on a failed one fail with its error."""
        result = await executor.run(flow(failing("first"), step("after", input={"$step": "broken"})))
        assert result.error is not None
        assert result.error.message == "first"

    async def test_a_component_that_is_not_there_is_a_result(self, executor: StepflowExecutor) -> None:
        """A step whose component is found nowhere fails with kind `not_found`."""
        result = await executor.run(flow(step("a", "/builtin/no_such_component")))
        assert result.error is not None
        assert result.error.kind == "not_found"

    async def test_a_skipped_output_is_a_result(self, executor: StepflowExecutor) -> None:
        """A flow whose output is skipped says which step was."""
        result = await executor.run(flow(step("bake", when=False)))
        assert result.is_skipped
        assert "bake" in (result.skipped_reason or "")

    async def test_submit_and_get_result_give_what_run_gives(self, executor: StepflowExecutor) -> None:
        """Starting and waiting apart come to the same results."""
        flows = [ECHO, flow(failing("no")), flow(step("a", when=False))]
        at_once = [await executor.run(each, [1]) for each in flows]
        run_ids = [await executor.submit(each, [1]) for each in flows]
        assert [await executor.get_result(each) for each in run_ids] == at_once

    async def test_a_result_can_be_asked_for_again(self, executor: StepflowExecutor) -> None:
        """A result stays, and what one caller does to it does not show in the next answer."""
        run_id = await executor.submit(ECHO, {"n": [1]})
        (await executor.get_result(run_id)).output["n"].append(2)
        assert (await executor.get_result(run_id)).output == {"n": [1]}

    async def test_an_output_belongs_to_its_caller(self, executor: StepflowExecutor) -> None:
        """What is done to the output of one run does not show in another."""
        (await executor.run(ECHO, {"n": [1]})).output["n"].append(2)
        assert (await executor.run(ECHO, {"n": [1]})).output == {"n": [1]}

    async def test_an_input_belongs_to_its_run(self, executor: StepflowExecutor) -> None:
        """What is done to an input once the run has begun changes nothing."""
        value = {"n": [1]}
        run_id = await executor.submit(ECHO, value)
        value["n"].append(2)
        assert (await executor.get_result(run_id)).output == {"n": [1]}

    async def test_a_hundred_runs_at_once_do_not_mix(self, executor: StepflowExecutor) -> None:
        """Each of many runs at the same time has its own input and result."""
        doubled = flow(step("a", input={"$input": "$"}), step("b", "/builtin/noop", {"$expr": "steps.a * 2"}))
        results = await asyncio.gather(*(executor.run(doubled, number) for number in range(100)))
        assert [each.output for each in results] == [2 * number for number in range(100)]
