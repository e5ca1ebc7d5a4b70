"""aiohttp's requests and responses as ours."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from .messages import Answer, BrokenBodyError, GoneError, Response, Stream, TooLargeError, TooSlowError
from .settings import Settings

POLL = 1.0
"""Seconds between looks at a connection that does not tell when it is lost."""


class AiohttpRequest:
    """One request of aiohttp."""

    __slots__ = ("_request", "_settings", "method", "mount", "path", "query")

    def __init__(self, request: web.BaseRequest, settings: Settings, path: str, mount: str = "") -> None:
        self._request = request
        self._settings = settings
        self.method = request.method
        self.path, _, self.query = path.partition("?")
        self.mount = mount

    def header(self, name: str) -> str | None:
        """A header's value, whatever its case."""
        return self._request.headers.get(name)

    async def body(self, limit: int) -> bytes:
        """The whole body."""
        content = self._request.content
        if content.is_eof() and content.exception() is None:
            data = content.read_nowait()
            if len(data) > limit:
                raise TooLargeError
            return data
        length = self._request.content_length
        if length is not None and length > limit:
            raise TooLargeError
        self._go_on()
        return await self._rest(limit)

    def _go_on(self) -> None:
        """Tell a client that asked whether its body is wanted."""
        expect = self._request.headers.get("Expect")
        transport = self._request.transport
        # An application of aiohttp has done this before it calls a handler.
        if expect is not None and transport is not None and not isinstance(self._request, web.Request):
            transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    async def _rest(self, limit: int) -> bytes:
        content, parts, size = self._request.content, [], 0
        try:
            async with asyncio.timeout(self._settings.read_timeout):
                while not content.at_eof():
                    part = await content.readany()
                    size += len(part)
                    if size > limit:
                        raise TooLargeError
                    parts.append(part)
        except TimeoutError:
            raise TooSlowError from None
        except RequestPayloadError as error:
            raise BrokenBodyError(str(error)) from None
        except OSError:
            raise GoneError from None
        return b"".join(parts)

    def when_gone(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Have `callback` called once if the client goes away."""
        watch = getattr(self._request.protocol, "when_lost", None)
        if watch is not None:
            stop: Callable[[], None] = watch(callback)
            return stop
        return _Watch(self._request, callback).stop


class _Watch:
    """Looks every second whether a connection is still there: a server that is not ours does not tell."""

    def __init__(self, request: web.BaseRequest, callback: Callable[[], object]) -> None:
        self._request = request
        self._callback = callback
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(POLL, self._look)

    def stop(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        transport = self._request.transport
        if transport is None or transport.is_closing():
            self._callback()
        else:
            self._timer = self._loop.call_later(POLL, self._look)


async def respond(request: web.BaseRequest, answer: Answer, settings: Settings) -> web.StreamResponse:
    """An answer as a response of aiohttp; one that comes in blocks is sent here."""
    if isinstance(answer, Response):
        return whole(answer)
    return await _sent(request, answer, settings)


def whole(answer: Response) -> web.Response:
    """An answer that is there as a whole."""
    headers = {"Content-Type": answer.content_type, "Server": "stepflow", **answer.headers}
    if answer.status == 204:
        del headers["Content-Type"]
    response = web.Response(body=answer.body, status=answer.status, headers=headers)
    if answer.status in {408, 413}:
        response.force_close()  # the rest of the body is not wanted
    return response


async def _sent(request: web.BaseRequest, stream: Stream, settings: Settings) -> web.StreamResponse:
    headers = {"Content-Type": stream.content_type, "Server": "stepflow", **stream.headers}
    response = web.StreamResponse(status=stream.status, headers=headers)
    try:
        await response.prepare(request)
        async for block in stream.blocks:
            async with asyncio.timeout(settings.write_timeout):
                await response.write(block)
        await response.write_eof()
    except (ConnectionError, TimeoutError):
        _abort(request)
    except Exception as error:  # the client must not take what it got for the whole
        log.error("a stream of %s failed", request.path, exc_info=error)
        _abort(request)
    finally:
        await stream.blocks.aclose()
        stream.ended()
    return response


def _abort(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.abort()


log = logging.getLogger("stepflow.server")
