"""Ending runs before they have ended, and forgetting them."""

from __future__ import annotations

import pytest

from ...errors import ConflictError, NotFoundError
from ...executor import StepflowExecutor
from ...runs import ExecutionStatus
from ._base import KitPart
from ._documents import ECHO, NO_RUN, flow, step
from ._gates import PATIENCE, Gate, all_of, reached


class Cancelling(KitPart):
    """A run is cancelled when the call returns; a run that has ended can be deleted."""

    async def test_a_run_that_goes_on_is_cancelled_at_once(self, executor: StepflowExecutor) -> None:
        """The answer shows it as cancelled, and its result is a failure with code 499."""
        async with Gate(executor) as gate:
            run_id = await executor.submit(gate.flow())
            await reached(executor, run_id)
            summary = await executor.cancel_run(run_id, "no longer needed")
            assert (summary.run_id, summary.status, summary.items.cancelled) == (run_id, ExecutionStatus.CANCELLED, 1)
            assert summary.completed_at is not None
            result = await executor.get_result(run_id, timeout=PATIENCE)
        assert result.error is not None
        assert result.error.code == 499

    async def test_nothing_starts_any_more(self, executor: StepflowExecutor) -> None:
        """What follows the step that was running never runs."""
        async with Gate(executor) as gate:
            asked = flow(gate.step("a"), step("b", input={"$step": "a"}))
            run_id = await executor.submit(asked)
            await reached(executor, run_id)
            await executor.cancel_run(run_id)
        events = await all_of(executor.events(run_id))
        assert [each.step_id for each in events if each.event == "step_started"] == ["a"]
        assert (events[-1].event, events[-1].status) == ("run_completed", "cancelled")

    async def test_items_that_had_ended_keep_their_results(self, executor: StepflowExecutor) -> None:
        """The others are cancelled, those that had not begun too."""
        async with Gate(executor) as gate:
            gated = {"$if": {"$input": "wait"}, "then": {"$step": "wait"}, "else": "at once"}
            asked = {**gate.flow(), "output": gated}
            inputs = [{"wait": False}, {"wait": True}, {"wait": True}]
            run_id = await executor.submit_batch(asked, inputs, max_concurrency=1)
            await reached(executor, run_id)
            await executor.cancel_run(run_id)
            batch = await executor.get_batch(run_id, timeout=PATIENCE)
        assert [each.output for each in batch.results] == ["at once", None, None]
        assert [each.error and each.error.code for each in batch.results] == [None, 499, 499]
        assert (batch.run.status, batch.run.items.completed) == (ExecutionStatus.CANCELLED, 1)

    async def test_sub_runs_go_with_their_run(self, executor: StepflowExecutor) -> None:
        """A run inside a cancelled one is cancelled too."""
        async with Gate(executor) as gate:
            inner = step("inner", "/builtin/eval", {"flow": {"$literal": gate.flow()}, "input": None})
            run_id = await executor.submit(flow(inner))
            await reached(executor, run_id)
            await executor.cancel_run(run_id)
        [sub_run] = (await executor.list_runs(parent_run_id=run_id)).runs
        assert sub_run.status is ExecutionStatus.CANCELLED

    async def test_a_run_that_has_ended_is_not_cancelled(self, executor: StepflowExecutor) -> None:
        """Neither one that completed nor one that was cancelled before; both stay as they are."""
        run_id = await executor.submit(ECHO, 1)
        await executor.get_result(run_id)
        async with Gate(executor) as gate:
            cancelled = await executor.submit(gate.flow())
            await executor.cancel_run(cancelled)
        for ended in (run_id, cancelled):
            with pytest.raises(ConflictError):
                await executor.cancel_run(ended)
        assert (await executor.get_result(run_id)).output == 1

    async def test_a_deleted_run_is_forgotten(self, executor: StepflowExecutor, unique: str) -> None:
        """With its sub-runs and with what it was listed by."""
        inner = step("inner", "/builtin/eval", {"flow": {"$literal": ECHO}, "input": 1})
        run_id = await executor.submit(flow(inner), tags={"test": unique})
        sub_run_id = (await executor.get_result(run_id)).output["run_id"]
        await executor.delete_run(run_id)
        for each in (run_id, sub_run_id):
            with pytest.raises(NotFoundError):
                await executor.get_run(each)
        assert (await executor.list_runs(tags={"test": unique})).runs == []

    async def test_a_run_that_goes_on_is_not_deleted(self, executor: StepflowExecutor) -> None:
        """It stays, and has its result in the end."""
        async with Gate(executor) as gate:
            run_id = await executor.submit(gate.flow())
            with pytest.raises(ConflictError):
                await executor.delete_run(run_id)
        assert (await executor.get_result(run_id)).output == "done"

    async def test_a_run_that_is_not_there_cannot_be_ended(self, executor: StepflowExecutor) -> None:
        """To cancel or delete it is an error."""
        for member in (executor.cancel_run, executor.delete_run):
            with pytest.raises(NotFoundError):
                await member(NO_RUN)
