"""The runtime is an executor like any other."""

from __future__ import annotations

import pytest
from stepflow_core import StepflowExecutor
from stepflow_core.testing import ExecutorKit, kit_components
from stepflow_runtime import StepflowRuntime


class TestRuntime(ExecutorKit):
    """The engine in process."""

    @pytest.fixture
    def unopened(self) -> StepflowExecutor:
        runtime = StepflowRuntime()
        kit_components(runtime.component)
        return runtime
