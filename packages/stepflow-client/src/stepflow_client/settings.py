"""How a client reaches its server, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from stepflow_core import InvalidInputError, __version__
from stepflow_core.arguments import check_timeout

API_PATH = "/api/v1"


class Settings(Struct, frozen=True):
    """The server's base URL without a slash at its end, seconds to wait for an answer, and what goes with requests."""

    url: str
    timeout: float
    max_retries: int
    api_key: str | None
    headers: dict[str, str]


def checked(
    base_url: str, timeout: float, api_key: str | None, max_retries: int, headers: Mapping[str, str] | None
) -> Settings:
    """The settings of a client. Raises `InvalidInputError` for those that mean nothing."""
    check_seconds("timeout", timeout)
    if isinstance(max_retries, bool) or not isinstance(max_retries, int) or not 0 <= max_retries <= 100:
        raise InvalidInputError(f"max_retries is an integer from 0 to 100, not {max_retries!r:.40}")
    sent = {"User-Agent": f"stepflow-client/{__version__}", **_headers(headers)}
    if api_key is not None:
        if not isinstance(api_key, str) or not _is_visible(api_key) or not api_key:
            raise InvalidInputError("an API key is text of visible ASCII characters")
        sent["Authorization"] = f"Bearer {api_key}"
    return Settings(_url(base_url), float(timeout), max_retries, api_key, sent)


def check_seconds(name: str, value: float | None) -> None:
    """Refuse a time to wait that is none; `None` is no limit. Raises `InvalidInputError`."""
    check_timeout(value, name)


def _url(base_url: Any) -> str:
    text = str(base_url).strip()
    if not _is_base(text):
        raise InvalidInputError(
            f"a server's base URL begins with http:// or https:// and a host, and has no query: not {text!r:.80}"
        )
    # The API's own path is what other clients are given.
    return text.rstrip("/").removesuffix(API_PATH)


def _is_base(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    known = parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0
    return known and text.isprintable() and not (parts.query or parts.fragment)


def _headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    if headers is None:
        return {}
    if not isinstance(headers, Mapping):
        raise InvalidInputError(f"headers are a mapping of names to texts, not {type(headers).__name__}")
    for name, value in headers.items():
        if not (isinstance(name, str) and isinstance(value, str) and name and _is_visible(name + value)):
            raise InvalidInputError(f"headers map names to texts of visible ASCII characters: {name!r:.40}")
    return dict(headers)


def _is_visible(text: str) -> bool:
    return text.isascii() and text.isprintable()
