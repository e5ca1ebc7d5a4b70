"""Telling what went wrong: every exception that a command can end with, in words and as an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

from stepflow_core import Diagnostic, FlowLoadError, InvalidInputError, ServerError, StepflowError

from .exits import Exit, UsageError
from .paths import name_of
from .terminal import Terminal, harmless

MAX_VIOLATIONS = 50
"""How many violations of a schema are listed before the rest is only counted."""
_UNUSABLE = (502, 503, 504)


class Guard:
    """Around the work of a command: an exception that leaves it is told and becomes `exit`."""

    def __init__(self, terminal: Terminal) -> None:
        self.exit: int = Exit.DONE
        self._terminal = terminal

    def __enter__(self) -> Guard:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, KeyboardInterrupt):
            self._terminal.passing("")
            self.exit = Exit.INTERRUPTED
        elif isinstance(error, Exception):
            self.exit = report(error, self._terminal)
        else:
            return False
        return True


def report(error: Exception, terminal: Terminal) -> Exit:
    """Say what went wrong, with every place and violation that is known; the exit code for it."""
    if terminal.json:
        terminal.tell({"error": as_json(error)})
    else:
        for line in _lines(error, terminal):
            terminal.say(line)
    if terminal.verbose and _is_internal(error):
        terminal.say(_traceback(error))
    return Exit.INTERNAL if _is_internal(error) else Exit.INVALID


def as_json(error: Exception) -> dict[str, Any]:
    """An error for programs: `{message, code?, details?, diagnostics?}`."""
    if not isinstance(error, StepflowError | UsageError):
        return {"message": _internal(error)}
    told = {
        "message": name_of(error.message),
        "code": getattr(error, "code", None),
        "details": getattr(error, "details", None),
        "diagnostics": getattr(error, "diagnostics", None),
    }
    return {key: value for key, value in told.items() if value not in (None, [])}


def _lines(error: Exception, terminal: Terminal) -> Iterator[str]:
    if isinstance(error, FlowLoadError) and error.diagnostics:
        yield from _drawn(error.diagnostics, terminal)
    elif isinstance(error, UsageError):
        yield _headline(error.message, terminal)
        yield from _drawn(error.diagnostics, terminal)
    elif isinstance(error, StepflowError):
        yield _headline(error.message, terminal)
        yield from _violations(error)
    else:
        yield _headline(_internal(error), terminal)
        yield "Please report this, with what `--verbose` shows." if not terminal.verbose else "Please report this:"


def _headline(message: str, terminal: Terminal) -> str:
    return f"{terminal.style('error:', 'bold', 'red')} {harmless(message)}"


def _drawn(diagnostics: list[Diagnostic], terminal: Terminal) -> Iterator[str]:
    from .source_view import SourceView

    yield from SourceView(terminal).draw(diagnostics)


def _violations(error: StepflowError) -> Iterator[str]:
    """The violations of an input or of variables, a line each, where the message has not named them all."""
    if not isinstance(error, InvalidInputError):
        return
    errors = error.details.get("errors") if isinstance(error.details, dict) else error.details
    if not isinstance(errors, list) or all(_text(each) in error.message for each in errors):
        return
    for each in errors[:MAX_VIOLATIONS]:
        yield f"  {_violation(each)}"
    if len(errors) > MAX_VIOLATIONS:
        yield f"  … and {len(errors) - MAX_VIOLATIONS} more"


def _violation(each: Any) -> str:
    pointer = each.get("pointer") if isinstance(each, dict) else None
    return harmless(f"at {pointer or 'the top'}: {_text(each)}")


def _text(violation: Any) -> str:
    return str(violation.get("message") if isinstance(violation, dict) else violation)


def is_unusable(error: Exception) -> bool:
    """Whether what answered is no server at work: a proxy without one, one that ends, something else altogether."""
    return isinstance(error, ServerError) and error.status_code in _UNUSABLE


def _is_internal(error: Exception) -> bool:
    if is_unusable(error):
        return False
    return isinstance(error, ServerError) or not isinstance(error, StepflowError | UsageError)


def _internal(error: Exception) -> str:
    return f"Stepflow failed at its own work: {type(error).__name__}: {error}"


def _traceback(error: Exception) -> str:
    import traceback

    return "".join(traceback.format_exception(error)).rstrip()
