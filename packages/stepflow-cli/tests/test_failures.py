"""What a command says when something goes wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
from stepflow_cli.exits import Exit, UsageError
from stepflow_cli.failures import MAX_VIOLATIONS, Guard, report
from stepflow_core import (
    Diagnostic,
    DiagnosticLevel,
    FlowLoadError,
    InvalidInputError,
    NotFoundError,
    ServerError,
    StepflowError,
)

FAULT = Diagnostic(code=3400, kind="parse", level=DiagnosticLevel.FATAL, text="odd")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageError("no flow"), Exit.INVALID, "error: no flow\n"),
        (UsageError("bad", [FAULT]), Exit.INVALID, "error: bad\nfatal 3400 parse: odd\n"),
        (FlowLoadError(diagnostics=[FAULT]), Exit.INVALID, "fatal 3400 parse: odd\n"),
        (FlowLoadError("gone"), Exit.INVALID, "error: gone\n"),
        (NotFoundError("no such run"), Exit.INVALID, "error: no such run\n"),
        (NotFoundError("no \x1b[31mred"), Exit.INVALID, "error: no \\x1b[31mred\n"),
        (ServerError("no gateway", status_code=502), Exit.INVALID, "error: no gateway\n"),
    ],
)
def test_errors_have_words_and_a_code(screen: Any, error: Exception, code: Exit, said: str) -> None:
    """Each error is told with all that is known of it."""
    assert report(error, screen) is code
    assert screen.said == said


@pytest.mark.parametrize("error", [ServerError("broken"), KeyError("x")])
def test_internal_errors(screen: Any, error: Exception) -> None:
    """What is nobody's fault but ours is 70 and asks for a report."""
    assert report(error, screen) is Exit.INTERNAL


@pytest.mark.parametrize("wrap", [lambda errors: {"errors": errors}, lambda errors: errors])
def test_violations_are_listed(screen: Any, wrap: Any) -> None:
    """Every violation of an input has a line with its place, up to a number."""
    errors = [{"pointer": f"/{index}", "message": "is wrong"} for index in range(MAX_VIOLATIONS + 2)]
    report(InvalidInputError("the input violates its schema", details=wrap(errors)), screen)
    lines = screen.said.splitlines()
    assert lines[1] == "  at /0: is wrong"
    assert lines[-1] == "  … and 2 more"
    assert len(lines) == MAX_VIOLATIONS + 2


@pytest.mark.parametrize("details", [None, 5, {"errors": 5}, [{"pointer": "", "message": "odd"}]])
def test_violations_that_the_message_names_are_not_repeated(screen: Any, details: Any) -> None:
    """Where the message says it all there is nothing to list."""
    report(InvalidInputError("the input is odd", details=details), screen)
    assert screen.said == "error: the input is odd\n"


def test_errors_as_json(screens: Any) -> None:
    """For programs an error is an object with its code, details and diagnostics."""
    screen = screens(json=True)
    report(StepflowError("a\udcff", code=409, details={"x": 1}), screen)
    report(FlowLoadError(diagnostics=[FAULT]), screen)
    first, second = map(json.loads, screen.said.splitlines())
    assert first == {"error": {"message": "a\\udcff", "code": 409, "details": {"x": 1}}}
    assert second["error"]["diagnostics"][0]["text"] == "odd"


def test_the_guard_lets_nothing_through(screen: Any) -> None:
    """Errors become exit codes; a request to exit is left alone."""
    with Guard(screen) as guard:
        raise UsageError("no")
    assert guard.exit == 2  # type: ignore[unreachable]  # the guard swallows the error
    with Guard(screen) as guard:
        raise KeyboardInterrupt
    assert guard.exit == 130
    with pytest.raises(SystemExit), Guard(screen):
        raise SystemExit(5)
