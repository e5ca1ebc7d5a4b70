"""Where in a value msgspec found something wrong, read from what it says."""

from __future__ import annotations

import re

from stepflow_core.diagnostics import to_pointer

_PLACE = re.compile(r"\A(?P<message>.*?) - at (?:`key` in )?`(?P<path>\$.*)`\Z", re.DOTALL)
_PART = re.compile(r"\[(?P<index>\d+)\]|\.(?P<field>[^.\[]+)")
_FIELD = re.compile(r"\AObject (?:missing required|contains unknown) field `(?P<name>.*)`\Z", re.DOTALL)


def read_error(text: str) -> tuple[str, str]:
    """What a `msgspec.ValidationError` says, and the JSON pointer of the place.

    A field that is missing or unknown is itself the place. msgspec does not name the keys of a mapping
    (`$[...]`): from there on the place is the mapping.
    """
    match = _PLACE.match(text)
    message, path = (match["message"], match["path"]) if match else (text, "$")
    field = _FIELD.match(message)
    named, complete = _location(path)
    return message, to_pointer((*named, field["name"]) if field and complete else named)


def _location(path: str) -> tuple[tuple[str | int, ...], bool]:
    """The keys and indexes of a path such as `$.a[0].b`, and whether all of it could be read."""
    parts: list[str | int] = []
    position = 1
    while match := _PART.match(path, position):
        parts.append(match["field"] if match["index"] is None else int(match["index"]))
        position = match.end()
    return tuple(parts), position == len(path)
