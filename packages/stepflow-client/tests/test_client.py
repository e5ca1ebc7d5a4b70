"""The client against a server that is real: what its users write, with and without `await`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer
from stepflow_api.api.run import get_run
from stepflow_client import (
    BatchResult,
    CreateRunResponse,
    ExecutionStatus,
    FlowLoadError,
    InvalidInputError,
    ItemResult,
    ListItemsResponse,
    NotFoundError,
    RunDetails,
    StepflowClient,
    StepflowClientError,
    StepflowExecutor,
    StoreFlowResponse,
    blocking,
)
from stepflow_runtime import StepflowRuntime
from stepflow_server import Settings, create_app

GREET = """\
name: greet
description: Greets somebody.
schemas:
  input: {type: object, required: [name], properties: {name: {type: string}}}
steps:
  - id: words
    component: /builtin/noop
    input: {$template: "Hello, {{ input.name }}!"}
output: {$step: words}
"""

SUM = """\
name: sum
description: Adds, and multiplies with a factor that is a variable.
schemas:
  variables: {type: object, properties: {factor: {type: number, default: 1}}}
output: {$expr: "(input.x + input.y) * vars.factor"}
"""


@pytest.fixture
async def runtime() -> AsyncIterator[StepflowRuntime]:
    """The engine behind the server."""
    async with StepflowRuntime() as engine:
        yield engine


@pytest.fixture
async def server(runtime: StepflowRuntime) -> AsyncIterator[TestServer]:
    """A server on a free loopback port."""
    async with TestServer(create_app(runtime)) as started:
        yield started


@pytest.fixture
async def client(server: TestServer) -> AsyncIterator[StepflowClient]:
    """A client of it."""
    async with StepflowClient(str(server.make_url("/")), timeout=30.0) as opened:
        yield opened


@pytest.fixture
def greet(tmp_path: Path) -> str:
    """A flow in a file."""
    path = tmp_path / "greet.yaml"
    path.write_text(GREET, "utf-8")
    return str(path)


@pytest.fixture
def sum_flow(tmp_path: Path) -> str:
    """Another one."""
    path = tmp_path / "sum.yaml"
    path.write_text(SUM, "utf-8")
    return str(path)


async def test_a_file_is_run(client: StepflowClient, greet: str) -> None:
    """The first thing that anybody does."""
    assert isinstance(client, StepflowExecutor)
    result = await client.run(greet, {"name": "World"})
    assert result.is_success
    assert result.output == "Hello, World!"


async def test_a_failure_is_a_result(client: StepflowClient, sum_flow: str) -> None:
    """With a message."""
    result = await client.run(sum_flow, {"x": 1})
    assert not result.is_success
    assert result.error is not None
    assert "undefined" in result.error.message


async def test_a_refusal_is_an_exception(client: StepflowClient, greet: str) -> None:
    """With the status and the details of HTTP."""
    with pytest.raises(StepflowClientError) as caught:
        await client.run(greet, {"name": 5})
    assert isinstance(caught.value, InvalidInputError)
    assert caught.value.status_code == 422
    assert [each["pointer"] for each in caught.value.details["errors"]] == ["/name"]


async def test_flows_are_stored_read_and_deleted(client: StepflowClient, greet: str) -> None:
    """From a file or a mapping, by their id."""
    response = await client.store_flow(greet)
    assert isinstance(response, StoreFlowResponse)
    assert response.flow_id is not None
    flow = await client.get_flow(response.flow_id)
    assert (flow.name, [each.id for each in flow.steps]) == ("greet", ["words"])
    assert (await client.store_flow({"name": "m", "description": "d", "output": 1})).stored
    await client.delete_flow(response.flow_id)
    with pytest.raises(NotFoundError):
        await client.get_flow(response.flow_id)


async def test_runs_are_made_and_looked_at(client: StepflowClient, sum_flow: str) -> None:
    """By all the members that are those of the API."""
    flow_id = (await client.store_flow(sum_flow)).flow_id
    run = await client.create_run(flow_id=flow_id, input={"x": 1, "y": 2}, variables={"factor": 3}, debug=False)
    assert isinstance(run, CreateRunResponse)
    details = await client.get_run(str(run.run_id))
    assert isinstance(details, RunDetails)
    assert f"{details.status}" == "completed"
    items = await client.get_run_items(str(run.run_id))
    assert isinstance(items, ListItemsResponse)
    assert [(item.index, item.result and item.result.output) for item in items.items] == [(0, 9)]
    assert (await client.get_run_steps(str(run.run_id))).steps == []
    runs = await client.list_runs(status=ExecutionStatus.COMPLETED, limit=10)
    assert [each.run_id for each in runs.runs] == [run.run_id]
    await client.delete_run(run.run_id)
    assert (await client.list_runs()).runs == []


async def test_batches_are_run_and_told_of(client: StepflowClient, sum_flow: str) -> None:
    """As one request with several inputs, or as a call that waits."""
    flow_id = (await client.store_flow(sum_flow)).flow_id
    inputs = [{"x": each, "y": 1} for each in range(3)]
    run = await client.create_run(flow_id=flow_id, input=inputs, max_concurrency=2)
    items = (await client.get_run_items(str(run.run_id))).items
    assert [each.result and each.result.output for each in items] == [1, 2, 3]
    seen: list[ItemResult] = []
    batch = await client.run_batch(sum_flow, (each for each in inputs), on_item=seen.append)
    assert isinstance(batch, BatchResult)
    assert sorted(each.index for each in seen) == [0, 1, 2]
    assert [each.output for each in batch.results] == [1, 2, 3]


async def test_what_on_item_raises_ends_the_run(client: StepflowClient) -> None:
    """And reaches the caller."""
    waiting = {"steps": [{"id": "a", "component": "/builtin/sleep", "input": {"duration_ms": 600_000}}]}
    gated = {**waiting, "output": {"$if": {"$input": "$"}, "then": {"$step": "a"}}}

    def on_item(item: ItemResult) -> None:
        raise RuntimeError(f"not {item.index}")

    with pytest.raises(RuntimeError, match="not 1"):
        await client.run_batch(gated, [True, False], on_item=on_item)
    [run] = (await client.list_runs()).runs
    assert run.status is ExecutionStatus.CANCELLED


async def test_a_run_is_cancelled(client: StepflowClient) -> None:
    """At once."""
    asleep = {"steps": [{"id": "a", "component": "/builtin/sleep", "input": {"duration_ms": 600_000}}]}
    run_id = await client.submit({**asleep, "output": {"$step": "a"}})
    assert (await client.cancel_run(run_id, "enough")).status is ExecutionStatus.CANCELLED
    result = await client.get_result(run_id)
    assert result.error is not None
    assert result.error.code == 499


async def test_the_server_is_healthy(client: StepflowClient) -> None:
    """It says so."""
    assert (await client.health_check()).status == "healthy"


async def test_the_generated_client_reaches_the_same_server(client: StepflowClient, greet: str) -> None:
    """For what the client has no member for."""
    run_id = await client.submit(greet, {"name": "Ada"})
    await client.get_result(run_id)
    response = await get_run.asyncio_detailed(client=client.api, run_id=run_id)
    assert (response.status_code, getattr(response.parsed, "run_id", None)) == (200, run_id)


async def test_events_are_those_of_the_engine(client: StepflowClient, runtime: StepflowRuntime, greet: str) -> None:
    """All of them, as they are."""
    run_id = await client.submit(greet, {"name": "Ada"})
    await client.get_result(run_id)
    told = [each async for each in client.events(run_id)]
    assert told == [each async for each in runtime.events(run_id)]


async def test_a_faulty_file_has_lines(client: StepflowClient, tmp_path: Path) -> None:
    """The server has never seen the file."""
    path = tmp_path / "faulty.yaml"
    path.write_text("name: faulty\ndescription: d\noutput: {$step: nowhere}\n", "utf-8")
    with pytest.raises(FlowLoadError, match=r"faulty\.yaml:3:"):
        await client.run(path)


async def test_debugging_over_http(client: StepflowClient, greet: str) -> None:
    """A debugged run is paused at once, and waiting for it has its limits."""
    flow_id = (await client.store_flow(greet)).flow_id
    run = await client.create_run(flow_id=flow_id, input={"name": "Ada"}, debug=True)
    assert (run.status, run.debug, run.result) == (ExecutionStatus.PAUSED, True, None)
    with pytest.raises(StepflowClientError) as caught:
        await client.get_result(run.run_id, timeout=0.05)
    assert getattr(caught.value, "status", None) == "paused"
    waiting = asyncio.create_task(client.get_result(run.run_id))
    await client.cancel_run(run.run_id)
    assert (await waiting).is_failed


async def test_the_key_of_a_server(runtime: StepflowRuntime) -> None:
    """Without it nothing is answered but whether the server is well."""
    async with TestServer(create_app(runtime, Settings(api_key="secret"))) as server:
        url = str(server.make_url("/"))
        async with StepflowClient(url, api_key="secret") as client:
            assert (await client.run({"output": 1})).output == 1
        async with StepflowClient(url) as client:
            assert (await client.health_check()).status == "healthy"
            with pytest.raises(StepflowClientError) as caught:
                await client.list_runs()
    assert caught.value.status_code == 401


async def test_without_await(server: TestServer, greet: str) -> None:
    """In a thread, as in a script; both ways to say so."""
    url = str(server.make_url("/"))

    def script() -> list[Any]:
        with blocking(StepflowClient(url)) as client:
            first = client.run(greet, {"name": "Ada"}).output
        with StepflowClient(url) as client:
            run_id = client.submit(greet, {"name": "Bob"})
            return [first, client.get_result(run_id).output, len(list(client.events(run_id))) > 3]

    assert await asyncio.to_thread(script) == ["Hello, Ada!", "Hello, Bob!", True]


async def test_many_runs_at_once(client: StepflowClient, sum_flow: str) -> None:
    """Each caller has its own result."""
    results = await asyncio.gather(*(client.run(sum_flow, {"x": each, "y": 0}) for each in range(50)))
    assert [each.output for each in results] == list(range(50))
