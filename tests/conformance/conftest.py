"""One runtime for the whole suite: starting one per case would be most of the time that the suite takes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from stepflow_core import StepflowExecutor

from .suite import CONFIG


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def executor() -> AsyncIterator[StepflowExecutor]:
    """A runtime with the builtin and the mock components of the suite."""
    from stepflow_runtime import StepflowRuntime

    async with StepflowRuntime.start(CONFIG) as runtime:
        yield runtime
