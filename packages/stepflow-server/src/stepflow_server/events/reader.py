"""One client's way along a feed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from .blocks import Format, Place

if TYPE_CHECKING:
    from .feed import Chunk, Feed


class Choice(Struct, frozen=True):
    """Which events of a run a client wants, and how."""

    run_id: str
    format: Format
    since: int = -1
    follow: bool = True
    include_results: bool = True
    include_sub_runs: bool = True
    types: frozenset[str] | None = None


class FeedReader:
    """Reads a feed from the place that its client has reached.

    `find` gives a feed that has what comes after a place; `leave` is told of one that is not read any more.
    """

    def __init__(
        self, choice: Choice, find: Callable[[Choice, Place], Feed], leave: Callable[[Choice, Feed], object]
    ) -> None:
        self._choice = choice
        self._find = find
        self._leave = leave
        self._all = choice.types is None and choice.include_sub_runs
        self._place = Place(choice.since, 0)
        self._feed: Feed | None = None
        self._chunk: Chunk | None = None
        self._next = 0
        self._waiter: asyncio.Future[None] | None = None
        self._closed = False
        self._comment_due = False

    def close(self) -> None:
        """End the stream as soon as possible."""
        self._closed = True
        self._wake()

    def keep_alive(self) -> None:
        """Have a comment sent if nothing else is to be sent."""
        if self._waiter is not None and self._choice.format.comment:
            self._comment_due = True
            self._wake()

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """What to send, as it comes. Raises what kept the events from being read."""
        try:
            while not self._closed:
                feed = self._feed or self._join()
                if self._has_more():
                    data = self._take(feed)
                    if data:
                        yield data
                elif self._feed is None:
                    continue
                elif feed.ended:
                    break
                else:
                    await self._more(feed)
                if self._comment_due:
                    self._comment_due = False
                    yield self._choice.format.comment
            self._raise_failure()
        finally:
            self._part()

    def _raise_failure(self) -> None:
        if self._feed is not None and self._feed.failure is not None and not self._closed:
            raise self._feed.failure

    def _join(self) -> Feed:
        feed = self._feed = self._find(self._choice, self._place)
        self._chunk, self._next = feed.head, 0
        return feed

    def _part(self) -> None:
        feed, self._feed, self._chunk = self._feed, None, None
        if feed is not None:
            feed.forget(self)
            self._leave(self._choice, feed)

    def _has_more(self) -> bool:
        """Whether there is something to take; goes on to the next chunk, or leaves a feed that has dropped it."""
        chunk = self._chunk
        assert chunk is not None, "a reader with a feed stands in a chunk"
        while self._next >= chunk.end and chunk.following is not None:
            chunk = self._chunk = chunk.following
            self._next = 0
        if chunk.dropped:
            self._part()
            return False
        return self._next < chunk.end

    def _take(self, feed: Feed) -> bytes:
        """The bytes of the rest of a chunk, as far as they are wanted."""
        chunk = self._chunk
        assert chunk is not None, "there is something to take"
        start, self._next = self._next, chunk.end
        reached, self._place = self._place, max(self._place, chunk.blocks[-1].place)
        if self._all and chunk.blocks[start].place > reached:
            return feed.joined(chunk, start)
        return self._chosen(chunk, start, reached)

    def _chosen(self, chunk: Chunk, start: int, reached: Place) -> bytes:
        types = self._choice.types
        run_id = None if self._choice.include_sub_runs else self._choice.run_id
        return b"".join(
            [
                each.data
                for each in chunk.blocks[start:]
                if each.place > reached
                and (types is None or each.type in types)
                and (run_id is None or each.run_id == run_id)
            ]
        )

    async def _more(self, feed: Feed) -> None:
        self._waiter = feed.wait(self)
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
