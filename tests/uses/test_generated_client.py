"""What the client has no member for is asked of the generated one, on the same connections."""

from __future__ import annotations

import pytest
from stepflow_api import AuthenticatedClient, Client
from stepflow_api.api.flow import store_flow
from stepflow_api.api.health import health_check
from stepflow_api.api.run import create_run, get_run, list_runs
from stepflow_api.models import (
    CreateRunRequest,
    CreateRunResponse,
    HealthResponse,
    ListRunsResponse,
    Problem,
    RunDetails,
    StoreFlowRequest,
    StoreFlowRequestFlow,
    StoreFlowResponse,
)
from stepflow_client import ExecutionStatus, StepflowClient

from .files import SUM

pytestmark = pytest.mark.usefixtures("place")


async def test_an_operation_is_called_with_the_client(server: str) -> None:
    """Its answer has the status, the headers and the model."""
    async with StepflowClient(server) as client:
        run_id = await client.submit("workflow.yaml", {"name": "World"})
        await client.get_result(run_id)

        response = await get_run.asyncio_detailed(client=client.api, run_id=run_id)

        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"
        details = response.parsed
        assert isinstance(details, RunDetails)
        assert (details.run_id, details.status.value) == (run_id, ExecutionStatus.COMPLETED)
        assert details.inputs == [{"name": "World"}]


async def test_a_refusal_is_a_model_too(server: str) -> None:
    """Nothing is raised: the generated client answers what the server answered."""
    async with StepflowClient(server) as client:
        response = await get_run.asyncio_detailed(client=client.api, run_id="nobody")
        assert response.status_code == 404
        problem = response.parsed
        assert isinstance(problem, Problem)
        assert (problem.code, problem.message) == (404, problem.detail)


async def test_everything_can_be_done_with_it(server: str) -> None:
    """Storing, running and listing, with models alone."""
    async with StepflowClient(server) as client:
        flow = StoreFlowRequestFlow.from_dict(SUM)
        stored = await store_flow.asyncio(client=client.api, body=StoreFlowRequest(flow=flow))
        assert isinstance(stored, StoreFlowResponse)
        body = CreateRunRequest.from_dict({"flowId": stored.flow_id, "input": [{"x": 2**70, "y": 1}]})
        run = await create_run.asyncio(client=client.api, body=body)
        assert isinstance(run, CreateRunResponse)
        assert run.to_dict()["result"] == {"outcome": "success", "result": {"sum": 2**70 + 1, "key": "none"}}
        listed = await list_runs.asyncio(client=client.api, flow_id=str(stored.flow_id), limit=1)
        assert isinstance(listed, ListRunsResponse)
        assert [each.run_id for each in listed.runs] == [run.run_id]


def test_it_can_be_used_by_itself(server: str) -> None:
    """Without `await`, and without the client around it."""
    with Client(base_url=server) as client:
        health = health_check.sync(client=client)
    assert isinstance(health, HealthResponse)
    assert health.status == "healthy"


async def test_it_bears_the_key_of_the_client(server: str) -> None:
    """Where there is one."""
    async with StepflowClient(server, api_key="k3y") as client:
        assert isinstance(client.api, AuthenticatedClient)
        assert client.api.token == "k3y"
        assert (await health_check.asyncio_detailed(client=client.api)).status_code == 200
