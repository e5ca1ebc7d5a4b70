"""The API mounted into a larger application of aiohttp."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from aiohttp import web
from server_kit import API, ECHO, WAITING, Gate, parse_sse
from stepflow_runtime import StepflowRuntime
from stepflow_server import Settings, create_app
from stepflow_server import aiohttp_request as ours


@asynccontextmanager
async def hosted(runtime: StepflowRuntime, prefix: str | None, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API under a prefix of another application, or by itself."""
    app = create_app(runtime, Settings(**settings) if settings else None)
    if prefix is not None:
        inner, app = app, web.Application()
        app.router.add_get("/", hello)
        app.add_subapp(prefix, inner)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with httpx.AsyncClient(base_url=url, verify=False, trust_env=False) as client:
            yield client
    finally:
        await runner.cleanup()


async def hello(request: web.Request) -> web.Response:
    return web.Response(text="the host's own page")


@pytest.mark.parametrize("prefix", [None, "/flows/", "/a/b-c"])
async def test_everything_works_below_the_prefix(runtime: StepflowRuntime, prefix: str | None) -> None:
    """Wherever it is mounted the API does what it does, and the places that it names are below the prefix."""
    mount = (prefix or "").rstrip("/")
    async with hosted(runtime, prefix) as client:
        stored = await client.post(f"{mount}{API}/flows", json={"flow": ECHO})
        flow_id = stored.json()["flowId"]
        run = await client.post(f"{mount}{API}/runs", json={"flowId": flow_id, "input": [1]})
        assert run.headers["location"] == f"{mount}{API}/runs/{run.json()['runId']}"
        assert (await client.get(run.headers["location"])).json()["status"] == "completed"
        events = await client.get(run.headers["location"] + "/events")
        assert parse_sse(events.text)[-1].event == "run_completed"
        document = (await client.get(f"{mount}{API}/openapi.json")).json()
        assert document["servers"] == [{"url": mount or "/"}]
        assert f'href="{mount}{API}/openapi.json"' in (await client.get(f"{mount}/docs")).text
        if prefix is not None:
            assert (await client.get("/")).text == "the host's own page"


@pytest.mark.parametrize(("path", "status"), [("/x", 404), ("/api/v1/runs/%00", 404), ("/api/v1/runs/%zz", 404)])
async def test_what_is_not_there(runtime: StepflowRuntime, path: str, status: int) -> None:
    """Below the prefix errors are problems too."""
    async with hosted(runtime, "/flows") as client:
        response = await client.get(f"/flows{path}")
        assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
        assert (await client.put("/flows/api/v1/runs")).status_code == 405


async def test_limits_hold(runtime: StepflowRuntime) -> None:
    """The limits are those of the settings, not of the host."""
    async with hosted(runtime, "/flows", max_body=3_000_000, api_key="k") as client:
        client.headers["Authorization"] = "Bearer k"
        body = b'{"data": "' + b"x" * 2_900_000 + b'"}'
        headers = {"Content-Type": "application/json"}
        assert (await client.post("/flows/api/v1/blobs", content=body, headers=headers)).status_code == 201
        refused = await client.post("/flows/api/v1/blobs", content=body + b" " * 200_000, headers=headers)
        assert refused.status_code == 413
        assert (await client.get("/flows/api/v1/runs", headers={"Authorization": "Bearer x"})).status_code == 401


async def test_streams_end_with_the_host(runtime: StepflowRuntime, gate: Gate) -> None:
    """When the application shuts down its streams end, and what is under way is not kept waiting."""
    flow_id = (await runtime.store_flow(WAITING)).flow_id
    run = await runtime.create_run(flow_id, 1, wait=False)
    async with hosted(runtime, "/flows") as client:
        request = client.build_request("GET", f"/flows{API}/runs/{run.run_id}/events")
        response = await client.send(request, stream=True)
        parts = response.aiter_text()
        await anext(parts)
    gate.open.set()


async def test_client_that_goes_is_noticed(
    runtime: StepflowRuntime, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is not ours does not tell when a client goes, so that is looked for."""
    monkeypatch.setattr(ours, "POLL", 0.01)
    flow_id = (await runtime.store_flow(WAITING)).flow_id
    run = await runtime.create_run(flow_id, 1, wait=False)
    reading: list[int] = []
    events = runtime.events

    def watched(*arguments: Any, **named: Any) -> Any:
        return _counted(events(*arguments, **named), reading)

    monkeypatch.setattr(runtime, "events", watched)
    async with hosted(runtime, None) as client:
        async with client.stream("GET", f"{API}/runs/{run.run_id}/events") as response:
            await anext(response.aiter_text())
            assert len(reading) == 1
        while reading:
            await asyncio.sleep(0)


async def _counted(events: Any, reading: list[int]) -> AsyncIterator[Any]:
    reading.append(1)
    try:
        async for each in events:
            yield each
    finally:
        await events.aclose()
        reading.pop()
