"""The server from its start to its end, inside the test's process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from server_kit import API, ECHO, WAITING, Gate
from stepflow_core import FlowLoadError, InvalidInputError
from stepflow_runtime import StepflowRuntime
from stepflow_server import Settings, serve
from stepflow_server.http_server import HttpServer


class Running:
    """A server that is served by a task."""

    def __init__(self, client: httpx.AsyncClient, stop: asyncio.Event, task: asyncio.Task[None]) -> None:
        self.client = client
        self.stop = stop
        self.task = task
        self.told: list[dict[str, Any]] = []


@contextlib.asynccontextmanager
async def running(executor: Any = None, **settings: Any) -> AsyncIterator[Running]:
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    told: list[dict[str, Any]] = []
    serving = serve(
        Settings(port=0, **settings), executor=executor, stop=stop, on_ready=ready.set_result, tell=told.append
    )
    task = asyncio.create_task(serving)
    await asyncio.wait({task, ready}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        await task
    async with httpx.AsyncClient(base_url=ready.result(), verify=False, trust_env=False, timeout=20) as client:
        server = Running(client, stop, task)
        server.told = told
        yield server
        stop.set()
        await task


async def test_it_serves_an_engine_of_its_own(tmp_path: Path) -> None:
    """The engine is made by the settings, and the flows of the folder are there when the server is ready."""
    (tmp_path / "greet.yaml").write_text("name: greet\noutput: {$template: 'Hello, {{ input }}!'}\n")
    (tmp_path / "stepflow-config.yml").write_text(
        "plugins: {b: {type: builtin}}\nroutes: {'/b/{*component}': [{plugin: b}]}"
    )
    config = str(tmp_path / "stepflow-config.yml")
    async with running(flows=str(tmp_path), config=config) as server:
        run = await server.client.post(f"{API}/runs", json={"flowName": "greet", "input": ["Ada"]})
        assert run.json()["result"]["result"] == "Hello, Ada!"
        listed = (await server.client.get(f"{API}/components")).json()["components"]
        assert "/b/noop" in {each["component"] for each in listed}


@pytest.mark.parametrize(("line", "outcome"), [("", "failed"), ("workingDirectory: data", "success")])
async def test_files_are_read_only_in_a_folder_that_the_config_names(tmp_path: Path, line: str, outcome: str) -> None:
    """Flows come from anybody who may call; the folder of the config is not theirs to read."""
    (tmp_path / "data").mkdir()
    for each in (tmp_path / "here.txt", tmp_path / "data" / "here.txt"):
        each.write_text("content")
    config = tmp_path / "stepflow-config.yml"
    config.write_text(line)
    step = {"id": "file", "component": "/builtin/load_file", "input": {"path": "here.txt"}}
    flow = {"steps": [step], "output": {"$step": "file", "path": "data"}}
    async with running(config=str(config)) as server:
        flow_id = (await server.client.post(f"{API}/flows", json={"flow": flow})).json()["flowId"]
        run = await server.client.post(f"{API}/runs", json={"flowId": flow_id, "input": [None]})
    assert run.json()["result"]["outcome"] == outcome
    if outcome == "failed":
        assert "workingDirectory" in run.json()["result"]["error"]["message"]


async def test_flows_are_watched(tmp_path: Path) -> None:
    """A flow that is added while the server runs is registered."""
    async with running(flows=str(tmp_path), flows_interval=0.01) as server:
        (tmp_path / "late.yaml").write_text("name: late\noutput: 1\n")
        status = 404
        while status == 404:
            status = (await server.client.post(f"{API}/runs", json={"flowName": "late", "input": [1]})).status_code
        assert status == 200


async def test_requests_are_told(tmp_path: Path) -> None:
    """Every request is told of with its run, not with its query or its body."""
    async with running() as server:
        flow_id = (await server.client.post(f"{API}/flows", json={"flow": ECHO})).json()["flowId"]
        run = await server.client.post(f"{API}/runs", json={"flowId": flow_id, "input": ["hush"]})
        run_id = run.json()["runId"]
        await server.client.get(f"{API}/runs/{run_id}/events?since=0")
        await server.client.get(f"{API}/nothing?key=hush")
    assert [(each["operation"], each["status"], each.get("run_id")) for each in server.told] == [
        ("store_flow", 200, None), ("create_run", 200, run_id), ("stream_events", 200, run_id), ("", 404, None),
    ]  # fmt: skip
    assert all(each["ms"] >= 0 for each in server.told)
    assert "hush" not in str(server.told)


async def test_graceful_end() -> None:
    """At the end streams end, running steps finish, and who waits for them is answered."""
    engine = StepflowRuntime()
    gate = Gate(engine)
    server = HttpServer(engine, Settings(port=0))
    url = await server.start()
    async with httpx.AsyncClient(base_url=url, verify=False, trust_env=False, timeout=20) as client:
        flow_id = (await client.post(f"{API}/flows", json={"flow": WAITING})).json()["flowId"]
        waiting = asyncio.create_task(client.post(f"{API}/runs", json={"flowId": flow_id, "input": [1]}))
        await gate.entered.wait()
        run_id = (await client.get(f"{API}/runs")).json()["runs"][0]["runId"]
        stream = asyncio.create_task(client.get(f"{API}/runs/{run_id}/events"))
        while not server._api.service.events._readers:
            await asyncio.sleep(0)
        await server.drain()
        assert "run_completed" not in (await stream).text
        assert (await client.get(f"{API}/health")).status_code == 503
        ended = asyncio.create_task(engine.close())
        gate.open.set()
        answer = (await waiting).json()
        assert (answer["status"], answer["result"]["result"]) == ("completed", "done")
        await ended
    await server.close()


async def test_what_comes_while_it_ends_is_refused(runtime: StepflowRuntime) -> None:
    """While the server ends, requests on connections that are open are 503, and new connections are not accepted."""
    server = HttpServer(runtime, Settings(port=0))
    url = await server.start()
    async with httpx.AsyncClient(base_url=url, verify=False, trust_env=False) as client:
        assert (await client.get(f"{API}/runs")).status_code == 200
        await server.drain()
        refused = await client.get(f"{API}/runs")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert (await client.get(f"{API}/health")).json()["status"] == "unhealthy"
    async with httpx.AsyncClient(base_url=url, verify=False, trust_env=False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{API}/health")
    await server.close()


async def test_executor_of_the_caller_stays_open(runtime: StepflowRuntime) -> None:
    """An executor that was given is served, and is the caller's to close."""
    async with running(runtime) as server:
        assert (await server.client.get(f"{API}/health")).status_code == 200
    assert (await runtime.health_check()).status == "healthy"


