"""What the tests of the runtime share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from stepflow_runtime import StepflowRuntime


@pytest.fixture
async def runtime() -> AsyncIterator[StepflowRuntime]:
    """A runtime with the builtin components, closed when the test is over."""
    async with StepflowRuntime() as made:
        yield made
