"""Points in time as people and programs read them."""

from __future__ import annotations

from datetime import UTC, datetime

from .durations import spell
from .terminal import Terminal


def moment(when: datetime | None, page: Terminal) -> str:
    """A point in time: local time on a terminal, else RFC 3339 in UTC; empty where there is none."""
    if when is None:
        return ""
    if page.live:
        return when.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def took(begin: datetime | None, end: datetime | None) -> str:
    """The time between two points; empty where one is not known. Clocks that were set back count as no time."""
    if begin is None or end is None:
        return ""
    return spell(max((end - begin).total_seconds(), 0))
