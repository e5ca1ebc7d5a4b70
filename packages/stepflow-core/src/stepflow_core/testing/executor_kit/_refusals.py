"""What keeps a run from being made is raised, by the same types everywhere."""

from __future__ import annotations

from typing import Any

import pytest

from ...errors import ConflictError, FlowLoadError, InvalidInputError, NotFoundError, RunTimeoutError, StepflowError
from ...executor import StepflowExecutor
from ._base import KitPart
from ._created_runs import stored
from ._documents import ECHO, FAULTY, NO_ID, NO_RUN, echo
from ._gates import Gate

CHECKED = echo(
    "kit",
    schemas={
        "input": {
            "type": "object",
            "required": ["n"],
            "properties": {"n": {"type": "integer"}, "rows": {"items": {"type": "string"}}},
        }
    },
)


class Refusals(KitPart):
    """Every refusal is a `StepflowError` with a message, a status and what there is to know."""

    @pytest.mark.parametrize(
        ("given", "pointers"),
        [({"n": 1.5}, ["/n"]), ({}, [""]), (5, [""]), ({"rows": ["a", 1, None]}, ["", "/rows/1", "/rows/2"])],
        ids=repr,
    )
    async def test_an_input_that_violates_its_schema_refuses_the_run(
        self, executor: StepflowExecutor, unique: str, given: Any, pointers: list[str]
    ) -> None:
        """A run of one item is not made; every violation is told with its place in the input."""
        flow_id = await stored(executor, {**CHECKED, "name": unique})
        with pytest.raises(InvalidInputError) as caught:
            await executor.run(flow_id, given)
        assert sorted({each["pointer"] for each in caught.value.details["errors"]}) == pointers
        assert all(each["message"] for each in caught.value.details["errors"])
        for refused in (executor.submit(flow_id, given), executor.create_run(flow_id, given)):
            with pytest.raises(InvalidInputError):
                await refused
        assert (await executor.list_runs(flow_id=flow_id)).runs == []

    async def test_refusals_have_their_status(self, executor: StepflowExecutor) -> None:
        """That of HTTP, wherever they come from; the message is a text for people."""
        async with Gate(executor) as gate:
            run_id = await executor.submit(gate.flow())
            refused = [
                (executor.run(FAULTY), FlowLoadError, {400}),
                (executor.run(CHECKED, 5), InvalidInputError, {400, 422}),
                (executor.get_run(NO_RUN), NotFoundError, {404}),
                (executor.get_flow(NO_ID), NotFoundError, {404}),
                (executor.delete_run(run_id), ConflictError, {409}),
                (executor.get_result(run_id, timeout=0), RunTimeoutError, {408}),
            ]
            for call, kind, statuses in refused:
                with pytest.raises(StepflowError) as caught:
                    await call
                assert isinstance(caught.value, kind)
                assert caught.value.status_code in statuses
                assert str(caught.value) == caught.value.message != ""

    async def test_a_schema_that_refers_outside_is_refused(self, executor: StepflowExecutor) -> None:
        """It is not fetched, and the flow is not run."""
        for reference in ("http://127.0.0.1:9/schema.json", "file:///etc/hostname"):
            with pytest.raises(FlowLoadError) as caught:
                await executor.run({**ECHO, "schemas": {"input": {"$ref": reference}}}, 1)
            assert {each.code for each in caught.value.diagnostics} == {2002}

    async def test_an_executor_goes_on_after_a_refusal(self, executor: StepflowExecutor) -> None:
        """What was refused leaves nothing behind."""
        for source in (FAULTY, CHECKED, NO_ID):
            with pytest.raises(StepflowError):
                await executor.run(source, 5)
        assert (await executor.run(ECHO, 1)).output == 1
