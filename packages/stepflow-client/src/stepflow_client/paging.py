"""Listings of any length out of the pages that a server gives."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from stepflow_core import InvalidInputError

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

    `ask` gets the `limit` and `cursor` of one page. Raises `InvalidInputError` for a limit that is none.
    """
    left = _checked(limit)
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


def _checked(limit: Any) -> int | None:
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise InvalidInputError(f"a limit is an integer of at least 1, not {limit!r:.40}")
    checked: int | None = limit
    return checked
