"""What clients of the older API do, with nothing but HTTP: store, run, look at items and steps, list."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import httpx
from server_kit import API, flow, step
from stepflow_runtime import StepflowRuntime
from stepflow_server import Settings
from stepflow_server.http_server import HttpServer

FLOW = flow(
    step("double", "/builtin/eval", {"flow": {"$literal": {"output": {"$input": "n"}}}, "input": {"$input": "$"}})
)
SIMPLE = flow(step("echo", "/noop", {"$input": "n"}), name="simple")


async def test_script_of_an_older_client(runtime: StepflowRuntime) -> None:
    """The whole script works, member by member as it always has."""
    server = HttpServer(runtime, Settings(port=0))
    base = f"{await server.start()}{API}"
    async with httpx.AsyncClient(verify=False, trust_env=False) as http:
        assert (await http.get(f"{base}/health")).json()["status"] == "healthy"
        components = (await http.get(f"{base}/components?includeSchemas=true")).json()["components"]
        assert any(each["component"] == "/builtin/eval" and "input_schema" in each for each in components)

        stored = (await http.post(f"{base}/flows", json={"flow": SIMPLE})).json()
        flow_id = stored["flowId"]
        assert stored["diagnostics"]["numFatal"] == 0
        assert (await http.get(f"{base}/flows/{flow_id}")).json()["flow"]["name"] == "simple"

        run = (await http.post(f"{base}/runs", json={"flowId": flow_id, "input": [{"n": 7}]})).json()
        assert (run["status"], run["itemCount"], run["debug"]) == ("completed", 1, False)
        assert run["result"] == {"outcome": "success", "result": 7}

        for overrides in (
            {"echo": {"$type": "merge_patch", "value": {"input": 8}}},
            {"steps": {"echo": {"$type": "merge_patch", "value": {"input": 8}}}},
        ):
            body = {"flowId": flow_id, "input": [{"n": 7}], "overrides": overrides}
            assert (await http.post(f"{base}/runs", json=body)).json()["result"]["result"] == 8

        body = {"flowId": flow_id, "input": [{"n": 1}, {"n": 2}], "maxConcurrency": 1, "variables": {}}
        batch = (await http.post(f"{base}/runs", json=body)).json()
        details = (await http.get(f"{base}/runs/{batch['runId']}")).json()
        assert (details["status"], details["items"]["completed"]) == ("completed", 2)
        items = (await http.get(f"{base}/runs/{batch['runId']}/items")).json()["items"]
        assert [(each["itemIndex"], each["result"]["result"]) for each in items] == [(0, 1), (1, 2)]
        steps = (await http.get(f"{base}/runs/{batch['runId']}/steps")).json()["steps"]
        assert next((each["stepId"], each["stepIndex"], each["status"]) for each in steps) == ("echo", 0, "completed")
        assert (await http.get(f"{base}/runs/{batch['runId']}/flow")).json()["flowId"] == flow_id
        listed = (await http.get(f"{base}/runs?status=completed&limit=2&offset=1")).json()["runs"]
        assert len(listed) == 2

        error = (await http.get(f"{base}/runs/00000000-0000-7000-8000-000000000000")).json()
        assert error["code"] == 404
        assert error["message"]
    await server.close()


async def test_plain_urllib(runtime: StepflowRuntime) -> None:
    """The standard library's client, which says little about itself, is served too."""
    import asyncio

    server = HttpServer(runtime, Settings(port=0))
    base = f"{await server.start()}{API}"

    def call(path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(base + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    stored = await asyncio.to_thread(call, "/flows", {"flow": FLOW})
    run = await asyncio.to_thread(call, "/runs", {"flowId": stored["flowId"], "input": [{"n": 3}]})
    assert run["result"]["result"]["result"] == {"outcome": "success", "result": 3}
    await server.close()
