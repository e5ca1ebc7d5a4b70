"""How a client reaches its server: settings, headers, connections, the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from stepflow_api import AuthenticatedClient, Client
from stepflow_api.api.run import get_run
from stepflow_client import ConflictError, InvalidInputError, StepflowClient, __version__

RUN_ID = "0190a6d8-5c1e-7c3a-8d3f-0123456789ab"
GET = f"GET /runs/{RUN_ID}"

Response = Callable[..., httpx.Response]

BAD_SETTINGS: dict[str, dict[str, Any]] = {
    "no scheme": {"base_url": "localhost:7837"},
    "another scheme": {"base_url": "ftp://localhost"},
    "no host": {"base_url": "http://"},
    "a bad port": {"base_url": "http://localhost:99999"},
    "a query": {"base_url": "http://localhost?a=b"},
    "no text": {"base_url": None},
    "a negative timeout": {"timeout": -1},
    "a timeout that is no number": {"timeout": "5"},
    "a timeout that is not a number": {"timeout": float("nan")},
    "negative retries": {"max_retries": -1},
    "retries that are no integer": {"max_retries": 1.5},
    "an empty key": {"api_key": ""},
    "a key with a line break": {"api_key": "a\nb"},
    "headers that are no mapping": {"headers": ["a"]},
    "a header with a line break": {"headers": {"a": "b\r\nc"}},
    "a header that is no text": {"headers": {"a": 1}},
}


@pytest.mark.parametrize("given", BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_settings_that_mean_nothing_are_refused(given: dict[str, Any]) -> None:
    """When the client is made."""
    with pytest.raises(InvalidInputError):
        StepflowClient(**{"base_url": "http://localhost", **given})


@pytest.mark.parametrize("url", ["http://h:1", "http://h:1/", "http://h:1/api/v1", "http://h:1/api/v1/"])
def test_a_base_url_is_that_of_the_server(url: str) -> None:
    """With or without a slash at its end or the path of the API."""
    assert StepflowClient(url).url == "http://h:1"


async def test_a_server_may_be_below_a_path(stub: Any, run: Response) -> None:
    """As where the API is mounted into another application."""
    stub.on("GET /flows-here/api/v1/runs/" + RUN_ID, run())
    http = httpx.AsyncClient(transport=httpx.MockTransport(stub.handle))
    async with StepflowClient("http://test/flows-here/", http_client=http) as client:
        await client.get_run(RUN_ID)
    assert str(stub.seen[0].url).startswith("http://test/flows-here/api/v1/runs/")


async def test_what_goes_with_every_request(stub: Any, run: Response) -> None:
    """The key, the given headers, those of a given HTTP client, and who asks."""
    stub.on(GET, run())
    http = httpx.AsyncClient(transport=httpx.MockTransport(stub.handle), headers={"X-Theirs": "t"})
    async with StepflowClient("http://test", api_key="secret", headers={"X-Ours": "o"}, http_client=http) as client:
        await client.get_run(RUN_ID)
    sent = stub.seen[0].headers
    assert (sent["Authorization"], sent["X-Ours"], sent["X-Theirs"]) == ("Bearer secret", "o", "t")
    assert sent["User-Agent"] == f"stepflow-client/{__version__}"


async def test_a_given_http_client_stays_open(stub: Any, run: Response) -> None:
    """It is the caller's."""
    stub.on(GET, run())
    async with httpx.AsyncClient(transport=httpx.MockTransport(stub.handle), base_url="http://test") as http:
        async with StepflowClient("http://test", http_client=http) as client:
            await client.get_run(RUN_ID)
        assert (await http.get(f"/api/v1/runs/{RUN_ID}")).status_code == 200


async def test_the_generated_client_is_on_the_same_connections(
    stub: Any, client: StepflowClient, run: Response, pauses: list[float]
) -> None:
    """With the same retries."""
    stub.on(GET, httpx.ConnectError("refused"), run())
    answer = await get_run.asyncio_detailed(client=client.api, run_id=RUN_ID)
    assert (answer.status_code, len(stub.seen)) == (200, 2)
    assert client.api is client.api


async def test_the_generated_client_carries_the_key(stub: Any) -> None:
    """On connections of its own too, without `await`."""
    assert isinstance(stub.client().api, Client)
    api = stub.client(api_key="secret").api
    assert isinstance(api, AuthenticatedClient)
    assert api.get_httpx_client().headers["Authorization"] == "Bearer secret"
    api.get_httpx_client().close()


async def test_a_closed_client_refuses_everything(client: StepflowClient) -> None:
    """However it is asked; closing it again does nothing."""
    await client.close()
    await client.close()
    for call in (client.get_run(RUN_ID), client.health_check(), anext(client.events(RUN_ID))):
        with pytest.raises(ConflictError, match="closed"):
            await call
    with pytest.raises(ConflictError, match="closed"):
        _ = client.api


def test_a_client_can_be_used_on_one_loop_after_the_other(stub: Any, run: Response) -> None:
    """As by several calls of `asyncio.run`."""
    stub.on(GET, run())
    client = stub.client()
    for _ in range(2):
        assert asyncio.run(client.get_run(RUN_ID)).run_id == RUN_ID
    asyncio.run(client.close())


async def test_a_client_cannot_be_used_on_two_loops_at_once(stub: Any, client: StepflowClient, run: Response) -> None:
    """Its connections belong to one."""
    stub.on(GET, run())
    await client.get_run(RUN_ID)
    with pytest.raises(ConflictError, match="loop"):
        await asyncio.to_thread(lambda: asyncio.run(client.get_run(RUN_ID)))


async def test_an_unhealthy_server_says_so(stub: Any, client: StepflowClient, problem: Response) -> None:
    """That is an answer, given at once, whatever its status."""
    body = {"status": "unhealthy", "timestamp": "2026-01-02T03:04:05Z", "version": "1"}
    stub.on("GET /health", httpx.Response(503, json=body))
    health = await client.health_check()
    assert (health.status, len(stub.seen)) == ("unhealthy", 1)


def test_a_key_is_not_shown() -> None:
    """By the text that stands for a client."""
    assert "secret" not in repr(StepflowClient("http://localhost", api_key="secret"))
