"""Requests that are wrong in themselves: each is refused with a problem that says where, by every carrier."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest
from stepflow_server import Settings
from stepflow_server.openapi.document import openapi_document

from .sites import API, ECHO, Site, site

AS_JSON = {"Content-Type": "application/json"}
RUN = "00000000-0000-7000-8000-0000000000aa"
IDS = {"run_id": RUN, "flow_id": "0" * 64, "blob_id": "0" * 64, "step_id": "a"}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every operation: its method, its path and what the document says of it."""
    for path, methods in openapi_document()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


OPERATIONS = list(operations())
NAMES = [operation["operationId"] for _, _, operation in OPERATIONS]
WITH_IDS = [each for each in OPERATIONS if "{" in each[1]]
WITH_BODIES = [each for each in OPERATIONS if each[2].get("requestBody", {}).get("required")]


def problem(response: Any) -> dict[str, Any]:
    """The problem that a response is."""
    assert response.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = response.json()
    assert found["status"] == found["code"] == response.status_code
    assert found["detail"] == found["message"] != ""
    assert "Traceback" not in response.text
    return found


def pointers(response: Any) -> list[str]:
    """Where a problem says that something is wrong."""
    return [each["pointer"] for each in problem(response).get("errors", [])]


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (b"", 400, [""]),
        (b"{", 400, [""]),
        (b'{"flowId": "x", "input": [1]', 400, [""]),
        (b'{"input": [1,]}', 400, ["/input/1"]),
        (b'{"input": [01]}', 400, ["/input/0"]),
        (b'{"input": [NaN]}', 400, ["/input/0"]),
        (b'{"input": [-Infinity]}', 400, ["/input/0"]),
        (b'{"input": [1e999]}', 400, ["/input/0"]),
        (b'{"input": [-1E400]}', 400, ["/input/0"]),
        (b'{"input": [' + b"7" * 10_000 + b"]}", 400, ["/input/0"]),
        (b'{"input": ["\\ud800"]}', 400, ["/input/0"]),
        (b'{"input": ["\\udc00\\ud800"]}', 400, ["/input/0"]),
        (b'{"input": ["\xed\xa0\x80"]}', 400, [""]),
        (b'{"input": ["\xff"]}', 400, [""]),
        (b'{"input": ["\x00"]}', 400, ["/input/0"]),
        (b'{"input": ["\n"]}', 400, ["/input/0"]),
        (b'{"input": [1]}\x00', 400, [""]),
        (b'{"input": [1]} {"input": [1]}', 400, [""]),
        (b'\xef\xbb\xbf{"input": [1]}', 400, [""]),
        ('{"input": [1]}'.encode("utf-16"), 400, [""]),
        (b'{"input": [{"a": 1, "a": 2}]}', 400, ["/input/0/a"]),
        (b'{"input": [1], "input": [1]}', 400, ["/input"]),
        (b'{"flowId": "x", "input": [' + b"[" * 129 + b"]" * 129 + b"]}", 400, [""]),
        (b"[" * 100_000, 400, ["/0" * 900]),
        (b'{"input":' * 20_000, 400, [""]),
        (b"null", 422, [""]),
        (b"[]", 422, [""]),
        (b'"text"', 422, [""]),
        (b"{}", 422, ["/input"]),
        (b'{"input": {}}', 422, ["/input"]),
        (b'{"input": [1], "flowId": 1, "tags": {"a": 1}}', 422, ["/flowId", "/tags"]),
        (b'{"input": [1], "flowId": "x", "wait": "yes", "debug": 1}', 422, ["/debug", "/wait"]),
        (b'{"input": [1], "flowId": "x", "timeoutSecs": -1}', 422, ["/timeoutSecs"]),
        (b'{"input": [1], "flowId": "x", "maxConcurrency": 1.5}', 422, ["/maxConcurrency"]),
        (b'{"inputs": [1], "flowid": "x"}', 422, ["/inputs", "/flowid", "/input"]),
        (b'{"input": [1]}', 422, [""]),
        (b'{"input": [1], "flowId": "x", "flowName": "x"}', 422, [""]),
        (b'{"flowId": "x", "input": [' + b",".join([b"1"] * 101) + b"]}", 400, ["/input"]),
        (b" " * 200_001, 413, []),
    ],
)
def test_bodies_that_cannot_be_used(served: Site, body: bytes, status: int, expected: list[str]) -> None:
    """A faulty body is refused with the pointers of all that is wrong with it."""
    response = served.client.post(f"{API}/runs", content=body, headers=AS_JSON)
    assert (response.status_code, pointers(response)) == (status, expected)


def test_what_was_meant_is_suggested(served: Site) -> None:
    """Members that there are not are told with those that are like them."""
    response = served.client.post(f"{API}/runs", json={"inputs": [1], "flow_id": "x", "zzz": 1})
    messages = {each["pointer"]: each["message"] for each in response.json()["errors"]}
    assert "did you mean 'input'?" in messages["/inputs"]
    assert "did you mean 'flowId'?" in messages["/flow_id"]
    assert "there are flowId" in messages["/zzz"]


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ufffe", "\U0010ffff", "\x1f\x7f\x85\u2028", "e\u0301"])
def test_odd_characters_in_data_are_kept(served: Site, text: str) -> None:
    """NUL and other odd characters are data like any other: as values and as keys, in runs and in blobs."""
    value = {"text": text, text: [text]}
    flow_id = served.client.post(f"{API}/flows", json={"flow": ECHO}).json()["flowId"]
    run = served.client.post(f"{API}/runs", json={"flowId": flow_id, "input": [value]}).json()
    assert run["result"]["result"] == value
    items = served.client.get(f"{API}/runs/{run['runId']}/items").json()["items"]
    assert items[0]["result"]["result"] == value
    blob_id = served.client.post(f"{API}/blobs", json={"data": value}).json()["blobId"]
    assert served.client.get(f"{API}/blobs/{blob_id}").json()["data"] == value


