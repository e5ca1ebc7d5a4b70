"""One tree of exceptions, whose documentation is their message."""

from __future__ import annotations

import pickle
import re
from typing import Any

import pytest
import stepflow_core.errors
from stepflow_core import (
    AuthenticationError,
    ConflictError,
    ConnectionFailedError,
    Diagnostic,
    DiagnosticLevel,
    FlowLoadError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    RateLimitError,
    RunTimeoutError,
    ServerError,
    StepflowError,
)
from stepflow_core.errors import describe

STATUSES: dict[type[StepflowError], int | None] = {
    StepflowError: None,
    FlowLoadError: 400,
    InvalidInputError: 400,
    NotFoundError: 404,
    ConflictError: 409,
    AuthenticationError: 401,
    ForbiddenError: 403,
    RateLimitError: 429,
    RunTimeoutError: 408,
    ConnectionFailedError: None,
    ServerError: 500,
}


def diagnostic(**more: Any) -> Diagnostic:
    return Diagnostic(**{"code": 1, "kind": "test", "level": DiagnosticLevel.ERROR, "text": "it is wrong"} | more)


@pytest.mark.parametrize(("error", "status"), STATUSES.items(), ids=[each.__name__ for each in STATUSES])
def test_every_error_has_its_status(error: type[StepflowError], status: int | None) -> None:
    """An error without arguments has its own status and code, and its documentation for a message."""
    made = error("it broke")
    assert isinstance(made, StepflowError)
    assert (made.status_code, made.code, made.details, made.retry_after) == (status, status, None, None)
    assert str(made) == made.message == "it broke"
    assert str(error()) != ""


def test_the_documentation_is_the_default_message() -> None:
    """The first line of an error's docstring is what it says."""
    assert str(NotFoundError()) == "It does not exist."
    assert str(StepflowError()) == "Something kept a flow from being run."
    assert str(StepflowError("")) == ""


def test_status_and_code_can_be_given() -> None:
    """A code that is not given is that of the kind of error, whatever the status; without a kind it is the status."""
    assert StepflowError("no", status_code=418).code == 418
    assert (InvalidInputError("no", status_code=422).status_code, InvalidInputError("no", status_code=422).code) == (
        422,
        400,
    )
    made = RateLimitError("slow down", status_code=503, code=7, details=[1], retry_after=2.5)
    assert (made.status_code, made.code, made.details, made.retry_after) == (503, 7, [1], 2.5)


def test_a_timeout_tells_what_goes_on() -> None:
    """The run that was waited for is named."""
    made = RunTimeoutError("late", run_id="r", status="running", details={"a": 1})
    assert (made.run_id, made.status, made.details) == ("r", "running", {"a": 1})
    assert (RunTimeoutError().run_id, RunTimeoutError().status) == ("", "")


def test_the_tree_is_drawn_in_full() -> None:
    """The module's documentation shows every error, and no other."""
    drawn = re.findall(r"^[ │├└─]*(\w+Error)\b", stepflow_core.errors.__doc__ or "", re.MULTILINE)
    assert sorted(drawn) == sorted(each.__name__ for each in STATUSES)


def test_a_load_error_describes_its_diagnostics() -> None:
    """Without a message of its own it lists the diagnostics, the grave ones first."""
    diagnostics = [
        diagnostic(level=DiagnosticLevel.WARNING, path="$.a"),
        diagnostic(file="flow.yaml", line=3, column=7, hint="mend it"),
        diagnostic(level=DiagnosticLevel.FATAL, file="flow.yaml", text="it is very wrong"),
    ]
    made = FlowLoadError(diagnostics=tuple(diagnostics))
    assert made.diagnostics == diagnostics
    assert str(made).split("\n") == [
        "flow.yaml: fatal 1 test: it is very wrong",
        "flow.yaml:3:7: error 1 test: it is wrong (mend it)",
        "$.a: warning 1 test: it is wrong",
    ]
    assert str(FlowLoadError("no", diagnostics=diagnostics)) == "no"
    assert str(FlowLoadError()) == describe([]) == "the flow cannot be used"


def test_errors_can_be_sent_to_another_process() -> None:
    """An error keeps its members when it is pickled."""
    made = RunTimeoutError("late", run_id="r", status="running", details={"a": 1})
    again = pickle.loads(pickle.dumps(made))
    assert (type(again), str(again), vars(again)) == (RunTimeoutError, "late", vars(made))
