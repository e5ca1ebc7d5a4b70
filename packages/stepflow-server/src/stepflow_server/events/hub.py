"""All streams of one server: who reads which feed, what keeps idle ones alive, and their common end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable

from stepflow_core import StepflowExecutor

from .blocks import Place
from .feed import KEPT_BYTES, Feed
from .reader import Choice, FeedReader

BEYOND_ALL = 2**62
"""A number that no event reaches."""


class EventHub:
    """The streams of an executor's events. `heartbeat` is how many seconds lie between comments."""

    def __init__(self, executor: StepflowExecutor, heartbeat: float, kept: int = KEPT_BYTES) -> None:
        self._executor = executor
        self._heartbeat = heartbeat
        self._kept = kept
        self._feeds: dict[tuple[object, ...], Feed] = {}
        self._readers: set[FeedReader] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    async def check(self, choice: Choice) -> None:
        """Raise what the executor has against a choice: an unknown run, an unknown type of event."""
        events = self._executor.events(
            choice.run_id, since=BEYOND_ALL, follow=False, event_types=choice.types, include_results=False
        )
        async for _ in events:
            break

    async def stream(
        self, choice: Choice, when_gone: Callable[[Callable[[], object]], Callable[[], None]]
    ) -> AsyncGenerator[bytes, None]:
        """What to send to one client, until the run has ended, the client has gone or the hub is closed."""
        reader = FeedReader(choice, self._find, self._leave)
        stay = when_gone(reader.close)
        self._enter(reader)
        try:
            async for block in reader.blocks():
                yield block
        finally:
            stay()
            self._readers.discard(reader)

    def close(self) -> None:
        """End all streams; those that begin later end at once."""
        self._closed = True
        for reader in list(self._readers):
            reader.close()
        if self._timer is not None:
            self._timer.cancel()

    def _enter(self, reader: FeedReader) -> None:
        self._readers.add(reader)
        if self._closed:
            reader.close()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._heartbeat, self._beat)

    def _beat(self) -> None:
        self._timer = None
        for reader in self._readers:
            reader.keep_alive()
        if self._readers:
            self._timer = asyncio.get_running_loop().call_later(self._heartbeat, self._beat)

    # ---- feeds

    def _find(self, choice: Choice, place: Place) -> Feed:
        key = _key(choice)
        feed = self._feeds.get(key) if choice.follow else None
        if feed is None or feed.failure is not None or not feed.covers(place):
            feed = self._begin(choice, place)
            if choice.follow:
                self._feeds[key] = feed
        feed.readers += 1
        return feed

    def _begin(self, choice: Choice, place: Place) -> Feed:
        events = self._executor.events(
            choice.run_id, since=place.number, follow=choice.follow, include_results=choice.include_results
        )
        feed = Feed(events, Place(place.number, 0), choice.format, self._kept)
        feed.start()
        return feed

    def _leave(self, choice: Choice, feed: Feed) -> None:
        feed.readers -= 1
        if feed.readers == 0:
            feed.stop()
            if self._feeds.get(_key(choice)) is feed:
                del self._feeds[_key(choice)]


def _key(choice: Choice) -> tuple[object, ...]:
    """What two streams have in common that can share a feed."""
    return choice.run_id, choice.include_results, choice.format.content_type
