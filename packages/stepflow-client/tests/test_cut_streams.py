"""Streams of a real server over connections that break again and again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp.test_utils import TestServer
from stepflow_client import StepflowClient
from stepflow_core.testing import kit_components
from stepflow_runtime import StepflowRuntime
from stepflow_server import create_app

CHUNKS = [f"chunk {each}" for each in range(6)]
TALKING = {
    "name": "talking",
    "steps": [
        {"id": "a", "component": "/kit/emit", "input": {"chunks": CHUNKS}},
        {"id": "b", "component": "/kit/emit", "input": {"chunks": CHUNKS}, "after": ["a"]},
    ],
    "output": [{"$step": "a"}, {"$step": "b"}],
}


class CutBody(httpx.AsyncByteStream):
    """The beginning of an answer."""

    def __init__(self, body: httpx.AsyncByteStream, length: int) -> None:
        self._body = body
        self._left = length

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._body:
            yield part[: self._left]
            self._left -= len(part)
            if self._left <= 0:
                raise httpx.ReadError("cut")

    async def aclose(self) -> None:
        await self._body.aclose()


class CuttingTransport(httpx.AsyncHTTPTransport):
    """Breaks off every stream of events after so many bytes."""

    def __init__(self, length: int) -> None:
        super().__init__()
        self._length = length
        self.cut = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if request.url.path.endswith("/events"):
            assert isinstance(response.stream, httpx.AsyncByteStream)
            response.stream = CutBody(response.stream, self._length)
            self.cut += 1
        return response


@pytest.mark.parametrize("length", [2200, 2777, 3500])
async def test_nothing_is_missing_and_nothing_comes_twice(length: int, pauses: list[float]) -> None:
    """Wherever the connection breaks: in the middle of an event, between chunks of output, at the end."""
    async with StepflowRuntime() as runtime:
        kit_components(runtime.component)
        run_id = await runtime.submit(TALKING)
        await runtime.get_result(run_id)
        expected = [each async for each in runtime.events(run_id)]
        transport = CuttingTransport(length)
        async with (
            TestServer(create_app(runtime)) as server,
            httpx.AsyncClient(transport=transport) as http,
            StepflowClient(str(server.make_url("/")), http_client=http) as client,
        ):
            told = [each async for each in client.events(run_id)]
    assert told == expected
    assert transport.cut > 1
