"""The API as an ASGI application, mounted and by itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from server_kit import API, ECHO, NEVER, WAITING, Client, Contract, Gate, parse_sse
from stepflow_core import ServerError
from stepflow_runtime import StepflowRuntime
from stepflow_server import AsgiApp, Settings

Send = Callable[[Any], Awaitable[None]]


@pytest.fixture
def app(runtime: StepflowRuntime) -> AsgiApp:
    return AsgiApp(runtime)


def client_of(app: Any, contract: Contract, **options: Any) -> Client:
    return Client(contract, transport=httpx.ASGITransport(app), base_url="http://host", **options)


def http_scope(path: str, **more: Any) -> dict[str, Any]:
    raw = path.encode()
    return {
        "type": "http", "method": "GET", "path": path, "raw_path": raw, "query_string": b"", "headers": [], **more
    }  # fmt: skip


class Wire:
    """The server's side of one request, in the test's hands."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self.sent: list[dict[str, Any]] = []
        self._messages = list(messages)
        self._gone = asyncio.Event()
        self.got = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        if self._messages:
            return self._messages.pop(0)
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        self.got.set()

    def leave(self) -> None:
        self._gone.set()

    @property
    def body(self) -> bytes:
        return b"".join(each.get("body", b"") for each in self.sent)


async def test_everything_works(app: AsgiApp, contract: Contract) -> None:
    """The operations are those of the server."""
    async with client_of(app, contract) as client:
        stored = await client.post(f"{API}/flows", json={"flow": ECHO})
        run = await client.post(f"{API}/runs", json={"flowId": stored.json()["flowId"], "input": [{"x": 1.0}]})
        assert run.text.endswith('"result":{"x":1.0}}}')
        assert (await client.get(run.headers["location"])).json()["status"] == "completed"
        events = await client.get(f"{run.headers['location']}/events", params={"since": 1})
        assert parse_sse(events.text)[-1].event == "run_completed"
        assert (await client.head(f"{API}/runs")).content == b""
        assert (await client.delete(run.headers["location"])).status_code == 204
        assert (await client.get(f"{API}/runs/{NEVER}")).status_code == 404
        assert (await client.post(f"{API}/runs", content=b"{")).status_code == 415
        assert (await client.get("/docs")).headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "scope",
    [
        {"root_path": "/a b", "path": "/a b/api/v1/health", "raw_path": b"/a%20b/api/v1/health"},
        {"root_path": "/a b", "path": "/a b/api/v1/health", "raw_path": None},
        {"root_path": "/a b", "path": "/api/v1/health", "raw_path": b"/api/v1/health"},
        {"root_path": "", "path": "/api/v1/health", "raw_path": b"/api/v1/health?x=1"},
        {"path": "/api/v1/health"},
    ],
)
async def test_mounted_in_every_way(app: AsgiApp, scope: dict[str, Any]) -> None:
    """Frameworks differ in whether the path begins with the mount's; all of them are understood."""
    wire = Wire({"type": "http.request"})
    await app({"type": "http", "method": "GET", "headers": [], **scope}, wire.receive, wire.send)
    assert wire.sent[0]["status"] == 200


async def test_places_are_below_the_mount(app: AsgiApp) -> None:
    """What the API names is below the mount."""
    wire = Wire(
        {"type": "http.request", "body": b'{"data":', "more_body": True}, {"type": "http.request", "body": b"1}"}
    )
    scope = http_scope("/flows/api/v1/blobs", root_path="/flows", method="POST")
    scope["headers"] = [(b"content-type", b"application/json"), (b"content-length", b"10")]
    await app(scope, wire.receive, wire.send)
    headers = dict(wire.sent[0]["headers"])
    assert headers[b"location"].startswith(b"/flows/api/v1/blobs/")


async def test_limit_of_bodies(runtime: StepflowRuntime, contract: Contract) -> None:
    """A body beyond the limit is 413, told in advance or not."""
    async with client_of(AsgiApp(runtime, Settings(max_body=10)), contract) as client:
        headers = {"Content-Type": "application/json"}
        for content in (b" " * 11, parts(b" " * 6, b" " * 6)):
            assert (await client.post(f"{API}/runs", content=content, headers=headers)).status_code == 413
        bad = {**headers, "Content-Length": "ten"}
        assert (await client.post(f"{API}/runs", content=b"{}", headers=bad)).status_code == 400