def test_numbers_of_any_size_are_kept(served: Site) -> None:
    """Integers beyond 64 bits and floats come back digit by digit."""
    flow_id = served.client.post(f"{API}/flows", json={"flow": ECHO}).json()["flowId"]
    body = f'{{"flowId": "{flow_id}", "input": [[{"9" * 4000}, 1.0, -0.0, 1e-300, 5e-324]]}}'
    run = served.client.post(f"{API}/runs", content=body, headers=AS_JSON)
    assert run.status_code == 200
    assert f"[{'9' * 4000},1.0,-0.0,1e-300,5e-324]" in run.text


@pytest.mark.parametrize(("method", "path", "operation"), WITH_BODIES, ids=lambda each: "")
def test_every_body_is_checked(served: Site, method: str, path: str, operation: dict[str, Any]) -> None:
    """Every operation that takes a body refuses what is no object, other kinds of content and compressed bodies."""
    url = path.format(**IDS)
    assert pointers(served.client.request(method, url, json=[1])) == [""]
    unknown = served.client.request(method, url, json={"nosuchmember": 1})
    assert (unknown.status_code, "/nosuchmember" in pointers(unknown)) == (422, True)
    for headers in ({"Content-Type": "text/plain"}, {**AS_JSON, "Content-Encoding": "gzip"}, {}):
        content = gzip.compress(b"{}") if "Content-Encoding" in headers else b"{}"
        response = served.client.request(method, url, content=content, headers=headers)
        assert (response.status_code, problem(response)["type"][-22:]) == (415, "unsupported-media-type")


@pytest.mark.parametrize("bad", ["x", "%00", "%ff", "a%2Fb", "..", "%2e%2e", "0" * 63, "G" * 64, RUN.upper(), "%20"])
def test_malformed_ids(served: Site, bad: str) -> None:
    """What can be the id of nothing is 404, whatever the operation."""
    for method, path, _ in WITH_IDS:
        name = path.partition("{")[2].partition("}")[0]
        line = f"{method} {path.format(**{**IDS, name: bad})} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
        answer = served.send(f"{line}Content-Type: application/json\r\nConnection: close\r\n\r\n".encode())
        assert answer.startswith(b"HTTP/1.1 404 ")
        assert b"application/problem+json" in answer


def test_unknown_ids(served: Site) -> None:
    """What does not exist is 404, whatever the operation."""
    for method, path, operation in WITH_IDS:
        query = {"address": "a"} if operation["operationId"] == "get_step" else {}
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
        response = served.client.request(method, path.format(**IDS), params=query, json=body or {})
        assert problem(response)["status"] == 404


@pytest.mark.parametrize("path", sorted({path for _, path, _ in OPERATIONS}))
def test_other_methods(served: Site, path: str) -> None:
    """A method that a path does not have is 405, and `Allow` says which it has."""
    has = {method for method, other, _ in OPERATIONS if other == path}
    allowed = has | {"OPTIONS"} | ({"HEAD"} if "GET" in has else set())
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - allowed:
        response = served.client.request(method, path.format(**IDS))
        assert response.status_code == 405
        assert set(response.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize("carrier", ["alone", "aiohttp", "uvicorn"])
def test_every_operation_needs_the_key(carrier: str) -> None:
    """With a key, who has none or another gets 401 from everything but what is open, before anything else is said."""
    with site(carrier, Settings(port=0, api_key="right")) as made:
        for method, path, operation in OPERATIONS:
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer right, Bearer wrong"}):
                response = made.client.request(method, path.format(**IDS), headers=headers, content=b"{")
                if operation.get("security") == []:
                    assert response.status_code == 200
                else:
                    assert (problem(response)["status"], response.headers["www-authenticate"][:6]) == (401, "Bearer")
        twice = [("Authorization", "Bearer right"), ("Authorization", "Bearer wrong")]
        assert made.client.get(f"{API}/runs", headers=twice).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Idempotency-Key": ""}, 400),
        ({"Idempotency-Key": "k" * 256}, 400),
        ({"Idempotency-Key": b"\xff\xfe"}, 400),
        ({"Idempotency-Key": "a\tb"}, 400),
        ({"Idempotency-Key": "k" * 255}, 404),
    ],
)
def test_idempotency_keys(served: Site, headers: dict[str, Any], status: int) -> None:
    """A key is visible ASCII of a bounded length."""
    body = json.dumps({"flowName": "nosuchflow", "input": [1]})
    response = served.client.post(f"{API}/runs", content=body, headers={**AS_JSON, **headers})
    assert problem(response)["status"] == status


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("limit=0&status=x&nosuch=1", {"/limit", "/status", "/nosuch"}),
        ("limit=1e999", {"/limit"}),
        ("limit=" + "9" * 6000, {"/limit"}),
        ("maxDepth=nan", {"/maxDepth"}),
        ("createdAfter=99999-01-01T00:00:00Z", {"/createdAfter"}),
        ("createdBefore=0", {"/createdBefore"}),
        ("limit=1&limit=1", {"/limit"}),
        ("flowName=%00", {"/flowName"}),
        ("flowName=%ED%A0%80", {"/flowName"}),
        ("flowName=%f", {"/flowName"}),
        ("tag=a", {"/tag"}),
        ("x=1&" * 101, set()),
    ],
)
def test_queries(served: Site, query: str, where: set[str]) -> None:
    """Every parameter that cannot be used is named, all at once."""
    response = served.client.get(f"{API}/runs?{query}")
    assert (response.status_code, set(pointers(response))) == (400, where)
