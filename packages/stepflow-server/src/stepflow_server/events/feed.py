"""One reading of a run's events, shared by many readers.

A feed reads the executor's events and keeps their bytes as a chain of chunks. Readers go along the chain, each
at its own pace; the feed goes on as fast as the fastest of them and keeps a bounded stretch, so that neither a
slow reader nor one that has gone to sleep holds up the others or fills the memory.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from stepflow_core import RunEvent

from .blocks import Block, Format, Place

CHUNK_BLOCKS = 256
CHUNK_BYTES = 256 * 1024
"""A chunk that has as many blocks or bytes is full."""

KEPT_BYTES = 16 * 1024 * 1024
"""How many bytes a feed keeps for readers that come late or are slow; it always keeps the newest chunk."""

AHEAD = 512
"""How many blocks a feed reads ahead of its fastest reader; fewer where they are large."""


REST = 0.0001
"""Seconds between two times that readers are woken, for each of them: about twice what waking one takes.

So a single reader gets every event by itself, while many get several at once where events come close together,
and a run that tells much leaves the process time for other work.
"""


class Chunk:
    """A stretch of blocks, in order.

    `before` is the place before the first, `size` the bytes in it, `following` the next stretch, which there is
    once this one is full. One that was dropped has no blocks any more; `end` is how many there were.
    """

    __slots__ = ("before", "blocks", "dropped", "end", "following", "size")

    def __init__(self, before: Place) -> None:
        self.before = before
        self.blocks: list[Block] = []
        self.end = 0
        self.size = 0
        self.following: Chunk | None = None
        self.dropped = False

    def append(self, block: Block) -> None:
        """Add the next block."""
        self.blocks.append(block)
        self.end += 1
        self.size += len(block.data)

    def drop(self) -> None:
        """Let go of the blocks."""
        self.dropped = True
        self.blocks = []


class Feed:
    """Reads `events`, which begin after `since`, for its readers. To be used from one event loop.

    `ended` says that no more will come, `failure` why, if it was not the end.
    """

    def __init__(self, events: AsyncIterator[RunEvent], since: Place, format: Format, kept: int = KEPT_BYTES) -> None:
        self.head = self.tail = self._seen = Chunk(since)
        self.ended = False
        self.failure: Exception | None = None
        self.readers = 0
        self._events = events
        self._format = format
        self._kept = kept
        self._size = 0
        self._place = since
        self._unseen = self._unseen_bytes = 0
        self._waiting: dict[object, asyncio.Future[None]] = {}
        self._wanted: asyncio.Future[None] | None = None
        self._joined: tuple[Chunk, int, int, bytes] | None = None
        self._task: asyncio.Task[None] | None = None
        self._waker: asyncio.TimerHandle | None = None
        self._rested = 0.0

    def covers(self, place: Place) -> bool:
        """Whether everything after a place can be read here."""
        return place >= self.head.before

    def start(self) -> None:
        """Begin to read."""
        self._task = asyncio.get_running_loop().create_task(self._read())

    def stop(self) -> None:
        """Read no further."""
        if self._task is not None:
            self._task.cancel()
        self._forget_waker()

    def joined(self, chunk: Chunk, start: int) -> bytes:
        """The bytes of a chunk's blocks from `start` on; readers that keep pace get the same object."""
        end = chunk.end
        known = self._joined
        if known is not None and known[0] is chunk and known[1] == start and known[2] == end:
            return known[3]
        blocks = chunk.blocks
        data = blocks[start].data if end - start == 1 else b"".join([each.data for each in blocks[start:]])
        self._joined = (chunk, start, end, data)
        return data

    def wait(self, reader: object) -> asyncio.Future[None]:
        """A future that is done when there is more to read; of each reader only the newest counts."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[reader] = future
        self._seen = self.tail
        self._unseen = self._unseen_bytes = 0
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_result(None)
        return future

    def forget(self, reader: object) -> None:
        """A reader does not wait any more."""
        self._waiting.pop(reader, None)

    # ---- reading

    async def _read(self) -> None:
        try:
            async for event in self._events:
                self._append(event)
                if self._unseen >= AHEAD or self._unseen_bytes >= self._kept // 2:
                    await self._until_wanted()
        except Exception as failure:  # it is raised where the readers are
            self.failure = failure
        finally:
            await _close(self._events)
            self.ended = True
            self._wake()

    def _append(self, event: RunEvent) -> None:
        self._place = place = self._place.after(event)
        data = self._format.write(event)
        chunk = self.tail
        chunk.append(Block(place, event.event, event.run_id, data))
        self._size += len(data)
        self._unseen += 1
        self._unseen_bytes += len(data)
        if chunk.end >= CHUNK_BLOCKS or chunk.size >= CHUNK_BYTES:
            self.tail = chunk.following = Chunk(place)
            self._drop_oldest()
        self._wake_rested()

    def _drop_oldest(self) -> None:
        """Keep no more than is to be kept, and what the fastest reader has still to read."""
        while self._size > self._kept and self.head is not self._seen and self.head.following is not None:
            chunk, self.head = self.head, self.head.following
            self._size -= chunk.size
            chunk.drop()

    def _wake_rested(self) -> None:
        """Wake the readers, at once or when they have rested since the last time."""
        if not self._waiting or self._waker is not None:
            return
        loop = asyncio.get_running_loop()
        if loop.time() >= self._rested:
            self._wake()
        else:
            self._waker = loop.call_at(self._rested, self._wake)

    def _wake(self) -> None:
        self._forget_waker()
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, {}
        self._rested = asyncio.get_running_loop().time() + REST * len(waiting)
        for future in waiting.values():
            if not future.done():
                future.set_result(None)

    def _forget_waker(self) -> None:
        if self._waker is not None:
            self._waker.cancel()
            self._waker = None

    async def _until_wanted(self) -> None:
        self._wake()
        self._wanted = asyncio.get_running_loop().create_future()
        try:
            await self._wanted
        finally:
            self._wanted = None


async def _close(events: Any) -> None:
    close = getattr(events, "aclose", None)
    if close is not None:
        with contextlib.suppress(Exception):
            await close()
