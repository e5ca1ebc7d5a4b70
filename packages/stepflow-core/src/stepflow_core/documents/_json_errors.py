"""What is said of text that is not JSON: in words of the document, with how to mend it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ._builder import OpenArray, shown, spelled

if TYPE_CHECKING:
    from ._builder import Builder, Unreadable

_NUMBER_LIKE = re.compile(r"[-+]?[0-9.][0-9a-zA-Z_.]*(?:(?<=[eE])[-+][0-9]*)?")
_WORD_LIKE = re.compile(r"-?[^\W\d][\w$.-]*")
_NOT_FINITE = frozenset({"nan", "inf", "infinity"})
_OTHER_WORDS: Final = {"true": "true", "false": "false", "none": "null", "null": "null", "undefined": "null"}


def no_value(builder: Builder, offset: int) -> Unreadable:
    """The refusal of what stands where a value is expected."""
    word = _WORD_LIKE.match(builder.text, offset)
    if word is not None:
        return _bad_word(builder, offset, word[0])
    number = _NUMBER_LIKE.match(builder.text, offset)
    if number is not None:
        hint = "no '+' or zeros before it, digits on both sides of the point; or quote it"
        return builder.refusal(f"{shown(number[0])} is not a JSON number", offset, hint)
    if builder.text.startswith("'", offset):
        return builder.refusal("a text stands in single quotes", offset, "texts stand in double quotes")
    return _unexpected(builder, offset, "a value", _unclosed(builder, offset))


def no_key(builder: Builder, offset: int) -> Unreadable:
    """The refusal of what stands where a key is expected."""
    hint = _unclosed(builder, offset) or 'keys stand in double quotes: {"key": "value"}'
    return _unexpected(builder, offset, "a key in double quotes", hint)


def no_separator(builder: Builder, offset: int, closer: str) -> Unreadable:
    """The refusal of what stands where a colon (`closer` is `:`), or a comma or closing bracket is expected."""
    if closer == ":":
        return _unexpected(builder, offset, "a ':' after the key", _unclosed(builder, offset))
    hint = f"the {_opened(builder)} goes on with ',' or ends with '{closer}'"
    return _unexpected(builder, offset, f"a ',' or '{closer}'", hint)


def stray_comma(builder: Builder, offset: int, closer: str) -> Unreadable:
    """The refusal of a comma after the last member."""
    return builder.refusal(f"a comma stands before the closing '{closer}'", offset, "delete the comma")


def something_follows(builder: Builder, offset: int) -> Unreadable:
    """The refusal of what follows the document's value."""
    if builder.text.startswith(("//", "/*", "#"), offset):
        return _comment(builder, offset)
    found = _found(builder.text, offset)
    return builder.refusal(f"the document has ended, but {found} follows", offset, "a text holds one JSON value")


def bad_text(builder: Builder, start: int, end: int) -> Unreadable:
    """The refusal of a text that begins at `start` and cannot go on at `end`."""
    found = builder.text[end : end + 2].removeprefix("\\")[:1]
    if found == "":
        return builder.refusal("the text that begins here is never closed", start, "a closing '\"' is missing")
    if found in "\r\n":
        hint = "close it with '\"', or write \\n for a line break inside it"
        return builder.refusal("the text that begins here is not closed on its line", start, hint)
    text = f"the control character U+{ord(found):04X} stands in a text"
    return builder.refusal(text, end, f"write it as \\u{ord(found):04x}")


def bad_escape(builder: Builder, offset: int, code: str | None, letter: str | None) -> Unreadable:
    """The refusal of an escape: of half a surrogate pair (`code`), or of what begins with another letter."""
    if code is not None:
        text = f"\\u{code} is half a surrogate pair, which is not a character"
        return builder.refusal(text, offset, "write both halves, or the character itself")
    if letter == "u":
        return builder.refusal("hex digits are missing after \\u", offset, "it takes four of them")
    return builder.refusal(f'"\\{letter}" is not an escape', offset, "write \\\\ for a backslash")


def _bad_word(builder: Builder, offset: int, word: str) -> Unreadable:
    plain = word.removeprefix("-").lower()
    if plain in _NOT_FINITE:
        return builder.refusal(f"{word} is not a JSON number", offset, "write null, or quote it")
    if plain in _OTHER_WORDS:
        return builder.refusal(f"{word} is not JSON", offset, f"write {_OTHER_WORDS[plain]}")
    return builder.refusal(f"{shown(word)} stands without quotes", offset, "texts stand in double quotes")


def _unexpected(builder: Builder, offset: int, expected: str, hint: str | None) -> Unreadable:
    if builder.text.startswith(("//", "/*", "#"), offset):
        return _comment(builder, offset)
    return builder.refusal(f"{expected} is expected, but {_found(builder.text, offset)} follows", offset, hint)


def _comment(builder: Builder, offset: int) -> Unreadable:
    hint = "delete it, or write the document as YAML"
    return builder.refusal("a comment stands here, and JSON has none", offset, hint)


def _unclosed(builder: Builder, offset: int) -> str | None:
    """A hint for a text that ends too early."""
    if offset < len(builder.text) or len(builder.open) == 1:
        return None
    return f"the {_opened(builder)} is not closed"


def _opened(builder: Builder) -> str:
    name = "list" if isinstance(builder.top, OpenArray) else "object"
    return f"{name} that begins at {spelled(builder.text, builder.top.place.start)}"


def _found(text: str, offset: int) -> str:
    if offset >= len(text):
        return "the end of the text"
    return "a text" if text[offset] == '"' else shown(text[offset])
