"""What the tests of the client share: a server that does what its script says, and one that is real."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import httpx
import pytest
from stepflow_client import StepflowClient, retrying

RUN_ID = "0190a6d8-5c1e-7c3a-8d3f-0123456789ab"
FLOW_ID = "ab" * 32

Reply: TypeAlias = "httpx.Response | Exception | Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]"


class StubServer:
    """Answers requests by `METHOD /path` (below `/api/v1`) with what was put there, the last of it again and again."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []
        self._replies: dict[str, list[Reply]] = defaultdict(list)

    def on(self, operation: str, *replies: Reply) -> None:
        """Have requests for an operation answered so, one after the other."""
        self._replies[operation] += replies

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """The answer to one request."""
        self.seen.append(request)
        operation = f"{request.method} {request.url.raw_path.decode().partition('?')[0].removeprefix('/api/v1')}"
        replies = self._replies[operation]
        assert replies, f"nobody said what to answer to {operation}"
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, httpx.Response):
            # A response is read once; the next request gets another one of the same content.
            return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)
        answer = reply(request)
        return answer if isinstance(answer, httpx.Response) else await answer

    def operations(self) -> list[str]:
        """What was asked for, in order."""
        return [f"{each.method} {each.url.path.removeprefix('/api/v1')}" for each in self.seen]

    def client(self, **options: Any) -> StepflowClient:
        """A client of this server."""
        http = httpx.AsyncClient(transport=httpx.MockTransport(self.handle))
        return StepflowClient("http://test", http_client=http, **options)

    @staticmethod
    def body(request: httpx.Request) -> Any:
        """The JSON of a request."""
        return json.loads(request.content)


@pytest.fixture
def stub() -> StubServer:
    """A server that knows nothing yet."""
    return StubServer()


@pytest.fixture
async def client(stub: StubServer) -> AsyncIterator[StepflowClient]:
    """A client of it."""
    async with stub.client() as opened:
        yield opened


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The times that would have been waited between attempts."""
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(retrying, "pause", pause)
    return waited


@pytest.fixture
def run() -> Callable[..., httpx.Response]:
    """What a server says of a run."""

    def response(status: str = "completed", total: int = 1, **more: Any) -> httpx.Response:
        counts = dict.fromkeys(["pending", "running", "waiting", "completed", "failed", "skipped", "cancelled"], 0)
        return httpx.Response(
            200,
            json={
                "runId": RUN_ID, "flowId": FLOW_ID, "flowName": None, "status": status, "rootRunId": RUN_ID,
                "items": {"total": total, **counts}, "createdAt": "2026-01-02T03:04:05Z", "debugMode": False,
                "tags": {}, "inputs": [1] * total, "pending": [], **more,
            },
        )  # fmt: skip

    return response


@pytest.fixture
def created() -> Callable[..., httpx.Response]:
    """What a server says of a run that it made."""

    def response(result: Any = None, status: str = "completed", items: int = 1) -> httpx.Response:
        body = {"runId": RUN_ID, "itemCount": items, "status": status, "debug": False}
        return httpx.Response(200, json=body if result is None else {**body, "result": result})

    return response


@pytest.fixture
def stored() -> httpx.Response:
    """What a server says of a flow that it has stored."""
    diagnostics = {"diagnostics": [], "numFatal": 0, "numError": 0, "numWarning": 0}
    return httpx.Response(200, json={"flowId": FLOW_ID, "stored": True, "diagnostics": diagnostics})


@pytest.fixture
def problem() -> Callable[..., httpx.Response]:
    """A problem document."""

    def response(status: int, detail: str = "no", headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        body = {"type": "t", "title": "T", "status": status, "detail": detail, "code": status, "message": detail}
        return httpx.Response(status, json={**body, **more}, headers=headers)

    return response
