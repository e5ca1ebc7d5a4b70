"""The server that commands talk to: opening it, and telling what to do where it does not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar
from urllib.parse import urlsplit

from stepflow_core import (
    AuthenticationError,
    ConnectionFailedError,
    ForbiddenError,
    RateLimitError,
    ServerError,
    StepflowError,
    StepflowExecutor,
)

from .exits import UsageError
from .failures import is_unusable
from .remote_options import ServerOptions

DEFAULT_URL = "http://127.0.0.1:7837"

T = TypeVar("T")


def on_server(server: ServerOptions, work: Callable[[StepflowExecutor], Awaitable[T]]) -> T:
    """What comes of work on the server that the options name. Raises as `connected` does."""

    async def main() -> T:
        async with connected(server) as executor:
            return await work(executor)

    return asyncio.run(main())


@asynccontextmanager
async def connected(server: ServerOptions) -> AsyncIterator[StepflowExecutor]:
    """Within it the server is at hand; errors that leave it say what to do about them.

    Raises `UsageError` for a URL that cannot be one, and where the client is not installed.
    """
    url = url_of(server)
    try:
        async with open_client(url, server.api_key or None) as executor:
            yield executor
    except StepflowError as error:
        error.message = advised(error)
        raise


def open_client(url: str, api_key: str | None) -> AbstractAsyncContextManager[StepflowExecutor]:
    """A client of the server, to be entered with `async with`. Raises `UsageError` where it is not installed."""
    try:
        from stepflow_client import StepflowClient
    except ImportError as error:
        raise UsageError(not_installed("stepflow-client", error)) from None
    return StepflowClient(url, api_key=api_key)


def url_of(server: ServerOptions) -> str:
    """The base URL of the server. Raises `UsageError` where it cannot be one."""
    url = (server.url or "").strip() or DEFAULT_URL
    if not _is_base(url):
        near = f"; did you mean http://{url}?" if _is_base(f"http://{url}") and "://" not in url else ""
        raise UsageError(f"--url: {url!r:.200} is not the address of a server, such as {DEFAULT_URL}{near}")
    return url.rstrip("/")


def advised(error: StepflowError) -> str:
    """What went wrong with a server, and what to do about it."""
    match error:
        case ConnectionFailedError() if "in time" in error.message:
            return f"{error.message}\n  It is busy, or no Stepflow server; `stepflow doctor` asks how it is."
        case ConnectionFailedError():
            return f"{error.message}\n  Start one with `stepflow serve`, or name another with --url or STEPFLOW_URL."
        case ServerError() if is_unusable(error):
            return f"{error.message}\n  `stepflow doctor` looks into it; --url or STEPFLOW_URL name another."
        case AuthenticationError():
            return f"{error.message} (give the server's key with --api-key or STEPFLOW_API_KEY)"
        case ForbiddenError():
            return f"{error.message} (the key is valid, but not for this)"
        case RateLimitError() if error.retry_after is not None:
            return f"{error.message} (again in {error.retry_after:.0f} s)"
    return error.message


def not_installed(package: str, error: ImportError) -> str:
    """What to do where a package cannot be imported."""
    return f"this needs the package {package}, which cannot be imported ({error}); install it: pip install {package}"


def _is_base(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and parts.port != 0
            and not parts.query
            and not parts.fragment
            and url.isprintable()
            and " " not in url
        )
    except ValueError:
        return False
