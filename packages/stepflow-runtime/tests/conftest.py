"""What the tests of the runtime share."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from stepflow_runtime import StepflowRuntime

# So that tests find the modules that they share.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
async def runtime() -> AsyncIterator[StepflowRuntime]:
    """A runtime with the builtin components, closed when the test is over."""
    async with StepflowRuntime() as made:
        yield made
