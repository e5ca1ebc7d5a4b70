"""Waiting for runs: how long, and that it is no part of the run."""

from __future__ import annotations

import asyncio

import pytest

from ...errors import InvalidInputError, RunTimeoutError
from ...executor import StepflowExecutor
from ...runs import ExecutionStatus
from ..components import POLL
from ._base import KitPart
from ._documents import ECHO
from ._gates import PATIENCE, Gate, reached


class Waiting(KitPart):
    """A timeout limits the waiting and not the run."""

    async def test_run_waits_for_as_long_as_it_is_told(self, executor: StepflowExecutor) -> None:
        """The error has the run's id and status; the run goes on and has its result later."""
        async with Gate(executor) as gate:
            with pytest.raises(RunTimeoutError) as caught:
                await executor.run(gate.flow(), timeout=0.01)
        assert (caught.value.status, caught.value.status_code) == ("running", 408)
        assert (await executor.get_result(caught.value.run_id)).output == "done"

    async def test_get_result_waits_for_as_long_as_it_is_told(self, executor: StepflowExecutor) -> None:
        """Again and again, as long as the run goes on."""
        async with Gate(executor) as gate:
            run_id = await executor.submit(gate.flow())
            for timeout in (0, 0.01):
                with pytest.raises(RunTimeoutError) as caught:
                    await executor.get_result(run_id, timeout=timeout)
                assert (caught.value.run_id, caught.value.status) == (run_id, "running")
        assert (await executor.get_result(run_id, timeout=PATIENCE)).output == "done"

    async def test_get_batch_waits_for_as_long_as_it_is_told(self, executor: StepflowExecutor) -> None:
        """As `get_result` does."""
        async with Gate(executor) as gate:
            run_id = await executor.submit_batch(gate.flow(), [1, 2])
            with pytest.raises(RunTimeoutError) as caught:
                await executor.get_batch(run_id, timeout=0)
        assert (caught.value.run_id, caught.value.status) == (run_id, "running")
        assert len((await executor.get_batch(run_id, timeout=PATIENCE)).results) == 2

    async def test_a_timeout_that_suffices_changes_nothing(self, executor: StepflowExecutor) -> None:
        """A run that ends in time has its result."""
        assert (await executor.run(ECHO, 1, timeout=PATIENCE)).output == 1

    async def test_get_run_shows_the_run_when_the_time_is_up(self, executor: StepflowExecutor) -> None:
        """It shows a run that goes on as running, and waits for the end where it is told to."""
        async with Gate(executor) as gate:
            run_id = await executor.submit(gate.flow())
            now = await executor.get_run(run_id)
            soon = await executor.get_run(run_id, wait=True, timeout_secs=0)
        assert [now.status, soon.status] == [ExecutionStatus.RUNNING] * 2
        assert soon.completed_at is None
        assert (await executor.get_run(run_id, wait=True)).status is ExecutionStatus.COMPLETED

    async def test_many_can_wait_for_one_run(self, executor: StepflowExecutor) -> None:
        """Everyone has the result, whoever gave up before."""
        async with Gate(executor) as gate:
            run_id = await executor.submit(gate.flow())
            waiting = [asyncio.create_task(executor.get_result(run_id)) for _ in range(4)]
            await reached(executor, run_id)
            waiting[0].cancel()
        results = await asyncio.gather(*waiting, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert results[1:] == [await executor.get_result(run_id)] * 3

    async def test_who_stops_waiting_does_not_end_the_run(self, executor: StepflowExecutor, unique: str) -> None:
        """When the caller of `run` is cancelled, the run goes on."""
        async with Gate(executor) as gate:
            caller = asyncio.create_task(executor.run(gate.flow(), tags={"test": unique}))
            run_id = await self._the_run(executor, unique)
            await reached(executor, run_id)
            caller.cancel()
            with pytest.raises(asyncio.CancelledError):
                await caller
            assert (await executor.get_run(run_id)).status is ExecutionStatus.RUNNING
        assert (await executor.get_result(run_id)).output == "done"

    async def _the_run(self, executor: StepflowExecutor, tag: str) -> str:
        """The id of the run with a tag, once there is one."""
        async with asyncio.timeout(PATIENCE):
            while True:
                found = (await executor.list_runs(tags={"test": tag})).runs
                if found:
                    return found[0].run_id
                await asyncio.sleep(POLL)

    @pytest.mark.parametrize("timeout", [-1, float("nan")], ids=repr)
    async def test_a_timeout_that_means_nothing_is_refused(self, executor: StepflowExecutor, timeout: float) -> None:
        """Before anything runs."""
        with pytest.raises(InvalidInputError):
            await executor.run(ECHO, timeout=timeout)
