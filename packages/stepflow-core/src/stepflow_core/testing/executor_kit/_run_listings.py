"""Runs as they are listed and shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ...errors import InvalidInputError, NotFoundError
from ...executor import StepflowExecutor
from ...runs import ExecutionStatus, RunSummary
from ._base import KitPart
from ._created_runs import stored
from ._documents import ECHO, NO_RUN, echo, failing, flow, step
from ._gates import Gate, reached

DAY = timedelta(days=1)


async def ended(executor: StepflowExecutor, tag: str, asked: dict[str, Any] = ECHO, count: int = 1) -> list[str]:
    """The ids of so many runs with a tag that have ended."""
    run_ids = [await executor.submit(asked, number, tags={"test": tag}) for number in range(count)]
    for each in run_ids:
        await executor.get_result(each)
    return run_ids


def ids(runs: list[RunSummary]) -> list[str]:
    """The runs in a fixed order, since runs of the same moment have none."""
    return sorted(each.run_id for each in runs)


class RunListings(KitPart):
    """Runs are listed newest first, by filters and in pages; each can be looked at."""

    async def test_a_run_shows_what_it_was_asked_for(self, executor: StepflowExecutor, unique: str) -> None:
        """Its flow, input, overrides, tags, times and counts."""
        overrides = {"a": {"value": {"input": {"x": 2}}}}
        asked = flow(step("a", input={"x": 1}), name=unique)
        run_id = await executor.submit(asked, {"n": 1}, overrides, tags={"team": unique})
        details = await executor.get_run(run_id, wait=True)
        assert (details.run_id, details.root_run_id, details.parent_run_id) == (run_id, run_id, None)
        assert (details.flow_name, details.status) == (unique, ExecutionStatus.COMPLETED)
        assert (details.inputs, details.overrides, details.tags) == ([{"n": 1}], overrides, {"team": unique})
        assert (details.items.total, details.items.completed, details.debug_mode) == (1, 1, False)
        assert details.completed_at is not None
        assert details.created_at <= details.completed_at
        assert details.created_at.utcoffset() == timedelta(0)

    async def test_a_run_that_goes_on_is_shown(self, executor: StepflowExecutor) -> None:
        """It is running, and so is its item."""
        async with Gate(executor) as gate:
            run_id = await executor.submit(gate.flow())
            await reached(executor, run_id)
            details = await executor.get_run(run_id)
        assert (details.status, details.completed_at) == (ExecutionStatus.RUNNING, None)
        assert (details.items.total, details.items.running) == (1, 1)

    async def test_a_run_has_its_flow(self, executor: StepflowExecutor, unique: str) -> None:
        """It can be read although the flow was not stored, that of a sub-run too."""
        inner = step("inner", "/builtin/eval", {"flow": {"$literal": echo(unique)}, "input": 1})
        run_id = await executor.submit(flow(inner))
        sub_run_id = (await executor.get_result(run_id)).output["run_id"]
        assert [each.id for each in (await executor.get_run_flow(run_id)).steps] == ["inner"]
        assert (await executor.get_run_flow(sub_run_id)).name == unique

    async def test_runs_are_listed_newest_first(self, executor: StepflowExecutor, unique: str) -> None:
        """All that fit the tag, as `get_run` shows them."""
        run_ids = await ended(executor, unique, count=4)
        runs = (await executor.list_runs(tags={"test": unique})).runs
        assert ids(runs) == sorted(run_ids)
        assert [each.created_at for each in runs] == sorted((each.created_at for each in runs), reverse=True)
        for each in runs:
            details = await executor.get_run(each.run_id)
            assert (each.flow_id, each.status, each.items) == (details.flow_id, details.status, details.items)

    async def test_runs_are_listed_in_pages(self, executor: StepflowExecutor, unique: str) -> None:
        """Following the cursors gives every run once, in the order of the whole listing."""
        await ended(executor, unique, count=5)
        whole = (await executor.list_runs(tags={"test": unique})).runs
        sizes, listed, cursor = list[int](), list[RunSummary](), None
        while not sizes or cursor is not None:
            page = await executor.list_runs(tags={"test": unique}, limit=2, cursor=cursor)
            sizes.append(len(page.runs))
            listed += page.runs
            cursor = page.next_cursor
        assert (sizes, listed) == ([2, 2, 1], whole)

    async def test_runs_are_listed_by_status(self, executor: StepflowExecutor, unique: str) -> None:
        """As a text or an `ExecutionStatus`."""
        [completed] = await ended(executor, unique)
        [failed] = await ended(executor, unique, flow(failing("no")))
        async with Gate(executor) as gate:
            running = await executor.submit(gate.flow(), tags={"test": unique})
            for status, run_id in (("completed", completed), ("failed", failed), ("running", running)):
                for given in (status, ExecutionStatus(status)):
                    listed = await executor.list_runs(status=given, tags={"test": unique})
                    assert ids(listed.runs) == [run_id]

    async def test_runs_are_listed_by_flow(self, executor: StepflowExecutor, unique: str) -> None:
        """By its name or its id."""
        flow_id = await stored(executor, echo(unique))
        run_ids = sorted([await executor.submit(unique, 1), await executor.submit(flow_id, 2)])
        assert ids((await executor.list_runs(flow_name=unique)).runs) == run_ids
        assert ids((await executor.list_runs(flow_id=flow_id)).runs) == run_ids
        assert (await executor.list_runs(flow_name=unique, status="failed")).runs == []

    async def test_runs_are_listed_by_all_of_the_tags(self, executor: StepflowExecutor, unique: str) -> None:
        """A run with other tags beside them is among them."""
        red = await executor.submit(ECHO, tags={"test": unique, "team": "red", "größe": "L/XL 50 %"})
        blue = await executor.submit(ECHO, tags={"test": unique, "team": "blue"})
        assert ids((await executor.list_runs(tags={"test": unique})).runs) == sorted([red, blue])
        assert ids((await executor.list_runs(tags={"test": unique, "team": "blue"})).runs) == [blue]
        assert ids((await executor.list_runs(tags={"test": unique, "größe": "L/XL 50 %"})).runs) == [red]
        assert (await executor.list_runs(tags={"test": unique, "team": "green"})).runs == []

    async def test_runs_are_listed_by_their_place_in_a_tree(self, executor: StepflowExecutor) -> None:
        """By root, by parent, roots only, and down to a depth."""
        inner = step("inner", "/builtin/eval", {"flow": {"$literal": ECHO}, "input": 1})
        root = await executor.submit(flow(inner))
        below = (await executor.get_result(root)).output["run_id"]
        assert ids((await executor.list_runs(root_run_id=root)).runs) == sorted([root, below])
        assert ids((await executor.list_runs(parent_run_id=root)).runs) == [below]
        assert ids((await executor.list_runs(root_run_id=root, roots_only=True)).runs) == [root]
        assert ids((await executor.list_runs(root_run_id=root, max_depth=0)).runs) == [root]
        assert ids((await executor.list_runs(root_run_id=root, max_depth=1)).runs) == sorted([root, below])
        sub_run = await executor.get_run(below)
        assert (sub_run.root_run_id, sub_run.parent_run_id) == (root, root)

    async def test_runs_are_listed_by_time(self, executor: StepflowExecutor, unique: str) -> None:
        """Those created after or before a moment."""
        [run_id] = await ended(executor, unique)
        now = (await executor.get_run(run_id)).created_at
        within = await executor.list_runs(tags={"test": unique}, created_after=now - DAY, created_before=now + DAY)
        assert ids(within.runs) == [run_id]
        assert (await executor.list_runs(tags={"test": unique}, created_after=now + DAY)).runs == []
        assert (await executor.list_runs(tags={"test": unique}, created_before=now - DAY)).runs == []

    @pytest.mark.parametrize(
        "asked", [{"status": "done"}, {"limit": 0}, {"limit": -1}, {"cursor": "no cursor"}], ids=repr
    )
    async def test_a_listing_of_runs_that_means_nothing_is_refused(
        self, executor: StepflowExecutor, asked: dict[str, Any]
    ) -> None:
        """An unknown status, a page of nothing, a cursor that no page gave."""
        with pytest.raises(InvalidInputError):
            await executor.list_runs(**asked)

    @pytest.mark.parametrize("run_id", [NO_RUN, "no id", "ä/b?c#d"], ids=repr)
    async def test_a_run_that_is_not_there_is_not_found(self, executor: StepflowExecutor, run_id: str) -> None:
        """Whatever is asked of it, also where the id cannot be one."""
        for get in (executor.get_result, executor.get_batch, executor.get_run):
            with pytest.raises(NotFoundError):
                await get(run_id)
        for list_of in (executor.get_run_items, executor.get_run_steps):
            with pytest.raises(NotFoundError):
                await list_of(run_id)
        with pytest.raises(NotFoundError):
            await executor.get_run_flow(run_id)
        with pytest.raises(NotFoundError):
            await executor.get_step(run_id, "a")
