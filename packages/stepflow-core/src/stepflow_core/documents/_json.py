"""Reads JSON text (RFC 8259) into a value and its places, without recursion."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ._builder import Builder, OpenArray, OpenObject, joined
from ._json_errors import bad_escape, bad_text, no_key, no_separator, no_value, something_follows, stray_comma

if TYPE_CHECKING:
    from ._builder import Limits, Place

_SPACE = re.compile(r"[ \t\n\r]*+")
_KEY = re.compile(r'"([^"\\\x00-\x1f]*+)"[ \t\n\r]*+:[ \t\n\r]*+')
_NEXT_KEY = re.compile("," + _SPACE.pattern + _KEY.pattern)
_NEXT_ELEMENT = re.compile("," + _SPACE.pattern + r"(?!\])")
_SCALAR = re.compile(
    r'(?:"([^"\\\x00-\x1f]*+)"'
    r"|(-?(?:0|[1-9][0-9]*+)(?![\w.]))"
    r"|(-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?)(?![\w.])"
    r"|(true|false|null)\b)[ \t\n\r]*+"
)
_TEXT_BEGUN = re.compile(r'"[^"\\\x00-\x1f]*+(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*+)*+')
_ESCAPE = re.compile(
    r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|\\u([0-9a-fA-F]{4})|\\(.)", re.DOTALL
)
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS = {"true": True, "false": False, "null": None}


def read_json(text: str, limits: Limits) -> tuple[Any, Place]:
    """The value of a JSON text and its place. Raises `Unreadable`."""
    reader = _Reader(text, limits)
    reader.read()
    return reader.result


class _Reader(Builder):
    """Goes through the text once, one member of a container at a time; `at` is the next offset."""

    def __init__(self, text: str, limits: Limits) -> None:
        super().__init__(text, limits)
        self.at = 0

    def read(self) -> None:
        self._skip(0)
        self._value()
        while len(self.open) > 1:
            top = self.top
            if isinstance(top, OpenArray):
                self._element(top)
            else:
                self._member(top)
        if self.at < len(self.text):
            raise something_follows(self, self.at)

    def _element(self, array: OpenArray) -> None:
        match = _NEXT_ELEMENT.match(self.text, self.at) if array.value else None
        if match is not None:
            self.at = match.end()
            self._value()
        elif self._goes_on(bool(array.value), "]"):
            self._value()

    def _member(self, opened: OpenObject) -> None:
        match = (_NEXT_KEY if opened.value else _KEY).match(self.text, self.at)
        if match is not None:
            self.put_key(match[1], match.start(1) - 1)
            self.at = match.end()
            self._value()
        elif self._goes_on(bool(opened.value), "}"):
            self._key()
            self._value()

    def _goes_on(self, begun: bool, closer: str) -> bool:
        """Whether another member follows; otherwise the container has been closed."""
        if self._is_next(closer):
            self._skip(self.at + 1)
            self.leave()
            return False
        if begun:
            self._comma(closer)
        return True

    def _comma(self, closer: str) -> None:
        comma = self.at
        if not self._is_next(","):
            raise no_separator(self, comma, closer)
        self._skip(comma + 1)
        if self._is_next(closer):
            raise stray_comma(self, comma, closer)

    def _key(self) -> None:
        """A key that `_KEY` does not match: with escapes, without its colon, or none at all."""
        start = self.at
        if not self._is_next('"'):
            raise no_key(self, start)
        self.put_key(self._text(), start)
        if not self._is_next(":"):
            raise no_separator(self, self.at, ":")
        self._skip(self.at + 1)

    def _value(self) -> None:
        start = self.at
        match = _SCALAR.match(self.text, start)
        if match is not None:
            self.put(self._scalar(match), start)
            self.at = match.end()
        elif self._is_next('"'):
            self.put(self._text(), start)
        elif self._is_next("{"):
            self.enter(OpenObject(start))
            self._skip(start + 1)
        elif self._is_next("["):
            self.enter(OpenArray(start))
            self._skip(start + 1)
        else:
            raise no_value(self, start)

    def _scalar(self, match: re.Match[str]) -> Any:
        kind = match.lastindex
        if kind == 1:
            return match[1]
        if kind == 2:
            return self.integer(match[2], match[2], 10, self.at)
        if kind == 3:
            return self.number(match[3], self.at)
        return _WORDS[match[4]]

    def _text(self) -> str:
        """A text with escapes, or one that is faulty."""
        start = self.at + 1
        end = _end(_TEXT_BEGUN, self.text, self.at)
        if not self.text.startswith('"', end):
            raise bad_text(self, self.at, end)
        value = _ESCAPE.sub(lambda escape: self._unescaped(escape, start), self.text[start:end])
        self._skip(end + 1)
        return value

    def _unescaped(self, escape: re.Match[str], start: int) -> str:
        high, low, code, letter = escape.groups()
        if high is not None:
            return joined(high, low)
        if code is not None and not 0xD800 <= int(code, 16) <= 0xDFFF:
            return chr(int(code, 16))
        if letter in _ESCAPES:
            return _ESCAPES[letter]
        raise bad_escape(self, start + escape.start(), code, letter)

    def _is_next(self, found: str) -> bool:
        return self.text.startswith(found, self.at)

    def _skip(self, start: int) -> None:
        self.at = _end(_SPACE, self.text, start)


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    match = pattern.match(text, start)
    return match.end() if match else start
