"""Reads YAML text by the 1.2 core schema into a value and its places, without recursion.

Built on PyYAML's events: its composers recurse, and libyaml's ends the process on deep nesting.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from ._builder import Builder, OpenArray, OpenObject, shown
from ._yaml_errors import explain, foreign_tag, key_is_container, key_is_not_text
from ._yaml_scalars import CORE_TAG, FIRST_CHARACTERS, PLAIN, TAGGED_TYPES
from ._yaml_stand_ins import stand_ins

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._builder import Limits, Place

_HALF = re.compile("[\ud800-\udfff]")
_NOT_AFTER_ANCHORS = frozenset("?:%@`")
_MAX_TAG_DIRECTIVES = 1000


def read_yaml(text: str, limits: Limits) -> tuple[Any, Place]:
    """The value of a YAML text and its place; an empty text is `None`. Raises `Unreadable`."""
    reader = _Reader(text, limits)
    try:
        reader.read()
    except yaml.YAMLError as error:
        raise explain(error, reader) from None
    return reader.result


def _events(text: str) -> Callable[[], Any]:
    """What gives the next event of a text; by libyaml where PyYAML was built with it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    next_event: Callable[[], Any] = loader(text).get_event
    return next_event


class _Reader(Builder):
    """Takes the events of one document, each by the method that its type is mapped to."""

    def __init__(self, text: str, limits: Limits) -> None:
        super().__init__(text, limits)
        self._anchors: dict[str, tuple[Any, Place]] = {}
        self._documents = 0
        self._stand_ins = stand_ins(text)
        self._has_question_mark = "?" in text

    def read(self) -> None:
        self._check_directives()
        next_event = _events(self._stand_ins.text if self._stand_ins else self.text)
        handlers: dict[type, Callable[[Any], None]] = {
            yaml.StreamStartEvent: _nothing,
            yaml.DocumentStartEvent: self._document,
            yaml.DocumentEndEvent: _nothing,
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._mapping,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceStartEvent: self._sequence,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
        }
        while (kind := type(event := next_event())) is not yaml.StreamEndEvent:
            handlers[kind](event)

    def _check_directives(self) -> None:
        # PyYAML compares each tag directive with all those before it, so that many of them take for ever.
        if self.text.count("\n%TAG") > _MAX_TAG_DIRECTIVES:
            raise self.refusal(f"there are more than {_MAX_TAG_DIRECTIVES:,} tag directives", 0, "delete them")

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            hint = "put each document into a file of its own, or delete the '---'"
            raise self.refusal("a second document begins here", event.start_mark.index, hint)

    def _scalar(self, event: Any) -> None:
        start = event.start_mark.index
        text = event.value
        if self._stand_ins is not None:
            text = self._stand_ins.restored(text, event.style == '"')
        if event.tag is not None:
            text = self._tagged(event.tag, text, start)
        elif not event.implicit[0]:
            self._check_text(text, start)
        elif text == "" or text[0] in FIRST_CHARACTERS:
            text = self._plain(text, start)
        if event.anchor is not None:
            self._anchor(event.anchor, text, start, start)
        if self.top.wants_key:
            self._key(text, start)
        else:
            self.put(text, start)

    def _check_text(self, text: str, start: int) -> None:
        """Only PyYAML's own scanner lets the escapes of a text make half a surrogate pair."""
        if not text.isascii() and _HALF.search(text):
            raise self.refusal("an escape makes half a surrogate pair, which is not a character", start)

    def _plain(self, text: str, start: int) -> Any:
        """The value of plain text by the core schema."""
        match = PLAIN.fullmatch(text)
        kind = match.lastgroup if match else None
        if match is None or kind is None:
            return text
        if kind == "int":
            return self.integer(text, text, 10, start)
        if kind == "float":
            return self.number(text, start)
        if kind in {"octal", "hex"}:
            return self.integer(text, match[kind], 8 if kind == "octal" else 16, start)
        if kind == "not_finite":
            raise self.refusal(f"{text} is not a JSON number", start, "write null, or quote it")
        return {"null": None, "true": True, "false": False}[kind]

    def _tagged(self, tag: str, text: str, start: int) -> Any:
        self._check_text(text, start)
        if tag in {"!", CORE_TAG + "str"}:
            return text
        name = tag.removeprefix(CORE_TAG)
        if tag == name or name not in TAGGED_TYPES:
            raise foreign_tag(self, tag, start, "a scalar")
        value = self._plain(text, start)
        if name == "float" and type(value) is int:
            return self.number(str(value), start)
        if type(value) is not TAGGED_TYPES[name]:
            raise self.refusal(f"{shown(text)} is not what its tag !!{name} says", start, "delete or change the tag")
        return value

    def _mapping(self, event: Any) -> None:
        self._container(event, OpenObject(event.start_mark.index), "map")

    def _sequence(self, event: Any) -> None:
        self._container(event, OpenArray(event.start_mark.index), "seq")

    def _container(self, event: Any, container: OpenArray | OpenObject, name: str) -> None:
        start = container.place.start
        if event.tag is not None and event.tag not in {"!", CORE_TAG + name}:
            raise foreign_tag(self, event.tag, start, "an object" if name == "map" else "a list")
        if self.top.wants_key:
            raise key_is_container(self, start)
        if event.anchor is not None:
            self._anchor(event.anchor, container.value, container.place, start)
        self.enter(container)

    def _end(self, event: Any) -> None:
        self.leave()

    def _anchor(self, name: str, value: Any, place: Place, start: int) -> None:
        after = self.text.find("&" + name, start) + 1 + len(name)
        if self.text[after : after + 1] in _NOT_AFTER_ANCHORS:
            # By YAML 1.2 the name goes on, but to PyYAML the value begins.
            hint = "use letters, digits, '-' and '_'"
            raise self.refusal(f"the name of the anchor &{name} goes on with another character", after, hint)
        self._anchors[name] = value, place

    def _alias(self, event: Any) -> None:
        name, start = event.anchor, event.start_mark.index
        if name not in self._anchors:
            hint = "anchors come before their aliases; quote a text that begins with '*'"
            raise self.refusal(f"the alias *{name} has no anchor &{name} before it", start, hint)
        value, place = self._anchors[name]
        if any(each.value is value for each in self.open):
            raise self.refusal(f"the alias *{name} stands inside its own anchor &{name}", start, "write the value out")
        if isinstance(value, dict | list):
            if self.top.wants_key:
                raise key_is_container(self, start)
            value = self._copied(value, start)
        if self.top.wants_key:
            self._key(value, start)
        elif self.nodes >= self.max_nodes:
            raise self.too_many(start)
        else:
            self.put(value, place)

    def _copied(self, value: Any, start: int) -> Any:
        """A copy of an array or object level by level, given up as soon as it goes beyond a limit."""
        copy = value.copy()
        level, depth = [copy], len(self.open)
        while level:
            self.nodes += sum(map(len, level))
            if depth > self.limits.max_depth:
                raise self.too_deep(start)
            if self.nodes > self.limits.max_nodes:
                raise self.too_many(start)
            level = [member for each in level for member in _own_containers(each)]
            depth += 1
        return copy

    def _key(self, value: Any, start: int) -> None:
        if type(value) is not str:
            raise key_is_not_text(self, value, start)
        if self._has_question_mark and self.text[start - 1 : start] == "?":
            # By YAML 1.2 this is text, but PyYAML takes the '?' for the mark of a key.
            raise self.refusal("a text inside {} or [] begins with '?'", start - 1, "quote it")
        self.put_key(value, start)


def _nothing(event: Any) -> None:
    """Nothing is to be done."""


def _own_containers(container: Any) -> list[Any]:
    """The arrays and objects in a container, each replaced by a shallow copy first."""
    fresh = []
    for key, member in container.items() if isinstance(container, dict) else enumerate(container):
        if isinstance(member, dict | list):
            container[key] = member.copy()
            fresh.append(container[key])
    return fresh
