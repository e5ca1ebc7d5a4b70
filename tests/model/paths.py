"""Paths, taken apart and followed."""

from __future__ import annotations

import re
from typing import Any

from .outcomes import Failed, Good, Outcome

PARTS = re.compile(r"""\.?([^.\[\]]+)|\[(\d+)\]|\["([^"]*)"\]|\['([^']*)'\]""")


def parts(path: str | None) -> list[str | int]:
    """The fields and indexes of a path."""
    text = (path or "").strip().removeprefix("$")
    return [int(match[2]) if match[2] else match[match.lastindex or 0] for match in PARTS.finditer(text)]


def follow(value: Any, steps: list[str | int]) -> Good | None:
    """What is at a path, if there is anything."""
    for each in steps:
        held = range(len(value)) if isinstance(value, list) else value if isinstance(value, dict) else ()
        if isinstance(each, int) != isinstance(value, list) or each not in held:
            return None
        value = value[each]
    return Good(value)


def at(value: Any, path: str | None, what: str) -> Outcome:
    """What is at a path, or that there is nothing."""
    return follow(value, parts(path)) or Failed(1, f"{what} {normal(parts(path))} not found")


def normal(steps: list[str | int]) -> str:
    """A path in its normal form."""
    return "$" + "".join(f"[{each}]" if isinstance(each, int) else field(each) for each in steps)


def field(name: str) -> str:
    """A field as it stands in a path."""
    return f'["{name}"]' if not name or set(name) & set(".[]") else f".{name}"
