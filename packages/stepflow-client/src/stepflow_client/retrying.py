"""Sending requests again: which, after what, and how much later."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

RETRY = "stepflow.retry"
"""The extension of a request that says whether it may be sent again; where it is not there, its method says so."""

LOST = (httpx.NetworkError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.RemoteProtocolError, httpx.ProxyError)
"""The connection was not made, or broke. (An answer that takes too long is not among them.)"""

BUSY = frozenset({429, 503})
"""The statuses by which a server asks to be left alone for a while."""

FIRST, LARGEST = 0.2, 8.0
"""Seconds between the first attempt and the second, doubled from there, and how long it gets at most."""

PATIENCE = 60.0
"""The longest `Retry-After`, in seconds, that is waited for."""

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


class RetryTransport(httpx.AsyncBaseTransport):
    """Sends requests by another transport, up to `retries` times more where that can help.

    POSTs are sent again only if they carry an idempotency key.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, retries: int) -> None:
        self._inner = inner
        self._retries = retries

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request; the last one, where none was good. Raises what the inner transport raises."""
        left = self._retries if is_repeatable(request) else 0
        for attempt in range(left):
            delay = backoff(attempt)
            try:
                response = await self._inner.handle_async_request(request)
            except LOST:
                pass
            else:
                if response.status_code not in BUSY:
                    return response
                asked = retry_after(response)
                if asked is not None and asked > PATIENCE:
                    return response
                delay = delay if asked is None else asked + delay
                await response.aclose()
            await pause(delay)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the inner transport."""
        await self._inner.aclose()


class SharedTransport(httpx.AsyncBaseTransport):
    """Sends requests by another client, with its connections, proxies and hooks; closes it only if it is `owned`."""

    def __init__(self, client: httpx.AsyncClient, *, owned: bool = False) -> None:
        self._client = client
        self._owned = owned

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer that the other client gets."""
        return await self._client.send(request, stream=True)

    async def aclose(self) -> None:
        """Close the other client, if it is owned."""
        if self._owned:
            await self._client.aclose()


def is_repeatable(request: httpx.Request) -> bool:
    """Whether sending a request twice does no more than sending it once."""
    said = request.extensions.get(RETRY)
    if said is not None:
        return bool(said)
    return request.method in IDEMPOTENT or "Idempotency-Key" in request.headers


def backoff(attempt: int, draw: Callable[[], float] = random.random) -> float:
    """Seconds to wait after an attempt (counted from 0): doubled each time, with jitter."""
    # Half of it is fixed, so that a server that is down gets some rest; the other half spreads the clients.
    longest = min(LARGEST, FIRST * 2.0 ** min(attempt, 30))
    return longest * (0.5 + 0.5 * draw())


def retry_after(response: httpx.Response) -> float | None:
    """The seconds that a `Retry-After` asks for, whether it is a number or a date; `None` without one."""
    text: str | None = response.headers.get("Retry-After")
    if text is None:
        return None
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        moment: Any = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return float(max(0.0, (moment - datetime.now(UTC)).total_seconds()))


async def pause(seconds: float) -> None:
    """Wait before the next attempt."""
    await asyncio.sleep(seconds)
