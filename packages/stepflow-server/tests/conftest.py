"""Servers on the loopback, and clients of them."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from stepflow_core import StepflowExecutor
from stepflow_runtime import StepflowRuntime
from stepflow_server.http_server import HttpServer
from stepflow_server.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))

from server_kit import API, Client, Contract, Gate, Serve


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract()


@pytest.fixture
async def runtime() -> AsyncIterator[StepflowRuntime]:
    async with StepflowRuntime() as made:
        yield made


@pytest.fixture
def serve(contract: Contract) -> Serve:
    """Serves an executor with settings for as long as a block lasts; gives a client of it."""

    @asynccontextmanager
    async def served(executor: StepflowExecutor, **settings: Any) -> AsyncIterator[Client]:
        server = HttpServer(executor, Settings(port=0, **settings))
        url = await server.start()
        try:
            async with Client(contract, base_url=url) as client:
                yield client
        finally:
            await server.close()

    return served


@pytest.fixture
async def client(runtime: StepflowRuntime, serve: Serve) -> AsyncIterator[Client]:
    async with serve(runtime) as made:
        yield made


@pytest.fixture
def store(client: Client) -> Callable[[dict[str, Any]], Awaitable[str]]:
    """Stores a flow over HTTP; its id."""

    async def stored(document: dict[str, Any]) -> str:
        response = await client.post(f"{API}/flows", json={"flow": document})
        assert response.json()["stored"], response.text
        return str(response.json()["flowId"])

    return stored


@pytest.fixture
def gate(runtime: StepflowRuntime) -> Iterator[Gate]:
    gate = Gate(runtime)
    yield gate
    gate.open.set()
