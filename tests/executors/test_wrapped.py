"""Executors around a runtime are executors like any other."""

from __future__ import annotations

from pathlib import Path

import pytest
from stepflow_core import StepflowExecutor
from stepflow_core.testing import ExecutorKit
from stepflow_core.wrappers import CachingExecutor, CassetteExecutor, ExecutorWrapper

from .makers import kit_runtime


class TestWrapper(ExecutorKit):
    """A wrapper that changes nothing."""

    @pytest.fixture
    def unopened(self) -> StepflowExecutor:
        return ExecutorWrapper(kit_runtime())


class TestCaching(ExecutorKit):
    """A wrapper that remembers results."""

    @pytest.fixture
    def unopened(self) -> StepflowExecutor:
        return CachingExecutor(kit_runtime())


class TestRecording(ExecutorKit):
    """A wrapper that records results."""

    @pytest.fixture
    def unopened(self, tmp_path: Path) -> StepflowExecutor:
        return CassetteExecutor(kit_runtime(), tmp_path / "cassette.json", mode="record")


class TestWrappersOfWrappers(ExecutorKit):
    """Wrappers around each other."""

    @pytest.fixture
    def unopened(self, tmp_path: Path) -> StepflowExecutor:
        recording = CassetteExecutor(kit_runtime(), tmp_path / "cassette.json", mode="record")
        return CachingExecutor(ExecutorWrapper(recording), max_entries=2)
