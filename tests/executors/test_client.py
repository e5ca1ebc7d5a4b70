"""The client of a server is an executor like any other, wherever the API is served from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from stepflow_client import StepflowClient
from stepflow_core import StepflowExecutor
from stepflow_core.testing import ExecutorKit

from .makers import kit_runtime
from .mounts import in_aiohttp, in_starlette
from .serving import Host, alone, served


class OverHttp(ExecutorKit):
    """The engine of a server that all tests of a class share, over HTTP."""

    host: Host

    @pytest.fixture(scope="class")
    @classmethod
    def url(cls) -> Iterator[str]:
        """The address of a server with the kit's components."""
        with served(kit_runtime, cls.host) as address:
            yield address

    @pytest.fixture
    def unopened(self, url: str) -> StepflowExecutor:
        return StepflowClient(url)


class TestClient(OverHttp):
    """A server by itself."""

    host = staticmethod(alone)


class TestClientOfAnAsgiMount(OverHttp):
    """A part of a Starlette application."""

    host = staticmethod(in_starlette)


class TestClientOfAnAiohttpMount(OverHttp):
    """A part of an aiohttp application."""

    host = staticmethod(in_aiohttp)
