"""Connections that send nonsense, too much, too slowly or not to the end: each ends, and the server goes on."""

from __future__ import annotations

import asyncio
import gzip
import json
import resource
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from stepflow_runtime import StepContext, StepflowRuntime
from stepflow_server import Settings

from .sites import API, PATIENCE, SETTINGS, Site, received, site

HOST = b"Host: localhost\r\n"
JSON = b"Content-Type: application/json\r\n"
POST = b"POST /api/v1/blobs HTTP/1.1\r\n" + HOST + JSON
BODY = b'{"data":1}'
CHUNKS = b"a\r\n" + BODY + b"\r\n0\r\n\r\n"
CLOSE = b"Connection: close\r\n"


def problem(answer: bytes) -> dict[str, Any]:
    """The problem that an answer is, after the answers before it."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head.lower(), answer[:300]
    found: dict[str, Any] = json.loads(body)
    return found


def is_cut(connection: socket.socket, data: bytes) -> bool:
    """Send data again and again until the server has ended the connection."""
    try:
        while True:
            connection.sendall(data)
    except ConnectionError:
        return True


def first_line(connection: socket.socket) -> bytes:
    """How the first answer on a connection begins."""
    return connection.recv(65_536).partition(b"\r\n")[0]


# ---- requests that could be read in two ways


@pytest.mark.parametrize(
    "request_",
    [
        POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
        POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + CHUNKS,
        POST + b"Transfer-Encoding: xchunked\r\n\r\n" + CHUNKS,
        POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + CHUNKS,
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
        POST + b"Transfer-Encoding: gzip, chunked\r\n" + CLOSE + b"\r\n" + CHUNKS,
        POST + b"Transfer-Encoding : chunked\r\n\r\n" + CHUNKS,
        POST + b"Content-Length: 10\r\nContent-Length: 11\r\n\r\n" + BODY,
        POST + b"Content-Length: 10, 10\r\n\r\n" + BODY,
        POST + b"Content-Length: +10\r\n\r\n" + BODY,
        POST + b"Content-Length: 0xa\r\n\r\n" + BODY,
        POST + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n" + BODY,
        POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n" + BODY + b"\r\n0\r\n\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 40 + b"\r\n" + BODY,
        POST + b"Transfer-Encoding: chunked\r\n\r\na\n" + BODY + b"\n0\n\n",
        b"GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\nHost: example.org\r\n\r\n",
        b"GET /api/v1/health HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n",
        b"GET /api/v1/health HTTP/1.1\r\n" + HOST + b"X: a\x00b\r\n\r\n",
        b"GET /api/v1/health HTTP/1.1\nHost: localhost\n\n",
        b"GET /api/v1/health HTTP/1.1\r\n\r\n",
        b"get /api/v1/health HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /api/v1/\xff HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /api/v1/\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_ambiguous_requests(alone: Site, request_: bytes) -> None:
    """What a proxy could read in another way is 400, and nothing that follows on the connection is answered."""
    answer = alone.send(request_ + b"GET /api/v1/health HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")
    assert problem(answer)["status"] == 400
    assert b"healthy" not in answer


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET /api/v1/../v1/health", 404),
        (b"GET /api/v1/%2e%2e/v1/health", 404),
        (b"GET //api/v1/health", 404),
        (b"GET /api//v1/health", 404),
        (b"GET /api%2fv1/health", 404),
        (b"GET /api/v1/h%65alth", 404),
        (b"GET /api/v1/health/", 404),
        (b"GET /api/v1/health;x=1", 404),
        (b"GET /api/v1/health%00", 404),
        (b"GET /api/v1/health%0d%0aX:1", 404),
        (b"GET /api/v1/runs/%zz", 404),
        (b"GET /" + b"a/" * 3000, 404),
        (b"GET /docs/../../etc/passwd", 404),
        (b"CONNECT localhost:80", 404),
        (b"OPTIONS *", 404),
        (b"TRACE /api/v1/health", 405),
        (b"GET http://[::1/api/v1/health", 400),
        (b"GET http://x:99999/api/v1/health", 400),
    ],
)
def test_paths_and_targets(alone: Site, line: bytes, status: int) -> None:
    """Paths mean what they say, byte by byte: no dots, doubled slashes or escapes lead to anything else."""
    assert problem(alone.send(line + b" HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"))["status"] == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (b"localhost", 200), (b"LOCALHOST:7837", 200), (b"127.0.0.1", 200), (b"127.9.9.9:80", 200), (b"[::1]:1", 200),
        (b"api.localhost", 200), (b"", 200), (b"evil.example", 421), (b"localhost.evil.example", 421),
        (b"127.0.0.1.evil.example:80", 421), (b"evil.example:127.0.0.1", 421), (b"localhost@evil", 421),
        (b"169.254.169.254", 421), (b"\xff", 421), (b"a" * 5000, 421),
    ],
)  # fmt: skip
def test_names_of_the_server(alone: Site, host: bytes, status: int) -> None:
    """Without a key the server answers only to its own names: a page whose name leads here gets nothing (421)."""
    answer = alone.send(b"GET /api/v1/runs HTTP/1.1\r\nHost: " + host + b"\r\n" + CLOSE + b"\r\n")
    assert int(answer.split(b" ")[1]) == status
    assert status == 200 or problem(answer)["type"].endswith("/misdirected")


@pytest.mark.parametrize("more", [{"api_key": "k"}, {"insecure": True}])
def test_any_name_of_a_server_with_a_key(more: dict[str, Any]) -> None:
    """Where there is a key, or who reaches the server may do everything, its name does not matter."""
    with site("alone", Settings(port=0, **more)) as made:
        headers = {"Host": "flows.example.org", "Authorization": "Bearer k"}
        assert made.client.get(f"{API}/runs", headers=headers).status_code == 200


# ---- what is old or optional in HTTP


def test_old_http(alone: Site) -> None:
    """HTTP/1.0 is answered, without a name of the server too, and the connection ends."""
    answer = alone.send(b"POST /api/v1/blobs HTTP/1.0\r\n" + JSON + b"Content-Length: 10\r\n\r\n" + BODY)
    assert answer.startswith(b"HTTP/1.0 201 ")


@pytest.mark.parametrize(
    ("expected", "first"),
    [(b"100-continue", b"HTTP/1.1 100 "), (b"100-Continue", b"HTTP/1.1 100 "), (b"200-ok", b"HTTP/1.1 417 ")],
)
def test_expectations(alone: Site, expected: bytes, first: bytes) -> None:
    """A client may wait to be told to send its body, and may expect nothing else."""
    with alone.connected() as connection:
        connection.sendall(POST + CLOSE + b"Expect: " + expected + b"\r\nContent-Length: 10\r\n\r\n")
        assert connection.recv(1000).startswith(first)


def test_pipelined_requests(alone: Site) -> None:
    """Requests that come without waiting are answered in their order; after nonsense the connection ends."""
    one = b"GET /api/v1/health HTTP/1.1\r\n" + HOST + b"\r\n"
    assert alone.send(one * 3 + one.replace(HOST, HOST + CLOSE)).count(b"HTTP/1.1 200 ") == 4
    with alone.connected() as connection:
        connection.sendall(one)
        assert connection.recv(2000).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"NONSENSE\r\n\r\n" + one)
        assert received(connection).count(b"healthy") == 0


def test_flood_of_pipelined_requests(alone: Site) -> None:
    """Who sends requests and reads no answers is stopped, and then cut."""
    with alone.connected() as connection:
        assert is_cut(connection, b"GET /docs HTTP/1.1\r\n" + HOST + b"\r\n")


def test_upgrades_are_declined(alone: Site) -> None:
    """A request to speak another protocol is answered in this one."""
    upgrade = b"Connection: Upgrade, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n\r\n"
    assert alone.send(b"GET /api/v1/health HTTP/1.1\r\n" + HOST + upgrade).startswith(b"HTTP/1.1 200 ")


# ---- too much


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /api/v1/health HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET /api/v1/health HTTP/1.1\r\n" + HOST + b"X: y\r\n" * 10_000 + b"\r\n",
        b"GET /api/v1/health?" + b"a" * 100_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"A" * 100_000 + b" / HTTP/1.1\r\n" + HOST + b"\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\na\r\n" + BODY + b"\r\n0\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
    ],
)
def test_floods_of_headers(alone: Site, request_: bytes) -> None:
    """Lines and headers are bounded in size and number."""
    assert problem(alone.send(request_))["status"] == 400


def test_body_without_end(served: Site) -> None:
    """A body in chunks that goes on beyond the limit is refused."""
    with served.connected() as connection:
        chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 20)
        assert first_line(connection).startswith(b"HTTP/1.1 413 ")


def test_body_without_end_is_not_taken(alone: Site) -> None:
    """Who goes on sending what was refused is cut."""
    with alone.connected() as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        assert is_cut(connection, b"4000\r\n" + b" " * 0x4000 + b"\r\n")


def test_length_beyond_the_limit(served: Site) -> None:
    """A length beyond the limit is refused before the body is there."""
    with served.connected() as connection:
        connection.sendall(POST + b"Content-Length: 200001\r\n\r\n")
        assert first_line(connection).startswith(b"HTTP/1.1 413 ")


def test_body_that_nobody_wants(alone: Site) -> None:
    """A request without a body that has one all the same is answered, and the rest of a huge one is not taken."""
    with alone.connected() as connection:
        connection.sendall(b"GET /api/v1/health HTTP/1.1\r\n" + HOST + b"Content-Length: 10000000000\r\n\r\n")
        assert first_line(connection) == b"HTTP/1.1 200 OK"
        assert is_cut(connection, b"x" * 65_536)


def test_bombs(served: Site) -> None:
    """What unpacks to more than it seems is never unpacked."""
    packed = gzip.compress(b'{"data":"' + b" " * 50_000_000 + b'"}')
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert served.client.post(f"{API}/blobs", content=packed, headers=headers).status_code == 415


def test_more_connections_than_there_may_be(alone: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client for which there is no place is told so; those that are connected go on, and places become free."""
    from stepflow_server import connections

    files = connections.SPARE_FILES + 3
    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))
    request = b"GET /api/v1/health HTTP/1.1\r\n" + HOST + b"\r\n"

    def answered(connection: socket.socket) -> int:
        connection.sendall(request)
        return int(connection.recv(2000).split(b" ")[1])

    with site("alone") as made:
        places = [made.connected() for _ in range(3)]
        assert [answered(each) for each in places] == [200, 200, 200]
        assert problem(made.send(b""))["status"] == 503
        assert [answered(each) for each in places] == [200, 200, 200]
        for each in places:
            each.close()
        while made.send(request + request.replace(HOST, HOST + CLOSE)).count(b" 200 ") < 2:
            pass


