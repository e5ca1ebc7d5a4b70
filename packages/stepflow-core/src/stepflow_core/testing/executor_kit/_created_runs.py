"""`create_run`: runs of stored flows."""

from __future__ import annotations

from typing import Any

import pytest

from ...errors import InvalidInputError, NotFoundError
from ...executor import StepflowExecutor
from ...results import FlowResult
from ...runs import ExecutionStatus
from ._base import KitPart
from ._documents import NO_ID, echo, flow, step
from ._gates import Gate


class CreatedRuns(KitPart):
    """A stored flow is run by its id or name; a list is a batch."""

    async def test_a_flow_is_run_by_its_id(self, executor: StepflowExecutor, unique: str) -> None:
        """The answer has the result of the only item."""
        created = await executor.create_run(await stored(executor, echo(unique)), {"n": 1})
        assert (created.status, created.item_count, created.debug) == (ExecutionStatus.COMPLETED, 1, False)
        assert created.result == FlowResult.success({"n": 1})

    async def test_a_flow_is_run_by_its_name(self, executor: StepflowExecutor, unique: str) -> None:
        """The run is one of the flow that the name stands for."""
        flow_id = await stored(executor, echo(unique))
        created = await executor.create_run(flow_name=unique, input="x")
        assert created.result == FlowResult.success("x")
        details = await executor.get_run(created.run_id)
        assert (details.flow_id, details.flow_name) == (flow_id, unique)

    async def test_a_list_is_a_batch(self, executor: StepflowExecutor, unique: str) -> None:
        """One item per element, whose results are in the items."""
        created = await executor.create_run(await stored(executor, echo(unique)), [1, [2], None], max_concurrency=1)
        assert (created.item_count, created.result) == (3, None)
        items = (await executor.get_run_items(created.run_id)).items
        assert [each.result for each in items] == [FlowResult.success(each) for each in (1, [2], None)]

    async def test_a_list_of_one_is_a_run_of_one_item(self, executor: StepflowExecutor, unique: str) -> None:
        """To run one item on an array, it is put into a list."""
        created = await executor.create_run(await stored(executor, echo(unique)), [[1, 2]])
        assert (created.item_count, created.result) == (1, FlowResult.success([1, 2]))

    async def test_no_input_is_null(self, executor: StepflowExecutor, unique: str) -> None:
        """Without an input the only item has null."""
        created = await executor.create_run(await stored(executor, echo(unique)))
        assert (created.item_count, created.result) == (1, FlowResult.success(None))

    async def test_a_failure_is_a_result(self, executor: StepflowExecutor, unique: str) -> None:
        """The status says so, and the answer has the error."""
        created = await executor.create_run(await stored(executor, echo(unique, output={"$input": "x"})), {})
        assert created.status is ExecutionStatus.FAILED
        assert created.result is not None
        assert created.result.is_failed

    async def test_the_answer_need_not_wait(self, executor: StepflowExecutor, unique: str) -> None:
        """Without `wait`, or when the time is up, the run goes on and has no result yet."""
        async with Gate(executor) as gate:
            flow_id = await stored(executor, gate.flow(name=unique))
            options: list[dict[str, Any]] = [{"wait": False}, {"timeout_secs": 0}]
            runs = [await executor.create_run(flow_id, **each) for each in options]
        assert [(each.status, each.result) for each in runs] == [(ExecutionStatus.RUNNING, None)] * 2
        assert [(await executor.get_result(each.run_id)).output for each in runs] == ["done", "done"]

    async def test_the_options_of_a_run_hold(self, executor: StepflowExecutor, unique: str) -> None:
        """Overrides, variables, tags and durability are those of the run."""
        asked = flow(step("a", input={"x": {"$variable": "v", "default": 0}}), name=unique)
        created = await executor.create_run(
            await stored(executor, asked),
            overrides={"a": {"value": {"input": {"y": 2}}}},
            variables={"v": 1},
            tags={"team": unique},
            durability="run",
        )
        assert created.result == FlowResult.success({"x": 1, "y": 2})
        assert (await executor.get_run(created.run_id)).tags == {"team": unique}

    @pytest.mark.parametrize("given", [{}, {"flow_id": NO_ID, "flow_name": "echo"}], ids=["neither", "both"])
    async def test_the_flow_is_named_in_one_way(self, executor: StepflowExecutor, given: dict[str, Any]) -> None:
        """Either its id or its name is given."""
        with pytest.raises(InvalidInputError):
            await executor.create_run(**given)

    async def test_a_flow_that_is_not_stored_is_not_found(self, executor: StepflowExecutor, unique: str) -> None:
        """Neither by an id nor by a name; a file is not read."""
        with pytest.raises(NotFoundError):
            await executor.create_run(NO_ID)
        for name in (unique, f"{unique}@1", f"{unique}.yaml"):
            with pytest.raises(NotFoundError):
                await executor.create_run(flow_name=name)

    async def test_a_request_that_means_nothing_is_refused(self, executor: StepflowExecutor, unique: str) -> None:
        """No items, no room for any, or a time that is none."""
        flow_id = await stored(executor, echo(unique))
        options: list[dict[str, Any]] = [{"input": []}, {"max_concurrency": 0}, {"timeout_secs": -1}]
        for each in options:
            with pytest.raises(InvalidInputError):
                await executor.create_run(flow_id, **each)


async def stored(executor: StepflowExecutor, document: dict[str, Any]) -> str:
    """The id of a flow that is stored now."""
    answer = await executor.store_flow(document)
    assert answer.stored
    assert answer.flow_id is not None
    return answer.flow_id
