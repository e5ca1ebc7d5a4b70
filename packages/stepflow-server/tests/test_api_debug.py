"""Operations on runs that move step by step, over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from server_kit import API, NEVER, Client, Gate, Store, flow, step
from stepflow_runtime import StepflowRuntime

STEPS = flow(
    step("a", "/noop", {"$input": "$"}),
    step("b", "/noop", {"$step": "a"}),
    step("side", "/noop", {"$step": "a"}),
    output={"$step": "b"},
)
ONE = {"outcome": "success", "result": 1}

REQUESTS: dict[str, tuple[str, str, Any]] = {
    "debug_queue": ("POST", "queue", {"stepIds": ["a"]}),
    "debug_queued": ("GET", "queue", None),
    "debug_next": ("POST", "next", None),
    "debug_run_queue": ("POST", "run-queue", None),
    "debug_eval": ("POST", "eval", {"stepId": "a"}),
    "debug_show": ("GET", "show/a", None),
    "debug_continue": ("POST", "continue", None),
}


class Debugger:
    """Asks for the debug operations of one run."""

    def __init__(self, client: Client, run_id: str) -> None:
        self.client = client
        self.run_id = run_id

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        more = {} if body is None else {"json": body}
        return await self.client.request(method, f"{API}/runs/{self.run_id}/debug/{path}", **more)

    async def get(self, path: str) -> Any:
        return (await self.ask("GET", path)).json()

    async def post(self, path: str, body: Any = None) -> Any:
        return (await self.ask("POST", path, body)).json()


async def begun(client: Client, flow_id: str, *inputs: Any) -> Debugger:
    response = await client.post(f"{API}/runs", json={"flowId": flow_id, "input": inputs or [1], "debug": True})
    body = response.json()
    assert (response.status_code, body["status"], body["debug"]) == (202, "paused", True)
    return Debugger(client, body["runId"])


@pytest.fixture
async def debugger(client: Client, store: Store) -> Debugger:
    return await begun(client, await store(STEPS))


async def test_queue(debugger: Debugger) -> None:
    """What is to run is told with its state, and can be added to."""
    assert await debugger.get("queue") == {
        "queued": [{"stepId": "a", "status": "runnable"}, {"stepId": "b", "status": "blocked"}],
        "ready": ["a"],
    }
    assert await debugger.post("queue", {"stepIds": ["side"]}) == {"queued": ["a", "b", "side"], "ready": ["a"]}


async def test_next(debugger: Debugger) -> None:
    """A step runs, and what is ready then is told; where none is, none ran."""
    assert await debugger.post("next") == {"stepId": "a", "result": ONE, "ready": ["b"]}
    assert await debugger.post("next") == {"stepId": "b", "result": ONE, "ready": []}
    run = (await debugger.client.get(f"{API}/runs/{debugger.run_id}")).json()
    assert run["status"] == "completed"


async def test_run_queue(debugger: Debugger) -> None:
    """All that is queued runs, and every result is told."""
    results = [{"stepId": each, "result": ONE} for each in ("a", "b")]
    assert await debugger.post("run-queue") == {"executedCount": 2, "results": results}


async def test_eval(debugger: Debugger) -> None:
    """A step, or an expression; null is one, and is not the same as none."""
    assert await debugger.post("eval", {"stepId": "side"}) == {"result": ONE}
    assert await debugger.post("eval", {"stepId": None, "expression": [{"$step": "a"}]}) == {
        "result": {"outcome": "success", "result": [1]}
    }
    assert await debugger.post("eval", {"expression": None}) == {"result": {"outcome": "success", "result": None}}
    refused = await debugger.ask("POST", "eval", {"stepId": None})
    assert refused.status_code == 422
    assert "exactly one of stepId and expression" in refused.json()["detail"]


async def test_show(debugger: Debugger) -> None:
    """What a step has not yet is left out."""
    assert await debugger.get("show/b") == {"stepId": "b", "completed": False}
    assert await debugger.get("show/a") == {"stepId": "a", "completed": False, "input": 1}
    await debugger.post("next")
    assert await debugger.get("show/a") == {"stepId": "a", "completed": True, "input": 1, "result": ONE}


async def test_continue(debugger: Debugger) -> None:
    """The run goes on, as its summary says."""
    run = await debugger.post("continue")
    assert (run["runId"], run["debugMode"]) == (debugger.run_id, False)
    assert "pausedBy" not in run
    ended = await debugger.client.get(f"{API}/runs/{debugger.run_id}", params={"wait": "true"})
    assert ended.json()["status"] == "completed"


@pytest.mark.parametrize("step_id", ["a/b", "..", ".", "%2F", "a?b#c", " a ", "größe", "🍞", "+", "a\nb", "queue"])
async def test_step_of_any_name(client: Client, store: Store, step_id: str) -> None:
    """In a path its id is percent-encoded."""
    debugger = await begun(client, await store(flow(step(step_id, "/noop", {"$input": "$"}))))
    part = quote(step_id, safe="").replace(".", "%2E")
    assert await debugger.get(f"show/{part}") == {"stepId": step_id, "completed": False, "input": 1}


@pytest.mark.parametrize("part", ["nobody", "", "%00", "a%00", "%", "%ff", "a/b", f"{'a' * 3000}", "A"])
async def test_step_that_is_not_there(debugger: Debugger, part: str) -> None:
    """Whatever the path has in place of a step's id: it is 404."""
    assert (await debugger.ask("GET", f"show/{part}")).status_code == 404


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS.values(), ids=REQUESTS)
async def test_runs_that_cannot_be_debugged(client: Client, store: Store, method: str, path: str, body: Any) -> None:
    """One that is not there is 404, one that has ended or is not in debug mode 409."""
    ended = await begun(client, await store(STEPS))
    await ended.post("run-queue")
    made = await client.post(f"{API}/runs", json={"flowId": await store(STEPS), "input": [1]})
    for run_id, status in ((ended.run_id, 409), (made.json()["runId"], 409), (NEVER, 404), ("x", 404)):
        response = await Debugger(client, run_id).ask(method, path, body)
        assert response.status_code == status, response.text


