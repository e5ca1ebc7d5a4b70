"""What scripts for the older API have in common: a client of nothing but HTTP, and flows."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import httpx

BREAD: dict[str, Any] = {
    "name": "bread",
    "description": "Bakes what it is asked for, if anything.",
    "steps": [
        {"id": "order", "component": "/builtin/noop", "input": {"$input": "$"}},
        {
            "id": "bake",
            "component": "/bakery/bake",
            "input": {"loaf": {"$step": "order", "path": "loaf"}, "minutes": {"$variable": "minutes", "default": 40}},
            "when": {"$expr": "input.open | default(true)"},
        },
    ],
    "output": {"$step": "bake"},
}
RISING = {
    "name": "dough",
    "description": "Takes for ever.",
    "steps": [{"id": "rise", "component": "/bakery/rise", "input": {}}],
    "output": {"$step": "rise"},
}
ECHO = {"name": "echo", "description": "Gives its input back.", "output": {"$input": "$"}}
NESTED = {
    "name": "nested",
    "description": "Runs a flow of its own.",
    "steps": [
        {"id": "inner", "component": "/builtin/eval", "input": {"flow": {"$literal": ECHO}, "input": {"$input": "$"}}}
    ],
    "output": {"$step": "inner"},
}
FAULTY = {
    "name": "faulty",
    "description": "Has two fatal faults.",
    "steps": [
        {"id": "a", "component": "/builtin/noop", "input": {"$step": "nowhere"}},
        {"id": "a", "component": "/builtin/noop"},
    ],
    "output": {"$step": "a"},
}
NO_RUN = "00000000-0000-7000-8000-000000000000"
NO_FLOW = "0" * 64
SUMMARY = {"runId", "flowId", "flowName", "status", "items", "createdAt", "rootRunId", "debugMode", "tags"}
"""The members that every run has in listings."""


class OlderClient:
    """What such scripts have at their heads."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/v1", timeout=60, verify=False, trust_env=False)

    def get(self, path: str, **query: Any) -> Any:
        return self.ok(self.http.get(path, params=query))

    def post(self, path: str, body: Any = None) -> Any:
        return self.ok(self.http.post(path, json=body) if body is not None else self.http.post(path))

    def ok(self, response: httpx.Response) -> Any:
        assert response.is_success, response.text
        assert response.headers["content-type"] == "application/json"
        return response.json()

    def stored(self, flow: dict[str, Any]) -> str:
        answer = self.post("/flows", {"flow": flow})
        assert answer["stored"], answer
        return str(answer["flowId"])

    def run(self, flow: dict[str, Any], *inputs: Any, **more: Any) -> Any:
        return self.post("/runs", {"flowId": self.stored(flow), "input": list(inputs), **more})

    def status(self, method: str, path: str, body: Any = None) -> int:
        response = self.http.request(method, path, json=body)
        if response.is_error:
            assert_problem(response)
        return response.status_code


def assert_problem(response: httpx.Response) -> Any:
    """An error has its status as `code` and its text as `message`, beside what newer clients read."""
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["code"] == problem["status"] == response.status_code
    assert problem["message"] == problem["detail"] != ""
    assert problem["type"]
    assert problem["title"]
    return problem


def moment(text: str) -> datetime:
    """A time as the API writes it: RFC 3339, in UTC."""
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", text)
    return datetime.fromisoformat(text)
