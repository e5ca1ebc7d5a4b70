"""Editing YAML text in place: only the lines of what changes are written anew, in the style around them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import yaml

from .edits import CannotEditError, Edit, Location

MAX_FLOW_LINE = 100
"""Columns up to which a collection is written on one line where those around it are."""

# What may stand without quotes wherever a value may; everything else is written as JSON, which is YAML too.
_PLAIN = re.compile(r"[A-Za-z_/$](?:[A-Za-z0-9_./$-]| (?=[A-Za-z0-9_]))*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


class YamlEditor:
    """Edits one text, which has been read before, so that its size and depth are bounded."""

    def __init__(self, text: str) -> None:
        self._text = text
        root = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        if root is None:
            raise CannotEditError("the document is empty")
        self._root: yaml.Node = root
        self._uses = Counter(id(each) for each in _walk(root, set()))

    def replace(self, location: Location, value: Any) -> Edit:
        """The edit that puts a value in the place of another."""
        way = self._way(location)
        node, around = way[-1], way[-2] if len(way) > 1 else None
        start, end = node.start_mark.index, self._end(node)
        if around is None or around.flow_style:
            return Edit(start, end, self._spaced(start) + flow_text(value))
        if isinstance(around, yaml.SequenceNode):
            return Edit(start, end, self._spaced(start) + self._item(value, node, self._column(start)))
        return self._member_edit(value, node, self._column(self._key_of(around, node).start_mark.index))

    def insert(self, location: Location, value: Any) -> Edit:
        """The edit that adds a member after the last one of an object that has some."""
        around = self._way(location[:-1])[-1]
        if not isinstance(around, yaml.MappingNode) or not around.value:
            raise CannotEditError("there is no object with members to add one to")
        end = self._end(around.value[-1][1])
        key = flow_text(str(location[-1]))
        if around.flow_style:
            return Edit(end, end, f", {key}: {flow_text(value)}")
        column = self._column(around.value[0][0].start_mark.index)
        line_end = self._text.find("\n", end)
        at = len(self._text) if line_end < 0 else line_end
        return Edit(at, at, f"\n{' ' * column}{key}:{_after_key(value, column + 2)}")

    def _member_edit(self, value: Any, node: yaml.Node, key_column: int) -> Edit:
        """Put a value after its key, on the key's line where only white space stands between them."""
        start, end = node.start_mark.index, self._end(node)
        before = self._text[:start].rstrip()
        if before.endswith(":") and not self._text[len(before) : start].strip():
            return Edit(len(before), end, self._after(value, node, key_column))
        return Edit(start, end, self._spaced(start) + self._item(value, node, self._column(start)))

    def _after(self, value: Any, node: yaml.Node, key_column: int) -> str:
        if _is_block(node) and _is_filled(value):
            # A list may begin at the column of its key, an object may not.
            column = max(self._column(node.start_mark.index), key_column + 2 * isinstance(value, dict))
            return f"\n{' ' * column}{block_text(value, column)}"
        return f" {flow_text(value)}" if _was_flow(node) else _after_key(value, key_column + 2)

    def _item(self, value: Any, node: yaml.Node, column: int) -> str:
        return flow_text(value) if _was_flow(node) or not _is_filled(value) else block_text(value, column)

    def _spaced(self, start: int) -> str:
        """A space where the value's place is directly behind `:` or `-`: nothing stood there."""
        return " " if start and self._text[start - 1] in ":-" else ""

    def _way(self, location: Location) -> list[Any]:
        """The nodes from the root to a place. What is shared by aliases has no place of its own."""
        way = [self._root]
        for part in location:
            way.append(_member(way[-1], part))
        if any(self._uses[id(each)] > 1 for each in way):
            raise CannotEditError("an alias stands there")
        return way

    def _key_of(self, around: Any, node: yaml.Node) -> Any:
        return next(key for key, value in around.value if value is node)

    def _column(self, offset: int) -> int:
        return offset - (self._text.rfind("\n", 0, offset) + 1)

    def _end(self, node: Any) -> int:
        """Where the text of a node ends, without the white space and comments that follow it."""
        if _is_block(node):
            return self._end(node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1])
        start: int = node.start_mark.index
        return start + len(self._text[start : node.end_mark.index].rstrip())


def flow_text(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow_text(key)}: {flow_text(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow_text, value)) + "]"
    return _scalar(value)


def block_text(value: Any, column: int) -> str:
    """A value over several lines, the first of which begins at `column`."""
    if not _is_filled(value):
        return flow_text(value)
    if isinstance(value, dict):
        lines = [f"{_scalar(key)}:{_after_key(member, column + 2)}" for key, member in value.items()]
    else:
        lines = [f"- {_element(member, column + 2)}" for member in value]
    return f"\n{' ' * column}".join(lines)


def _after_key(value: Any, column: int) -> str:
    if _fits(value, column):
        return f" {flow_text(value)}"
    return f"\n{' ' * column}{block_text(value, column)}"


def _element(value: Any, column: int) -> str:
    return flow_text(value) if _fits(value, column) else block_text(value, column)


def _fits(value: Any, column: int) -> bool:
    """Whether a value goes on one line: a scalar, or a short collection of scalars."""
    if not _is_filled(value):
        return True
    members = value.values() if isinstance(value, dict) else value
    return not any(map(_is_filled, members)) and column + len(flow_text(value)) <= MAX_FLOW_LINE


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
            return value
        quoted = json.dumps(value, ensure_ascii=False)
        return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
    return json.dumps(value)


def _is_filled(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _is_block(node: Any) -> bool:
    return isinstance(node, yaml.CollectionNode) and not node.flow_style and bool(node.value)


def _was_flow(node: Any) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _member(node: Any, part: str | int) -> Any:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return value
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        return node.value[part]
    raise CannotEditError(f"there is no {part}")


def _walk(node: Any, seen: set[int]) -> Iterator[Any]:
    """Every use of every node; what stands in one that is used again is not gone through again."""
    yield node
    if id(node) in seen or not isinstance(node, yaml.CollectionNode):
        return
    seen.add(id(node))
    for member in node.value:
        for each in member if isinstance(member, tuple) else (member,):
            yield from _walk(each, seen)
