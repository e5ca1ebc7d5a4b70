"""The runtime is an executor like any other."""

from __future__ import annotations

import pytest
from stepflow_core import StepflowExecutor
from stepflow_core.testing import ExecutorKit
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
