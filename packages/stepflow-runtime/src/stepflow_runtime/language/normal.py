"""The normal form of a flow, and its id: what two flows that say the same have in common.

It is written from a document that was read without a fatal problem: keys in a fixed order, absent, empty, default
and unknown members left out, paths and durations in one spelling, data as it is. A member that was refused without
being fatal (2002) stays as it was written, so that what is stored says no less than what was given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from stepflow_core.canonical import content_id

from .durations import parse_duration
from .expressions import Literal
from .forms import form_of
from .keys import SCHEMA_MEMBERS
from .model import Backoff, Call, Case, FlowField, Loop, Retry, Schemas, StepModel, Switch
from .normal_expression import normal_expression

_Writer: TypeAlias = Callable[[Any], Any]
"""Writes a member that is there; `None` leaves it out."""


def flow_id(document: dict[str, Any]) -> str:
    """The id of a flow, given its normal form. Raises `NotJsonError` where that is nested too deeply."""
    return content_id(document)


def normal_form(source: dict[str, Any], schemas: Schemas, steps: tuple[StepModel, ...]) -> dict[str, Any]:
    """The normal form of the flow that stands in `source` and was read as `schemas` and `steps`."""
    pairs = zip(source.get("steps") or (), steps, strict=True)
    written = _written(source, _HEAD)
    if schemas.document:
        written["schemas"] = schemas.document
    if steps:
        written["steps"] = [_step(step, model) for step, model in pairs]
    return written | _written(source, _TAIL)


def _written(source: dict[str, Any], writers: Mapping[str, _Writer]) -> dict[str, Any]:
    """The members of an object in the order of their writers."""
    result = {}
    for key, write in writers.items():
        value = source.get(key)
        if value is not None:
            value = write(value)
            if value is not None:
                result[key] = value
    return result


def normal_schemas(document: dict[str, Any]) -> dict[str, Any]:
    """The wrapped form of a `schemas` section in one order of its keys; what it says beyond them follows as it is."""
    if not document:
        return {}
    written: dict[str, Any] = {"type": "object"}
    written |= {key: document[key] for key in ("$defs", "properties") if key in document} | document
    if "properties" in written:
        members = written["properties"]
        members = {key: members[key] for key in SCHEMA_MEMBERS.order if key in members} | members
        written["properties"] = members | ({"steps": _step_schemas(members["steps"])} if "steps" in members else {})
    return written


def _step_schemas(source: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in source.items() if (key, value) != ("type", "object")}


def _step(source: dict[str, Any], model: StepModel) -> dict[str, Any]:
    written = _written(source, _BEFORE_INPUT)
    if source.get("input") is not None:
        written["input"] = _input(source["input"], model)
    return written | _written(source, _AFTER_INPUT)


def _input(source: Any, model: StepModel) -> Any:
    """The input of a step. One that a control component cannot use was read as data, and stays as it is."""
    if isinstance(model.control, Call):
        return _case(source, Case(model.control.flow), source.get("input") is not None)
    if isinstance(model.control, Switch):
        return _switch(source, model.control)
    if isinstance(model.control, Loop):
        return _loop(source, model.control)
    is_literal = type(source) is dict and form_of(source) == "$literal"
    return source if type(model.input) is Literal and not is_literal else normal_expression(source)


def _switch(source: dict[str, Any], switch: Switch) -> dict[str, Any]:
    written = {"on": normal_expression(source["on"])}
    if switch.cases:
        written["cases"] = {value: _case(source["cases"][value], case) for value, case in switch.cases.items()}
    if switch.default:
        written["default"] = _case(source["default"], switch.default)
    return written


def _loop(source: dict[str, Any], loop: Loop) -> dict[str, Any]:
    written = {"flow": _flow(loop.flow), "state": normal_expression(source["state"])}
    return written | _written(source, _LOOP)


def _case(source: dict[str, Any], case: Case, has_input: bool | None = None) -> dict[str, Any]:
    """A flow with its input. In a case of `switch` a null input is a value: without one it is that of `on`."""
    written: dict[str, Any] = {"flow": _flow(case.flow)}
    if "input" in source if has_input is None else has_input:
        written["input"] = normal_expression(source["input"])
    return written


def _flow(field: FlowField) -> Any:
    return field.flow.document if field.flow else field.reference


def _as_it_is(value: Any) -> Any:
    return value


def _unless_empty(value: Any) -> Any:
    return value or None


def _unless(default: Any) -> _Writer:
    def write(value: Any) -> Any:
        return None if value == default and isinstance(value, bool) == isinstance(default, bool) else _number(value)

    return write


def _number(value: Any) -> Any:
    """A number without a fraction as an integer, so that `60` and `60.0` are the same."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _duration(default: float | None = None) -> _Writer:
    def write(value: Any) -> Any:
        seconds = parse_duration(value)
        return None if seconds == default else _number(seconds)

    return write


def _on_error(source: dict[str, Any]) -> dict[str, Any] | None:
    return None if source["action"] == "fail" else _written(source, _ON_ERROR[source["action"]])


def _object(writers: Mapping[str, _Writer]) -> _Writer:
    def write(source: dict[str, Any]) -> Any:
        return _written(source, writers) or None

    return write


def _cache(source: Any) -> Any:
    """`true` and an object that says no more are the same."""
    return _written(source, _CACHE) or True if isinstance(source, dict) else source or None


_BACKOFF = MappingProxyType(
    {
        "type": _unless(Backoff().type),
        "initial": _duration(Backoff().initial),
        "max": _duration(Backoff().max),
        "factor": _unless(Backoff().factor),
        "jitter": _unless(Backoff().jitter),
    }
)
_MAX_RETRIES = _unless(Retry().max_retries)
_RETRY = MappingProxyType({"maxRetries": _MAX_RETRIES, "backoff": _object(_BACKOFF), "on": _unless_empty})
_ON_ERROR = MappingProxyType(
    {
        "useDefault": MappingProxyType({"action": _as_it_is, "defaultValue": _as_it_is}),
        "retry": MappingProxyType({"action": _as_it_is, "maxRetries": _MAX_RETRIES}),
    }
)
_CACHE = MappingProxyType({"key": normal_expression, "ttl": _duration(), "scope": _unless("flow")})

_LOOP = MappingProxyType(
    {
        "until": _as_it_is,
        "next": _as_it_is,
        "max_iterations": normal_expression,
        "on_exhausted": lambda value: None if value == "fail" else normal_expression(value),
        "score": _as_it_is,
        "history": lambda value: None if value is True else normal_expression(value),
    }
)

_HEAD = MappingProxyType({"name": _unless_empty, "description": _unless_empty, "version": _unless_empty})
_TAIL = MappingProxyType(
    {"output": normal_expression, "test": _unless_empty, "examples": _unless_empty, "metadata": _unless_empty}
)
_BEFORE_INPUT = MappingProxyType({"id": _as_it_is, "component": _as_it_is, "onError": _on_error})
_AFTER_INPUT = MappingProxyType(
    {
        "mustExecute": _unless_empty,
        "metadata": _unless_empty,
        "when": normal_expression,
        "after": _unless_empty,
        "timeout": _duration(),
        "retry": _object(_RETRY),
        "cache": _cache,
        "concurrencyKey": normal_expression,
        "onInterrupt": _unless("rerun"),
    }
)
