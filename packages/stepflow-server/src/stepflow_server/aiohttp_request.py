"""aiohttp's requests and responses as ours."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable

from aiohttp import HttpVersion11, web
from aiohttp.web_protocol import RequestPayloadError

from .messages import Answer, BrokenBodyError, GoneError, Response, Stream, TooLargeError, TooSlowError
from .problems import ProblemError
from .settings import Settings

POLL = 1.0
"""Seconds between looks at a connection that does not tell when it is lost."""

AT_ONCE = 48 * 1024
"""Bytes that a connection takes without waiting for its client; larger answers are sent in parts."""

PART = 256 * 1024


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
        values = self._request.headers.getall(name, None)
        if values is None:
            return None
        return values[0] if len(values) == 1 else ", ".join(values)

    async def body(self, limit: int) -> bytes:
        """The whole body."""
        content = self._request.content
        coding = self._request.headers.get("Transfer-Encoding")
        if coding is not None and coding.strip().lower() != "chunked":
            raise BrokenBodyError(f"the Transfer-Encoding is chunked or none, not {coding!r:.40}")
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
        request = self._request
        expect = request.headers.get("Expect")
        # An application of aiohttp has done this before it calls a handler.
        if expect is None or request.version < HttpVersion11 or isinstance(request, web.Request):
            return
        if expect.strip().lower() != "100-continue":
            raise ProblemError(417, f"what can be expected is 100-continue, not {expect!r:.40}")
        if request.transport is not None:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

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
    """An answer as a response of aiohttp; what a client might leave unread is sent here, within a time."""
    if isinstance(answer, Stream):
        return await _streamed(request, answer, settings)
    if len(answer.body) > AT_ONCE and request.method != "HEAD":
        return await _streamed(request, _in_parts(answer), settings)
    response = whole(answer)
    if _has_unread(request):
        await _in_time(request, response, settings)
    return response


def whole(answer: Response) -> web.Response:
    """An answer that is there as a whole."""
    headers = {"Content-Type": answer.content_type, "Server": "stepflow", **answer.headers}
    if answer.status == 204:
        del headers["Content-Type"]
    response = web.Response(body=answer.body, status=answer.status, headers=headers)
    if answer.status in {408, 413}:
        response.force_close()  # the rest of the body is not wanted
    return response


def _has_unread(request: web.BaseRequest) -> bool:
    """Whether the client has not taken all that it was sent before."""
    return request.transport is not None and request.transport.get_write_buffer_size() > 0


async def _in_time(request: web.BaseRequest, response: web.Response, settings: Settings) -> None:
    try:
        async with asyncio.timeout(settings.write_timeout):
            await response.prepare(request)
            await response.write_eof()
    except (ConnectionError, TimeoutError):
        _abort(request)


def _in_parts(answer: Response) -> Stream:
    """A large answer as a stream of parts, each of which a client has its time to take."""
    headers = {**answer.headers, "Content-Length": str(len(answer.body))}
    stream = Stream(_parts(answer.body), answer.content_type, headers)
    stream.status = answer.status
    return stream


async def _parts(body: bytes) -> AsyncGenerator[bytes, None]:
    for start in range(0, len(body), PART):
        yield body[start : start + PART]


async def _streamed(request: web.BaseRequest, stream: Stream, settings: Settings) -> web.StreamResponse:
    headers = {"Content-Type": stream.content_type, "Server": "stepflow", **stream.headers}
    response = web.StreamResponse(status=stream.status, headers=headers)
    try:
        await response.prepare(request)
        async for block in stream.blocks:
            await _written(request, response, block, settings)
        async with asyncio.timeout(settings.write_timeout):
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


async def _written(request: web.BaseRequest, response: web.StreamResponse, block: bytes, settings: Settings) -> None:
    if len(block) < AT_ONCE and not _has_unread(request):
        await response.write(block)  # the connection takes that much without waiting, and a timer has its price
        return
    async with asyncio.timeout(settings.write_timeout):
        await response.write(block)


def _abort(request: web.BaseRequest) -> None:
    if request.transport is not None:
        request.transport.abort()


log = logging.getLogger("stepflow.server")
