"""The server's side of HTTP connections: the adjustments of aiohttp that an API of its own needs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from .aiohttp_request import whole
from .problems import ProblemError, response_of

log = logging.getLogger("stepflow.server")


class Connection(RequestHandler):
    """One connection: it tells when it is lost, and answers what is no HTTP with a problem."""

    __slots__ = ("_watchers",)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._watchers: dict[object, Callable[[], object]] = {}

    def when_lost(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have `callback` called when the connection is lost; what is returned takes that back."""
        ticket = object()
        self._watchers[ticket] = callback
        return lambda: _discard(self._watchers, ticket)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The client has gone, or the connection was closed."""
        super().connection_lost(exc)
        watchers, self._watchers = self._watchers, {}
        for callback in watchers.values():
            callback()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to a request that is no HTTP, or to a handler that failed."""
        if status >= 500:
            log.error("a request failed", exc_info=exc)
            text = "the server failed at its own work; its log says more"
        else:
            log.debug("not HTTP: %s", message)
            text = f"the request cannot be read: {_first_line(message)}"
        if request.writer.output_size > 0:
            raise ConnectionResetError("the answer has begun already")
        response = whole(response_of(ProblemError(status, text).problem))
        response.force_close()
        return response


class Server(web.Server):
    """Makes connections of our kind. `options` are those of `RequestHandler`."""

    def __init__(self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], **options: Any) -> None:
        super().__init__(handler, access_log=None, auto_decompress=False, **options)
        self._options = {"access_log": None, "auto_decompress": False, **options}

    def __call__(self) -> RequestHandler:
        """A new connection."""
        return Connection(self, loop=asyncio.get_running_loop(), **self._options)


def _discard(watchers: dict[object, Callable[[], object]], ticket: object) -> None:
    watchers.pop(ticket, None)


def _first_line(message: str | None) -> str:
    lines = (message or "malformed HTTP").strip().splitlines()
    return lines[0][:200].rstrip(":") if lines else "malformed HTTP"
