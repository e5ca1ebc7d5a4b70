"""What the readers of YAML and JSON share: limits, places in the text, containers being built, the refusal."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from typing import Any, TypeAlias

from msgspec import Struct

_LINE_BREAK = re.compile(r"\r\n?|\n")


class Limits(Struct, frozen=True, kw_only=True):
    """How much a text may ask of its reader.

    `max_bytes` bounds its size as UTF-8, `max_depth` how many arrays and objects may stand inside one
    another, `max_nodes` how many values it may hold: texts, numbers, arrays and objects, those that an
    alias repeats counted each time, keys not counted.
    """

    max_bytes: int = 32 * 1024 * 1024
    max_depth: int = 128
    max_nodes: int = 1_000_000


class ArrayPlace:
    """Where an array begins, and the places of its members; offsets count code points from 0."""

    __slots__ = ("members", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.members: list[Place] = []


class ObjectPlace:
    """Where an object, its keys and their values begin."""

    __slots__ = ("keys", "members", "start")

    def __init__(self, start: int) -> None:
        self.start = start
        self.keys: dict[str, int] = {}
        self.members: dict[str, Place] = {}


Place: TypeAlias = "int | ArrayPlace | ObjectPlace"
"""The place of a value; of a scalar it is just the offset."""


def start_of(place: Place) -> int:
    """The offset at which a value begins."""
    return place if isinstance(place, int) else place.start


class Unreadable(Exception):
    """The text cannot be read: what is wrong at which offset (`None`: with all of it), how to mend it."""

    def __init__(
        self,
        text: str,
        offset: int | None = None,
        *,
        hint: str | None = None,
        location: tuple[str | int, ...] = (),
    ) -> None:
        self.text = text
        self.offset = offset
        self.hint = hint
        self.location = location
        super().__init__(text)


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Where an offset lies: line and column from 1, in code points; beyond the end: at the end."""
    before = text[:offset]
    breaks = before.count("\n") + before.count("\r") - before.count("\r\n")
    begin = max(before.rfind("\n"), before.rfind("\r")) + 1
    return breaks + 1, len(before) - begin + 1


def spelled(text: str, offset: int) -> str:
    """The same in words: `line 3, column 5`."""
    return "line {}, column {}".format(*line_and_column(text, offset))


