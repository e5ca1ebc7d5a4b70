"""The regular expressions of schemas: those of ECMA-262 as jsonschema_rs reads them, of limited size and time.

They run in linear time, save those that look around or refer back, which give up after so much backtracking.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MOST_PATTERNS = 500
"""How many regular expressions a schema may have, those that it refers to counted."""

FEW_PATTERNS = 32
LARGE_SIZE = 5_000_000
SMALL_SIZE = 500_000
"""Bytes that one may take when compiled; small where a schema has more than a few. 5 MB take 25 ms to compile."""

MOST_BACKTRACKING = 100_000

Matcher = Callable[[str, str], bool]
"""Whether a regular expression (first) is found in a text."""


def pattern_options(count: int) -> Any:
    """The limits of each regular expression of a schema that has so many."""
    from jsonschema_rs import FancyRegexOptions

    size = LARGE_SIZE if count <= FEW_PATTERNS else SMALL_SIZE
    return FancyRegexOptions(backtrack_limit=MOST_BACKTRACKING, size_limit=size)


def pattern_problem(pattern: str, count: int) -> str | None:
    """What is wrong with a regular expression, one of `count` in a schema."""
    if _compiled(pattern, count) is not None:
        return None
    if count > FEW_PATTERNS and _compiled(pattern, 1) is not None:
        return f"is too large a regular expression for a schema that has more than {FEW_PATTERNS} of them"
    return "is not a regular expression, or is too large"


def pattern_matcher() -> Matcher:
    """A matcher that keeps what it compiled. One that is no regular expression is found in every text."""
    compiled: dict[str, Any] = {}

    def matches(pattern: str, text: str) -> bool:
        if pattern not in compiled:
            compiled[pattern] = _compiled(pattern, 1)
        validator = compiled[pattern]
        return validator is None or bool(validator.is_valid(text))

    return matches


def _compiled(pattern: str, count: int) -> Any:
    from jsonschema_rs import Draft202012Validator

    try:
        return Draft202012Validator({"pattern": pattern}, pattern_options=pattern_options(count), offline=True)
    except ValueError:
        return None