@pytest.mark.parametrize(
    ("path", "body", "status", "pointers"),
    [
        ("queue", {}, 422, ["/stepIds"]),
        ("queue", {"stepIds": "a"}, 422, ["/stepIds"]),
        ("queue", {"stepIds": ["a", 1]}, 422, ["/stepIds/1"]),
        ("queue", {"stepIds": [], "steps": []}, 422, ["/steps"]),
        ("queue", {"stepIds": ["nobody"]}, 404, []),
        ("eval", {}, 422, [""]),
        ("eval", {"stepId": "a", "expression": None}, 422, [""]),
        ("eval", {"stepId": 1}, 422, ["/stepId"]),
        ("eval", {"stepId": "nobody"}, 404, []),
        ("eval", {"expression": {"$step": "b"}}, 409, []),
    ],
)
async def test_requests_that_are_refused(
    debugger: Debugger, path: str, body: Any, status: int, pointers: list[str]
) -> None:
    """With what is wrong and where; nothing moves."""
    response = await debugger.ask("POST", path, body)
    assert response.status_code == status
    assert [each["pointer"] for each in response.json().get("errors", [])] == pointers
    assert (await debugger.get("queue"))["ready"] == ["a"]


async def test_expression_that_cannot_be_read(debugger: Debugger) -> None:
    """Its diagnostics have their places in it."""
    response = await debugger.ask("POST", "eval", {"expression": [{"$expr": "(("}]})
    assert response.status_code == 400
    assert [(each["code"], each["pointer"]) for each in response.json()["diagnostics"]] == [(3004, "/0/$expr")]


async def test_batch_is_not_debugged(client: Client, store: Store) -> None:
    """Debug mode is for one item."""
    body = {"flowId": await store(STEPS), "input": [1, 2], "debug": True}
    response = await client.post(f"{API}/runs", json=body)
    assert response.status_code == 400
    assert "one item" in response.json()["detail"]


async def test_client_that_goes_away(runtime: StepflowRuntime, client: Client, store: Store, gate: Gate) -> None:
    """The step that it waited for goes on; what it asked for beside does not begin."""
    debugger = await begun(client, await store(flow(step("a", "/wait"), step("b", "/noop", {"$step": "a"}))))
    async with asyncio.timeout(20):
        head = f"POST {API}/runs/{debugger.run_id}/debug/run-queue HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
        _, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        writer.write(head.encode())
        await gate.entered.wait()
        writer.transport.abort()
        # The server has seen that by the time at which it answers another request.
        assert (await client.get(f"{API}/health")).status_code == 200
        gate.open.set()
        result = await runtime.debug_eval(debugger.run_id, step_id="a")
    assert result.output == "done"
    assert (await debugger.get("queue"))["ready"] == ["b"]
