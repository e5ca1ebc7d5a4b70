"""The journal of a run tree in memory: what happened, in order, for any number of readers.

It is a chain of chunks. The journal keeps the newest of them; a reader holds on to the chunk it reads, and
through it to all that follow, so that a slow reader loses nothing and pays for its slowness itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .entries import Entry, StepOutput

CHUNK = 512
"""Entries per chunk."""

DEFAULT_CHUNKS = 200
"""How many chunks of a run are kept: about 100 000 entries."""


class Chunk:
    """A stretch of the journal; `first` is the number of its first numbered entry."""

    __slots__ = ("entries", "first", "following")

    def __init__(self, first: int) -> None:
        self.first = first
        self.entries: list[Entry] = []
        self.following: Chunk | None = None


class Journal:
    """The entries of one run tree. `ended` says that no more will come."""

    __slots__ = ("_chunks", "_most", "_wake", "ended", "head", "tail")

    def __init__(self, most_chunks: int = DEFAULT_CHUNKS) -> None:
        self.head = self.tail = Chunk(0)
        self.ended = False
        self._chunks = 1
        self._most = most_chunks
        self._wake: list[Callable[[], None]] = []

    def append(self, entries: list[Entry]) -> None:
        """Add what happened in one transition."""
        tail = self.tail
        tail.entries.extend(entries)
        if len(tail.entries) >= CHUNK:
            numbered = sum(type(each) is not StepOutput for each in tail.entries)
            self.tail = tail.following = Chunk(tail.first + numbered)
            self._chunks += 1
            if self._chunks > self._most and self.head.following is not None:
                self.head = self.head.following
                self._chunks -= 1
        if self._wake:
            self._notify()

    def end(self) -> None:
        """No entry follows any more."""
        self.ended = True
        self._notify()

    def _notify(self) -> None:
        waiting, self._wake = self._wake, []
        for wake in waiting:
            wake()

    def call_when_more(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, as soon as there is more to read or the journal has ended."""
        self._wake.append(wake)

    def entries(self) -> Iterator[Entry]:
        """All that is kept, from the oldest."""
        chunk: Chunk | None = self.head
        while chunk is not None:
            yield from chunk.entries
            chunk = chunk.following

    @property
    def last_number(self) -> int:
        """The number of the newest numbered entry, -1 where there is none."""
        tail = self.tail
        return tail.first - 1 + sum(type(each) is not StepOutput for each in tail.entries)


class Reader:
    """A place in a journal, from which on everything is read once and in order."""

    __slots__ = ("_chunk", "_number", "_place")

    def __init__(self, journal: Journal, since: int = -1) -> None:
        chunk = journal.head
        while chunk.following is not None and chunk.following.first <= since:
            chunk = chunk.following
        self._chunk = chunk
        self._place = 0
        self._number = chunk.first - 1
        while self._number < since and self._place < len(chunk.entries):
            self._number += type(chunk.entries[self._place]) is not StepOutput
            self._place += 1

    def read(self) -> Iterator[tuple[int, Entry]]:
        """What there is now, each with its number (that of the last numbered one, for chunks of output)."""
        while True:
            entries = self._chunk.entries
            while self._place < len(entries):
                entry = entries[self._place]
                self._place += 1
                if type(entry) is not StepOutput:
                    self._number += 1
                yield self._number, entry
            if self._chunk.following is None:
                return
            self._chunk = self._chunk.following
            self._place = 0
