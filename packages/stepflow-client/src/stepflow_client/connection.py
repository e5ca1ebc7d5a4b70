"""The way to a server: pooled connections, calls of generated operations, and their end."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import uuid4

from stepflow_core import ConflictError

from .settings import API_PATH, Settings

if TYPE_CHECKING:
    import httpx
    from stepflow_api import AuthenticatedClient, Client

T = TypeVar("T")

KEPT_ALIVE = 100
"""How many idle connections are kept for the next requests."""


class Parsed(Protocol):
    """What generated operations answer."""

    @property
    def parsed(self) -> Any:
        """The model of the answer."""


class Connection:
    """The requests of one client to one server, over connections that they share.

    To be used on one event loop at a time; on another one only when the first is closed.
    """

    def __init__(self, settings: Settings, given: httpx.AsyncClient | None) -> None:
        self.settings = settings
        self._given = given
        self._http: httpx.AsyncClient | None = None
        self._api: Client | AuthenticatedClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    # ---- connections

    @property
    def http(self) -> httpx.AsyncClient:
        """The HTTP client that all requests share. Raises `ConflictError` once closed, or on another event loop."""
        self._check_open()
        loop = _running_loop()
        if loop is not None and loop is not self._loop:
            self._bind(loop)
        if self._http is None:
            self._http = make_http_client(self.settings, self._given)
        return self._http

    def _check_open(self) -> None:
        if self._closed:
            raise ConflictError("the client was closed")

    def _bind(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not None:
            if not self._loop.is_closed():
                raise ConflictError("the client is used on another event loop; make one client per loop")
            # Its connections ended with the loop that they were made on.
            self._http = None
        self._loop = loop

    @property
    def api(self) -> Client | AuthenticatedClient:
        """The generated client, on the same connections."""
        http = self.http
        if self._api is None:
            self._api = make_api(self.settings)
        return self._api.set_async_httpx_client(http)

    async def close(self) -> None:
        """Close the connections, but not those of a client that was given. Further calls raise `ConflictError`."""
        self._closed = True
        http, self._http = self._http, None
        if http is not None and (self._loop is None or not self._loop.is_closed()):
            await http.aclose()

    # ---- requests

    async def call(
        self,
        operation: Callable[[Any], Awaitable[Parsed]],
        parse: Callable[[Any], T],
        *,
        wait: float = 0.0,
        retry: bool | None = None,
        accept: frozenset[int] = frozenset(),
    ) -> T:
        """What `parse` makes of the model that a generated operation, called with the client that it gets, answers.

        `wait` is how much longer than usual the answer may take, `retry` whether the request may be sent again
        (by default as its method and headers say), `accept` which statuses of failures are answers all the same.
        Raises a `StepflowError` for every other failure.
        """
        caller = Caller(self, wait, retry, accept)
        with self._readable(caller):
            parsed = (await operation(caller)).parsed
            if parsed is None and caller.answered != 204:
                raise ValueError(f"it has the status {caller.answered}")
            return parse(parsed)

    async def request(
        self,
        method: str,
        path: str,
        parse: Callable[[Any], T],
        *,
        wait: float = 0.0,
        retry: bool | None = None,
        **more: Any,
    ) -> T:
        """What `parse` makes of the JSON that a path (below the API's own) answers with. Otherwise as `call`."""
        caller = Caller(self, wait, retry)
        with self._readable(caller):
            response = await caller.request(method, API_PATH + path, **more)
            return parse(response.json())

    @contextmanager
    def _readable(self, caller: Caller) -> Iterator[None]:
        """Raise `ServerError` where an answer is not what it has to be."""
        try:
            yield
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            # Before there is an answer it is a fault of the caller's.
            if caller.answered is None:
                raise
            from .failures import unreadable

            raise unreadable(self.settings.url, f"{type(error).__name__}: {error}"[:200]) from error


class Caller:
    """What generated operations are given in place of their client: failures are raised before they are parsed."""

    raise_on_unexpected_status = False

    def __init__(
        self,
        connection: Connection,
        wait: float = 0.0,
        retry: bool | None = None,
        accept: frozenset[int] = frozenset(),
    ) -> None:
        self._connection = connection
        self._wait = wait
        self._retry = retry
        self._accept = accept
        self.answered: int | None = None

    def get_async_httpx_client(self) -> Caller:
        """What sends the requests."""
        return self

    async def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        """The answer to a request. Raises a `StepflowError` for every failure."""
        import httpx

        from .failures import error_of, lost

        http, settings = self._connection.http, self._connection.settings
        try:
            response = await http.request(
                method,
                _DOTS.sub(_encoded, url),
                headers=self._headers(method, more.pop("headers", None)),
                timeout=httpx.Timeout(settings.timeout, read=settings.timeout + self._wait),
                extensions=self._extensions(),
                **more,
            )
        except httpx.TransportError as error:
            raise lost(settings.url, error) from error
        if response.status_code >= 400 and response.status_code not in self._accept:
            raise error_of(response)
        self.answered = response.status_code
        return response

    def _headers(self, method: str, headers: Mapping[str, str] | None) -> dict[str, str]:
        sent = dict(headers or {})
        # A server that heeds the key does the work once; for one that does not, `retry` says that it is harmless.
        if self._retry and method.upper() == "POST":
            sent.setdefault("Idempotency-Key", new_key())
        return sent

    def _extensions(self) -> dict[str, Any]:
        from .retrying import RETRY

        return {} if self._retry is None else {RETRY: self._retry}


def _encoded(dots: re.Match[str]) -> str:
    """Dots that are all of a part of a path, which would be taken for a way through folders."""
    return dots[0].replace(".", "%2E")


_DOTS = re.compile(r"(?<=/)\.\.?(?=/|$)")


def make_http_client(settings: Settings, given: httpx.AsyncClient | None) -> httpx.AsyncClient:
    """An HTTP client that retries, over connections of its own or those of a client that was given."""
    import httpx

    from .retrying import RetryTransport

    headers = httpx.Headers(None if given is None else given.headers)
    headers.update(settings.headers)
    return httpx.AsyncClient(
        base_url=settings.url,
        timeout=settings.timeout,
        headers=headers,
        cookies=None if given is None else given.cookies,
        transport=RetryTransport(make_transport(given, settings.url), settings.max_retries),
    )


def make_transport(given: httpx.AsyncClient | None, url: str) -> httpx.AsyncBaseTransport:
    """What sends requests: a client that was given, or a pool of connections, through a proxy if the system has one."""
    import ssl
    from urllib.request import getproxies

    import httpx

    from .retrying import SharedTransport

    if given is not None:
        return SharedTransport(given)
    # Without a limit: a request that waits for a run holds a connection, and must not hold up the others.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=KEPT_ALIVE)
    if getproxies():
        return SharedTransport(httpx.AsyncClient(limits=limits), owned=True)
    if url.startswith("https:"):
        return httpx.AsyncHTTPTransport(limits=limits)
    # To load the certificates that are trusted takes 30 ms; where nothing is encrypted none need be.
    return httpx.AsyncHTTPTransport(limits=limits, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def make_api(settings: Settings) -> Client | AuthenticatedClient:
    """The generated client of a server, which can also be used without `await`, on connections of its own."""
    import httpx
    from stepflow_api import AuthenticatedClient, Client

    timeout, headers = httpx.Timeout(settings.timeout), dict(settings.headers)
    if settings.api_key is None:
        return Client(base_url=settings.url, headers=headers, timeout=timeout)
    return AuthenticatedClient(base_url=settings.url, headers=headers, timeout=timeout, token=settings.api_key)


def new_key() -> str:
    """An idempotency key that nothing else has."""
    return uuid4().hex


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
