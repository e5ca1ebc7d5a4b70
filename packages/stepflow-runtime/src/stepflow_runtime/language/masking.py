"""Masking secret texts wherever they occur."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

REDACTED: Final = "[REDACTED]"
"""What is shown in place of a secret."""

LONGEST_PERIODIC = 256
"""Of longer secrets, occurrences that overlap each other are not looked for: it takes time by the square."""


class Masker:
    """Replaces every occurrence of some texts.

    They are found as they are, and as they stand in JSON and in Python's own notation, where quotes, line breaks and
    the like are escaped. Occurrences that overlap are replaced as one.
    """

    __slots__ = ("_texts",)

    def __init__(self, strings: Iterable[str]) -> None:
        spellings = {spelling for text in strings if text for spelling in _spellings(text)}
        self._texts = sorted(spellings, key=len, reverse=True)

    def __bool__(self) -> bool:
        return bool(self._texts)

    def text(self, text: str) -> str:
        """A text with the secret ones in it replaced."""
        spans = [span for secret in self._texts if secret in text for span in _occurrences(secret, text)]
        return _replaced(text, sorted(spans)) if spans else text

    def value(self, value: Any) -> Any:
        """A JSON value with the texts in it masked, keys too; the same object where there is nothing to mask."""
        return self._masked(value) if self._texts else value

    def _masked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self._masked(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._masked(each) for each in value]
        return value


def _spellings(text: str) -> set[str]:
    if text.isalnum() and text.isascii():
        return {text}
    inside = (json.dumps(text), json.dumps(text, ensure_ascii=False), repr(text))
    return {text, *(each[1:-1] for each in inside)}


def _occurrences(secret: str, text: str) -> Iterable[tuple[int, int]]:
    start = text.find(secret)
    while start >= 0:
        yield start, start + len(secret)
        start = text.find(secret, start + (1 if len(secret) <= LONGEST_PERIODIC else len(secret)))


def _replaced(text: str, spans: list[tuple[int, int]]) -> str:
    parts: list[str] = []
    end = 0
    for first, last in spans:
        if first >= end:
            parts += (text[end:first], REDACTED)
        end = max(end, last)
    parts.append(text[end:])
    return "".join(parts)
