"""Variables: given, defaulted, missing, and secret."""

from __future__ import annotations

from typing import Any

import pytest

from ...errors import InvalidInputError
from ...executor import StepflowExecutor
from ._base import KitPart
from ._created_runs import stored
from ._documents import echo, failing, flow, step, variables

DECLARED = variables({"city": {"type": "string", "default": "Bern"}, "n": {"type": "integer"}}, "n")
ASKED = echo("kit", schemas=DECLARED, output=[{"$variable": "city"}, {"$variable": "n"}])
HUSHED = "correct horse battery staple"
HIDDEN = "[REDACTED]"


class Variables(KitPart):
    """Variables are validated when a run is made; what is secret is not shown."""

    async def test_variables_are_given_and_defaulted(self, executor: StepflowExecutor) -> None:
        """A declared default fills in for what is not given."""
        assert (await executor.run(ASKED, variables={"n": 1})).output == ["Bern", 1]
        assert (await executor.run(ASKED, variables={"n": 2, "city": "Basel"})).output == ["Basel", 2]

    async def test_variables_hold_for_every_item(self, executor: StepflowExecutor) -> None:
        """Of batches and submitted runs too."""
        batch = await executor.run_batch(ASKED, [1, 2], variables={"n": 3})
        assert [each.output for each in batch.results] == [["Bern", 3]] * 2
        run_id = await executor.submit(ASKED, variables={"n": 4})
        assert (await executor.get_result(run_id)).output == ["Bern", 4]

    async def test_variables_that_are_not_declared_are_accepted(self, executor: StepflowExecutor) -> None:
        """A flow may use them; without one it fails where it does."""
        asked = echo("kit", output={"$variable": "other.x"})
        assert (await executor.run(asked, variables={"other": {"x": [1]}})).output == [1]
        error = (await executor.run(asked)).error
        assert error is not None
        assert (error.code, error.message) == (1, "Undefined variable: other")

    @pytest.mark.parametrize(
        ("given", "pointers"),
        [(None, ["/n"]), ({"n": "1"}, ["/n"]), ({"n": 1.5, "city": 5}, ["/city", "/n"])],
        ids=repr,
    )
    async def test_variables_that_violate_their_schema_refuse_the_run(
        self, executor: StepflowExecutor, unique: str, given: dict[str, Any] | None, pointers: list[str]
    ) -> None:
        """A missing one too; every violation has its place, and no run is made."""
        flow_id = await stored(executor, {**ASKED, "name": unique})
        with pytest.raises(InvalidInputError) as caught:
            await executor.run(flow_id, variables=given)
        assert sorted({each["pointer"] for each in caught.value.details["errors"]}) == pointers
        for refused in (executor.submit(flow_id, variables=given), executor.create_run(flow_id, variables=given)):
            with pytest.raises(InvalidInputError):
                await refused
        with pytest.raises(InvalidInputError):
            await executor.run_batch(flow_id, [1], variables=given)
        assert (await executor.list_runs(flow_id=flow_id)).runs == []

    async def test_sub_runs_have_the_variables(self, executor: StepflowExecutor) -> None:
        """Those of the run that they are part of."""
        inner = {"$literal": echo("inner", output={"$variable": "v"})}
        asked = flow(step("a", "/builtin/eval", {"flow": inner, "input": None}))
        assert (await executor.run(asked, variables={"v": 7})).output["result"] == {"outcome": "success", "result": 7}

    async def test_a_secret_input_is_not_shown(self, executor: StepflowExecutor) -> None:
        """Run details and batches hide it by its place; the flow's output is the author's."""
        schema = {"type": "object", "properties": {"key": {"type": "string", "is_secret": True}}}
        asked = flow(step("a", input={"$input": "$"}), schemas={"input": schema})
        given = {"key": HUSHED, "n": 1}
        run_id = await executor.submit(asked, given)
        assert (await executor.get_result(run_id)).output == given
        assert (await executor.get_run(run_id)).inputs == [{"key": HIDDEN, "n": 1}]
        assert (await executor.get_step(run_id, "a")).input == {"key": HIDDEN, "n": 1}
        assert (await executor.run_batch(asked, [given])).run.inputs == [{"key": HIDDEN, "n": 1}]

    async def test_a_secret_variable_is_not_shown(self, executor: StepflowExecutor) -> None:
        """Neither in a step's input nor in the message of an error."""
        declared = variables({"key": {"type": "string", "is_secret": True}})
        shown = step("a", input={"key": {"$variable": "key"}, "n": 1})
        failed = failing({"$template": "Bearer {{ vars.key }}"}, after=["a"])
        asked = flow(shown, failed, schemas=declared)
        run_id = await executor.submit(asked, variables={"key": HUSHED})
        error = (await executor.get_result(run_id)).error
        assert error is not None
        assert HUSHED not in error.message
        assert error.message.startswith("Bearer ")
        assert (await executor.get_step(run_id, "a")).input == {"key": HIDDEN, "n": 1}
        assert HUSHED not in repr(await executor.get_run(run_id))

    async def test_a_secret_is_not_told_where_it_is_refused(self, executor: StepflowExecutor) -> None:
        """The error of a value that violates its schema does not show the value."""
        declared = variables({"key": {"type": "string", "maxLength": 5, "is_secret": True}})
        with pytest.raises(InvalidInputError) as caught:
            await executor.run(echo("kit", schemas=declared), variables={"key": HUSHED})
        assert HUSHED not in f"{caught.value} {caught.value.details}"