class Lines:
    """The same for many offsets of one text."""

    def __init__(self, text: str) -> None:
        self._end = len(text)
        self._starts = array("Q", [0])
        self._starts.extend(each.end() for each in _LINE_BREAK.finditer(text))

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column from 1, in code points; beyond the end: at the end."""
        offset = min(offset, self._end)
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


class OpenArray:
    """An array whose end has not been read yet."""

    __slots__ = ("place", "value")
    wants_key = False

    def __init__(self, start: int) -> None:
        self.value: list[Any] = []
        self.place = ArrayPlace(start)

    def put(self, value: Any, place: Place) -> None:
        """Append the next member."""
        self.value.append(value)
        self.place.members.append(place)

    @property
    def last(self) -> str | int:
        """The index of the member that was put last."""
        return len(self.value) - 1

    @property
    def next(self) -> tuple[str | int, ...]:
        """The index of the member that comes now."""
        return (len(self.value),)


class OpenObject:
    """An object whose end has not been read yet: its members, and the key that the next value is for."""

    __slots__ = ("key", "place", "value", "wants_key")

    def __init__(self, start: int) -> None:
        self.value: dict[str, Any] = {}
        self.place = ObjectPlace(start)
        self.key = ""
        self.wants_key = True

    def put(self, value: Any, place: Place) -> None:
        """Add the value of `key`, after which another key is expected."""
        self.value[self.key] = value
        self.place.members[self.key] = place
        self.wants_key = True

    @property
    def last(self) -> str | int:
        """The key whose value was put last."""
        return self.key

    @property
    def next(self) -> tuple[str | int, ...]:
        """The key whose value comes now; nothing where a key is expected."""
        return () if self.wants_key else (self.key,)


class Builder:
    """Builds a value and its places out of what a reader finds in the text, within the limits."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.text = text
        self.limits = limits
        self.max_nodes = limits.max_nodes
        self.top: OpenArray | OpenObject = OpenArray(0)
        self.open: list[OpenArray | OpenObject] = [self.top]
        self.nodes = 0

    @property
    def result(self) -> tuple[Any, Place]:
        """The document's value and its place; nothing was there: `None`."""
        root = self.open[0]
        if isinstance(root, OpenArray) and root.value:
            return root.value[0], root.place.members[0]
        return None, 0

    @property
    def location(self) -> tuple[str | int, ...]:
        """Keys and indexes that lead from the root to what is read now."""
        if len(self.open) == 1:
            return ()
        return tuple(each.last for each in self.open[1:-1]) + self.top.next

    def put(self, value: Any, place: Place) -> None:
        """Add a value to the container that is open."""
        self.nodes = nodes = self.nodes + 1
        if nodes > self.max_nodes:
            raise self.too_many(start_of(place))
        self.top.put(value, place)

    def put_key(self, key: str, offset: int) -> None:
        """Begin the next member of the object that is open."""
        top = self.top
        if type(top) is OpenObject:
            keys = top.place.keys
            if key in keys:
                raise self._duplicate(key, keys[key], offset)
            keys[key] = offset
            top.key = key
            top.wants_key = False

    def enter(self, container: OpenArray | OpenObject) -> None:
        """Add a container to the one that is open, and open it."""
        if len(self.open) > self.limits.max_depth:
            raise self.too_deep(container.place.start)
        self.put(container.value, container.place)
        self.top = container
        self.open.append(container)

    def leave(self) -> None:
        """Close the container that is open."""
        self.open.pop()
        self.top = self.open[-1]

    def refusal(self, text: str, offset: int, hint: str | None = None) -> Unreadable:
        """The exception that refuses the text for what stands at `offset`."""
        return Unreadable(text, offset, hint=hint, location=self.location)

    def too_deep(self, offset: int) -> Unreadable:
        """The refusal of a text that is nested beyond the limit."""
        limit = self.limits.max_depth
        return self.refusal(f"the document is nested more than {limit:,} levels deep", offset, "make it flatter")

    def too_many(self, offset: int) -> Unreadable:
        """The refusal of a text that holds more values than the limit."""
        limit = self.limits.max_nodes
        text = f"the document has more than {limit:,} values, those repeated by aliases included"
        return self.refusal(text, offset, "pass large data as input or as a blob")

    def _duplicate(self, key: str, first: int, second: int) -> Unreadable:
        places = f"at {spelled(self.text, first)} and at {spelled(self.text, second)}"
        text = f"the key {shown(key)} is there twice, {places}"
        hint = "remove or rename one of the two"
        return Unreadable(text, second, hint=hint, location=(*self.location, key))

    def integer(self, text: str, digits: str, base: int, offset: int) -> int:
        """The integer that `digits` write; Python bounds how long one may be."""
        try:
            value = int(digits, base)
            # Only base 10 is bounded on the way in, but every integer is written in base 10 later.
            if base != 10:
                str(value)
        except ValueError:
            raise self.refusal(
                f"the integer {shown(text)} has more digits than can be handled",
                offset,
                "quote it, so that it is a text",
            ) from None
        return value

    def number(self, text: str, offset: int) -> float:
        """The float that `text` writes; refused where it is beyond what a float can hold."""
        value = float(text)
        if value in (float("inf"), float("-inf")):
            raise self.refusal(
                f"the number {shown(text)} is too large for a 64-bit float", offset, "quote it, so that it is a text"
            )
        return value


def shown(text: str) -> str:
    """A piece of the document as a message shows it: quoted, on one line, at most about 60 characters."""
    short = text if len(text) <= 60 else text[:57] + "…"
    return '"' + "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in short) + '"'


def joined(high: str, low: str) -> str:
    """The character that two halves of a surrogate pair stand for, each given as four hex digits."""
    return chr(0x10000 + ((int(high, 16) & 0x3FF) << 10) + (int(low, 16) & 0x3FF))
