"""Canonical JSON and the ids made from it.

An id is the lowercase hex SHA-256 of a value's compact JSON: no spaces, keys in insertion order, non-ASCII
text unescaped, integers of any size as integers, floats as msgspec's encoder writes them.
"""

from __future__ import annotations

from hashlib import sha256
from math import isfinite
from typing import Any, NoReturn

import msgspec

MAX_DEPTH = 128
"""How deeply arrays and objects may be nested in a value."""

MAX_NODES = 10_000_000
"""How many values one value may hold, what stands in several places counted each time."""

MAX_DIGITS = 4300
"""How many decimal digits an integer may have: as many as Python writes and reads by default."""

_SHOWN_KEYS = frozenset({bool, bytes, float, int, type(None)})


class NotJsonError(ValueError):
    """The value is not JSON: `message` says what stands at `location` (keys and indexes from the root)."""

    def __init__(self, message: str, location: tuple[str | int, ...] = ()) -> None:
        self.message = message
        self.location = location
        super().__init__(message)


def encode(value: Any) -> bytes:
    """The canonical JSON of a plain JSON value. Raises `NotJsonError`."""
    owned = own(value)
    try:
        return msgspec.json.encode(owned)
    except ValueError as error:
        # Only where the interpreter was told to write fewer digits than it does by default.
        raise NotJsonError(str(error)) from None


def content_id(value: Any) -> str:
    """The id of a value. Raises `NotJsonError`."""
    return sha256(encode(value)).hexdigest()


def own(value: Any) -> Any:
    """A checked copy of a JSON value that shares no mutable part with it; tuples become lists.

    Subclasses of the JSON types (string enums, default dicts, named tuples) become what they extend.
    Raises `NotJsonError` with the place of what is not JSON: another type, a key that is not text, NaN,
    an infinity, an integer beyond `MAX_DIGITS`, text with half a surrogate pair, nesting beyond `MAX_DEPTH`
    (a cycle has no end), more than `MAX_NODES` values.
    """
    try:
        return _own(value, MAX_DEPTH, [MAX_NODES])
    except NotJsonError as error:
        raise NotJsonError(error.message, error.location[::-1]) from None


# `room` holds how many values may still be met. The loops name the commonest kinds of members themselves,
# since a call for each would double the time that they take; 2**53 is just a bound below which integers
# need no further look.


def _own(value: Any, depth: int, room: list[int]) -> Any:
    kind = type(value)
    if kind is str:
        return value if value.isascii() else _unicode(value)
    if kind is bool or value is None:
        return value
    if kind is int:
        return value if -(2**53) < value < 2**53 else _large(value)
    if kind is float:
        return value if isfinite(value) else _not_finite(value)
    if kind is dict:
        return _own_object(value, depth, room)
    if kind is list or kind is tuple:
        return _own_array(value, depth, room)
    return _own_subclass(value, depth, room)


def _own_object(value: dict[Any, Any], depth: int, room: list[int]) -> dict[str, Any]:
    room[0] -= len(value)
    if depth == 0 or room[0] < 0:
        _beyond_limits(depth)
    result: dict[str, Any] = {}
    for key, member in value.items():
        if type(key) is not str:
            key = _key(key, result)
        elif not key.isascii():
            _unicode(key)
        kind = type(member)
        if (
            (kind is str and member.isascii())
            or (kind is int and -(2**53) < member < 2**53)
            or kind is bool
            or member is None
        ):
            result[key] = member
            continue
        try:
            result[key] = _own(member, depth - 1, room)
        except NotJsonError as error:
            error.location += (key,)
            raise
    return result


def _own_array(value: list[Any] | tuple[Any, ...], depth: int, room: list[int]) -> list[Any]:
    room[0] -= len(value)
    if depth == 0 or room[0] < 0:
        _beyond_limits(depth)
    result: list[Any] = []
    append = result.append
    for member in value:
        kind = type(member)
        if (
            (kind is str and member.isascii())
            or (kind is int and -(2**53) < member < 2**53)
            or (kind is float and isfinite(member))
        ):
            append(member)
            continue
        try:
            append(_own(member, depth - 1, room))
        except NotJsonError as error:
            error.location += (len(result),)
            raise
    return result


def _own_subclass(value: Any, depth: int, room: list[int]) -> Any:
    if isinstance(value, str):
        return _unicode(str.__str__(value))
    if isinstance(value, int):
        return _own(int.__int__(value), depth, room)
    if isinstance(value, float):
        return _own(float.__float__(value), depth, room)
    if isinstance(value, dict):
        return _own_object(value, depth, room)
    if isinstance(value, list | tuple):
        return _own_array(value, depth, room)
    raise NotJsonError(f"a value of type {type(value).__qualname__} is not JSON")


def _beyond_limits(depth: int) -> NoReturn:
    if depth == 0:
        raise NotJsonError(f"it is nested more than {MAX_DEPTH} levels deep or contains itself")
    raise NotJsonError(f"it has more than {MAX_NODES:,} values")


def _key(key: Any, result: dict[str, Any]) -> str:
    if not isinstance(key, str):
        # Other types may have a repr that fails or has no end.
        shown = f" {key!r:.80}" if type(key) in _SHOWN_KEYS else ""
        raise NotJsonError(f"the key{shown} of type {type(key).__qualname__} is not text")
    text = _unicode(str.__str__(key))
    if text in result:
        raise NotJsonError(f"the key {text!r:.80} is there twice")
    return text


def _unicode(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotJsonError("the text holds half a surrogate pair, which is not Unicode") from None
    return text


def _large(value: int) -> int:
    if abs(value) >= 10**MAX_DIGITS:
        raise NotJsonError(f"an integer has more than {MAX_DIGITS:,} digits")
    return value


def _not_finite(value: float) -> float:
    raise NotJsonError(f"{value} is not a JSON number")
