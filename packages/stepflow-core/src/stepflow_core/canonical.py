"""Canonical JSON and the ids made from it.

An id is the lowercase hex SHA-256 of a value's compact JSON: no spaces, keys in insertion order, non-ASCII
text unescaped, integers of any size as integers, floats as msgspec's encoder writes them.
"""

from __future__ import annotations

from hashlib import sha256
from math import isfinite
from typing import Any

import msgspec

MAX_DEPTH = 128
"""How deeply arrays and objects may be nested in a value."""


class NotJsonError(ValueError):
    """The value is not JSON: `message` says what stands at `location` (keys and indexes from the root)."""

    def __init__(self, message: str, location: tuple[str | int, ...] = ()) -> None:
        self.message = message
        self.location = location
        super().__init__(message)


def encode(value: Any) -> bytes:
    """The canonical JSON of a plain JSON value. Raises `NotJsonError`."""
    return msgspec.json.encode(own(value))


def content_id(value: Any) -> str:
    """The id of a value. Raises `NotJsonError`."""
    return sha256(encode(value)).hexdigest()


def own(value: Any) -> Any:
    """A checked copy of a JSON value that shares no mutable part with it; tuples become lists.

    Raises `NotJsonError` with the place of what is not JSON: another type, a key that is not text, NaN,
    an infinity, text with lone surrogates, or nesting beyond `MAX_DEPTH` levels (a cycle has no end).
    """
    try:
        return _own(value, MAX_DEPTH)
    except NotJsonError as error:
        raise NotJsonError(error.message, error.location[::-1]) from None


def _own(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is str:
        return value if value.isascii() else _unicode(value)
    if kind is int or kind is bool or value is None:
        return value
    if kind is float:
        return value if isfinite(value) else _refuse(value)
    if kind is dict:
        return _own_object(value, depth)
    if kind is list or kind is tuple:
        return _own_array(value, depth)
    return _own_subclass(value, depth)


def _own_object(value: dict[Any, Any], depth: int) -> dict[str, Any]:
    if depth == 0:
        raise NotJsonError(f"it is nested more than {MAX_DEPTH} levels deep or contains itself")
    result = {}
    for key, member in value.items():
        if type(key) is not str:
            key = _key(key)
        elif not key.isascii():
            _unicode(key)
        kind = type(member)
        if kind is int or kind is bool or member is None or (kind is str and member.isascii()):
            result[key] = member
            continue
        try:
            result[key] = _own(member, depth - 1)
        except NotJsonError as error:
            error.location += (key,)
            raise
    return result


def _own_array(value: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
    if depth == 0:
        raise NotJsonError(f"it is nested more than {MAX_DEPTH} levels deep or contains itself")
    result = []
    for index, member in enumerate(value):
        try:
            result.append(_own(member, depth - 1))
        except NotJsonError as error:
            error.location += (index,)
            raise
    return result


def _own_subclass(value: Any, depth: int) -> Any:
    """Subclasses (string enums, defaultdicts, named tuples) count as what they extend."""
    if isinstance(value, str):
        return _unicode(str.__str__(value))
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return _own(float(value), depth)
    if isinstance(value, dict):
        return _own_object(value, depth)
    if isinstance(value, list | tuple):
        return _own_array(value, depth)
    raise NotJsonError(f"a value of type {type(value).__qualname__} is not JSON")


def _key(key: Any) -> str:
    if isinstance(key, str):
        return str.__str__(key)
    raise NotJsonError(f"the key {key!r:.80} of type {type(key).__qualname__} is not text")


def _unicode(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotJsonError("the text holds half a surrogate pair, which is not Unicode") from None
    return text


def _refuse(value: float) -> float:
    raise NotJsonError(f"{value} is not a JSON number")
