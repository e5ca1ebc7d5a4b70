"""Masking secret texts wherever they occur."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

REDACTED: Final = "[REDACTED]"
"""What is shown in place of a secret."""

LONGEST_PERIODIC = 256
"""Of longer secrets, occurrences that overlap each other are not looked for: it takes time by the square."""

SEARCHED_SINGLY = 32
"""Up to so many texts are looked for one by one, which is quicker than looking up what begins at each place."""

KEY = 8
"""By how many characters those beyond are looked up; shorter ones are looked for one by one however many there are."""

Span = tuple[int, int]


class Masker:
    """Replaces every occurrence of some texts, to which further ones can be added.

    They are found as they are, and as they stand in JSON and in Python's own notation, where quotes, line breaks and
    the like are escaped. Occurrences that overlap are replaced as one. Masking takes time by the length of what is
    masked, however many texts there are. One thread may add while others mask.
    """

    __slots__ = ("_index", "_known", "_singly")

    def __init__(self, strings: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        self._singly: tuple[str, ...] = ()
        self._index = _Index()
        self.add(strings)

    def __bool__(self) -> bool:
        return bool(self._known)

    def add(self, strings: Iterable[str]) -> None:
        """Mask these texts too."""
        for text in strings:
            if text and text not in self._known:
                self._known.add(text)
                for spelling in _spellings(text):
                    self._add(spelling)

    def _add(self, text: str) -> None:
        if len(text) < KEY or len(self._singly) < SEARCHED_SINGLY:
            self._singly += (text,)
        else:
            self._index.add(text)

    def text(self, text: str) -> str:
        """A text with the secret ones in it replaced."""
        spans = [span for secret in self._singly if secret in text for span in _occurrences(secret, text)]
        spans += self._index.occurrences(text)
        return _replaced(text, sorted(spans)) if spans else text

    def value(self, value: Any) -> Any:
        """A JSON value with the texts in it masked, keys too; the same object where there is nothing to mask."""
        return self._masked(value) if self._known else value

    def _masked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self._masked(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._masked(each) for each in value]
        return value


class _Index:
    """Texts by what they begin with: `KEY` characters lead to the lengths of heads, a head to the texts that have it.

    Nothing that another thread may be reading is changed: tuples are replaced.
    """

    __slots__ = ("_heads", "_lengths")

    def __init__(self) -> None:
        self._lengths: dict[str, tuple[int, ...]] = {}
        self._heads: dict[str, tuple[str, ...]] = {}

    def add(self, text: str) -> None:
        head = text[:LONGEST_PERIODIC]
        self._heads[head] = (*self._heads.get(head, ()), text)
        lengths = self._lengths.get(text[:KEY], ())
        if len(head) not in lengths:
            self._lengths[text[:KEY]] = (*lengths, len(head))

    def occurrences(self, text: str) -> Iterator[Span]:
        lengths, heads = self._lengths, self._heads
        for place in range(len(text) - KEY + 1 if lengths else 0):
            for length in lengths.get(text[place : place + KEY], ()):
                for secret in heads.get(text[place : place + length], ()):
                    if text.startswith(secret, place):
                        yield place, place + len(secret)


def _spellings(text: str) -> set[str]:
    if text.isalnum() and text.isascii():
        return {text}
    inside = (json.dumps(text), json.dumps(text, ensure_ascii=False), repr(text))
    return {text, *(each[1:-1] for each in inside)}


def _occurrences(secret: str, text: str) -> Iterable[Span]:
    start = text.find(secret)
    while start >= 0:
        yield start, start + len(secret)
        start = text.find(secret, start + (1 if len(secret) <= LONGEST_PERIODIC else len(secret)))


def _replaced(text: str, spans: list[Span]) -> str:
    parts: list[str] = []
    end = 0
    for first, last in spans:
        if first >= end:
            parts += (text[end:first], REDACTED)
        end = max(end, last)
    parts.append(text[end:])
    return "".join(parts)
