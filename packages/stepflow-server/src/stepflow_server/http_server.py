"""An executor served over HTTP on an address of its own."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Any

from aiohttp import web
from stepflow_core import InvalidInputError, StepflowExecutor

from .access import LocalNames
from .aiohttp_request import AiohttpRequest, respond
from .api import Api, TellRequest
from .connections import Server
from .settings import Settings

BACKLOG = 1024
FLUSH = 2.0
"""Seconds that connections have for what is still to be sent when the server ends."""


class HttpServer:
    """Serves an executor, which stays the caller's to close.

    `start` gives the URL. To end, `drain` stops accepting and ends streams, `close` lets go of the
    connections; between the two requests under way can be brought to their end. `tell` is told of every request.
    Without an API key, and unless the settings are `insecure`, requests have to call it by a name of this machine.
    """

    def __init__(self, executor: StepflowExecutor, settings: Settings, tell: TellRequest | None = None) -> None:
        self._settings = settings
        self._is_open = settings.api_key is None and not settings.insecure
        self._api = Api(executor, settings, tell, LocalNames(settings.host) if self._is_open else None)
        self._runner: web.ServerRunner | None = None

    async def start(self) -> str:
        """Listen; the base URL, with the real port where 0 was asked for.

        Raises `InvalidInputError` for an address that others can reach where there is no API key, `OSError`
        where the address cannot be used.
        """
        settings = self._settings
        if self._is_open:
            await _check_private(settings.host, settings.port)
        server = Server(self._handle, keepalive_timeout=settings.keep_alive, lingering_time=1.0)
        self._runner = web.ServerRunner(server, shutdown_timeout=FLUSH)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, settings.host, settings.port, backlog=BACKLOG).start()
        except BaseException:
            await self._runner.cleanup()
            raise
        return _url(settings.host, self._runner.addresses)

    async def drain(self) -> None:
        """Accept no more connections, end all streams, refuse what comes on connections that are open."""
        self._api.drain()
        if self._runner is not None:
            for site in list(self._runner.sites):
                await site.stop()

    async def close(self) -> None:
        """Let go of all connections, after a moment for what is being sent."""
        await self.drain()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        raw = request.raw_path
        path = raw if raw.startswith("/") else request.rel_url.raw_path_qs
        answer = await self._api.handle(AiohttpRequest(request, self._settings, path))
        return await respond(request, answer, self._settings)


async def _check_private(host: str, port: int) -> None:
    """Raise `InvalidInputError` unless only this machine can reach an address."""
    if not host or not all(ipaddress.ip_address(each).is_loopback for each in await _addresses(host, port)):
        raise InvalidInputError(
            f"others can reach {host or 'every address'}: give an API key (STEPFLOW_API_KEY), "
            "or say --insecure if whoever reaches it may do everything"
        )


async def _addresses(host: str, port: int) -> list[str]:
    """What a name stands for; nothing where it cannot be found, since listening there will say so."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError:
        return []
    return [str(each[4][0]).partition("%")[0] for each in found]


def _url(host: str, addresses: list[Any]) -> str:
    """The base URL; where a name stands for several addresses with a free port each, that of the first."""
    first, port = addresses[0][:2]
    shown = host if {each[1] for each in addresses} == {port} else first
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
