"""HTTP as such: methods, kinds of content, limits, keys, origins, and requests that are no HTTP."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import Any

import pytest
from server_kit import API, ECHO, NEVER, Client, Serve
from stepflow_core import ConflictError
from stepflow_runtime import StepflowRuntime

RUNS = f"{API}/runs"
AS_JSON = {"Content-Type": "application/json"}


async def raw(client: Client, request: bytes, *, half_close: bool = False) -> bytes:
    """Everything that the server answers to bytes, until it closes the connection."""
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    writer.write(request)
    if half_close:
        writer.write_eof()
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


def problem_in(answer: bytes) -> dict[str, Any]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head.lower()
    problem: dict[str, Any] = json.loads(body)
    return problem


# ---- paths and methods


@pytest.mark.parametrize(
    "path",
    ["/", "/api/v1", "/api/v1/", "/api/v2/health", f"{RUNS}/", "//api/v1/health", f"{API}/health/x", f"{API}/runs/%zz",
     "/%00", "/" + "a" * 3000, f"{API}/flows/../health", "/api/v1/openapi.yaml"],
)  # fmt: skip
async def test_unknown_paths(client: Client, path: str) -> None:
    """What is not there is 404, with a hint where to look."""
    answer = await raw(client, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert problem_in(answer)["type"].endswith("/not-found")


@pytest.mark.parametrize(("method", "path"), [("PUT", RUNS), ("POST", f"{API}/health"), ("PATCH", "/docs")])
async def test_other_methods(client: Client, method: str, path: str) -> None:
    """A method that a path does not have is 405, and says which it has."""
    response = await client.request(method, path)
    assert response.status_code == 405
    assert "OPTIONS" in response.headers["allow"]
    assert method not in response.headers["allow"].split(", ")


async def test_head_and_options(client: Client) -> None:
    """HEAD is GET without the body; OPTIONS tells the methods."""
    head, options = await client.head(RUNS), await client.options(RUNS)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 0
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert (await client.options(f"{API}/nothing")).status_code == 404


async def test_absolute_form(client: Client) -> None:
    """A request through a proxy names the whole URL."""
    answer = await raw(
        client, f"GET http://x{API}/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    )
    assert answer.startswith(b"HTTP/1.1 200 ")


# ---- bodies


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "a value is expected"),
        (b"{", "a key in double quotes"),
        (b"{'a': 1}", "double quotes"),
        (b'{"input": [1,]}', "comma"),
        (b'{"input": [NaN]}', "NaN"),
        (b'{"input": [1e999]}', "too large"),
        (b'{"input": [' + b"1" * 5000 + b"]}", "digits"),
        (b'{"input": ["\\ud800"]}', "surrogate"),
        (b'{"input": ["\xff"]}', "UTF-8"),
        (b'\xff\xfe{\x00}\x00', "UTF-8"),
        (b'{"input": [{"a": 1, "a": 2}]}', "twice"),
        (b'{"input": [], "input": [1]}', "twice"),
        (b'{"input": [' + b"[" * 200 + b"]" * 200 + b"]}", "130 levels"),
        (b"[" * 100_000, "nested"),
        (b'{"a":' * 100_000, "nested"),
        (b'{"input": [1]} x', "has ended"),
    ],
)  # fmt: skip
async def test_what_is_no_json(client: Client, body: bytes, says: str) -> None:
    """A body that is not strict JSON within the limits is 400, and says what is wrong."""
    response = await client.post(RUNS, content=body, headers=AS_JSON)
    assert response.status_code == 400
    assert says in response.json()["detail"]


async def test_faults_have_a_place(client: Client) -> None:
    """Line, column and pointer of what is not JSON are told."""
    response = await client.post(RUNS, content=b'{"flowId": "x",\n "input": [{"a": 1, "a": 2}]}', headers=AS_JSON)
    error = response.json()["errors"][0]
    assert (error["pointer"], "line 2, column 2" in error["message"]) == ("/input/0/a", True)


async def test_large_faulty_body_is_refused_without_a_place(client: Client) -> None:
    """Looking for the place of a fault takes time, so large bodies go without."""
    body = b'{"input": ["' + b"x" * 1_100_000 + b'", {"a": 1, "a": 2}]}'
    response = await client.post(RUNS, content=body, headers=AS_JSON)
    assert (response.status_code, "line" in response.json()["detail"]) == (400, False)


@pytest.mark.parametrize(("depth", "status"), [(128, 200), (129, 400)])
async def test_depth_of_values(client: Client, depth: int, status: int) -> None:
    """Values may be nested 128 levels deep."""
    flow_id = (await client.post(f"{API}/flows", json={"flow": ECHO})).json()["flowId"]
    value = "[" * depth + "]" * depth
    body = f'{{"flowId": "{flow_id}", "input": [{value}]}}'
    assert (await client.post(RUNS, content=body, headers=AS_JSON)).status_code == status


@pytest.mark.parametrize(
    "kind",
    [None, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1",
     "application/octet-stream", "application/jsonx", ""],
)  # fmt: skip
async def test_other_kinds_of_content(client: Client, kind: str | None) -> None:
    """A body that does not say it is JSON is 415."""
    headers = {} if kind is None else {"Content-Type": kind}
    assert (await client.post(RUNS, content=b'{"input": []}', headers=headers)).status_code == 415


@pytest.mark.parametrize(
    "kind",
    ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"', "application/json;x=1"],
)
async def test_kinds_that_are_json(client: Client, kind: str) -> None:
    """JSON may say its charset, and be written in any case."""
    response = await client.post(f"{API}/blobs", content=b'{"data": 1}', headers={"Content-Type": kind})
    assert response.status_code == 201


async def test_compressed_bodies_are_refused(client: Client) -> None:
    """Bodies are sent as they are: what unpacks to more than it seems never gets in."""
    packed = gzip.compress(b'{"input": [' + b" " * 1_000_000 + b"]}")
    response = await client.post(RUNS, content=packed, headers={**AS_JSON, "Content-Encoding": "gzip"})
    assert response.status_code == 415


async def test_body_beyond_the_limit(runtime: StepflowRuntime, serve: Serve) -> None:
    """A body that is too large is 413, whether its length is told or not."""
    async with serve(runtime, max_body=1000) as client:
        for content in (b" " * 1001, parts(b" " * 600, b" " * 600)):
            response = await client.post(RUNS, content=content, headers=AS_JSON)
            assert response.status_code == 413
        assert (await client.post(RUNS, content=parts(b"{", b"}"), headers=AS_JSON)).status_code == 422


async def parts(*content: bytes) -> Any:
    for each in content:
        yield each


async def test_large_body_is_refused_before_it_is_sent(runtime: StepflowRuntime, serve: Serve) -> None:
    """A length beyond the limit is answered at once."""
    async with serve(runtime, max_body=1000) as client:
        head = f"POST {RUNS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n"
        answer = await raw(client, head.encode())
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_slow_body(runtime: StepflowRuntime, serve: Serve) -> None:
    """A body that does not come is not waited for for ever."""
    async with serve(runtime, read_timeout=0.05) as client:
        head = (
            f"POST {RUNS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{{"
        )
        answer = await raw(client, head.encode())
    assert answer.startswith(b"HTTP/1.1 408 ")


async def test_slow_head(runtime: StepflowRuntime, serve: Serve) -> None:
    """A connection whose request does not come is closed."""
    async with serve(runtime, keep_alive=0.05) as client:
        assert await raw(client, b"GET / HTTP/1.1\r\nHost:") == b""


async def test_expect_continue(client: Client) -> None:
    """A client that asks whether to send its body is told to go on."""
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    body = b'{"data": 1}'
    head = f"POST {API}/blobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode())
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(body)
    assert (await reader.read()).startswith(b"HTTP/1.1 201 ")
    writer.close()


async def test_broken_chunks(client: Client) -> None:
    """A body that is not what its headers say is 400."""
    head = f"POST {RUNS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b" 400 " in (await raw(client, head.encode() + b"zz\r\n"))[:14]


async def test_client_that_goes_while_it_sends(client: Client) -> None:
    """A client that leaves in the middle of its body harms nobody."""
    head = f"POST {RUNS} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{{"
    _, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    writer.write(head.encode())
    await writer.drain()
    writer.transport.abort()
    assert (await client.get(f"{API}/health")).status_code == 200


# ---- what is no HTTP


@pytest.mark.parametrize(
    "request_",
    [
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nbroken header\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: a\r\n" % each for each in range(5000)) + b"\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
async def test_what_is_no_http(client: Client, request_: bytes) -> None:
    """What cannot be read as a request is 400, as a problem, and the connection ends."""
    answer = await raw(client, request_)
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
    assert problem_in(answer)["status"] == 400


# ---- keys and origins


async def test_key_is_needed(runtime: StepflowRuntime, serve: Serve) -> None:
    """With a key everything but health and the description is closed to those who do not send it."""
    async with serve(runtime, api_key="s3cret-key") as client:
        for path in (f"{API}/health", "/docs", f"{API}/openapi.json"):
            assert (await client.get(path)).status_code == 200
        for header in ("", "Bearer", "Bearer s3cret-ke", "Bearer s3cret-key2", "Basic s3cret-key", "s3cret-key"):
            refused = await client.get(RUNS, headers={"Authorization": header})
            assert (refused.status_code, refused.headers["www-authenticate"][:6]) == (401, "Bearer")
            assert "s3cret" not in refused.text
        assert (await client.get(RUNS)).status_code == 401
        for header in ("Bearer s3cret-key", "bearer  s3cret-key"):
            assert (await client.get(RUNS, headers={"Authorization": header})).status_code == 200


async def test_no_origins_by_default(client: Client) -> None:
    """Pages of other origins are not let in."""
    response = await client.get(RUNS, headers={"Origin": "https://example.org"})
    preflight = await client.options(
        RUNS, headers={"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    )
    assert not any(name.startswith("access-control") for name in [*response.headers, *preflight.headers])


async def test_named_origins(runtime: StepflowRuntime, serve: Serve) -> None:
    """Pages of a named origin are, also where the answer is a problem; others are not."""
    async with serve(runtime, cors_origins=("https://example.org",), api_key="k") as client:
        ours, others = {"Origin": "https://example.org"}, {"Origin": "https://example.com"}
        for path in (RUNS, f"{API}/health", "/nothing"):
            response = await client.get(path, headers=ours)
            assert response.headers["access-control-allow-origin"] == "https://example.org"
            assert "location" in response.headers["access-control-expose-headers"].lower()
            refused = await client.get(path, headers=others)
            assert ("access-control-allow-origin" in refused.headers, refused.headers["vary"]) == (False, "Origin")
        asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        preflight = await client.options(RUNS, headers={**ours, **asked})
        assert preflight.status_code == 204
        assert "Authorization" in preflight.headers["access-control-allow-headers"]


async def test_any_origin(runtime: StepflowRuntime, serve: Serve) -> None:
    """With `*` pages of any origin are let in."""
    async with serve(runtime, cors_origins=("*",)) as client:
        response = await client.get(RUNS, headers={"Origin": "https://example.com"})
        assert response.headers["access-control-allow-origin"] == "*"


# ---- failures of the server's own


class Broken:
    """An executor with a fault."""

    url = "broken:"

    async def list_components(self) -> Any:
        raise ZeroDivisionError("secret detail \ud800")

    async def list_flows(self) -> Any:
        return [object()]

    async def get_run_flow(self, run_id: str) -> Any:
        raise ConflictError("half \ud800 a pair")


@pytest.mark.parametrize("path", ["/components", "/flows"])
async def test_faults_stay_inside(serve: Serve, caplog: pytest.LogCaptureFixture, path: str) -> None:
    """What nobody foresaw is a 500 that tells nothing; the log tells it."""
    async with serve(Broken()) as client:
        response = await client.get(f"{API}{path}")
    assert (response.status_code, "secret" in response.text) == (500, False)
    assert caplog.records[-1].exc_info is not None


async def test_texts_that_are_no_characters(serve: Serve) -> None:
    """Whatever an executor's exception says, it can be written."""
    async with serve(Broken()) as client:
        response = await client.get(f"{API}/runs/{NEVER}/flow")
    assert (response.status_code, response.json()["detail"]) == (409, "half \\ud800 a pair")