# ---- too slow


@pytest.fixture(scope="module")
def impatient() -> Iterator[Site]:
    """A server that waits for requests only a moment."""
    with site("alone", Settings(port=0, keep_alive=0.3)) as made:
        yield made


def test_heads_that_do_not_come(impatient: Site) -> None:
    """A connection whose request does not come ends without an answer."""
    beginnings = (b"", b"GET", b"GET / HTTP/1.1\r\nHost:", b"\r\n" * 100)
    connections = [impatient.connected() for _ in beginnings]
    for connection, begun in zip(connections, beginnings, strict=True):
        connection.sendall(begun)
    assert [received(each) for each in connections] == [b""] * 4
    for connection in connections:
        connection.close()


def test_heads_that_drip(impatient: Site) -> None:
    """A head that comes byte by byte gains no time."""
    with impatient.connected() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n" + HOST + b"X: ")
        connection.settimeout(0.02)
        for _ in range(1000):
            try:
                connection.sendall(b"y")
                if connection.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except ConnectionError:
                return
    pytest.fail("the connection stays")


def test_bodies_that_drip(served: Site) -> None:
    """A body that comes byte by byte has no more time than any."""
    with served.connected() as connection:
        connection.sendall(POST + b"Content-Length: 100000\r\n\r\n")
        connection.settimeout(0.05)
        answer = b""
        while not answer:
            try:
                connection.sendall(b" ")
                answer = connection.recv(2000)
            except TimeoutError:
                continue
        connection.settimeout(PATIENCE)
        while not answer.endswith(b"}"):
            part = connection.recv(2000)
            assert part, answer
            answer += part
    assert problem(answer)["status"] == 408


