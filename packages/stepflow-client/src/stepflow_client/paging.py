"""Listings of any length out of the pages that a server gives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from stepflow_core.arguments import check_cursor, check_limit

LARGEST = 1000
"""How many rows a server puts on one page at most."""


class Page(Protocol):
    """Some rows of a listing."""

    @property
    def next_cursor(self) -> str | None:
        """Where the next page begins, if there is one."""


P = TypeVar("P", bound=Page)


async def pages(
    ask: Callable[[dict[str, Any]], Awaitable[P]], length: Callable[[P], int], limit: int | None, cursor: str | None
) -> list[P]:
    """The pages from `cursor` on that hold `limit` rows together; without a limit all of them.

    `ask` gets the `limit` and `cursor` of one page. Raises `InvalidInputError` for a limit or cursor that is none.
    """
    check_limit(limit)
    check_cursor(cursor)
    left = limit
    found: list[P] = []
    place = {} if cursor is None else {"cursor": cursor}
    while True:
        page = await ask({"limit": LARGEST if left is None else min(left, LARGEST), **place})
        found.append(page)
        if left is not None:
            left -= length(page)
        # An empty page that says that more follow would be asked for on and on.
        if not page.next_cursor or not length(page) or left == 0:
            return found
        place = {"cursor": page.next_cursor}
