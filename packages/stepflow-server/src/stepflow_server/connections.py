"""The server's side of HTTP connections: the adjustments of aiohttp that an API of its own needs."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from .aiohttp_request import whole
from .messages import PROBLEM_JSON
from .problems import ProblemError, response_of

log = logging.getLogger("stepflow.server")

SPARE_FILES = 32
"""How many files the process may open beside its connections."""


class Connection(RequestHandler):
    """One connection: it tells when it is lost, and answers what is no HTTP with a problem."""

    __slots__ = ("_server", "_watchers")

    def __init__(self, server: Server, **options: Any) -> None:
        super().__init__(server, **options)
        self._server = server
        self._watchers: dict[object, Callable[[], object]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come; where there are too many, it is told so and sent away."""
        super().connection_made(transport)
        self._server.count += 1
        if self._server.count > self._server.most:
            log.debug("a connection too many")
            if isinstance(transport, asyncio.WriteTransport):
                transport.write(_full())
            self.force_close()

    def when_lost(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have `callback` called when the connection is lost; what is returned takes that back."""
        ticket = object()
        self._watchers[ticket] = callback
        return lambda: _discard(self._watchers, ticket)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The client has gone, or the connection was closed."""
        super().connection_lost(exc)
        self._server.count -= 1
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
    """Makes connections of our kind. `options` are those of `RequestHandler`.

    `count` is how many connections are open, `most` how many may be: as many as the process may have files open,
    but for some that it needs itself.
    """

    def __init__(self, handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], **options: Any) -> None:
        super().__init__(handler, access_log=None, auto_decompress=False, **options)
        self.count = 0
        self.most = _most_connections()
        self._options = {"access_log": None, "auto_decompress": False, **options}

    def __call__(self) -> RequestHandler:
        """A new connection."""
        return Connection(self, loop=asyncio.get_running_loop(), **self._options)


def _most_connections() -> int:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return sys.maxsize
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if files == resource.RLIM_INFINITY else max(1, files - SPARE_FILES)


def _full() -> bytes:
    """The answer to a client for which there is no place, whatever it was about to ask."""
    body = response_of(ProblemError(503, "the server has as many connections as it can have").problem).body
    head = f"HTTP/1.1 503 Service Unavailable\r\nContent-Type: {PROBLEM_JSON}\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Retry-After: 1\r\nServer: stepflow\r\nConnection: close\r\n\r\n".encode() + body


def _discard(watchers: dict[object, Callable[[], object]], ticket: object) -> None:
    watchers.pop(ticket, None)


def _first_line(message: str | None) -> str:
    lines = (message or "malformed HTTP").strip().splitlines()
    return lines[0][:200].rstrip(":") if lines else "malformed HTTP"
