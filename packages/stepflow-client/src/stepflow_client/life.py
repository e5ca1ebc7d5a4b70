"""The life of a client: made, used at once or inside `async with`, closed."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from stepflow_core import HealthResponse

from .connection import Connection
from .settings import checked
from .sources import Sources, StoredIds

if TYPE_CHECKING:
    import httpx
    from stepflow_api import AuthenticatedClient, Client
    from stepflow_core import BlockingExecutor

_UNHEALTHY = frozenset({503})


class ClientLife:
    """A client without the members that are about flows and runs."""

    def __init__(
        self,
        base_url: str,
        timeout: float = 30.0,
        api_key: str | None = None,
        max_retries: int = 3,
        headers: Mapping[str, str] | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> None:
        settings = checked(base_url, timeout, api_key, max_retries, headers)
        self._connection = Connection(settings, http_client)
        self._sources = Sources()
        self._stored = StoredIds()
        self._blocking: BlockingExecutor | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    @property
    def url(self) -> str:
        """The server's base URL."""
        return self._connection.settings.url

    @property
    def api(self) -> Client | AuthenticatedClient:
        """The generated client of `stepflow_api`, on the same connections and with the same retries."""
        return self._connection.api

    async def health_check(self) -> HealthResponse:
        """Whether the server can work; asked once, without retries."""
        from stepflow_api.api.health import health_check

        from .conversion import into

        return await self._connection.call(
            lambda api: health_check.asyncio_detailed(client=api),
            into(HealthResponse),
            retry=False,
            accept=_UNHEALTHY,
        )

    async def close(self) -> None:
        """Close the connections; further calls raise `ConflictError`. Runs go on."""
        await self._connection.close()

    async def __aenter__(self) -> Self:
        _ = self._connection.http
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
