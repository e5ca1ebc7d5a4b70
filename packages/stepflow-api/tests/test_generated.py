"""The generated package: complete, importable, and true to the JSON that it stands for."""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from typing import Any

import httpx
import pytest
import stepflow_api
from stepflow_api import AuthenticatedClient, Client
from stepflow_api.api.flow import store_flow
from stepflow_api.api.run import get_run, list_runs
from stepflow_api.models import (
    CreateRunResponse,
    ExecutionStatus,
    Problem,
    RunDetails,
    StoreFlowRequest,
    StoreFlowRequestFlow,
    Success,
)
from stepflow_api.types import UNSET

RUN_ID = "0190a6d8-5c1e-7c3a-8d3f-0123456789ab"
RUN: dict[str, Any] = {
    "runId": RUN_ID,
    "flowId": "0" * 64,
    "flowName": None,
    "status": "paused",
    "items": {"total": 1, "pending": 0, "running": 0, "waiting": 1, "completed": 0, "failed": 0, "skipped": 0}
    | {"cancelled": 0},
    "createdAt": "2026-01-02T03:04:05.000006Z",
    "rootRunId": RUN_ID,
    "debugMode": False,
    "tags": {"team": "red"},
    "inputs": [{"n": 2**70, "x": 1.0}],
    "pending": [],
}

MODULES = [each.name for each in pkgutil.walk_packages(stepflow_api.__path__, "stepflow_api.")]


@pytest.mark.parametrize("name", MODULES)
def test_every_module_can_be_imported(name: str) -> None:
    """Whatever the generator wrote is Python that loads."""
    importlib.import_module(name)


@pytest.mark.parametrize("name", [each for each in MODULES if each.count(".") == 3])
def test_every_operation_can_be_called_with_and_without_await(name: str) -> None:
    """Each module of an operation has the two calls that give the whole answer."""
    operation = importlib.import_module(name)
    assert inspect.iscoroutinefunction(operation.asyncio_detailed)
    assert callable(operation.sync_detailed)


def answering(client: Client, status: int, body: Any, seen: list[httpx.Request]) -> Client:
    """A client whose server always gives this answer, and keeps what it was asked."""

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, json=body)

    http = httpx.Client(base_url="http://test", transport=httpx.MockTransport(handle))
    return client.set_httpx_client(http)


def test_an_answer_is_a_model() -> None:
    """With its times, enums and values; what is left out is unset."""
    seen: list[httpx.Request] = []
    with answering(Client(base_url="http://test"), 200, RUN, seen) as client:
        run = get_run.sync(RUN_ID, client=client, wait=True, timeout_secs=1.5)
    assert isinstance(run, RunDetails)
    assert (run.status, run.completed_at, run.created_at.year) == (ExecutionStatus.PAUSED, UNSET, 2026)
    assert run.inputs == [{"n": 2**70, "x": 1.0}]
    assert run.tags.additional_properties == {"team": "red"}
    assert seen[0].url.path == f"/api/v1/runs/{RUN_ID}"
    assert dict(seen[0].url.params) == {"wait": "true", "timeoutSecs": "1.5"}


def test_a_problem_is_a_model_too() -> None:
    """It is answered, not raised."""
    problem = {"type": "t", "title": "Not Found", "status": 404, "detail": "no", "code": 404, "message": "no"}
    with answering(Client(base_url="http://test"), 404, problem, []) as client:
        answer = get_run.sync_detailed(RUN_ID, client=client)
    assert isinstance(answer.parsed, Problem)
    assert (int(answer.status_code), answer.parsed.detail) == (404, "no")


def test_a_list_is_sent_as_repeated_parameters() -> None:
    """As the tags of a listing."""
    seen: list[httpx.Request] = []
    with answering(Client(base_url="http://test"), 200, {"runs": []}, seen) as client:
        list_runs.sync(client=client, tag=["a:b", "c:d"])
    assert seen[0].url.params.get_list("tag") == ["a:b", "c:d"]


def test_a_flow_is_sent_as_it_is() -> None:
    """Free objects keep the order of their keys, integers of any size, and floats."""
    seen: list[httpx.Request] = []
    document = {"output": {"z": 2**70, "a": 1.0, "unicode": "größe"}, "name": "n"}
    answer = {"stored": False, "diagnostics": {"diagnostics": [], "numFatal": 0, "numError": 0, "numWarning": 0}}
    with answering(Client(base_url="http://test"), 200, answer, seen) as client:
        store_flow.sync(client=client, body=StoreFlowRequest(flow=StoreFlowRequestFlow.from_dict(document)))
    sent = json.loads(seen[0].content)["flow"]
    assert (sent, list(sent)) == (document, ["output", "name"])


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        ({"outcome": "success", "result": None}, "Success"),
        ({"outcome": "failed", "error": {"code": 1, "message": "no"}}, "Failed"),
        ({"outcome": "skipped"}, "Skipped"),
    ],
    ids=["success", "failed", "skipped"],
)
def test_a_result_is_one_of_three(result: dict[str, Any], kind: str) -> None:
    """Told apart by its outcome, and written as it was read."""
    data = {"runId": RUN_ID, "itemCount": 1, "status": "completed", "debug": False, "result": result}
    created = CreateRunResponse.from_dict(data)
    assert type(created.result).__name__ == kind
    assert created.to_dict() == data


def test_a_null_result_is_a_value() -> None:
    """It is not the same as none."""
    assert Success.from_dict({"outcome": "success", "result": None}).result is None


def test_a_key_is_sent_as_a_bearer_token() -> None:
    """By the client that has one."""
    client = AuthenticatedClient(base_url="http://test", token="secret")
    assert client.get_httpx_client().headers["Authorization"] == "Bearer secret"
