"""Streams of events over HTTP."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from server_kit import API, ECHO, NEVER, WAITING, Client, Gate, Sent, Serve, Store, flow, parse_sse, step
from stepflow_runtime import StepContext, StepflowRuntime


async def run_of(client: Client, flow_id: str, *inputs: Any, **more: Any) -> str:
    response = await client.post(f"{API}/runs", json={"flowId": flow_id, "input": list(inputs), **more})
    return str(response.json()["runId"])


async def events_of(client: Client, run_id: str, query: str = "", **headers: str) -> list[Sent]:
    response = await client.get(f"{API}/runs/{run_id}/events?{query}", headers=headers)
    assert response.status_code == 200, response.text
    return parse_sse(response.text)


async def test_finished_run_is_replayed(client: Client, store: Store) -> None:
    """The events of a run that has ended come at once, in order and numbered from 0, and then the stream ends."""
    run_id = await run_of(client, await store(flow(step("a", "/noop", {"$input": "$"}))), 7)
    response = await client.get(f"{API}/runs/{run_id}/events")
    assert response.headers["content-type"] == "text/event-stream"
    assert (response.headers["cache-control"], response.headers["x-accel-buffering"]) == ("no-cache", "no")
    sent = parse_sse(response.text)
    assert [each.id for each in sent] == [str(number) for number in range(len(sent))]
    assert [each.event for each in sent] == [
        "run_created", "steps_needed", "step_ready", "step_started", "step_completed", "item_completed", "run_completed",
    ]  # fmt: skip
    for each in sent:
        assert (each.data["event"], each.data["sequenceNumber"], each.data["runId"]) == (
            each.event,
            int(each.id),
            run_id,
        )
        client.contract.check_value("RunEvent", each.data)
    completed = next(each.data for each in sent if each.event == "step_completed")
    assert completed["result"] == {"outcome": "success", "result": 7}
    assert {"durationMs", "status", "address", "stepId", "attempt", "itemIndex", "timestamp"} <= set(completed)


async def test_lines(client: Client, store: Store) -> None:
    """Who accepts NDJSON gets the same objects, one to a line."""
    run_id = await run_of(client, await store(ECHO), 1)
    response = await client.get(f"{API}/runs/{run_id}/events", headers={"Accept": "application/x-ndjson"})
    assert response.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert lines == [each.data for each in await events_of(client, run_id)]


@pytest.mark.parametrize(
    ("query", "headers", "first"),
    [
        ("since=-1", {}, 0),
        ("since=3", {}, 4),
        ("since=3", {"Last-Event-ID": "1"}, 2),
        ("", {"Last-Event-ID": "5"}, 6),
        ("since=2", {"Last-Event-ID": ""}, 3),
        ("since=6", {}, None),
        ("since=999", {}, None),
    ],
)
async def test_going_on_where_one_was(
    client: Client, store: Store, query: str, headers: dict[str, str], first: int | None
) -> None:
    """A stream begins after `since`, or after what the client has received last."""
    run_id = await run_of(client, await store(flow(step("a", "/noop", 1))), 1)
    sent = await events_of(client, run_id, f"{query}&follow=false", **headers)
    assert [int(each.id) for each in sent] == ([] if first is None else list(range(first, 7)))


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("since=x", {}),
        ("since=-2", {}),
        ("follow=maybe", {}),
        ("eventTypes=run_complete", {}),
        ("types=run_completed", {}),
        ("", {"Last-Event-ID": "x"}),
        ("", {"Last-Event-ID": "-1"}),
        ("", {"Last-Event-ID": "9" * 40}),
    ],
)
async def test_streams_that_are_refused(client: Client, store: Store, query: str, headers: dict[str, str]) -> None:
    """What cannot be streamed is refused before the stream begins."""
    run_id = await run_of(client, await store(ECHO), 1)
    response = await client.get(f"{API}/runs/{run_id}/events?{query}", headers=headers)
    assert response.status_code == 400


async def test_choosing_events(client: Client, store: Store) -> None:
    """Chosen types leave gaps in the numbers; results can be left out."""
    run_id = await run_of(client, await store(flow(step("a", "/noop", 1))), 1)
    for query in ("eventTypes=step_completed,run_completed", "eventTypes=step_completed&eventTypes=run_completed"):
        sent = await events_of(client, run_id, query)
        assert [(each.id, each.event) for each in sent] == [("4", "step_completed"), ("6", "run_completed")]
        assert "result" in sent[0].data
    without = await events_of(client, run_id, "includeResults=false")
    assert len(without) == 7
    assert not any("result" in each.data for each in without)


async def test_events_of_sub_runs(client: Client, store: Store) -> None:
    """Sub-runs share the numbers of their root and can be left out; alone they end with their own end."""
    sub = {"flow": {"$literal": ECHO}, "input": 1}
    run_id = await run_of(client, await store(flow(step("a", "/builtin/eval", sub))), 1)
    every = await events_of(client, run_id)
    own = await events_of(client, run_id, "includeSubRuns=false")
    assert [int(each.id) for each in every] == list(range(len(every)))
    assert own == [each for each in every if each.data["runId"] == run_id]
    assert len(own) < len(every)
    inner = next(each.data["runId"] for each in every if each.event == "sub_run_created")
    alone = await events_of(client, inner)
    assert alone == [each for each in every if each.data["runId"] == inner]
    assert alone[-1].event == "run_completed"


async def test_chunks_of_output(client: Client, runtime: StepflowRuntime, store: Store) -> None:
    """Chunks have no number of their own: they carry the last one and an index, and any value, null too."""

    @runtime.component("/talk")
    async def talk(ctx: StepContext) -> int:
        for chunk in ("a\n\nb", None, {"n": 1}):
            ctx.emit(chunk)
        return 1

    run_id = await run_of(client, await store(flow(step("a", "/talk"))), 1)
    sent = await events_of(client, run_id)
    chunks = [each for each in sent if each.event == "step_output"]
    assert [each.data["chunk"] for each in chunks] == ["a\n\nb", None, {"n": 1}]
    assert [each.data["chunkIndex"] for each in chunks] == [0, 1, 2]
    assert {(each.id, each.data["sequenceNumber"]) for each in chunks} == {(None, 3)}
    again = await events_of(client, run_id, "since=3")
    assert [each.event for each in again][:4] == ["step_output"] * 3 + ["step_completed"]


# ---- live


class Listener:
    """A client that reads a stream while it comes."""

    def __init__(self, client: Client, run_id: str, query: str = "") -> None:
        self._request = client.build_request("GET", f"{API}/runs/{run_id}/events?{query}")
        self._client = client
        self._text = ""

    async def __aenter__(self) -> Listener:
        self.response = await self._client.send(self._request, stream=True)
        self._parts = self.response.aiter_text()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.response.aclose()

    async def until(self, event: str | None) -> list[Sent]:
        """Read on until an event (a comment, for `None`) has come."""
        while not any(each.event == event for each in parse_sse(self._text)):
            await self.more()
        return parse_sse(self._text)

    async def more(self) -> None:
        """Read a little."""
        self._text += await anext(self._parts)

    async def rest(self) -> list[Sent]:
        """Read to the end."""
        async for part in self._parts:
            self._text += part
        return parse_sse(self._text)


async def test_replay_goes_over_into_what_comes(client: Client, store: Store, gate: Gate) -> None:
    """A stream of a run that goes on begins with what was, waits, and goes on without a gap or a repetition."""
    run_id = await run_of(client, await store(WAITING), 1, wait=False)
    async with Listener(client, run_id) as listener:
        begun = await listener.until("step_started")
        assert begun[-1].event == "step_started"
        gate.open.set()
        every = await listener.rest()
    assert [int(each.id) for each in every] == list(range(len(every)))
    assert every[-1].event == "run_completed"
    assert every == await events_of(client, run_id)


async def test_not_following_ends_where_things_stand(client: Client, store: Store, gate: Gate) -> None:
    """With `follow=false` a stream ends with what has happened so far."""
    run_id = await run_of(client, await store(WAITING), 1, wait=False)
    await gate.entered.wait()
    assert [each.event for each in await events_of(client, run_id, "follow=false")][-1] == "step_started"


async def test_readers_at_different_places(client: Client, store: Store, gate: Gate) -> None:
    """Readers that come early, late and after a cut get all that they have not seen, each once."""
    run_id = await run_of(client, await store(WAITING), *range(20), wait=False)
    async with Listener(client, run_id) as early:
        await early.until("step_started")
        async with Listener(client, run_id, "since=30") as late, Listener(client, run_id) as cut:
            seen = await cut.until("steps_needed")
            gate.open.set()
            every, later = await early.rest(), await late.rest()
    last = int(seen[-1].id or 0)
    after = await events_of(client, run_id, **{"Last-Event-ID": str(last)})
    assert [int(each.id) for each in every] == list(range(len(every)))
    assert later == every[31:]
    assert seen + after == every


async def test_idle_streams_are_kept_alive(runtime: StepflowRuntime, serve: Serve, gate: Gate) -> None:
    """While nothing happens comments come."""
    async with serve(runtime, heartbeat=0.01) as client:
        flow_id = (await client.post(f"{API}/flows", json={"flow": WAITING})).json()["flowId"]
        run_id = await run_of(client, flow_id, 1, wait=False)
        async with Listener(client, run_id) as listener:
            while sum(each.event is None for each in await listener.until(None)) < 2:
                await listener.more()


async def test_client_that_goes_is_forgotten(runtime: StepflowRuntime, contract: Any, gate: Gate) -> None:
    """When a client goes away its reader ends at once, with the last one the reading of events too."""
    from server_kit import Client
    from stepflow_server.http_server import HttpServer
    from stepflow_server.settings import Settings

    server = HttpServer(runtime, Settings(port=0))
    url = await server.start()
    hub = server._api.service.events
    async with Client(contract, base_url=url) as client:
        flow_id = (await client.post(f"{API}/flows", json={"flow": WAITING})).json()["flowId"]
        run_id = await run_of(client, flow_id, 1, wait=False)
        async with Listener(client, run_id) as listener:
            await listener.until("step_started")
            assert (len(hub._readers), len(hub._feeds)) == (1, 1)
        while hub._readers or hub._feeds:
            await asyncio.sleep(0)
    await server.close()


async def test_client_that_waits_long_and_goes(client: Client, store: Store, gate: Gate) -> None:
    """A request that waits long is given up when its client goes; the run goes on."""
    run_id = await run_of(client, await store(WAITING), 1, wait=False)
    before = asyncio.all_tasks()
    with pytest.raises(httpx.ReadTimeout):
        await client.get(f"{API}/runs/{run_id}?wait=true&timeoutSecs=1000", timeout=0.05)
    while len(asyncio.all_tasks()) > len(before):
        await asyncio.sleep(0)
    assert (await client.get(f"{API}/runs/{run_id}")).json()["status"] == "running"


async def test_slow_readers_hold_up_nobody(runtime: StepflowRuntime, serve: Serve) -> None:
    """A client that does not read what it is sent is let go after a while; others get everything meanwhile."""
    async with serve(runtime, write_timeout=0.2) as client:
        flow_id = (await client.post(f"{API}/flows", json={"flow": ECHO})).json()["flowId"]
        run_id = await run_of(client, flow_id, *(["x" * 10_000] * 3_000))
        reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port, limit=1024)
        writer.write(f"GET {API}/runs/{run_id}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        await reader.readline()
        every = await events_of(client, run_id)
        assert every[-1].event == "run_completed"
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            while True:  # what is in the buffers of the connection still comes
                await reader.readexactly(65_536)
        writer.close()


async def test_unknown_run(client: Client) -> None:
    """A run that is not there has no events."""
    assert (await client.get(f"{API}/runs/{NEVER}/events")).status_code == 404


async def test_head_of_a_stream(client: Client, store: Store, gate: Gate) -> None:
    """HEAD tells what a stream would be and begins none."""
    run_id = await run_of(client, await store(WAITING), 1, wait=False)
    head = await client.head(f"{API}/runs/{run_id}/events")
    assert (head.status_code, head.headers["content-type"]) == (200, "text/event-stream")


async def test_old_http(client: Client, store: Store) -> None:
    """A client of HTTP/1.0 gets the stream without chunks, up to the end of the connection."""
    run_id = await run_of(client, await store(ECHO), 1)
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    writer.write(f"GET {API}/runs/{run_id}/events HTTP/1.0\r\n\r\n".encode())
    head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    assert "chunked" not in head.lower()
    assert parse_sse(body)[-1].event == "run_completed"
    writer.close()
