"""Data as texts see it: nothing but JSON, looked at and never changed."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

import msgspec

from .errors import TemplateError
from .limits import MAX_DEPTH

if TYPE_CHECKING:
    from .limits import Budget


class Undefined(Enum):
    """What a reference that leads nowhere gives to the few things that accept it."""

    UNDEFINED = "undefined"


UNDEFINED: Final = Undefined.UNDEFINED

SCALARS: Final = frozenset({bool, int, float, type(None)})
"""The classes of values that cost nothing to look at."""


class Tool:
    """What a name may stand for that is not data: a loop, a macro, a namespace.

    It has fields, may be called, and cannot be written, compared by content or made part of data.
    """

    __slots__ = ()
    kind = "a tool"

    def __getitem__(self, key: Any) -> Any:
        """A field. Raises `KeyError` where it has none."""
        raise KeyError(key)

    def call(self, budget: Budget, args: list[Any], named: dict[str, Any]) -> Any:
        """What calling it gives. Raises `TemplateError`."""
        raise TemplateError(f"{self.kind} cannot be called")

    def method(self, name: str, budget: Budget, args: list[Any]) -> Any:
        """What calling its method gives. Raises `TemplateError`."""
        raise TemplateError(f"{self.kind} has no method `{name}`")


def kind_of(value: Any) -> str:
    """What a value is, in words: `text`, `a number`, `null`."""
    if isinstance(value, Tool):
        return value.kind
    return _KINDS.get(value.__class__, "something that is not data")


_KINDS: Final = {
    str: "text",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
    list: "an array",
    dict: "an object",
    Undefined: "undefined",
}


def item(value: Any, key: Any) -> Any:
    """The field, element or character at a key, or `UNDEFINED`."""
    if key.__class__ is not str and key.__class__ is not int:
        return UNDEFINED
    try:
        return value[key]
    except (KeyError, IndexError, TypeError):
        return UNDEFINED


def weigh(value: Any, budget: Budget, depth: int = MAX_DEPTH) -> None:
    """Spend the work of looking at the whole of a value. Raises `TemplateError` also where it is not data.

    A part that stands in several places counts in each, as it does when the value is written.
    """
    kind = value.__class__
    if kind is str:
        budget.spend(1 + (len(value) >> 4))
    elif kind is list or kind is dict:
        _weigh_members(value, budget, depth)
    elif kind not in SCALARS:
        raise TemplateError(f"{kind_of(value)} is not data")


def _weigh_members(value: list[Any] | dict[str, Any], budget: Budget, depth: int) -> None:
    if depth == 0:
        raise TemplateError(f"it is nested more than {MAX_DEPTH} levels deep")
    budget.spend(1 + len(value))
    if value.__class__ is dict:
        budget.spend(sum(map(len, value)) >> 4)
    for member in value.values() if isinstance(value, dict) else value:
        if member.__class__ not in SCALARS:
            weigh(member, budget, depth - 1)


def text_of(value: Any, budget: Budget) -> str:
    """A value as it is written in text: text as it is, all else as JSON. Raises `TemplateError`."""
    if value.__class__ is str:
        text: str = value
        return text
    return json_of(value, budget)


def json_of(value: Any, budget: Budget, indent: int = 0) -> str:
    """A value as JSON: compact (or with line breaks and `indent` blanks a level), non-ASCII as it is.

    Raises `TemplateError`.
    """
    weigh(value, budget)
    try:
        encoded = msgspec.json.encode(value)
    except ValueError:
        raise TemplateError("it holds half a surrogate pair or a number of more than 4300 digits") from None
    budget.text(len(encoded))
    if indent:
        budget.text(_most_blanks(value, encoded, indent) >> 4)
        encoded = msgspec.json.format(encoded, indent=indent)
        budget.text(len(encoded))
    return encoded.decode()


def _most_blanks(value: Any, encoded: bytes, indent: int) -> int:
    lines = sum(map(encoded.count, (b",", b"[", b"{", b"]", b"}")))
    return lines * indent * _depth(value)


def _depth(value: Any) -> int:
    if value.__class__ is dict:
        value = list(value.values())
    return 1 + max(map(_depth, value), default=0) if value.__class__ is list else 0


def whole(value: Any) -> Any:
    """A float that has no fraction as an integer; anything else as it is."""
    return int(value) if value.__class__ is float and value.is_integer() else value