async def parts(*content: bytes) -> AsyncIterator[bytes]:
    for each in content:
        yield each


async def test_body_that_does_not_come(runtime: StepflowRuntime) -> None:
    """A body is not waited for for ever, and a client that goes while it sends is not answered to."""
    app = AsgiApp(runtime, Settings(read_timeout=0.01))
    headers = [(b"content-type", b"application/json")]
    slow = Wire()
    await app(http_scope(f"{API}/runs", method="POST", headers=headers), slow.receive, slow.send)
    assert slow.sent[0]["status"] == 408
    gone = Wire()
    gone.leave()
    await app(http_scope(f"{API}/runs", method="POST", headers=headers), gone.receive, gone.send)
    assert gone.sent[0]["status"] == 499


async def waiting_run(runtime: StepflowRuntime) -> str:
    flow_id = (await runtime.store_flow(WAITING)).flow_id
    return (await runtime.create_run(flow_id, 1, wait=False)).run_id


async def test_client_that_goes_ends_its_stream(app: AsgiApp, runtime: StepflowRuntime, gate: Gate) -> None:
    """A stream ends when the server says that the client has gone."""
    wire = Wire({"type": "http.request"})
    scope = http_scope(f"{API}/runs/{await waiting_run(runtime)}/events")
    answering = asyncio.create_task(app(scope, wire.receive, wire.send))
    while b"step_started" not in wire.body:
        wire.got.clear()
        await wire.got.wait()
    wire.leave()
    await answering


async def test_closing_ends_streams(app: AsgiApp, runtime: StepflowRuntime, gate: Gate) -> None:
    """`close` ends the streams; what comes then is refused."""
    wire = Wire({"type": "http.request"})
    scope = http_scope(f"{API}/runs/{await waiting_run(runtime)}/events")
    answering = asyncio.create_task(app(scope, wire.receive, wire.send))
    await wire.got.wait()
    await app.close()
    await answering
    assert wire.sent[-1] == {"type": "http.response.body", "body": b""}
    late = Wire({"type": "http.request"})
    await app(http_scope(f"{API}/runs"), late.receive, late.send)
    assert late.sent[0]["status"] == 503


async def test_reader_that_stalls_is_let_go(runtime: StepflowRuntime, gate: Gate) -> None:
    """A client that takes nothing is not waited for for ever."""
    app = AsgiApp(runtime, Settings(write_timeout=0.01))
    begun: list[Any] = []

    async def send(message: Any) -> None:
        begun.append(message)
        if len(begun) > 1:
            await asyncio.Event().wait()

    wire = Wire({"type": "http.request"})
    await app(http_scope(f"{API}/runs/{await waiting_run(runtime)}/events"), wire.receive, send)
    assert len(begun) == 2


async def test_failure_breaks_a_stream_off(runtime: StepflowRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that cannot go on does not look as if it had ended."""
    run_id = (await runtime.create_run((await runtime.store_flow(ECHO)).flow_id, 1)).run_id

    async def failing(*_: Any, follow: bool = True, **more: Any) -> AsyncIterator[Any]:
        if follow:
            raise ServerError("the store is gone")
        return
        yield

    monkeypatch.setattr(runtime, "events", failing)
    wire = Wire({"type": "http.request"})
    with pytest.raises(ServerError):
        await AsgiApp(runtime)(http_scope(f"{API}/runs/{run_id}/events"), wire.receive, wire.send)
    assert [each["type"] for each in wire.sent] == ["http.response.start"]


async def test_life(app: AsgiApp) -> None:
    """A server that tells of its start and end is answered."""
    wire = Wire({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    await app({"type": "lifespan"}, wire.receive, wire.send)
    assert [each["type"] for each in wire.sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_web_sockets_are_refused(app: AsgiApp) -> None:
    """There is nothing here for web sockets."""
    wire = Wire({"type": "websocket.connect"})
    await app({"type": "websocket", "path": "/"}, wire.receive, wire.send)
    assert wire.sent == [{"type": "websocket.close", "code": 1003}]
