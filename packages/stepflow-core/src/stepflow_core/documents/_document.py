"""A document that has been read, and where everything in it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from msgspec.structs import replace

from ._builder import ArrayPlace, Lines, ObjectPlace, Place, start_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..diagnostics import Diagnostic


_UNKNOWN_KEY = "unknownKey"


class Document:
    """What was read: `data` (a plain JSON value), the `file` it came from, its `format` and its `text`.

    It knows where each value stands in the text as it was read; changes to `data` do not move them.
    """

    __slots__ = ("_lines", "_place", "data", "file", "format", "text")

    def __init__(
        self, data: Any, place: Place, *, file: str | None, format: Literal["yaml", "json"], text: str
    ) -> None:
        self.data = data
        self.file = file
        self.format = format
        self.text = text
        self._place = place
        self._lines: Lines | None = None

    def __repr__(self) -> str:
        return f"Document(file={self.file!r}, format={self.format!r}, {len(self.text)} characters)"

    def position(self, location: tuple[str | int, ...], *, key: bool = False) -> tuple[int, int]:
        """Line and column (from 1, in code points) of the value at a place, or with `key` of its key.

        `location` holds the keys and indexes that lead there from the root. Of a place that is not there
        it is the position of the nearest place around it that is. What stands inside an alias is found
        where its anchor is.
        """
        return self._position(location, key)

    def locate(self, diagnostic: Diagnostic) -> Diagnostic:
        """The diagnostic with the file, line and column of what its pointer (RFC 6901) points to.

        That is the key where the key is what is wrong, or where the value begins on a line below it. A diagnostic
        that has a line is left as it is.
        """
        if diagnostic.line is not None:
            return diagnostic
        parts = _parts(diagnostic.pointer)
        key, value = self._position(parts, key=True), self._position(parts, key=False)
        line, column = key if diagnostic.kind == _UNKNOWN_KEY or key[0] < value[0] else value
        return replace(diagnostic, file=self.file, line=line, column=column)

    def _position(self, parts: Iterable[str | int], key: bool) -> tuple[int, int]:
        place, key_offset = self._find(parts)
        if self._lines is None:
            self._lines = Lines(self.text)
        return self._lines.at(key_offset if key else start_of(place))

    def _find(self, parts: Iterable[str | int]) -> tuple[Place, int]:
        """The last place on the way to `parts` that is there, and the offset of its key."""
        found = self._place, start_of(self._place)
        for part in parts:
            member = _member(found[0], part)
            if member is None:
                break
            found = member
        return found


def _member(place: Place, part: str | int) -> tuple[Place, int] | None:
    if isinstance(place, ObjectPlace):
        key = str(part)
        return (place.members[key], place.keys[key]) if key in place.members else None
    if isinstance(place, ArrayPlace):
        index = part if isinstance(part, int) else _index(part)
        if 0 <= index < len(place.members):
            return place.members[index], start_of(place.members[index])
    return None


def _index(part: str) -> int:
    return int(part) if part.isascii() and part.isdigit() and len(part) < 10 else -1


def _parts(pointer: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
