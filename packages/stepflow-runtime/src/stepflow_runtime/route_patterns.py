"""Patterns of component paths: `/mock/{*component}`, `/models/{vendor}/chat`.

A pattern is made of segments: literal text, `{name}` for one segment, and at the end `{*name}` for one or more.
"""

from __future__ import annotations

import re
from typing import TypeAlias

from msgspec import Struct

from .language.wording import quoted

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Capture(Struct, frozen=True):
    """A segment that stands for any; with `many` for one or more."""

    name: str
    many: bool = False

    def __str__(self) -> str:
        return f"{{*{self.name}}}" if self.many else f"{{{self.name}}}"


Segment: TypeAlias = str | Capture
Captured: TypeAlias = dict[str, str]
"""What the names stand for: one or more segments, each after a `/`."""


class PatternError(ValueError):
    """The text is not a pattern; the message says why."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class Pattern(Struct, frozen=True):
    """A pattern, taken apart."""

    segments: tuple[Segment, ...]

    def __str__(self) -> str:
        return "".join(f"/{segment}" for segment in self.segments)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its captures, in order."""
        return tuple(each.name for each in self.segments if isinstance(each, Capture))

    @property
    def open(self) -> bool:
        """Whether it ends in a capture of many segments."""
        last = self.segments[-1]
        return isinstance(last, Capture) and last.many

    @property
    def rank(self) -> tuple[int, bool, int]:
        """What patterns are sorted by, the most specific first.

        More literal segments win, then those without a capture of many, then more segments.
        """
        literals = sum(isinstance(each, str) for each in self.segments)
        return (-literals, self.open, -len(self.segments))

    def match(self, path: str) -> Captured | None:
        """What the names stand for in a path, if it matches."""
        found = path.split("/")
        if found[0] != "" or not self._fits(len(found) - 1) or not all(found[1:]):
            return None
        captured: Captured = {}
        for index, segment in enumerate(self.segments, 1):
            if isinstance(segment, Capture):
                captured[segment.name] = "/" + ("/".join(found[index:]) if segment.many else found[index])
            elif segment != found[index]:
                return None
        return captured

    def render(self, captured: Captured) -> str:
        """The path in which the names stand for what was captured."""
        return "".join(captured[each.name] if isinstance(each, Capture) else f"/{each}" for each in self.segments)

    def overlaps(self, other: Pattern) -> bool:
        """Whether some path matches both."""
        if not (self.open or other.open) and len(self.segments) != len(other.segments):
            return False
        longer, shorter = sorted((self, other), key=lambda each: len(each.segments), reverse=True)
        if len(longer.segments) > len(shorter.segments) and not shorter.open:
            return False
        return all(map(_compatible, self.segments, other.segments))

    def _fits(self, length: int) -> bool:
        return length >= len(self.segments) if self.open else length == len(self.segments)


def parse_pattern(text: str) -> Pattern:
    """A pattern taken apart. Raises `PatternError`."""
    if not text.startswith("/"):
        raise PatternError(f"the pattern {quoted(text)} does not begin with /")
    segments = tuple(_segment(part, text) for part in text[1:].split("/"))
    pattern = Pattern(segments)
    twice = next((name for name in pattern.names if pattern.names.count(name) > 1), None)
    if twice is not None:
        raise PatternError(f"the pattern {quoted(text)} has the name {twice} twice")
    if any(isinstance(each, Capture) and each.many for each in segments[:-1]):
        raise PatternError(f"in the pattern {quoted(text)} a {{*name}} stands before the end")
    return pattern


def _segment(part: str, text: str) -> Segment:
    if not part:
        raise PatternError(f"the pattern {quoted(text)} has an empty segment")
    if "{" not in part and "}" not in part:
        return part
    many = part.startswith("{*")
    name = part[2 if many else 1 : -1]
    if not part.startswith("{") or not part.endswith("}") or not _NAME.fullmatch(name):
        raise PatternError(f"{quoted(part)} in the pattern {quoted(text)} is neither text, {{name}} nor {{*name}}")
    return Capture(name, many)


def _compatible(one: Segment, other: Segment) -> bool:
    return one == other or isinstance(one, Capture) or isinstance(other, Capture)
