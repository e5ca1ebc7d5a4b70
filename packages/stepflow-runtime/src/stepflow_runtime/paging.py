"""Pages of listings: a cursor is where the next page begins, not meant to be read by callers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from stepflow_core import InvalidInputError

T = TypeVar("T")


def page(rows: Sequence[T], limit: int | None, cursor: str | None) -> tuple[list[T], str | None]:
    """The rows from `cursor` on, at most `limit`, and the cursor of what follows. Raises `InvalidInputError`."""
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise InvalidInputError(f"a limit is an integer of at least 1, not {limit!r:.40}")
    start = _place(cursor)
    end = len(rows) if limit is None else start + limit
    return list(rows[start:end]), (str(end) if end < len(rows) else None)


def _place(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not isinstance(cursor, str) or not cursor.isdecimal() or len(cursor) > 18:
        raise InvalidInputError(f"{cursor!r:.40} is not a cursor that a listing gave")
    return int(cursor)
