"""Executors compose: what is written around one works around a client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from stepflow_client import FlowResult, FlowSource, StepflowClient
from stepflow_core import blocking
from stepflow_core.wrappers import CachingExecutor, CassetteExecutor, ExecutorWrapper

from .files import SUM

pytestmark = pytest.mark.usefixtures("place")


class Budgeted(ExecutorWrapper):
    """Runs only so many flows: a wrapper as a user writes it."""

    def __init__(self, inner: StepflowClient, budget: int) -> None:
        super().__init__(inner)
        self.left = budget

    async def run(self, flow: FlowSource, input: Any = None, *arguments: Any, **options: Any) -> FlowResult:
        """Run a flow, while there is something left."""
        if self.left == 0:
            return FlowResult.failed(429, "the budget is spent")
        self.left -= 1
        return await self.inner.run(flow, input, *arguments, **options)


async def test_a_wrapper_of_ones_own(server: str) -> None:
    """It changes one member; all others are the client's."""
    async with Budgeted(StepflowClient(server), budget=1) as executor:
        assert (await executor.run("workflow.yaml", {"name": "Ada"})).output == "Hello Ada"
        assert (await executor.run("workflow.yaml", {"name": "Ada"})).error == FlowResult.failed(
            429, "the budget is spent"
        ).error
        assert (await executor.health_check()).status == "healthy"
        assert executor.url == server


async def test_results_of_a_server_are_cached(server: str) -> None:
    """The same flow on the same input is run once."""
    mine = {**SUM, "description": "Cached."}
    async with StepflowClient(server) as client:
        cached = CachingExecutor(client)
        outputs = [(await cached.run(mine, {"x": 1})).output for _ in range(3)]
        assert outputs == [{"sum": 1, "key": "none"}] * 3
        flow_id = (await client.store_flow(mine)).flow_id
        assert len((await client.list_runs(flow_id=flow_id)).runs) == 1


async def test_runs_of_a_server_are_replayed_without_it(server: str, place: Path) -> None:
    """What was recorded with a server is played where there is none."""
    cassette = place / "greetings.json"
    async with CassetteExecutor(StepflowClient(server), cassette, mode="record") as recording:
        recorded = await recording.run("workflow.yaml", {"name": "Ada"})
    nowhere = StepflowClient("http://127.0.0.1:9", max_retries=0)
    async with CassetteExecutor(nowhere, cassette, mode="replay") as replaying:
        assert await replaying.run("workflow.yaml", {"name": "Ada"}) == recorded == FlowResult.success("Hello Ada")


def test_a_wrapped_client_is_used_without_await(server: str) -> None:
    """Any executor is."""
    with blocking(CachingExecutor(StepflowClient(server))) as ex:
        assert ex.run("workflow.yaml", {"name": "Ada"}).output == "Hello Ada"
