"""The normal form of an expression: special keys first, ignored neighbours left out, paths in one spelling."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any, TypeAlias

from .forms import form_of
from .paths import normal_path

_Writer: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]


def normal_expression(source: Any) -> Any:
    """The normal form of an expression that was read without a fault; two calls deep per level of the document."""
    if type(source) is dict:
        form = form_of(source)
        return _object(source) if form is None else _FORMS[form](source)
    return _array(source) if type(source) is list else source


def _object(source: dict[str, Any]) -> dict[str, Any]:
    result = {}
    for key, value in source.items():  # a loop, not a comprehension: that would be a call more per level
        result[key] = normal_expression(value) if type(value) is dict or type(value) is list else value
    return result


def _array(source: list[Any]) -> list[Any]:
    return [*map(normal_expression, source)]


def _literal(source: dict[str, Any]) -> dict[str, Any]:
    return {"$literal": source["$literal"]}


def _if(source: dict[str, Any]) -> dict[str, Any]:
    result = {"$if": normal_expression(source["$if"]), "then": normal_expression(source["then"])}
    if source.get("else") is not None:
        result["else"] = normal_expression(source["else"])
    return result


def _coalesce(source: dict[str, Any]) -> dict[str, Any]:
    return {"$coalesce": _array(source["$coalesce"])}


def _text(form: str) -> _Writer:
    def write(source: dict[str, Any]) -> dict[str, Any]:
        names = source.get("with")
        return {form: source[form], "with": _object(names)} if names else {form: source[form]}

    return write


def _step_output(source: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {"$step": source["$step"]}
    path = normal_path(source.get("path") or "$")
    if path != "$":
        result["path"] = path
    on_skip = source.get("onSkip") or {}
    if on_skip.get("action") == "useDefault":
        result["onSkip"] = _on_skip(on_skip)
    return result


def _on_skip(source: dict[str, Any]) -> dict[str, Any]:
    if source.get("defaultValue") is None:
        return {"action": "useDefault"}
    return {"action": "useDefault", "defaultValue": normal_expression(source["defaultValue"])}


def _input(source: dict[str, Any]) -> dict[str, Any]:
    return {"$input": normal_path(source["$input"] or "$")}


def _variable(source: dict[str, Any]) -> dict[str, Any]:
    result = {"$variable": normal_path(source["$variable"])}
    if "default" in source:
        result["default"] = normal_expression(source["default"])
    return result


_FORMS: MappingProxyType[str, _Writer] = MappingProxyType(
    {
        "$literal": _literal,
        "$if": _if,
        "$coalesce": _coalesce,
        "$template": _text("$template"),
        "$expr": _text("$expr"),
        "$step": _step_output,
        "$input": _input,
        "$variable": _variable,
    }
)
