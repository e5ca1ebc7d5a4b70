"""The exceptions of every executor. A flow that fails is a result; these are for what kept it from running.

StepflowError                 anything below
├── FlowLoadError             the flow (or a config) cannot be used; `diagnostics` say why
├── InvalidInputError         an argument, input or variable is not acceptable; `details` has the violations
├── NotFoundError             no such flow, run, step, blob or component
├── ConflictError             not in this state: already ended, already there, already answered
├── AuthenticationError       no valid credentials
├── ForbiddenError            valid credentials that do not allow it
├── RateLimitError            too many requests; `retry_after` says when to come back
├── RunTimeoutError           the waiting ended before the run did; `run_id` and `status` say what goes on
├── ConnectionFailedError     the executor could not be reached
└── ServerError               the executor failed at its own work
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from .diagnostics import Diagnostic, DiagnosticLevel


class StepflowError(Exception):
    """Something kept a flow from being run."""

    default_status: ClassVar[int | None] = None

    def __init__(
        self,
        message: str | None = None,
        *,
        status_code: int | None = None,
        code: int | None = None,
        details: Any = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = message if message is not None else (type(self).__doc__ or "").strip().split("\n")[0]
        self.status_code = status_code if status_code is not None else self.default_status
        # What failed results have as their code; a kind of error has one, whatever status it came with.
        self.code = code if code is not None else self.default_status or status_code
        self.details = details
        self.retry_after = retry_after
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message


class FlowLoadError(StepflowError):
    """The flow cannot be used."""

    default_status = 400

    def __init__(self, message: str | None = None, *, diagnostics: Sequence[Diagnostic] = (), **more: Any) -> None:
        self.diagnostics = list(diagnostics)
        super().__init__(message if message is not None else describe(self.diagnostics), **more)


class InvalidInputError(StepflowError):
    """The input is not acceptable."""

    default_status = 400


class NotFoundError(StepflowError):
    """It does not exist."""

    default_status = 404


class ConflictError(StepflowError):
    """It is not in a state that allows this."""

    default_status = 409


class AuthenticationError(StepflowError):
    """The credentials are missing or not valid."""

    default_status = 401


class ForbiddenError(StepflowError):
    """The credentials do not allow this."""

    default_status = 403


class RateLimitError(StepflowError):
    """There were too many requests."""

    default_status = 429


class RunTimeoutError(StepflowError):
    """The run had not ended when the waiting did; it goes on."""

    default_status = 408

    def __init__(self, message: str | None = None, *, run_id: str = "", status: str = "", **more: Any) -> None:
        self.run_id = run_id
        self.status = status
        super().__init__(message, **more)


class ConnectionFailedError(StepflowError):
    """The executor could not be reached."""


class ServerError(StepflowError):
    """The executor failed at its own work."""

    default_status = 500


def describe(diagnostics: Sequence[Diagnostic]) -> str:
    """Diagnostics as lines of text, the grave ones first: `file:line:column: level code kind: text`."""
    order = {DiagnosticLevel.FATAL: 0, DiagnosticLevel.ERROR: 1, DiagnosticLevel.WARNING: 2}
    lines = [_line(each) for each in sorted(diagnostics, key=lambda each: order[each.level])]
    return "\n".join(lines) or "the flow cannot be used"


def _line(each: Diagnostic) -> str:
    place = ":".join(str(part) for part in (each.file, each.line, each.column) if part is not None) or each.path
    hint = f" ({each.hint})" if each.hint else ""
    return f"{place}: {each.level} {each.code} {each.kind}: {each.text}{hint}"