def test_large_answers_that_are_not_read(alone: Site) -> None:
    """Who asks for much and reads nothing is cut; who reads gets everything."""
    value = "x" * 150_000
    flow = {"output": [{"$input": "$"}] * 150}
    flow_id = alone.client.post(f"{API}/flows", json={"flow": flow}).json()["flowId"]
    run = alone.client.post(f"{API}/runs", json={"flowId": flow_id, "input": [value]})
    assert run.json()["result"]["result"] == [value] * 150
    path = run.headers["location"].encode()
    with alone.connected() as connection:
        connection.sendall(b"GET " + path + b"/items HTTP/1.1\r\n" + HOST + b"\r\n")
        try:
            while alone.client.get(f"{API}/health").status_code == 200:
                connection.sendall(b"\r\n")
        except ConnectionError:
            return
    pytest.fail("the connection stays")


def test_large_answers_that_are_read(served: Site) -> None:
    """Large answers arrive whole, with their length, and the connection goes on."""
    value = "x\u00e9" * 40_000
    path = f"{API}/blobs/{served.client.post(f'{API}/blobs', json={'data': value}).json()['blobId']}"
    for _ in range(3):
        whole = served.client.get(path)
        assert whole.json()["data"] == value
        head = served.client.head(path)
        assert (head.content, head.headers["content-length"]) == (b"", str(len(whole.content)))
        octets = served.client.get(path, headers={"Accept": "application/octet-stream"})
        assert octets.headers["content-length"] == str(len(octets.content)) == str(3 * 40_000 + 2)


