"""What went wrong in a chat completion: what may work later (503) and what will not (500)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from ..component_model import ComponentError
from ..failures import BadInputError, MissingError, TransportError

if TYPE_CHECKING:
    import httpx

    from .openai_request import Request

_TRY_LATER = frozenset({408, 409, 425, 429})


def connection_failure(error: httpx.HTTPError, host: str) -> TransportError:
    """The failure of a server that was not reached, or went away."""
    reason = str(error).strip() or type(error).__name__
    return TransportError(f"{host} cannot be reached: {reason}")


def response_failure(response: httpx.Response, content: bytes, request: Request) -> ComponentError:
    """The failure that a server answered: busy or broken (503), not there, or refused for good."""
    said = _error(content)
    text = request.hide_key(str(said.get("message") or response.reason_phrase or "no reason given"))
    message = f"{request.host} answered {response.status_code}: {text}"
    details = {"status": response.status_code, "error_type": said.get("type"), "error_code": said.get("code")}
    if response.status_code in _TRY_LATER or response.status_code >= 500:
        return TransportError(message, retry_after=_retry_after(response), **details)
    failure = MissingError if response.status_code == 404 else BadInputError
    return failure(message, **details)


def _error(content: bytes) -> dict[str, Any]:
    """The `error` of an answer, `{message, type?, code?}`; some servers put a text there, some leave it out."""
    try:
        decoded = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return {}
    found = decoded.get("error", decoded) if isinstance(decoded, dict) else decoded
    return found if isinstance(found, dict) else {"message": found if isinstance(found, str) else None}


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds until the server wants to be asked again, where it says so."""
    seconds = _number(response.headers.get("retry-after-ms"))
    if seconds is not None:
        return seconds / 1000
    text = response.headers.get("retry-after")
    number = _number(text)
    return number if number is not None else _until(text, response.headers.get("date"))


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _until(text: str | None, now: str | None) -> float | None:
    """A time as seconds from now, by the clock of the server."""
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, (parsedate_to_datetime(text or "") - parsedate_to_datetime(now or "")).total_seconds())
    except (TypeError, ValueError):
        return None
