"""What a failed component call turns into: the error of its step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from stepflow_core import FlowError, FlowLoadError, InvalidInputError, NotFoundError
from stepflow_core.canonical import NotJsonError, own
from stepflow_core.diagnostics import to_pointer

from .component_model import ComponentError

MAX_MESSAGE = 2_000
"""How many characters of an exception's text become an error's message."""

MAX_GROUPED = 5
"""How many members of an exception group are named."""


class KnownFailure(ComponentError):
    """A failure of one of the kinds that the flow language names; `data` is `{kind, …details}`.

    Details that are `None` are left out. `to_error` adds the component.
    """

    kind: ClassVar[str]
    status: ClassVar[int] = 500

    def __init__(self, message: str, **details: Any) -> None:
        present = {name: value for name, value in details.items() if value is not None}
        super().__init__(message, self.status, {"kind": self.kind, **present})


class TransportError(KnownFailure):
    """What the component needs could not be reached or was too busy: code 503, kind `transport`.

    `retry_after` (seconds), where given, says when to come back. Such failures are retried by default.
    """

    kind = "transport"
    status = 503

    def __init__(self, message: str, *, retry_after: float | None = None, **details: Any) -> None:
        self.retry_after = retry_after
        super().__init__(message, retry_after=retry_after, **details)


class BadInputError(KnownFailure):
    """The component refuses its input: kind `invalid_input`.

    `errors` are all the problems, `{pointer, message}` each with a JSON pointer into the input; `pointer`
    is that of the first.
    """

    kind = "invalid_input"

    @classmethod
    def of(cls, errors: list[dict[str, str]]) -> BadInputError:
        """The failure of an input with these problems (at least one)."""
        text = "; ".join(f"at {each['pointer'] or 'the top'}: {each['message']}" for each in errors)
        return cls(f"the component refuses its input: {text}", pointer=errors[0]["pointer"], errors=errors)


class MissingError(KnownFailure):
    """What the input names does not exist: kind `not_found`."""

    kind = "not_found"


class UnusableError(KnownFailure):
    """What the component got from elsewhere cannot be used: kind `exception`."""

    kind = "exception"


class ComponentSkipped(Exception):
    """The component has no result to give: its step counts as skipped, for `reason`."""

    def __init__(self, reason: str | None = None) -> None:
        self.reason = reason
        super().__init__(reason or "skipped")


def to_error(exception: BaseException, component: str, masker: Callable[[str], str] | None = None) -> FlowError:
    """The error of a step whose component, at path `component`, raised `exception`.

    A `ComponentError` keeps its code, message and data; any other exception is a 500 with the cause in
    words and its type. `masker` hides secrets in a text: it is given every message, before it is cut.
    """
    try:
        error = _translate(exception, component)
    except Exception:  # the author's exception may have members that cannot be read
        error = _of_exception(exception, type(exception).__name__, component)
    hide = masker or _unchanged
    return FlowError(error.code, clip(hide(error.message)), _mask_violations(error.data, hide))


def words(exception: BaseException) -> str:
    """The cause in words: the exception's text, or its type where the text alone says nothing."""
    name = type(exception).__name__
    text = _text(exception)
    if isinstance(exception, BaseExceptionGroup):
        return f"{text}: " + "; ".join(map(words, exception.exceptions[:MAX_GROUPED]))
    if text and (isinstance(exception, KeyError) or not isinstance(exception, Exception)):
        # The text of these is a bare value: the key, an exit status.
        text = f"{name}: {text}"
    return text or name


def clip(text: str) -> str:
    """A text as a message: Unicode that can be written as JSON, of at most `MAX_MESSAGE` characters."""
    cut = text if len(text) <= MAX_MESSAGE else text[: MAX_MESSAGE - 1] + "…"
    return cut if cut.isascii() else cut.encode(errors="backslashreplace").decode()


def _translate(exception: BaseException, component: str) -> FlowError:
    if isinstance(exception, KnownFailure):
        return _of_component(exception, {**exception.data, "component": component}, component)
    if isinstance(exception, ComponentError):
        return _of_component(exception, getattr(exception, "data", None), component)
    if isinstance(exception, NotJsonError):
        return _not_json(exception, component)
    return _of_exception(exception, words(exception), component)


def _of_exception(exception: BaseException, message: str, component: str) -> FlowError:
    kind, details = _classify(exception)
    return FlowError(500, message, {"kind": kind, "component": component, **details})


def _of_component(exception: ComponentError, data: Any, component: str) -> FlowError:
    # A subclass may not have called `ComponentError.__init__`.
    code = getattr(exception, "code", None)
    message = _text(getattr(exception, "message", "")) or words(exception)
    try:
        data = own(data)
    except NotJsonError as problem:
        data = {"kind": "exception", "component": component, "data_lost": problem.message}
    return FlowError(code if type(code) is int else 500, message, data)


def _not_json(exception: NotJsonError, component: str) -> FlowError:
    pointer = to_pointer(exception.location)
    place = f" at {pointer}" if pointer else ""
    data = {"kind": "not_json", "component": component, "pointer": pointer}
    return FlowError(500, f"the output is not JSON{place}: {exception.message}", data)


def _classify(exception: BaseException) -> tuple[str, dict[str, Any]]:
    """The kind of an exception: what the engine itself refused has one of its own."""
    if isinstance(exception, FlowLoadError) and exception.diagnostics:
        import msgspec

        return "invalid_flow", {"diagnostics": msgspec.to_builtins(exception.diagnostics)}
    if isinstance(exception, InvalidInputError):
        return "invalid_input", {}
    if isinstance(exception, NotFoundError):
        return "not_found", {}
    return "exception", {"type": type(exception).__qualname__}


def _text(value: object) -> str:
    try:
        return str(value)
    except Exception:  # the author's exception may not be able to say what it is
        return ""


def _unchanged(text: str) -> str:
    return text


def _mask_violations(data: Any, hide: Callable[[str], str]) -> Any:
    """The messages of `data.errors` are ours, so secrets are hidden there too; other data is the author's."""
    if isinstance(data, dict) and isinstance(data.get("errors"), list):
        return {**data, "errors": [_mask_violation(each, hide) for each in data["errors"]]}
    return data


def _mask_violation(violation: Any, hide: Callable[[str], str]) -> Any:
    if isinstance(violation, dict) and isinstance(violation.get("message"), str):
        return {**violation, "message": clip(hide(violation["message"]))}
    return violation
