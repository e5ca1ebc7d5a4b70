"""Errors as clients see them: problem details by RFC 9457, for every error of every operation."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct
from stepflow_core import (
    ConnectionFailedError,
    DiagnosticLevel,
    FlowLoadError,
    InvalidInputError,
    StepflowError,
)

from .messages import PROBLEM_JSON, Headers, Response
from .wire import Diagnostic, diagnostic

TYPES = "https://stepflow.org/problems/"
"""What the types of problems begin with. They are names: nothing need be there."""

_SLUGS = {
    400: "bad-request",
    401: "authentication",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    408: "timeout",
    409: "conflict",
    413: "too-large",
    415: "unsupported-media-type",
    417: "expectation-failed",
    421: "misdirected",
    422: "invalid-input",
    429: "rate-limit",
    499: "client-gone",
    500: "server-error",
    503: "unavailable",
}

_TITLES = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
    499: "Client Closed Request",
}
"""Those by RFC 9110 that not every Python has, or that it has under an older name."""


class Violation(Struct, frozen=True):
    """One thing that is wrong: where, as a JSON pointer into the value that the problem speaks of, and what."""

    pointer: str
    message: str


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong, by RFC 9457."""

    type: Annotated[str, Meta(description="The kind of problem: a name that looks like a URL.")]
    title: str
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: Annotated[str, Meta(description="What went wrong this time.")]
    code: Annotated[int, Meta(ge=400, le=599, description="The same as `status`, for older clients.")]
    message: Annotated[str, Meta(description="The same as `detail`, for older clients.")]
    errors: Annotated[list[Violation], Meta(description="Everything in which something violates its schema.")] = []
    diagnostics: Annotated[list[Diagnostic], Meta(description="What is wrong with a flow that cannot be used.")] = []
    details: Annotated[Any, Meta(description="What else is known of the cause.")] = None


class ProblemError(Exception):
    """An answer that is a problem, raised wherever it is noticed."""

    def __init__(
        self, status: int, detail: str, errors: list[Violation] | None = None, headers: Headers | None = None
    ) -> None:
        self.problem = _problem(status, detail, errors=errors or [])
        self.headers: Headers = headers or {}
        super().__init__(detail)


def response_of(problem: Problem, headers: Headers | None = None) -> Response:
    """A problem as an answer."""
    try:
        body = _encoder.encode(problem)
    except UnicodeEncodeError:  # half a surrogate pair, in what an executor's exception says
        text = problem.detail.encode("utf-8", "backslashreplace").decode()
        body = _encoder.encode(_problem(problem.status, text))
    return Response(problem.status, body, PROBLEM_JSON, headers or {})


def problem_of(error: StepflowError) -> Problem:
    """The problem that an executor's exception is."""
    status = _status(error)
    if isinstance(error, FlowLoadError):
        diagnostics = [diagnostic(each) for each in error.diagnostics]
        grave = [each for each in error.diagnostics if each.level is not DiagnosticLevel.WARNING]
        errors = [Violation(each.pointer, each.text) for each in grave]
        return _problem(status, error.message, errors=errors, diagnostics=diagnostics, slug="flow-load")
    details = error.details
    return _problem(status, error.message, errors=_violations(details), details=_others(details))


def retry_headers(error: StepflowError) -> Headers:
    """When to come back, where the exception says so."""
    return {} if error.retry_after is None else {"Retry-After": str(max(0, math.ceil(error.retry_after)))}


def server_failure() -> Problem:
    """The problem of an exception that nobody foresaw; what it was stays in the server's log."""
    return _problem(500, "the server failed at its own work; its log says more")


def title_of(status: int) -> str:
    """What a status is called, the same in every version of Python."""
    return _TITLES.get(status) or HTTPStatus(status).phrase


def _status(error: StepflowError) -> int:
    if isinstance(error, ConnectionFailedError):
        return 503
    details = error.details
    if isinstance(error, InvalidInputError) and isinstance(details, dict) and details.get("kind") == "invalid_input":
        return 422
    status = error.status_code
    return status if status is not None and 400 <= status <= 599 else 500


def _problem(status: int, detail: str, slug: str | None = None, **more: Any) -> Problem:
    kind = TYPES + (slug or _SLUGS.get(status, "error"))
    return Problem(type=kind, title=title_of(status), status=status, detail=detail, code=status, message=detail, **more)


def _violations(details: Any) -> list[Violation]:
    found = details.get("errors") if isinstance(details, dict) else None
    try:
        return msgspec.convert(found or [], list[Violation])
    except msgspec.ValidationError:
        return []


def _others(details: Any) -> Any:
    """What the details say beside the violations, where it is JSON; they are whatever an executor put there."""
    from stepflow_core.canonical import NotJsonError, own

    try:
        plain = own(details)
    except NotJsonError:
        return None
    if isinstance(plain, dict):
        plain.pop("errors", None)
    return plain or None


_encoder = msgspec.json.Encoder()
