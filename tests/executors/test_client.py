"""The client of a server is an executor like any other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from stepflow_client import StepflowClient
from stepflow_core import StepflowExecutor
from stepflow_core.testing import ExecutorKit

from .makers import kit_runtime
from .serving import served


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a server with the kit's components, which all tests share."""
    with served(kit_runtime) as address:
        yield address


class TestClient(ExecutorKit):
    """The engine of a server that was started, over HTTP."""

    @pytest.fixture
    def unopened(self, url: str) -> StepflowExecutor:
        return StepflowClient(url)
