"""How large a value is that flows have made of each other's values.

Parts that stand in several places are one in memory and many where the value is copied or written, so what goes round
and round can become larger than anything.
"""

from __future__ import annotations

from typing import Any

from stepflow_core.canonical import MAX_DEPTH, MAX_NODES


class TooLarge(Exception):
    """The value is larger than values may be: `message` says in what way."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


def size_of(value: Any, room: int = MAX_NODES) -> int:
    """How many values a value holds, what stands in several places counted each time.

    Raises `TooLarge` for more than `room`, and for what is nested too deeply.
    """
    size, height = _measured(value, MAX_DEPTH, {}) if type(value) in _MUTABLE else (1, 0)
    if height > MAX_DEPTH:
        raise _too_deep()
    if size > room:
        raise TooLarge(f"it has more than {MAX_NODES} values")
    return size


def _measured(value: Any, depth: int, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Size and height; what is `known` was met before, so that no part is looked at twice."""
    if depth == 0:
        raise _too_deep()
    size, height = 1 + len(value), 0
    for member in value.values() if type(value) is dict else value:
        if type(member) in _MUTABLE:
            found = known.get(id(member))
            if found is None:
                found = known[id(member)] = _measured(member, depth - 1, known)
            size += found[0] - 1
            height = max(height, found[1])
    return size, height + 1


def _too_deep() -> TooLarge:
    return TooLarge(f"it is nested more than {MAX_DEPTH} levels deep")


_MUTABLE = frozenset({dict, list})
