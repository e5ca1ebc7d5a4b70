"""A client of the older API reads `code` and `message` of what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .older import ECHO, NO_FLOW, NO_RUN, OlderClient, assert_problem

UNKNOWN = [
    ("GET", "/flows/nobody"),
    ("GET", f"/flows/{NO_FLOW}"),
    ("DELETE", f"/flows/{NO_FLOW}"),
    ("GET", "/runs/nobody"),
    *[("GET", f"/runs/{NO_RUN}{rest}") for rest in ("", "/items", "/steps", "/flow")],
    ("DELETE", f"/runs/{NO_RUN}"),
    ("POST", f"/runs/{NO_RUN}/cancel"),
    ("GET", "/ovens"),
]


@pytest.mark.parametrize(("method", "path"), UNKNOWN)
def test_what_is_not_there_is_404(older: OlderClient, method: str, path: str) -> None:
    """Ids that lead nowhere, ids that are none, and other paths."""
    assert older.status(method, path) == 404


REFUSED: list[tuple[int, str, dict[str, Any]]] = [
    (422, "/runs", {"flowName": "echo", "input": {"n": 1}}),
    (422, "/runs", {"flowName": "echo"}),
    (400, "/runs", {"flowName": "echo", "input": []}),
    (400, "/runs", {"flowName": "echo", "input": [1], "maxConcurrency": 0}),
    (422, "/runs", {"flowName": "echo", "input": [1], "maxConcurrency": "2"}),
    (422, "/runs", {"input": [1]}),
    (404, "/runs", {"flowName": "nobody stored this", "input": [1]}),
    (404, "/runs", {"flowId": NO_FLOW, "input": [1]}),
    (422, "/runs", {"flowName": "echo", "input": [1], "tags": {"n": 1}}),
    (422, "/flows", {"flow": []}),
    (422, "/flows", {}),
]


@pytest.mark.parametrize(("status", "path", "body"), REFUSED, ids=str)
def test_requests_that_cannot_be_met_are_refused(
    older: OlderClient, status: int, path: str, body: dict[str, Any]
) -> None:
    """With the status that says why: impossible, unknown, or against its schema."""
    older.stored(ECHO)
    assert older.status("POST", path, body) == status


def test_a_misspelt_member_is_told(older: OlderClient) -> None:
    """With what may have been meant."""
    problem = assert_problem(older.http.post("/runs", json={"flowName": "echo", "inputs": [1]}))
    assert problem["code"] == 422
    assert any("input" in each["message"] and "mean" in each["message"] for each in problem["errors"])


def test_an_input_that_violates_its_schema_is_refused(older: OlderClient) -> None:
    """With every place; in a batch such an item fails alone."""
    flow = {**ECHO, "schemas": {"input": {"type": "object", "properties": {"n": {"type": "integer"}}}}}
    body = {"flowId": older.stored(flow), "input": [{"n": "one"}]}
    problem = assert_problem(older.http.post("/runs", json=body))
    assert (problem["code"], [each["pointer"] for each in problem["errors"]]) == (422, ["/n"])
    batch = older.run(flow, {"n": 1}, {"n": "one"})
    items = older.get(f"/runs/{batch['runId']}/items")["items"]
    assert [each["status"] for each in items] == ["completed", "failed"]
    assert items[1]["result"]["error"]["code"] == 400


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [(b"{", "application/json", 400), (b"{}", "text/plain", 415), (b"", "application/json", 400)],
)
def test_what_is_no_json_is_refused(older: OlderClient, content: bytes, kind: str, status: int) -> None:
    """Text that cannot be read, and what does not say that it is JSON."""
    response = older.http.post("/runs", content=content, headers={"Content-Type": kind})
    assert response.status_code == status
    assert_problem(response)


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "status=done", "cursor=%00", "maxDepth=deep", "colour=red"])
def test_a_query_that_means_nothing_is_refused(older: OlderClient, query: str) -> None:
    """Rather than ignored."""
    assert older.status("GET", f"/runs?{query}") == 400


def test_other_methods_are_refused(older: OlderClient) -> None:
    """With those that there are."""
    response = older.http.put("/runs", json={})
    assert response.status_code == 405
    assert {"GET", "POST"} <= set(re.split(r",\s*", response.headers["allow"]))
    assert_problem(response)
