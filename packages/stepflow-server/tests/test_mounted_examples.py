"""The examples of mounting do what their pages say."""

from __future__ import annotations

import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from aiohttp import web
from server_kit import API

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@asynccontextmanager
async def in_aiohttp() -> AsyncIterator[httpx.AsyncClient]:
    runner = web.AppRunner(loaded("mounted_aiohttp").shop())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with httpx.AsyncClient(base_url=url, verify=False, trust_env=False) as client:
        yield client
    await runner.cleanup()


@asynccontextmanager
async def in_asgi() -> AsyncIterator[httpx.AsyncClient]:
    app = loaded("mounted_asgi").app
    sent: list[str] = []
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

    async def receive() -> dict[str, str]:
        return messages.pop(0)

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    await app.runtime.store_flow(EXAMPLES / "mounted_asgi" / "quote.yaml")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://host") as client:
        yield client
    await app({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


@pytest.mark.parametrize("host", [in_aiohttp, in_asgi])
async def test_shop(host: type) -> None:
    """The shop prices orders itself; clients see its runs, and run its flow, through the API."""
    async with host() as client:
        quoted = await client.get("/quote", params={"item": "pear", "amount": "10"})
        assert (quoted.status_code, quoted.json()) == (200, {"item": "pear", "total": 4.5})
        assert (await client.get("/quote", params={"item": "pear", "amount": "0"})).status_code == 400
        assert (await client.get("/quote", params={"item": "brick"})).status_code == 502
        listed = (await client.get(f"/flows{API}/runs", params={"tag": "from:web"})).json()["runs"]
        assert [each["status"] for each in listed] == ["failed", "completed"]
        body = {"flowName": "quote", "input": [{"item": "melon", "amount": 2}]}
        run = await client.post(f"/flows{API}/runs", json=body)
        assert run.json()["result"]["result"] == {"item": "melon", "total": 6.0}
        assert run.headers["location"].startswith("/flows/api/v1/runs/")
        assert (await client.get("/flows/docs")).status_code == 200
