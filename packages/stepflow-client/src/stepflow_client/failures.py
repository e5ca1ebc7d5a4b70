"""What a server's refusals and broken connections are as exceptions: the same types as from every executor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import msgspec
from stepflow_core import (
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    Diagnostic,
    FlowLoadError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    RateLimitError,
    RunTimeoutError,
    ServerError,
    StepflowError,
)

from .retrying import retry_after

KINDS: Mapping[int, type[StepflowError]] = {
    400: InvalidInputError,
    401: AuthenticationError,
    403: ForbiddenError,
    404: NotFoundError,
    408: RunTimeoutError,
    409: ConflictError,
    413: InvalidInputError,
    415: InvalidInputError,
    422: InvalidInputError,
    429: RateLimitError,
}
"""The exception that a status stands for; from 500 on it is `ServerError`, elsewhere `StepflowError`."""

SHOWN = 200
"""How many characters of an answer that is no problem document are shown."""


def error_of(response: httpx.Response) -> StepflowError:
    """The exception that an answer stands for; its content has been read."""
    problem = _problem(response)
    status = response.status_code
    detail = problem.get("detail") or problem.get("message")
    message = detail if isinstance(detail, str) else _unexpected(response)
    more: dict[str, Any] = {"status_code": status, "details": _details(problem), "retry_after": retry_after(response)}
    diagnostics = _diagnostics(problem.get("diagnostics"))
    if diagnostics:
        return FlowLoadError(message, diagnostics=diagnostics, **more)
    return _kind(status)(message, **more)


def _kind(status: int) -> Callable[..., StepflowError]:
    return ServerError if status >= 500 else KINDS.get(status, StepflowError)


def _problem(response: httpx.Response) -> dict[str, Any]:
    """The problem document of an answer (RFC 9457); empty where it is something else, such as a proxy's page."""
    try:
        problem = response.json()
    except (ValueError, RecursionError):
        return {}
    return problem if isinstance(problem, dict) else {}


def _unexpected(response: httpx.Response) -> str:
    text = " ".join(response.text[: 4 * SHOWN].split())[:SHOWN]
    shown = f": {text}" if text else ""
    return f"the server answered {response.status_code} {response.reason_phrase}".rstrip() + shown


def _details(problem: dict[str, Any]) -> Any:
    """What is known beside the message: the members of `details`, and as `errors` every violation."""
    details, errors = problem.get("details"), problem.get("errors")
    if not errors:
        return details
    return {**details, "errors": errors} if isinstance(details, dict) else {"errors": errors}


def _diagnostics(given: Any) -> list[Diagnostic]:
    try:
        return msgspec.convert(given or [], list[Diagnostic])
    except msgspec.ValidationError:
        return []


def lost(url: str, error: httpx.TransportError) -> ConnectionFailedError:
    """The exception of a request that got no answer."""
    reason = str(error) or type(error).__name__
    if isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout):
        return ConnectionFailedError(f"the server at {url} did not answer in time ({reason})")
    return ConnectionFailedError(f"the server at {url} cannot be reached: {reason}")


def unreadable(url: str, reason: object) -> ServerError:
    """The exception of an answer that is not what the API's document says."""
    return ServerError(f"what {url} answered is not an answer of a Stepflow server: {reason}", status_code=502)
