"""What the tests of the server share: a client that checks every answer, flows, a component that waits."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import httpx
import jsonschema_rs
from stepflow_runtime import StepflowRuntime
from stepflow_server.openapi.document import openapi_document
from stepflow_server.problems import Problem, ProblemError
from stepflow_server.router import Router

Serve = Callable[..., Any]
Store = Callable[[dict[str, Any]], Awaitable[str]]

API = "/api/v1"
NEVER = "00000000-0000-7000-8000-000000000000"
NO_FLOW = "0" * 64

ECHO = {"name": "echo", "description": "Gives its input back.", "output": {"$input": "$"}}


def step(id: str, component: str, input: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": {} if input is None else input, **more}


def flow(*steps: dict[str, Any], output: Any = None, **more: Any) -> dict[str, Any]:
    named = {"name": "test", "description": "a test", "steps": list(steps)}
    return {**named, "output": output if output is not None else {"$step": steps[-1]["id"]}, **more}


def refusal(call: Callable[..., Any], *arguments: Any) -> Problem | None:
    """The problem with which a call is refused, if it is."""
    try:
        call(*arguments)
    except ProblemError as refused:
        return refused.problem
    return None


class Contract:
    """Checks answers against the OpenAPI document."""

    def __init__(self) -> None:
        self.document = openapi_document()
        self._validators: dict[str, jsonschema_rs.Validator] = {}
        self._router: Router[dict[str, Any]] = Router()
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                self._router.add(method.upper(), path, operation)

    def check(self, method: str, path: str, response: httpx.Response) -> None:
        """Fail unless an answer is one that the document describes."""
        if response.status_code >= 400:
            self._check_problem(response)
        try:
            operation, _ = self._router.find(method, path)
        except Exception:
            return
        responses = operation["responses"]
        described = responses.get(str(response.status_code)) or responses["default"]
        if method != "HEAD":
            self._check_content(described.get("content", {}), response)

    def check_value(self, name: str, value: Any) -> None:
        """Fail unless a value is of a type of the document."""
        self._validator(f"#/components/schemas/{name}").validate(value)

    def _check_content(self, content: dict[str, Any], response: httpx.Response) -> None:
        media = response.headers.get("content-type")
        if not content:
            assert (response.content, media) == (b"", None)
            return
        if media == "application/x-ndjson":  # kept out of the document, since client generators cannot do it
            return
        assert media in content, f"{media} is not among {list(content)}"
        if media.endswith("json"):
            self._validator(content[media]["schema"]["$ref"]).validate(response.json())

    def _check_problem(self, response: httpx.Response) -> None:
        if response.headers.get("content-type") != "application/problem+json" or not response.content:
            return
        problem = response.json()
        self._validator("#/components/schemas/Problem").validate(problem)
        assert problem["status"] == problem["code"] == response.status_code
        assert problem["detail"] == problem["message"]
        assert "Traceback" not in response.text

    def _validator(self, reference: str) -> Any:
        if reference not in self._validators:
            schema = {"$ref": reference, "components": self.document["components"]}
            self._validators[reference] = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        return self._validators[reference]


class Client(httpx.AsyncClient):
    """A client whose every whole answer is checked against the contract."""

    def __init__(self, contract: Contract, **options: Any) -> None:
        super().__init__(timeout=20, trust_env=False, verify=False, **options)
        self.contract = contract

    async def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        response = await super().send(request, stream=stream, **options)
        if not stream:
            self.contract.check(request.method, request.url.raw_path.decode().partition("?")[0], response)
        return response


class Gate:
    """A component that waits until the test lets it go on."""

    def __init__(self, runtime: StepflowRuntime, path: str = "/wait") -> None:
        self.entered = asyncio.Event()
        self.open = asyncio.Event()
        runtime.component(path)(self.wait)

    async def wait(self) -> str:
        self.entered.set()
        await self.open.wait()
        return "done"


WAITING = flow(step("a", "/wait"))


class Sent(NamedTuple):
    """One server-sent event, or a comment."""

    id: str | None
    event: str | None
    data: Any


def parse_sse(text: str) -> list[Sent]:
    """The events of a whole stream, by https://html.spec.whatwg.org/multipage/server-sent-events.html."""
    found = []
    for block in text.split("\n\n")[:-1]:
        fields = {name: value for name, _, value in (line.partition(": ") for line in block.split("\n"))}
        data = fields.get("data")
        found.append(Sent(fields.get("id"), fields.get("event"), None if data is None else json.loads(data)))
    return found
