"""Paths into values: `$.a.b[0]["any key"]`, parsed once and followed by closures."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from .expressions import Path

Getter: TypeAlias = Callable[[Any], Any]
"""Gives what stands at a path of its argument. Raises `PathNotFound`."""

_SEGMENT = re.compile(r"""\.([^.\[\]]+)|\[([0-9]{1,18})\]|\["(.*?)"\]|\['(.*?)'\]""", re.DOTALL)

_NORMAL = re.compile(r"\$(?:\.[^.\[\]\s]+|\[(?:0|[1-9][0-9]{0,17})\])*")
"""What is in the normal form at first sight; paths with blanks or quotes are taken apart to see."""


class PathError(ValueError):
    """The text is not a path: `message` says why, `offset` (from 0) where in the text."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


class PathNotFound(LookupError):
    """The value has nothing at `path`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"Path {format_path(self.path)} not found"


class NotFound:
    """The type of `NOT_FOUND`."""

    def __repr__(self) -> str:
        return "NOT_FOUND"


NOT_FOUND: Final = NotFound()
"""What `resolve` gives where there is nothing."""


def parse_path(text: str) -> Path:
    """The fields (text) and indexes (int) that a path names; empty for the whole value.

    Blanks around are trimmed; without a leading `$` the path is read as `$.` and the text. A quoted key runs to
    the first quote that a `]` follows, and no character in it has a meaning. Raises `PathError`.
    """
    body = text.strip()
    if body in ("", "$"):
        return ()
    shift = len(text) - len(text.lstrip())
    if not body.startswith("$"):
        body, shift = f"$.{body}", shift - 2
    return _fields(body) or _segments(body, shift)


def parse_variable(text: str) -> tuple[str, Path]:
    """A variable's name and the path into its value: `name`, `$.name.a`, `$["any name"][0]`. Raises `PathError`."""
    path = parse_path(text)
    if not path or not isinstance(path[0], str):
        raise PathError("the path of a variable begins with the variable's name", 0)
    return path[0], path[1:]


def format_path(path: Path) -> str:
    """The normal form of a path: `$.a.b[0]`, quoted only where a key needs it."""
    return "$" + "".join(_format(part) for part in path)


def normal_path(text: str) -> str:
    """The normal form of the text of a path. Raises `PathError`."""
    return text if _NORMAL.fullmatch(text) else format_path(parse_path(text))


def resolve(value: Any, path: Path) -> Any:
    """What stands at `path` in a JSON value, or `NOT_FOUND`: fields on objects only, indexes on arrays only."""
    for part in path:
        if isinstance(part, str):
            if not isinstance(value, dict) or part not in value:
                return NOT_FOUND
            value = value[part]
        elif isinstance(value, list) and part < len(value):
            value = value[part]
        else:
            return NOT_FOUND
    return value


def compile_path(path: Path) -> Getter:
    """A closure that gives what stands at `path` of its argument or raises `PathNotFound`.

    Paths of one and two segments, nearly all there are, run without a loop.
    """
    if not path:
        return _whole
    if len(path) == 1:
        return _getter(path[0], path)
    if len(path) == 2:
        return _getter_of_two(path[0], path[1], path)
    return _getter_of_many(path)


def _fields(body: str) -> Path | None:
    """The parts of a path of plain fields, nearly all there are; `None` for any other."""
    if "[" in body or "]" in body or not body.startswith("$."):
        return None
    fields = body[2:].split(".")
    return tuple(fields) if all(fields) else None


def _segments(body: str, shift: int) -> Path:
    parts: list[str | int] = []
    position = 1
    while position < len(body):
        match = _SEGMENT.match(body, position)
        if match is None:
            raise PathError(_reason(body, position), max(position + shift, 0))
        field, index, double, single = match.groups()
        parts.append(int(index) if index else next(key for key in (field, double, single) if key is not None))
        position = match.end()
    return tuple(parts)


def _reason(body: str, position: int) -> str:
    rest = body[position:]
    if position == 1 and rest.startswith(".["):
        return "between `$` and a bracket stands no dot, and a path that begins with a bracket begins with `$`"
    if rest.startswith("."):
        return "after a dot comes the name of a field"
    if not rest.startswith("["):
        return "after `$`, a field or a bracket comes a dot or a bracket"
    if rest[1:2] in ('"', "'"):
        return "the quoted key is not closed by its quote and `]`"
    return _reason_of_index(rest[1:].split("]")[0], closed="]" in rest)


def _reason_of_index(inner: str, *, closed: bool) -> str:
    if not closed:
        return "the bracket is not closed"
    if re.fullmatch(r"-[0-9]+", inner):
        return "indexes count from 0 upwards; there are no negative ones"
    if re.fullmatch(r"[0-9]+", inner):
        return "the index is too large"
    return "brackets hold an index or a quoted key; there are no wildcards, slices or filters"


def _format(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    if part and part.strip() == part and not any(sign in part for sign in ".[]"):
        return f".{part}"
    quote = "'" if '"' in part and ("'" not in part or '"]' in part) else '"'
    return f"[{quote}{part}{quote}]"


def _whole(value: Any) -> Any:
    return value


def _getter(part: str | int, path: Path) -> Getter:
    return _field(part, path) if isinstance(part, str) else _element(part, path)


def _field(name: str, path: Path) -> Getter:
    def get(value: Any) -> Any:
        if isinstance(value, dict):
            try:
                return value[name]
            except KeyError:
                pass
        raise PathNotFound(path)

    return get


def _element(index: int, path: Path) -> Getter:
    def get(value: Any) -> Any:
        if isinstance(value, list) and index < len(value):
            return value[index]
        raise PathNotFound(path)

    return get


def _getter_of_two(first: str | int, second: str | int, path: Path) -> Getter:
    if isinstance(first, str) and isinstance(second, str):
        return _field_of_field(first, second, path)
    outer, inner = _getter(first, path), _getter(second, path)
    return lambda value: inner(outer(value))


def _field_of_field(first: str, second: str, path: Path) -> Getter:
    def get(value: Any) -> Any:
        if isinstance(value, dict):
            value = value.get(first)
            # A missing first field and one that is null alike have nothing below.
            if isinstance(value, dict) and second in value:
                return value[second]
        raise PathNotFound(path)

    return get


def _getter_of_many(path: Path) -> Getter:
    def get(value: Any) -> Any:
        found = resolve(value, path)
        if found is NOT_FOUND:
            raise PathNotFound(path)
        return found

    return get
