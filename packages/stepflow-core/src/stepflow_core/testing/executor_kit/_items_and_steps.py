"""The items and steps of a run as they are listed and shown."""

from __future__ import annotations

from typing import Any

import pytest

from ...errors import InvalidInputError, NotFoundError
from ...executor import StepflowExecutor
from ...runs import ExecutionStatus, ItemResult, StepRun, StepStatus
from ._base import KitPart
from ._documents import ECHO, failing, flow, step
from ._gates import Gate, reached

CHAIN = flow(
    step("first", input={"n": {"$input": "$"}}),
    step("unused"),
    step("second", "/kit/join", {"words": ["a", "b"]}, after=["first"]),
    output=[{"$step": "first"}, {"$step": "second"}],
)


async def run_of(executor: StepflowExecutor, asked: dict[str, Any], value: Any = None) -> str:
    """The id of a run that has ended."""
    run_id = await executor.submit(asked, value)
    await executor.get_result(run_id)
    return run_id


def states(steps: list[StepRun]) -> dict[str, str]:
    """The status of each step."""
    return {each.step_id: each.status.value for each in steps}


class ItemsAndSteps(KitPart):
    """Items in input order, steps in document order; each step with its input and why it is where it is."""

    async def test_items_are_listed_in_input_order(self, executor: StepflowExecutor) -> None:
        """With their results and the time at which they ended."""
        batch = await executor.run_batch(ECHO, ["a", "b", "c"])
        listed = await executor.get_run_items(batch.run.run_id)
        assert (listed.item_count, listed.next_cursor) == (3, None)
        assert [each.index for each in listed.items] == [each.item_index for each in listed.items] == [0, 1, 2]
        assert [each.result for each in listed.items] == batch.results
        assert all(each.completed_at is not None for each in listed.items)

    async def test_items_are_listed_by_status(self, executor: StepflowExecutor) -> None:
        """Those that go on and those that have not begun too; the count is that of the run."""
        async with Gate(executor) as gate:
            gated = {"$if": {"$input": "$"}, "then": {"$step": "wait"}, "else": {"$step": "broken"}}
            asked = flow(gate.step(), failing("no"), output=gated)
            run_id = await executor.submit_batch(asked, [False, True, True], max_concurrency=1)
            await reached(executor, run_id)
            found = {
                status: await executor.get_run_items(run_id, status=status)
                for status in ("failed", ExecutionStatus.RUNNING, "pending", "completed")
            }
        assert [[each.index for each in listed.items] for listed in found.values()] == [[0], [1], [2], []]
        assert {listed.item_count for listed in found.values()} == {3}

    async def test_items_are_listed_in_pages(self, executor: StepflowExecutor) -> None:
        """Following the cursors gives every item once."""
        run_id = (await executor.run_batch(ECHO, range(5))).run.run_id
        sizes, listed, cursor = list[int](), list[ItemResult](), None
        while not sizes or cursor is not None:
            page = await executor.get_run_items(run_id, limit=2, cursor=cursor)
            sizes.append(len(page.items))
            listed += page.items
            cursor = page.next_cursor
        assert (sizes, listed) == ([2, 2, 1], (await executor.get_run_items(run_id)).items)

    async def test_steps_are_listed_in_document_order(self, executor: StepflowExecutor) -> None:
        """With component, status, attempt, result and times; those that nothing needs too."""
        run_id = await run_of(executor, CHAIN, 1)
        steps = (await executor.get_run_steps(run_id)).steps
        assert [each.step_index for each in steps] == [0, 1, 2]
        assert states(steps) == {"first": "completed", "unused": "unneeded", "second": "completed"}
        assert [each.address for each in steps] == ["first", "unused", "second"]
        assert [each.component for each in steps] == ["/builtin/noop", "/builtin/noop", "/kit/join"]
        assert [each.attempt for each in steps] == [1, 0, 1]
        assert [each.result and each.result.output for each in steps] == [{"n": 1}, None, "a b"]
        for each in (steps[0], steps[2]):
            assert each.started_at is not None
            assert each.completed_at is not None
            assert each.started_at <= each.completed_at

    async def test_steps_are_listed_by_item_and_status(self, executor: StepflowExecutor) -> None:
        """Of one item, in one state, or both."""
        run_id = (await executor.run_batch(CHAIN, [1, 2])).run.run_id
        of_item = (await executor.get_run_steps(run_id, item_index=1)).steps
        assert [(each.item_index, each.step_id) for each in of_item] == [(1, "first"), (1, "unused"), (1, "second")]
        unneeded = (await executor.get_run_steps(run_id, status=StepStatus.UNNEEDED)).steps
        assert [(each.item_index, each.step_id) for each in unneeded] == [(0, "unused"), (1, "unused")]
        both = (await executor.get_run_steps(run_id, item_index=0, status="completed")).steps
        assert [each.step_id for each in both] == ["first", "second"]

    async def test_steps_are_listed_in_pages(self, executor: StepflowExecutor) -> None:
        """Following the cursors gives every step of every item once."""
        run_id = (await executor.run_batch(CHAIN, [1, 2, 3])).run.run_id
        sizes, listed, cursor = list[int](), list[StepRun](), None
        while not sizes or cursor is not None:
            page = await executor.get_run_steps(run_id, limit=4, cursor=cursor)
            sizes.append(len(page.steps))
            listed += page.steps
            cursor = page.next_cursor
        assert (sizes, listed) == ([4, 4, 1], (await executor.get_run_steps(run_id)).steps)

    async def test_a_listing_of_a_run_that_means_nothing_is_refused(self, executor: StepflowExecutor) -> None:
        """An unknown status, a page of nothing, a cursor that no page gave."""
        run_id = await run_of(executor, ECHO)
        options: list[dict[str, Any]] = [{"status": "done"}, {"limit": 0}, {"cursor": "no cursor"}]
        for each in options:
            for member in (executor.get_run_items, executor.get_run_steps):
                with pytest.raises(InvalidInputError):
                    await member(run_id, **each)

    async def test_a_step_says_why_it_does_not_run(self, executor: StepflowExecutor) -> None:
        """It waits for another, or nothing needs it; one that runs gives no reason."""
        async with Gate(executor) as gate:
            asked = flow(gate.step("bake"), step("unused"), step("cool", input={"$step": "bake"}))
            run_id = await executor.submit(asked)
            await reached(executor, run_id)
            steps = {each.step_id: each for each in (await executor.get_run_steps(run_id)).steps}
            cool = await executor.get_step(run_id, "cool")
        assert states(list(steps.values())) == {"bake": "running", "unused": "unneeded", "cool": "blocked"}
        assert steps["bake"].reason is None
        assert "bake" in (steps["cool"].reason or "")
        assert steps["unused"].reason
        assert cool.reason == steps["cool"].reason

    async def test_a_step_says_why_it_was_skipped(self, executor: StepflowExecutor) -> None:
        """Its own condition, or the step that it takes from."""
        asked = flow(step("a", when=False), step("b", input={"$step": "a"}))
        run_id = await run_of(executor, asked)
        steps = (await executor.get_run_steps(run_id)).steps
        assert states(steps) == {"a": "skipped", "b": "skipped"}
        assert steps[0].reason
        assert "a" in (steps[1].reason or "").split("'")

    async def test_a_step_is_shown_with_its_input(self, executor: StepflowExecutor) -> None:
        """The value of its input expression, while it runs and afterwards."""
        value = {"x": {"$input": "x"}, "y": [{"$step": "first"}]}
        async with Gate(executor) as gate:
            asked = flow(step("first", input=[1, {"$input": "x"}]), gate.step(value=value))
            run_id = await executor.submit(asked, {"x": "ä"})
            await reached(executor, run_id)
            running = await executor.get_step(run_id, "wait")
        await executor.get_result(run_id)
        ended = await executor.get_step(run_id, "wait")
        given = {"blob_id": gate.blob_id, "value": {"x": "ä", "y": [[1, "ä"]]}}
        assert (running.status, running.input, running.result) == (StepStatus.RUNNING, given, None)
        assert (ended.status, ended.input) == (StepStatus.COMPLETED, given)
        assert ended.result is not None
        assert ended.result.output == given["value"]

    async def test_a_step_of_any_item_is_shown(self, executor: StepflowExecutor) -> None:
        """The first where no item is named."""
        run_id = (await executor.run_batch(CHAIN, ["x", "y"])).run.run_id
        assert (await executor.get_step(run_id, "first")).input == {"n": "x"}
        assert (await executor.get_step(run_id, "first", item_index=1)).input == {"n": "y"}

    async def test_every_attempt_of_a_step_is_shown(self, executor: StepflowExecutor) -> None:
        """Each with its number and failure; the last where no attempt is named."""
        retry = {"maxRetries": 2, "on": ["any"], "backoff": {"type": "constant", "initial": 0, "jitter": 0}}
        run_id = await run_of(executor, flow(failing("again", retry=retry)))
        for attempt in (1, 2, 3):
            shown = await executor.get_step(run_id, "broken", attempt=attempt)
            assert (shown.attempt, shown.status) == (attempt, StepStatus.FAILED)
            assert shown.result is not None
            assert shown.result.error is not None
            assert shown.result.error.message == "again"
        assert (await executor.get_step(run_id, "broken")).attempt == 3
        with pytest.raises(NotFoundError):
            await executor.get_step(run_id, "broken", attempt=4)

    async def test_steps_of_flows_inside_are_shown(self, executor: StepflowExecutor) -> None:
        """Those of `call` belong to the run, under the address of the step that calls."""
        inner = {"$literal": flow(step("deep", input={"$input": "$"}))}
        run_id = await run_of(executor, flow(step("outer", "/builtin/call", {"flow": inner, "input": 7})))
        addresses = [each.address for each in (await executor.get_run_steps(run_id)).steps]
        assert sorted(addresses) == ["outer", "outer/deep"]
        assert (await executor.get_step(run_id, "outer/deep")).input == 7

    async def test_a_step_that_is_not_there_is_not_found(self, executor: StepflowExecutor) -> None:
        """An unknown address or item."""
        run_id = await run_of(executor, CHAIN)
        for address, item in (("third", 0), ("first/x", 0), ("%66irst", 0), ("first", 1)):
            with pytest.raises(NotFoundError):
                await executor.get_step(run_id, address, item_index=item)
