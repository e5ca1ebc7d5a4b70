"""One executor of each kind for the whole suite: starting one per case would be most of the time that it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
import pytest_asyncio
from stepflow_core import StepflowExecutor

from .suite import CONFIG


def embedded() -> AbstractAsyncContextManager[StepflowExecutor]:
    """A runtime with the builtin and the mock components of the suite."""
    from stepflow_runtime import StepflowRuntime

    return StepflowRuntime.start(CONFIG)


@asynccontextmanager
async def over_http() -> AsyncIterator[StepflowExecutor]:
    """A client of a server of such a runtime."""
    from stepflow_client import StepflowClient
    from stepflow_server import Settings, serve

    url, stop = asyncio.get_running_loop().create_future(), asyncio.Event()
    settings = Settings(port=0, config=str(CONFIG))
    serving = asyncio.create_task(serve(settings, stop=stop, on_ready=url.set_result))
    await asyncio.wait({serving, url}, return_when=asyncio.FIRST_COMPLETED)
    try:
        async with StepflowClient(await url) as client:
            yield client
    finally:
        stop.set()
        await serving


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=[embedded, over_http])
async def executor(request: pytest.FixtureRequest) -> AsyncIterator[StepflowExecutor]:
    """What runs flows: the engine in process, and the same one on a server."""
    async with request.param() as made:
        yield made