async def test_engine_that_does_not_end_is_left_behind(caplog: pytest.LogCaptureFixture) -> None:
    """The end does not wait for ever."""
    from stepflow_server import serving

    class Stuck:
        async def close(self) -> None:
            await asyncio.Event().wait()

    await serving._closed(Stuck(), 0.01)  # type: ignore[arg-type]
    assert "has not ended" in caplog.text


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])
async def test_public_address_needs_a_key(runtime: StepflowRuntime, host: str) -> None:
    """An address that others can reach is refused without a key."""
    with pytest.raises(InvalidInputError, match="--insecure"):
        await HttpServer(runtime, Settings(host=host, port=0)).start()


@pytest.mark.parametrize("more", [{"insecure": True}, {"api_key": "k"}])
async def test_public_address_with_a_key(runtime: StepflowRuntime, more: dict[str, Any]) -> None:
    """With a key, or when told that it is meant, it is served."""
    server = HttpServer(runtime, Settings(host="0.0.0.0", port=0, **more))
    assert (await server.start()).startswith("http://0.0.0.0:")
    await server.close()


async def test_local_name(runtime: StepflowRuntime) -> None:
    """`localhost` is this machine alone."""
    server = HttpServer(runtime, Settings(host="localhost", port=0))
    url = await server.start()
    async with httpx.AsyncClient(verify=False, trust_env=False) as client:
        assert (await client.get(f"{url}{API}/health")).status_code == 200
    await server.close()


async def test_address_that_is_taken(runtime: StepflowRuntime) -> None:
    """An address that cannot be used is an error of the start."""
    server = HttpServer(runtime, Settings(port=0))
    port = int((await server.start()).rpartition(":")[2])
    with pytest.raises(OSError, match="address"):
        await HttpServer(runtime, Settings(port=port)).start()
    await server.close()


async def test_settings_that_cannot_be_used(tmp_path: Path) -> None:
    """What keeps the server from starting is raised."""
    for settings, error in (
        ({"config": str(tmp_path / "none.yml")}, FlowLoadError),
        ({"store": "nosuch:"}, InvalidInputError),
        ({"flows": str(tmp_path / "none")}, InvalidInputError),
        ({"host": "256.0.0.1"}, OSError),
    ):
        with pytest.raises(error):
            async with running(**settings):
                pass
