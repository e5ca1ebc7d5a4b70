"""Executors without `await`.

The plain calls are made in a thread, so that the test's loop stays free for what the executor may need there.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ..._blocking import blocking
from ...errors import NotFoundError, StepflowError
from ...executor import StepflowExecutor
from ...runs import ExecutionStatus, ItemResult
from ._base import KitPart
from ._documents import ECHO, NO_RUN, flow, step


class Blocking(KitPart):
    """`blocking(executor)` gives the same members as plain calls."""

    async def test_members_are_plain_calls(self, unopened: StepflowExecutor) -> None:
        """Runs, listings, flows and blobs."""

        def script() -> None:
            with blocking(unopened) as executor:
                assert executor.run(ECHO, {"n": 1}).output == {"n": 1}
                run_id = executor.submit(flow(step("a", input={"$input": "$"})), "x")
                assert executor.get_result(run_id).output == "x"
                assert executor.get_run(run_id).status is ExecutionStatus.COMPLETED
                assert [each.step_id for each in executor.get_run_steps(run_id).steps] == ["a"]
                assert executor.store_flow(ECHO).stored
                assert executor.get_blob(executor.put_blob([1])) == [1]
                assert executor.health_check().status == "healthy"

        await asyncio.to_thread(script)

    async def test_batches_and_events_are_plain(self, unopened: StepflowExecutor) -> None:
        """Callbacks are called, and events are an iterator."""

        def script() -> None:
            seen: list[ItemResult] = []
            with blocking(unopened) as executor:
                batch = executor.run_batch(ECHO, (each for each in range(3)), on_item=seen.append)
                events = list(executor.events(batch.run.run_id))
            assert [each.output for each in batch.results] == [0, 1, 2]
            assert sorted(each.index for each in seen) == [0, 1, 2]
            assert [each.sequence_number for each in events] == list(range(len(events)))

        await asyncio.to_thread(script)

    async def test_errors_are_raised_where_the_call_is_made(self, unopened: StepflowExecutor, tmp_path: Path) -> None:
        """With the types that they have elsewhere."""

        def script() -> None:
            with blocking(unopened) as executor:
                with pytest.raises(NotFoundError):
                    executor.get_run(NO_RUN)
                with pytest.raises(StepflowError):
                    executor.run(tmp_path / "missing.yaml")

        await asyncio.to_thread(script)

    async def test_threads_share_it(self, unopened: StepflowExecutor) -> None:
        """Each call has its own result."""

        def script() -> list[int]:
            with blocking(unopened) as executor, ThreadPoolExecutor(8) as pool:
                return list(pool.map(lambda number: executor.run(ECHO, number).output, range(40)))

        assert await asyncio.to_thread(script) == list(range(40))

    async def test_it_works_where_a_loop_runs(self, unopened: StepflowExecutor) -> None:
        """As in a notebook."""

        async def notebook() -> None:
            with blocking(unopened) as executor:
                assert executor.run(ECHO, 1).output == 1

        await asyncio.to_thread(asyncio.run, notebook())
