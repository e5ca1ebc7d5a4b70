"""Pages of listings: a cursor is where the next page begins, not meant to be read by callers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from stepflow_core.arguments import bad_cursor, check_cursor, check_limit

T = TypeVar("T")


def page(rows: Sequence[T], limit: int | None, cursor: str | None) -> tuple[list[T], str | None]:
    """The rows from `cursor` on, at most `limit`, and the cursor of what follows. Raises `InvalidInputError`."""
    check_limit(limit)
    start = _place(cursor)
    end = len(rows) if limit is None else start + limit
    return list(rows[start:end]), (str(end) if end < len(rows) else None)


def _place(cursor: str | None) -> int:
    check_cursor(cursor)
    if cursor is None:
        return 0
    if not cursor.isdecimal() or len(cursor) > 18:
        raise bad_cursor(cursor)
    return int(cursor)
