"""`openai`: a chat completion over the OpenAI wire format, of OpenAI or of whoever else speaks it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from ..failures import TransportError, UnusableError
from .openai_answer import StreamedAnswer, answer, read_events, read_limited
from .openai_errors import connection_failure, response_failure
from .openai_request import Request, read_request

if TYPE_CHECKING:
    import httpx

    from ..context import StepContext

CONNECT_TIMEOUT = 10.0
"""Seconds that connecting may take."""


class ChatClient:
    """Sends chat completions through one pool of connections, which is there from the first call to `close`.

    `environment` is where `OPENAI_API_KEY` is looked up; `transport` replaces httpx's own.
    """

    def __init__(self, environment: Mapping[str, str], *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._environment = environment
        self._transport = transport
        self._client: httpx.AsyncClient | None = None

    async def complete(self, input: Any, context: StepContext) -> Any:
        """`{response, usage?, finish_reason?, message?, choices?}` of the model.

        All members of the input but `api_key`, `base_url` and `timeout` are sent as they are. With
        `stream: true` the pieces of text are shown as chunks of kind `token` while they come. `message` is there
        where it holds more than text (tool calls, a refusal), `choices` where there are several.
        """
        import httpx

        request = read_request(input, self._environment)
        try:
            async with asyncio.timeout(request.timeout):
                return answer(await self._exchange(request, context))
        except TimeoutError:
            raise TransportError(f"no answer from {request.host} within {request.timeout:g} seconds") from None
        except httpx.HTTPError as error:
            raise connection_failure(error, request.host) from None

    async def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _exchange(self, request: Request, context: StepContext) -> Any:
        call = self._pool().stream("POST", request.url, json=request.body, headers=request.headers)
        async with call as response:
            if not response.is_success:
                raise response_failure(response, await read_limited(response), request)
            if "event-stream" in response.headers.get("content-type", ""):
                return await _streamed(response, context)
            return _decode(await read_limited(response), request)

    def _pool(self) -> httpx.AsyncClient:
        import httpx

        if self._client is None:
            # The whole of a call has its limit around it; only connecting has another.
            limits = httpx.Timeout(None, connect=CONNECT_TIMEOUT)
            self._client = httpx.AsyncClient(transport=self._transport, timeout=limits)
        return self._client


async def _streamed(response: httpx.Response, context: StepContext) -> Any:
    collected = StreamedAnswer()
    async for event in read_events(response):
        text = collected.add(event)
        if text:
            context.emit(text, "token")
    return collected.completion()


def _decode(content: bytes, request: Request) -> Any:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        raise UnusableError(f"the answer of {request.host} is not JSON") from None
