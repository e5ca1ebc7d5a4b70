"""Durations: a number of seconds, or text made of parts such as `1h30m`."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any

from .wording import named

UNITS = MappingProxyType({"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0})
"""Seconds of each unit."""

LONGEST = 1e10
"""The longest duration in seconds, some 300 years: more is a mistake, and clocks cannot add it."""

_FORM = 'write seconds (90, 0.5) or parts of <number><ms|s|m|h|d> ("1h30m", "250ms")'
_PART = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)(ms|s|m|h|d)")


class DurationError(ValueError):
    """The value is not a duration; the message says why, `hint` what to write."""

    def __init__(self, message: str, hint: str = _FORM) -> None:
        super().__init__(message)
        self.hint = hint


def parse_duration(value: Any) -> float:
    """The seconds of a duration: a number, or text of parts, each unit at most once.

    Raises `DurationError` for anything else, for negative ones and for more than 1e10 seconds.
    """
    if isinstance(value, str):
        seconds = _sum_of_parts(value.strip())
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value
    else:
        raise DurationError(f"{named(value)} is not a duration")
    if not 0 <= seconds <= LONGEST:
        raise DurationError(_out_of_range(value, seconds))
    return float(seconds)


def _sum_of_parts(text: str) -> float:
    seconds, position, used = 0.0, 0, set[str]()
    while position < len(text) or not used:
        part = _PART.match(text, position)
        if part is None or part[2] in used:
            raise DurationError(f"{named(text)} is not a duration")
        seconds += float(part[1]) * UNITS[part[2]]
        used.add(part[2])
        position = part.end()
    return seconds


def _out_of_range(value: Any, seconds: float) -> str:
    why = "it is negative" if seconds < 0 else "it is longer than 1e10 seconds" if seconds > LONGEST else "it is NaN"
    return f"{named(value)} is not a duration: {why}"