# ---- not to the end


def flood(runtime: StepflowRuntime) -> None:
    """Give a runtime a component that tells much."""

    @runtime.component("/flood")
    async def _(ctx: StepContext) -> None:
        for _ in range(200):
            ctx.emit("x" * 200_000)
            await asyncio.sleep(0)


# Under ASGI the server holds the connection: the application can let go of the stream, but not cut it.
@pytest.mark.parametrize("carrier", ["alone", "aiohttp"])
def test_streams_that_are_not_read(carrier: str) -> None:
    """Who follows a run and reads nothing is cut, however much there is to tell; others get everything."""
    with site(carrier, SETTINGS, flood) as made:
        flow = {"steps": [{"id": "a", "component": "/flood"}], "output": {"$step": "a"}}
        flow_id = made.client.post(f"{API}/flows", json={"flow": flow}).json()["flowId"]
        run = made.client.post(f"{API}/runs", json={"flowId": flow_id, "input": [{}], "wait": False}).json()["runId"]
        with made.connected() as connection:
            connection.sendall(f"GET {API}/runs/{run}/events HTTP/1.1\r\n".encode() + HOST + b"\r\n")
            assert made.client.get(f"{API}/runs/{run}/events").text.count("event: step_output") == 200
            try:
                while made.client.get(f"{API}/health").status_code == 200:
                    connection.sendall(b"\r\n")
            except ConnectionError:
                return
    pytest.fail("the connection stays")


def never(runtime: StepflowRuntime) -> None:
    """Give a runtime a component that goes on until it is cancelled."""

    @runtime.component("/never")
    async def _() -> None:
        await asyncio.Event().wait()


@pytest.fixture(scope="module", params=["alone", "aiohttp", "uvicorn"])
def endless(request: pytest.FixtureRequest) -> Iterator[tuple[Site, str]]:
    """A server with a run that does not end; after the tests it is still there."""
    with site(request.param, prepare=never) as made:
        flow = {"steps": [{"id": "a", "component": "/never"}], "output": {"$step": "a"}}
        flow_id = made.client.post(f"{API}/flows", json={"flow": flow}).json()["flowId"]
        run = made.client.post(f"{API}/runs", json={"flowId": flow_id, "input": [1], "wait": False}).json()["runId"]
        yield made, run
        assert made.client.get(f"{API}/runs/{run}").json()["status"] == "running"
        assert made.works()
        made.client.post(f"{API}/runs/{run}/cancel")


@pytest.mark.parametrize(
    "begun",
    [
        POST + b"Content-Length: 100\r\n\r\n" + BODY,
        POST + b"Transfer-Encoding: chunked\r\n\r\nff\r\n" + BODY,
        POST + b"Transfer-Encoding: chunked\r\n\r\na\r\n" + BODY,
        POST + b"Expect: 100-continue\r\nContent-Length: 100\r\n\r\n",
    ],
)
@pytest.mark.parametrize("how", ["closed", "reset", "half"])
def test_uploads_that_are_cut(endless: tuple[Site, str], begun: bytes, how: str) -> None:
    """A client that goes while it sends harms nobody."""
    made, _ = endless
    with made.connected() as connection:
        connection.sendall(begun)
        if how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        elif how == "half":
            connection.shutdown(socket.SHUT_WR)
            assert b" 201 " not in received(connection)
    assert made.client.get(f"{API}/health").status_code == 200


@pytest.mark.parametrize("how", ["closed", "reset", "half"])
@pytest.mark.parametrize("what", ["events?since=-1", "?wait=true&timeoutSecs=1000"])
def test_answers_that_are_cut(endless: tuple[Site, str], what: str, how: str) -> None:
    """Clients that go while they are streamed to, or while they wait, take nothing with them but their place."""
    made, run = endless
    separator = "/" if what.startswith("events") else ""
    request = f"GET {API}/runs/{run}{separator}{what} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    connections = [made.connected() for _ in range(20)]
    for each in connections:
        each.sendall(request)
        if separator:
            assert each.recv(1000).startswith(b"HTTP/1.1 200 ")
    for each in connections:
        if how == "reset":
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        elif how == "half":
            each.shutdown(socket.SHUT_WR)
        each.close()
    assert made.client.get(f"{API}/runs/{run}").json()["status"] == "running"
