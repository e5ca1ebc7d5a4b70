"""A program's use of a server, as the page of the client shows it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from stepflow_client import (
    CreateRunResponse,
    ExecutionStatus,
    ListItemsResponse,
    RunDetails,
    StepflowClient,
    StepflowClientError,
    StepflowExecutor,
    StoreFlowResponse,
)
from stepflow_core import ConnectionFailedError

from .files import RISING, SUM

pytestmark = pytest.mark.usefixtures("place")


@pytest.fixture
async def client(server: str) -> AsyncIterator[StepflowClient]:
    """A client of the server."""
    async with StepflowClient(server) as client:
        yield client


# ---- beginning


async def test_a_flow_file_is_run_on_the_server(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The first lines that anybody writes; a failure is a result too."""
    for given in ({"name": "World"}, {}):
        async with StepflowClient(server) as client:
            result = await client.run("workflow.yaml", given)

            if result.is_success:
                print(result.output)
            else:
                print(f"Error: {result.error.message}")
    greeting, failure = capsys.readouterr().out.splitlines()
    assert greeting == "Hello World"
    assert failure.startswith("Error: ")
    assert "name" in failure


async def test_a_client_is_an_executor(server: str) -> None:
    """It can stand wherever a runtime can."""

    async def greet(executor: StepflowExecutor, name: str) -> str:
        return str((await executor.run("workflow.yaml", {"name": name})).output)

    async with StepflowClient(server) as client:
        assert await greet(client, "Ada") == "Hello Ada"


async def test_a_client_is_set_up_by_name(server: str) -> None:
    """Usable at once, and ended by `close`; afterwards it is of no use."""
    client = StepflowClient(
        base_url=server,  # Server URL
        timeout=30.0,  # Request timeout in seconds
    )
    assert (await client.run("workflow.yaml", {"name": "World"})).output == "Hello World"
    await client.close()
    with pytest.raises(StepflowClientError, match="closed"):
        await client.health_check()


# ---- errors


async def test_errors_have_a_status_and_details(client: StepflowClient, capsys: pytest.CaptureFixture[str]) -> None:
    """What keeps a run from happening is raised; its text says what it is."""
    checked = {**SUM, "schemas": {"input": {"type": "object", "properties": {"x": {"type": "integer"}}}}}
    try:
        await client.run(checked, {"x": "one"})
    except StepflowClientError as e:
        print(f"Error: {e}")
        print(f"HTTP status: {e.status_code}")
        print(f"Details: {e.details}")
    error, status, details = capsys.readouterr().out.splitlines()
    assert error.startswith("Error: the input violates its schema")
    assert status == "HTTP status: 422"
    assert "'pointer': '/x'" in details


async def test_a_server_that_is_not_there_is_an_error_without_a_status() -> None:
    """Of the same kind; nobody waits for it longer than told."""
    async with StepflowClient("http://127.0.0.1:9", max_retries=0) as client:
        with pytest.raises(StepflowClientError) as caught:
            await client.run("workflow.yaml", {"name": "World"})
    assert isinstance(caught.value, ConnectionFailedError)
    assert caught.value.status_code is None
    assert "http://127.0.0.1:9" in str(caught.value)


async def test_a_file_that_is_not_there_is_an_error(client: StepflowClient) -> None:
    """Before anything is sent."""
    with pytest.raises(StepflowClientError, match=r"nowhere\.yaml"):
        await client.run("nowhere.yaml")


# ---- flows


async def test_flows_are_stored_got_and_deleted(client: StepflowClient) -> None:
    """From a file or a mapping."""
    response = await client.store_flow("workflow.yaml")
    assert isinstance(response, StoreFlowResponse)
    mine = await client.store_flow({**SUM, "description": uuid4().hex})
    flow_id = mine.flow_id

    flow = await client.get_flow(flow_id)
    assert (flow.name, [each.id for each in flow.steps]) == ("sum", ["add", "sign"])

    await client.delete_flow(flow_id)
    with pytest.raises(StepflowClientError) as caught:
        await client.get_flow(flow_id)
    assert caught.value.status_code == 404
    assert (await client.get_flow(response.flow_id)).name == "greeting"


# ---- runs


async def test_a_run_is_made_and_looked_at(client: StepflowClient, capsys: pytest.CaptureFixture[str]) -> None:
    """Its state, its items, its steps; and it is found among the others."""
    flow_id = (await client.store_flow("sum.json")).flow_id
    run = await client.create_run(
        flow_id=flow_id,
        input={"x": 1, "y": 2},
        variables={"api_key": "secret"},
        debug=False,
    )
    assert isinstance(run, CreateRunResponse)

    details = await client.get_run(str(run.run_id))
    assert isinstance(details, RunDetails)
    print(f"Status: {details.status}")

    items = await client.get_run_items(str(run.run_id))
    assert isinstance(items, ListItemsResponse)
    for item in items.items:
        print(f"Item {item.index}: {item.result}")
        assert item.result is not None
        assert item.result.output == {"sum": 3, "key": "secret"}

    steps = await client.get_run_steps(str(run.run_id))
    assert [(each.step_id, str(each.status)) for each in steps.steps] == [("add", "completed"), ("sign", "completed")]

    runs = await client.list_runs(status=ExecutionStatus.COMPLETED, limit=10)
    assert run.run_id in [each.run_id for each in runs.runs]
    assert {each.status for each in runs.runs} == {ExecutionStatus.COMPLETED}
    assert len(runs.runs) <= 10

    status, item_line = capsys.readouterr().out.splitlines()
    assert status == "Status: completed"
    assert item_line == "Item 0: Success(output={'sum': 3, 'key': 'secret'})"


async def test_a_run_is_cancelled(client: StepflowClient) -> None:
    """One that goes on; one that has ended cannot be."""
    flow_id = (await client.store_flow(RISING)).flow_id
    run = await client.create_run(flow_id=flow_id, wait=False)
    assert run.status == ExecutionStatus.RUNNING
    await client.cancel_run(str(run.run_id))
    assert (await client.get_run(str(run.run_id))).status == ExecutionStatus.CANCELLED
    with pytest.raises(StepflowClientError) as caught:
        await client.cancel_run(str(run.run_id))
    assert caught.value.status_code == 409


async def test_many_inputs_are_one_run(client: StepflowClient, capsys: pytest.CaptureFixture[str]) -> None:
    """With a result for each, in their order."""
    flow_id = (await client.store_flow("sum.json")).flow_id
    run = await client.create_run(
        flow_id=flow_id,
        input=[{"x": 1}, {"x": 2}, {"x": 3}],
        max_concurrency=2,
    )
    assert run.item_count == 3
    for item in (await client.get_run_items(str(run.run_id))).items:
        print(item.index, item.result.output["sum"] if item.result else None)
    assert capsys.readouterr().out.splitlines() == ["0 1", "1 2", "2 3"]


async def test_a_server_says_that_it_is_well(client: StepflowClient, capsys: pytest.CaptureFixture[str]) -> None:
    """In one word."""
    health = await client.health_check()
    print(f"Server status: {health.status}")
    assert capsys.readouterr().out == "Server status: healthy\n"


def test_statuses_print_as_their_names() -> None:
    """And are equal to them."""
    names = ["running", "completed", "failed", "cancelled"]
    shown = [ExecutionStatus.RUNNING, ExecutionStatus.COMPLETED, ExecutionStatus.FAILED, ExecutionStatus.CANCELLED]
    assert [f"{each}" for each in shown] == [str(each) for each in shown] == [*shown] == names
