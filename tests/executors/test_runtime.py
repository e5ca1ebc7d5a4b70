"""The runtime is an executor like any other."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from stepflow_core import ConflictError, StepflowExecutor
from stepflow_core.testing import ExecutorKit
from stepflow_core.wrappers import ExecutorWrapper
from stepflow_runtime import StepflowRuntime

from .makers import CONFIG, kit_runtime


class TestRuntime(ExecutorKit):
    """The engine in process."""

    @pytest.fixture
    def unopened(self) -> StepflowExecutor:
        return kit_runtime()


class TestRuntimeOfAConfig(ExecutorKit):
    """The engine in process, its components from the plugins of a config."""

    @pytest.fixture
    def unopened(self) -> StepflowExecutor:
        return StepflowRuntime(CONFIG)


class Visitor(ExecutorWrapper):
    """Comes and goes, while the executor inside stays: as a client of a server does."""

    closed = False

    @property
    def inner(self) -> StepflowExecutor:
        if self.closed:
            raise ConflictError("the visitor has gone")
        return self._inner

    async def close(self) -> None:
        self.closed = True


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[StepflowRuntime]:
    """An engine that many tests use."""
    runtime = kit_runtime()
    async with runtime:
        yield runtime


@pytest.mark.asyncio(loop_scope="module")
class TestSharedRuntime(ExecutorKit):
    """One engine for all tests, which do not disturb each other."""

    @pytest_asyncio.fixture(loop_scope="module")
    async def executor(self, shared: StepflowRuntime) -> StepflowExecutor:
        return Visitor(shared)

    @pytest.fixture
    def unopened(self) -> StepflowExecutor:
        return kit_runtime()
