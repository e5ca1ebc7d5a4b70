"""The API as an ASGI application, to be mounted into FastAPI, Starlette or any other (https://asgi.readthedocs.io)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import quote

from stepflow_core import StepflowExecutor

from .api import Api, log
from .messages import BrokenBodyError, GoneError, Stream, TooLargeError, TooSlowError
from .settings import Settings

Scope: TypeAlias = "MutableMapping[str, Any]"
Message: TypeAlias = "MutableMapping[str, Any]"
Receive: TypeAlias = "Callable[[], Awaitable[Message]]"
Send: TypeAlias = "Callable[[Message], Awaitable[None]]"

LONGEST_NUMBER = 20

_PATH_CHARACTERS = "/!$&'()*+,;=:@-._~%"


class AsgiApp:
    """Serves an executor, which stays the caller's to close.

        app.mount("/flows", AsgiApp(executor))

    serves the API at `/flows/api/v1` and its description at `/flows/docs`. Of the settings those of the second
    group count. Frameworks do not tell mounted applications of the end, so the host calls `close` before it
    waits for open connections; without it streams end when their clients go.
    """

    def __init__(self, executor: StepflowExecutor, settings: Settings | None = None) -> None:
        self._executor = executor
        self._settings = settings or Settings()
        self._api: Api | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or go along with the life of the server."""
        if scope["type"] == "http":
            request = _AsgiRequest(scope, receive, self._settings)
            try:
                await self._answer(request, send)
            finally:
                request.end()
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1003})
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def close(self) -> None:
        """End all streams, and refuse what comes from now on."""
        self._here().drain()

    def _here(self) -> Api:
        if self._api is None:
            self._api = Api(self._executor, self._settings)
        return self._api

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            kind = (await receive())["type"]
            if kind == "lifespan.shutdown":
                await self.close()
            await send({"type": f"{kind}.complete"})
            if kind == "lifespan.shutdown":
                return

    async def _answer(self, request: _AsgiRequest, send: Send) -> None:
        answer = await self._here().handle(request)
        headers = {"Content-Type": answer.content_type, **answer.headers}
        if isinstance(answer, Stream):
            await send(_start(answer.status, headers))
            await self._stream(answer, send)
            return
        if answer.status == 204:
            del headers["Content-Type"]
        else:
            headers["Content-Length"] = str(len(answer.body))
        await send(_start(answer.status, headers))
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else answer.body})

    async def _stream(self, stream: Stream, send: Send) -> None:
        try:
            async for block in stream.blocks:
                async with asyncio.timeout(self._settings.write_timeout):
                    await send({"type": "http.response.body", "body": block, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except (OSError, TimeoutError):
            return  # the client has gone, or does not read
        except Exception as error:
            log.error("a stream failed", exc_info=error)
            raise  # the server breaks the connection off, so that nobody takes what came for the whole
        finally:
            await stream.blocks.aclose()
            stream.ended()


class _AsgiRequest:
    """One request of ASGI."""

    def __init__(self, scope: Scope, receive: Receive, settings: Settings) -> None:
        self.method: str = scope["method"]
        self.mount, self.path = _paths(scope)
        self.query = scope.get("query_string", b"").decode("latin-1")
        self._scope = scope
        self._receive = receive
        self._settings = settings
        self._headers: dict[str, str] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._callbacks: dict[object, Callable[[], object]] = {}

    def header(self, name: str) -> str | None:
        """A header's value, whatever its case."""
        if self._headers is None:
            self._headers = _joined(self._scope["headers"])
        return self._headers.get(name.lower())

    async def body(self, limit: int) -> bytes:
        """The whole body."""
        length = self.header("Content-Length")
        if length is not None and not (length.isascii() and length.isdecimal() and len(length) <= LONGEST_NUMBER):
            raise BrokenBodyError("its Content-Length is not a number")
        if length is not None and int(length) > limit:
            raise TooLargeError
        try:
            async with asyncio.timeout(self._settings.read_timeout):
                return await self._whole(limit)
        except TimeoutError:
            raise TooSlowError from None

    async def _whole(self, limit: int) -> bytes:
        parts, size, more = [], 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise GoneError
            part, more = message.get("body", b""), message.get("more_body", False)
            size += len(part)
            if size > limit:
                raise TooLargeError
            parts.append(part)
        return b"".join(parts)

    def when_gone(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have `callback` called once if the client goes away."""
        ticket = object()
        self._callbacks[ticket] = callback
        if self._watch is None:
            self._watch = asyncio.get_running_loop().create_task(self._until_gone())

        def stop() -> None:
            self._callbacks.pop(ticket, None)

        return stop

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        for callback in list(self._callbacks.values()):
            callback()

    def end(self) -> None:
        """The request was answered."""
        if self._watch is not None:
            self._watch.cancel()


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by name in lower case; one that is there several times is one with commas (RFC 9110, section 5.3)."""
    found: dict[str, str] = {}
    for key, value in headers:
        name, text = key.decode("latin-1").lower(), value.decode("latin-1")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def _paths(scope: Scope) -> tuple[str, str]:
    """Where the application was mounted, and the path below it; both as they were sent.

    Servers and frameworks differ in whether `path` and `raw_path` begin with `root_path`.
    """
    mount = quote(scope.get("root_path", ""), safe=_PATH_CHARACTERS).rstrip("/")
    raw = scope.get("raw_path")
    path = raw.decode("latin-1").partition("?")[0] if raw else quote(scope["path"], safe=_PATH_CHARACTERS)
    if mount and path.startswith(mount + "/"):
        path = path[len(mount) :]
    return mount, path


def _start(status: int, headers: dict[str, str]) -> Message:
    listed = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http.response.start", "status": status, "headers": listed}
