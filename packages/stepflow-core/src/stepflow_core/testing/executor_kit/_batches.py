"""Batches: one flow, many inputs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from ...errors import ConflictError, InvalidInputError
from ...events import RunEvent
from ...executor import StepflowExecutor
from ...runs import ExecutionStatus, ItemResult
from ._base import KitPart
from ._created_runs import stored
from ._documents import ECHO, flow, step
from ._gates import PATIENCE, Gate, all_of, done_with, reached

ITEMS: dict[str, Callable[[], Iterable[Any]]] = {
    "a list": lambda: [0, 1, 2],
    "a tuple": lambda: (0, 1, 2),
    "a range": lambda: range(3),
    "a generator": lambda: (each for each in [0, 1, 2]),
    "an iterator": lambda: iter([0, 1, 2]),
}

UNEVEN = flow(step("a", input={"$input": "n"}, when={"$input": "run"}))
"""Succeeds, fails or is skipped, as its input says."""

ONE_OF_EACH: list[dict[str, Any]] = [{"n": 1, "run": True}, {"run": True}, {"n": 3, "run": False}, {"n": 4, "run": 1}]


class Batches(KitPart):
    """The items of a batch have results of their own, in the order of the inputs."""

    async def test_a_batch_may_have_no_inputs(self, executor: StepflowExecutor) -> None:
        """Or turn out to have none; it is completed at once."""
        flow_id = await stored(executor, flow(step("a")))
        nothing: list[Iterable[Any]] = [[], (), iter([])]
        for inputs in nothing:
            batch = await executor.run_batch(flow_id, inputs)
            assert (batch.results, batch.run.status, batch.run.items.total) == ([], ExecutionStatus.COMPLETED, 0)
        created = await executor.create_run(flow_id, [], batch=True)
        assert (created.item_count, created.status) == (0, ExecutionStatus.COMPLETED)
        with pytest.raises(InvalidInputError):
            await executor.create_run(flow_id, [])

    async def test_an_input_that_the_schema_refuses_fails_its_item(self, executor: StepflowExecutor) -> None:
        """Also where it is the only one; a run of one item is refused."""
        demanding = flow(step("a"), schemas={"input": {"type": "integer"}})
        flow_id = await stored(executor, demanding)
        for inputs in (["no"], [1, "no"]):
            results = (await executor.run_batch(demanding, inputs)).results
            assert [each.is_failed for each in results] == [each == "no" for each in inputs]
            assert results[-1].error is not None
            assert (results[-1].error.code, results[-1].error.kind) == (400, "invalid_input")
        batch = await executor.get_batch((await executor.create_run(flow_id, ["no"], batch=True)).run_id)
        assert [each.is_failed for each in batch.results] == [True]
        with pytest.raises(InvalidInputError):
            await executor.create_run(flow_id, ["no"])

    @pytest.mark.parametrize("make", ITEMS.values(), ids=ITEMS)
    async def test_inputs_are_any_iterable(self, executor: StepflowExecutor, make: Callable[[], Iterable[Any]]) -> None:
        """Lists, tuples, ranges and generators give one item per element."""
        batch = await executor.run_batch(ECHO, make())
        assert [each.output for each in batch.results] == [0, 1, 2]
        assert (batch.run.items.total, batch.run.items.completed) == (3, 3)
        run_id = await executor.submit_batch(ECHO, make())
        assert [each.output for each in (await executor.get_batch(run_id)).results] == [0, 1, 2]

    async def test_results_are_in_input_order(self, executor: StepflowExecutor) -> None:
        """What ends first does not come first: here the last item does."""
        async with AsyncExitStack() as stack:
            gates = [await stack.enter_async_context(Gate(executor)) for _ in range(4)]
            waiting = step("a", "/kit/gate", {"$input": "$"})
            inputs = [{"blob_id": gate.blob_id, "value": number} for number, gate in enumerate(gates)]
            run_id = await executor.submit_batch(flow(waiting), inputs)
            ended = executor.events(run_id, event_types=["item_completed"])
            order = [await _item_after(gate, ended) for gate in reversed(gates)]
            await done_with(ended)
        assert order == [3, 2, 1, 0]
        assert [each.output for each in (await executor.get_batch(run_id)).results] == [0, 1, 2, 3]

    async def test_an_item_that_fails_leaves_the_others_alone(self, executor: StepflowExecutor) -> None:
        """Every other item has its result; the run has failed."""
        batch = await executor.run_batch(UNEVEN, ONE_OF_EACH)
        assert [str(each.status) for each in batch.results] == ["success", "failed", "skipped", "success"]
        counts = batch.run.items
        assert (counts.total, counts.completed, counts.failed, counts.skipped) == (4, 2, 1, 1)
        assert batch.run.status is ExecutionStatus.FAILED

    async def test_an_input_that_violates_its_schema_fails_alone(self, executor: StepflowExecutor) -> None:
        """Its item has the code 400 and every violation; the others run."""
        checked = {**ECHO, "schemas": {"input": {"type": "integer"}}}
        batch = await executor.run_batch(checked, [1, "two", 3])
        assert [each.output for each in batch.results] == [1, None, 3]
        error = batch.results[1].error
        assert error is not None
        assert (error.code, error.kind) == (400, "invalid_input")
        assert [each["pointer"] for each in error.data["errors"]] == [""]

    async def test_no_more_items_are_in_flight_than_allowed(self, executor: StepflowExecutor) -> None:
        """With `max_concurrency` the items beyond it are pending until others have ended."""
        async with Gate(executor) as gate:
            run_id = await executor.submit_batch(gate.flow(), list(range(7)), max_concurrency=3)
            await reached(executor, run_id, 3)
            counts = (await executor.get_run(run_id)).items
            await gate.open()
            batch = await executor.get_batch(run_id)
        assert (counts.total, counts.running, counts.pending) == (7, 3, 4)
        assert len(batch.results) == 7
        assert _most_in_flight(await all_of(executor.events(run_id))) == 3

    async def test_one_at_a_time_is_in_input_order(self, executor: StepflowExecutor) -> None:
        """With a `max_concurrency` of 1 each item ends before the next begins."""
        batch = await executor.run_batch(flow(step("a")), range(10), max_concurrency=1)
        events = await all_of(executor.events(batch.run.run_id, event_types=["step_started", "item_completed"]))
        assert [each.item_index for each in events] == [number // 2 for number in range(20)]

    async def test_on_item_is_told_of_every_item(self, executor: StepflowExecutor) -> None:
        """It is called once per item, with its index, status and result."""
        seen: list[ItemResult] = []
        batch = await executor.run_batch(UNEVEN, ONE_OF_EACH, on_item=seen.append)
        seen.sort(key=lambda each: each.index)
        assert [each.index for each in seen] == [each.item_index for each in seen] == [0, 1, 2, 3]
        assert [str(each.status) for each in seen] == ["completed", "failed", "skipped", "completed"]
        assert [each.result for each in seen] == batch.results

    async def test_on_item_is_told_as_items_end(self, executor: StepflowExecutor) -> None:
        """What ended is told of while other items go on."""
        loop, told, seen = asyncio.get_running_loop(), asyncio.Event(), list[int]()

        def on_item(item: ItemResult) -> None:
            seen.append(item.index)
            loop.call_soon_threadsafe(told.set)

        async with Gate(executor) as gate:
            gated = {"$if": {"$input": "$"}, "then": {"$step": "wait"}}
            asked = {**gate.flow(), "output": gated}
            batch = asyncio.create_task(executor.run_batch(asked, [True, False], on_item=on_item))
            await asyncio.wait_for(told.wait(), PATIENCE)
            so_far = list(seen)
        await batch
        assert (so_far, seen) == ([1], [1, 0])

    async def test_a_batch_of_one_is_a_run_of_one_item(self, executor: StepflowExecutor) -> None:
        """`get_result` and `get_batch` both have its result."""
        run_id = await executor.submit_batch(ECHO, [[1]])
        assert (await executor.get_result(run_id)).output == [1]
        assert [each.output for each in (await executor.get_batch(run_id)).results] == [[1]]

    async def test_a_run_of_one_item_can_be_read_as_a_batch(self, executor: StepflowExecutor) -> None:
        """`get_batch` gives the details and the only result."""
        run_id = await executor.submit(ECHO, {"n": 1}, tags={"kind": "single"})
        batch = await executor.get_batch(run_id)
        assert (batch.run.run_id, batch.run.inputs, batch.run.tags) == (run_id, [{"n": 1}], {"kind": "single"})
        assert [each.output for each in batch.results] == [{"n": 1}]

    async def test_the_result_of_a_batch_is_not_that_of_one_item(self, executor: StepflowExecutor) -> None:
        """`get_result` refuses a run of several items and says what to use."""
        run_id = await executor.submit_batch(ECHO, [1, 2])
        with pytest.raises(ConflictError, match="get_batch"):
            await executor.get_result(run_id)

    async def test_a_batch_shows_its_inputs(self, executor: StepflowExecutor) -> None:
        """The details have one input per item, an array as one of them too."""
        batch = await executor.run_batch(ECHO, [1, [2], {"n": 3}, None])
        assert batch.run.inputs == [1, [2], {"n": 3}, None]
        assert [each.output for each in batch.results] == [1, [2], {"n": 3}, None]

    async def test_a_large_batch_has_all_its_results(self, executor: StepflowExecutor) -> None:
        """A thousand items are a thousand results, in order."""
        batch = await executor.run_batch(flow(step("a", input={"$input": "$"})), range(1000), max_concurrency=50)
        assert [each.output for each in batch.results] == list(range(1000))
        assert len((await executor.get_run_items(batch.run.run_id)).items) == 1000

    @pytest.mark.parametrize("limit", [0, -1])
    async def test_a_limit_that_means_nothing_is_refused(self, executor: StepflowExecutor, limit: int) -> None:
        """`max_concurrency` is at least 1."""
        for member in (executor.run_batch, executor.submit_batch):
            with pytest.raises(InvalidInputError):
                await member(ECHO, [1], max_concurrency=limit)


async def _item_after(gate: Gate, ended: AsyncIterator[RunEvent]) -> int | None:
    """The item that ends once the gate is open."""
    await gate.open()
    return (await anext(ended)).item_index


def _most_in_flight(events: list[RunEvent]) -> int:
    """How many items had a step that had started while they had not ended."""
    live: set[int | None] = set()
    most = 0
    for event in events:
        if event.event == "step_started":
            live.add(event.item_index)
        elif event.event == "item_completed":
            live.discard(event.item_index)
        most = max(most, len(live))
    return most
