"""What a failed component call turns into."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepflow_core import Diagnostic, DiagnosticLevel, FlowError, FlowLoadError, InvalidInputError, NotFoundError
from stepflow_core.canonical import NotJsonError, own
from stepflow_runtime.component_model import ComponentError
from stepflow_runtime.failures import (
    MAX_MESSAGE,
    BadInputError,
    MissingError,
    TransportError,
    UnusableError,
    to_error,
)

PATH = "/text/count"


class Silent(Exception):
    """An exception that cannot be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


class Careless(ComponentError):
    """A component's error that forgot to initialise its base."""

    def __init__(self) -> None:
        pass


def test_component_error_is_kept() -> None:
    """A component's own code, message and data become the step's."""
    error = to_error(ComponentError("smoke", 8, {"loaf": "burnt"}), PATH)
    assert error == FlowError(8, "smoke", {"loaf": "burnt"})


def test_component_error_without_data() -> None:
    """Where a component gives no data there is none."""
    assert to_error(ComponentError("closed"), PATH) == FlowError(500, "closed", None)


@pytest.mark.parametrize("code", ["404", 4.5, None, True])
def test_code_that_is_no_integer(code: Any) -> None:
    """A code that is no integer becomes 500."""
    assert to_error(ComponentError("x", code), PATH).code == 500


def test_data_that_is_no_json() -> None:
    """Data that cannot be written as JSON are replaced by the reason, the message is kept."""
    error = to_error(ComponentError("x", 8, {"a": object()}), PATH)
    assert (error.code, error.message, error.kind) == (8, "x", "exception")
    assert "object" in error.data["data_lost"]


def test_careless_component_error() -> None:
    """A subclass that left out everything still fails its step properly."""
    error = to_error(Careless(), PATH)
    assert (error.code, error.message) == (500, "Careless")


@pytest.mark.parametrize(
    ("exception", "message"),
    [
        (ValueError("no such word"), "no such word"),
        (KeyError("x"), "KeyError: 'x'"),
        (TimeoutError(), "TimeoutError"),
        (SystemExit(3), "SystemExit: 3"),
        (KeyError(), "KeyError"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (StopIteration(), "StopIteration"),
        (Silent(), "Silent"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), "'utf-8' codec can't decode byte 0xff in position 0: bad"),
        (ExceptionGroup("two", [ValueError("a"), KeyError("b")]), "two (2 sub-exceptions): a; KeyError: 'b'"),
        (ValueError("half \ud800"), "half \\ud800"),
    ],
)
def test_other_exceptions(exception: BaseException, message: str) -> None:
    """Any other exception is a 500 with the cause in words, the component and the type."""
    error = to_error(exception, PATH)
    assert (error.code, error.message) == (500, message)
    assert error.data == {"kind": "exception", "component": PATH, "type": type(exception).__qualname__}


def test_long_message() -> None:
    """A message has a bounded length."""
    message = to_error(ValueError("x" * 10_000), PATH).message
    assert len(message) == MAX_MESSAGE
    assert message.endswith("x…")


def test_output_that_is_no_json() -> None:
    """An output that is not JSON fails with the place of what is not."""
    try:
        own({"a/b": [1, {2}]})
    except NotJsonError as problem:
        error = to_error(problem, PATH)
    assert error.data == {"kind": "not_json", "component": PATH, "pointer": "/a~1b/1"}
    assert error.message == "the output is not JSON at /a~1b/1: a value of type set is not JSON"


@pytest.mark.parametrize(
    ("exception", "code", "data"),
    [
        (TransportError("busy", retry_after=2.5), 503, {"kind": "transport", "retry_after": 2.5}),
        (TransportError("gone"), 503, {"kind": "transport"}),
        (MissingError("no file", pointer="/path"), 500, {"kind": "not_found", "pointer": "/path"}),
        (UnusableError("no choices"), 500, {"kind": "exception"}),
        (
            BadInputError.of([{"pointer": "", "message": "no"}]),
            500,
            {"kind": "invalid_input", "pointer": "", "errors": [{"pointer": "", "message": "no"}]},
        ),
    ],
)
def test_known_failures(exception: ComponentError, code: int, data: dict[str, Any]) -> None:
    """The kinds of failure that the language names carry their kind and the component."""
    error = to_error(exception, PATH)
    assert (error.code, error.data) == (code, {**data, "component": PATH})


def test_what_the_engine_refused() -> None:
    """What a component asked of the engine and was refused keeps its kind."""
    diagnostic = Diagnostic(code=3000, kind="duplicateStepId", level=DiagnosticLevel.FATAL, text="twice")
    assert to_error(NotFoundError("no blob"), PATH).data == {"kind": "not_found", "component": PATH}
    assert to_error(InvalidInputError("no"), PATH).kind == "invalid_input"
    flow = to_error(FlowLoadError(diagnostics=[diagnostic]), PATH)
    assert flow.kind == "invalid_flow"
    assert flow.data["diagnostics"][0]["code"] == 3000


class TestMasking:
    """Secrets are hidden in messages."""

    def test_messages_and_violations(self) -> None:
        """The message and the messages of violations are masked; the author's data is left alone."""
        failure = BadInputError("secret!", errors=[{"pointer": "", "message": "secret!"}, 1], note="secret!")
        error = to_error(failure, PATH, lambda text: text.replace("secret", "***"))
        assert error.message == "***!"
        assert error.data["errors"] == [{"pointer": "", "message": "***!"}, 1]
        assert error.data["note"] == "secret!"

    def test_before_cutting(self) -> None:
        """A secret at the end of what is kept of a long message is hidden, not cut in two."""
        text = "x" * (MAX_MESSAGE - 4) + "secret"
        message = to_error(ValueError(text), PATH, lambda text: text.replace("secret", "***")).message
        assert "sec" not in message


@given(st.text(st.characters(codec=None)), st.integers() | st.none() | st.text(st.characters(codec=None)))
def test_every_error_can_be_written(text: str, data: Any) -> None:
    """Whatever is raised, the error that comes of it can be written as JSON."""
    for exception in (ValueError(text), ComponentError(text, 1, data), KeyError(text), BadInputError(text, x=data)):
        error = to_error(exception, PATH)
        written = msgspec.json.decode(msgspec.json.encode(error))
        assert (written["code"], written["message"]) == (error.code, error.message)
