"""What a flow document may be made of: a checked copy of it that is ours alone, made without recursion."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any, TypeAlias

from msgspec import Struct
from stepflow_core.canonical import MAX_DEPTH

from .problems import Location

LONGEST_INTEGER = 14284
"""The bits of the largest integers that Python reads and writes as text (4 300 digits)."""

MOST_FAULTS = 100
"""How many values that are not JSON are told of."""

_Trail: TypeAlias = "tuple[_Trail, str | int] | None"
"""A place as a chain from the inside outwards: costs nothing where nothing is wrong."""


class Limits(Struct, frozen=True):
    """How large a document may be.

    `depth` of nesting (never beyond 128), `nodes` (values of any kind), and how many `diagnostics` of each level
    are listed.
    """

    depth: int = MAX_DEPTH
    nodes: int = 1_000_000
    diagnostics: int = 1000


class Fault(Struct, frozen=True):
    """Something in a document that is not JSON or beyond a limit."""

    message: str
    location: Location = ()
    hint: str | None = None


def take_document(document: Any, limits: Limits) -> tuple[Any, list[Fault]]:
    """A copy of a document that shares nothing with it, and what in it cannot be part of a document.

    The copy is plain: subclasses become what they extend, tuples lists, mappings dicts; what is at fault is
    `None` in it. Stops at the first limit that is passed, so a document that contains itself ends too.
    """
    taker = _Taker(limits)
    copy = taker.take(document)
    return copy, taker.faults


class _TooLarge(Exception):
    """A limit is passed."""


class _Taker:
    def __init__(self, limits: Limits) -> None:
        self.faults: list[Fault] = []
        self._depth = min(limits.depth, MAX_DEPTH)
        self._nodes = limits.nodes
        self._pending: list[tuple[Any, Any, _Trail, int]] = []

    def take(self, document: Any) -> Any:
        copy = self._value(document, None, 1)
        try:
            while self._pending:
                self._fill(*self._pending.pop())
        except _TooLarge:
            return None
        return copy

    def _fill(self, source: Any, target: Any, trail: _Trail, depth: int) -> None:
        self._nodes -= len(source)
        if self._nodes < 0:
            self._stop("the document has more values than the limit allows", trail)
        if depth > self._depth:
            self._stop(f"it is nested more than {self._depth} levels deep or contains itself", trail)
        if type(target) is dict:
            self._fill_object(source, target, trail, depth + 1)
        else:
            target.extend(self._value(value, (trail, index), depth + 1) for index, value in enumerate(source))

    def _fill_object(self, source: Mapping[Any, Any], target: dict[str, Any], trail: _Trail, depth: int) -> None:
        for key, value in source.items():
            if type(key) is not str or not key.isascii():
                key = self._key(key, trail)
            kind = type(value)
            # The commonest kinds of member without a call: this is a tenth of the time of loading a flow.
            if kind is str and value.isascii():
                target[key] = value
            elif kind is dict:
                member: dict[str, Any] = {}
                target[key] = member
                self._pending.append((value, member, (trail, key), depth))
            else:
                target[key] = self._value(value, (trail, key), depth)

    def _value(self, value: Any, trail: _Trail, depth: int) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._text(value, trail)
        if isinstance(value, int):
            return self._integer(value, trail)
        if isinstance(value, float):
            return self._float(value, trail)
        return self._container(value, trail, depth)

    def _container(self, value: Any, trail: _Trail, depth: int) -> Any:
        target: Any
        if isinstance(value, list | tuple):
            target = []
        elif isinstance(value, Mapping):
            target = {}
        else:
            return self._refuse(f"a value of the Python type {type(value).__qualname__} is not JSON", trail)
        self._pending.append((value, target, trail, depth))
        return target

    def _text(self, text: str, trail: _Trail) -> str | None:
        plain = text if type(text) is str else str.__str__(text)
        if not plain.isascii() and _has_surrogate(plain):
            self._refuse("the text holds half a surrogate pair, which is not Unicode", trail)
            return None
        return plain

    def _integer(self, value: int, trail: _Trail) -> int | None:
        if value.bit_length() > LONGEST_INTEGER:
            self._refuse("the integer has more than 4300 digits", trail)
            return None
        return int(value)

    def _float(self, value: float, trail: _Trail) -> float | None:
        if not isfinite(value):
            self._refuse(f"{float(value)} is not a JSON number", trail, "write null or a text instead")
            return None
        return float(value)

    def _key(self, key: Any, trail: _Trail) -> str:
        if not isinstance(key, str):
            self._refuse(f"the key {_shown(key)} is not text", trail, "quote the key")
            return ""
        plain = key if type(key) is str else str.__str__(key)
        if _has_surrogate(plain):
            self._refuse("a key holds half a surrogate pair, which is not Unicode", trail)
        return plain

    def _refuse(self, message: str, trail: _Trail, hint: str | None = None) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(message, _location(trail), hint))

    def _stop(self, message: str, trail: _Trail) -> None:
        self.faults.append(Fault(message, _location(trail)))
        raise _TooLarge


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _shown(key: Any) -> str:
    """Keys of the simple kinds as written; others by their type, since their text may be anything."""
    if key is None or isinstance(key, bool | float):
        return repr(key)
    if isinstance(key, int) and key.bit_length() < 128:
        return str(int(key))
    return f"of the Python type {type(key).__qualname__}"


def _location(trail: _Trail) -> Location:
    parts: list[str | int] = []
    while trail is not None:
        trail, part = trail
        parts.append(part)
    return tuple(reversed(parts))
