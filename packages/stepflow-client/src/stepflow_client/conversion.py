"""Models of the generated client, and plain JSON of the same shape, as the types that all executors share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum, StrEnum
from functools import cache
from typing import Any, TypeGuard, TypeVar

import attrs
import msgspec
from cattrs import Converter
from msgspec import NODEFAULT, Struct
from stepflow_api.types import Unset
from stepflow_core import Failed, FlowError, FlowResult, Skipped, Success
from stepflow_core.results import Outcome

T = TypeVar("T")

_ABSENT = object()


def convert(source: Any, kind: type[T]) -> T:
    """A model (or plain JSON) as a core type. Raises `ValueError`, `TypeError`, `KeyError` where it does not fit."""
    return _converter().structure(source, kind)


def into(kind: type[T]) -> Callable[[Any], T]:
    """What converts to a type."""
    return lambda source: convert(source, kind)


def plain(value: Any) -> Any:
    """Models, and lists of them, as JSON; everything else as it is."""
    if attrs.has(type(value)):
        return value.to_dict()
    if isinstance(value, list):
        return [each.to_dict() if attrs.has(type(each)) else each for each in value]
    return value


@cache
def _converter() -> Converter:
    converter = Converter()
    converter.register_structure_hook(datetime, _moment)
    converter.register_structure_hook_func(_is_enum, _enum)
    converter.register_structure_hook_factory(_is_struct, lambda kind: _struct_hook(converter, kind))
    converter.register_structure_hook_func(_is_result, lambda source, _: _result(converter, source))
    return converter


def _is_result(kind: Any) -> bool:
    return kind is FlowResult or kind in (Outcome, Outcome | None)


def _is_struct(kind: Any) -> TypeGuard[type[Struct]]:
    return isinstance(kind, type) and issubclass(kind, Struct)


def _is_enum(kind: Any) -> TypeGuard[type[StrEnum]]:
    return isinstance(kind, type) and issubclass(kind, StrEnum)


def _struct_hook(converter: Converter, kind: type[Struct]) -> Callable[[Any, Any], Any]:
    """What makes a struct, member by member; those that are absent have their defaults."""
    fields = [
        (each.name, each.encode_name, each.type, each.default is NODEFAULT and each.default_factory is NODEFAULT)
        for each in msgspec.structs.fields(kind)
    ]

    def hook(source: Any, _: Any) -> Any:
        members = {}
        for name, json_name, type_, required in fields:
            value = _member(source, name, json_name)
            if value is _ABSENT:
                if required:
                    raise KeyError(json_name)
            elif type_ is Any or type_ == list[Any]:
                members[name] = plain(value)
            else:
                members[name] = converter.structure(_open(value), type_)
        return kind(**members)

    return hook


def _member(source: Any, name: str, json_name: str) -> Any:
    if isinstance(source, dict):
        return source.get(json_name, _ABSENT)
    # The generator puts a `_` after what Python has a use for, such as `input`.
    value = getattr(source, name, _ABSENT)
    value = getattr(source, f"{name}_", _ABSENT) if value is _ABSENT else value
    return _ABSENT if isinstance(value, Unset) else value


def _open(value: Any) -> Any:
    """A free object as the mapping that it stands for."""
    if attrs.has(type(value)) and len(attrs.fields(type(value))) == 1:
        return value.additional_properties
    return value


def _result(converter: Converter, source: Any) -> FlowResult | None:
    if source is None:
        return None
    outcome = _member(source, "outcome", "outcome")
    if outcome == "success":
        return Success(_member(source, "result", "result"))
    if outcome == "failed":
        return Failed(converter.structure(_member(source, "error", "error"), FlowError))
    if outcome == "skipped":
        reason = _member(source, "reason", "reason")
        return Skipped(None if reason is _ABSENT else reason)
    raise ValueError(f"{outcome!r:.40} is not an outcome")


def _enum(value: Any, kind: type[StrEnum]) -> StrEnum:
    return kind(value.value if isinstance(value, Enum) else value)


def _moment(value: Any, _: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment.astimezone(UTC)
