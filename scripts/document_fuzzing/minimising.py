"""Making a failing input as small as can be: parts are dropped for as long as it still fails."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any, Final

from .trees import spots

SECONDS: Final = 30.0
"""How long one input is worked at."""

_LEAST: Final[tuple[Any, ...]] = (None, 0, "", [], {})


def minimised(value: Any, fails: Callable[[Any], bool], seconds: float = SECONDS) -> Any:
    """The smallest value found that fails too; `fails` is asked of candidates."""
    until = time.monotonic() + seconds

    def wrong(candidate: Any) -> bool:
        return time.monotonic() < until and fails(candidate)

    return _smaller_bytes(value, wrong) if isinstance(value, bytes) else _smaller_tree(value, wrong)


def _smaller_bytes(text: bytes, fails: Callable[[Any], bool]) -> bytes:
    size = len(text) // 2
    while size:
        place = 0
        while place < len(text):
            shorter = text[:place] + text[place + size :]
            if fails(shorter):
                text = shorter
            else:
                place += size
        size //= 2
    return text


def _smaller_tree(tree: Any, fails: Callable[[Any], bool]) -> Any:
    box = [tree]
    number = 0
    while number < len(spots(box)):
        smaller = next((each for each in _without(box, number) if each and fails(each[0])), None)
        if smaller is None:
            number += 1
        else:
            box = smaller
    return box[0]


def _without(box: list[Any], number: int) -> list[list[Any]]:
    """The boxes that lack one member, hold what is inside it, or have less in its place."""
    container, key = spots(box)[number]
    value = container[key]
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    instead = [*inner, *_shorter(value)]
    smaller = [_put(box, number, each) for each in instead]
    return smaller if container is box else [_dropped(box, number), *smaller]


def _shorter(value: Any) -> list[Any]:
    if isinstance(value, str) and len(value) > 1:
        half = len(value) // 2
        return [value[:half], value[half:], value[:-1], value[1:]]
    return [] if value in _LEAST else [None]


def _dropped(box: list[Any], number: int) -> list[Any]:
    twin = copy.deepcopy(box)
    container, key = spots(twin)[number]
    container.pop(key)
    return twin


def _put(box: list[Any], number: int, value: Any) -> list[Any]:
    twin = copy.deepcopy(box)
    container, key = spots(twin)[number]
    container[key] = copy.deepcopy(value)
    return twin
