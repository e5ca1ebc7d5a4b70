"""Parsing, by Jinja2's own lexer and parser, with a column for every line that those give."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Final, NoReturn

from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.lexer import TOKEN_INTEGER, TOKEN_STRING, Lexer
from jinja2.parser import Parser

from .errors import TemplateError
from .limits import MAX_DIGITS

MOST_TOKENS: Final = 100_000
"""How many words, signs and blanks between them the tags of a text may have: parsing takes 10 µs for each."""

_NEWLINE: Final = re.compile(r"\r\n|\r|\n")


_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = "\\'\"abfnrtv01234567xuUN\n"


class Place(int):
    """A line number, from 1, that knows its column, from 1.

    Jinja2 hands line numbers from its tokens to its nodes untouched, so the column comes along.
    """

    column: int

    @classmethod
    def of(cls, line: int, column: int) -> Place:
        """The place at a line and column."""
        place = cls(line)
        place.column = column
        return place


class _Positions:
    """Follows the lexer through a text: the place of each token's first character."""

    def __init__(self, text: str) -> None:
        # What the lexer itself makes of line ends.
        self._text = "\n".join(_NEWLINE.split(text))
        self._starts = [0, *(match.end() for match in re.finditer("\n", self._text))]
        self._position = 0

    def advance(self, token: str) -> Place:
        # Between two tokens the lexer drops nothing but blanks, so the next occurrence is the token.
        start = max(self._text.find(token, self._position), self._position)
        self._position = start + len(token)
        return self._place(start)

    def next(self) -> Place:
        """The place of what follows the last token."""
        rest = re.compile(r"\s*").match(self._text, self._position)
        return self._place(rest.end() if rest else self._position)

    def _place(self, position: int) -> Place:
        line = bisect_right(self._starts, position)
        return Place.of(line, position - self._starts[line - 1] + 1)


class _PlacingLexer(Lexer):
    """Jinja2's lexer, whose line numbers are places."""

    def tokeniter(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> Iterator[tuple[int, str, str]]:
        positions = _Positions(source)
        tokens = super().tokeniter(source, name, filename, state)
        try:
            for index, (_, kind, value) in enumerate(tokens):
                place = positions.advance(value)
                _check_token(index, kind, value, place)
                yield place, kind, _with_known_escapes(value) if kind == TOKEN_STRING else value
        except TemplateSyntaxError as error:
            raise TemplateSyntaxError(_without_offset(str(error.message)), positions.next()) from None


def _with_known_escapes(literal: str) -> str:
    # A backslash before any other character stands for itself, but Python warns of it and Jinja2 mistakes it
    # before non-ASCII characters.
    return _ESCAPE.sub(lambda match: match[0] if match[1] in _ESCAPED else "\\\\" + match[1], literal)


def _check_token(index: int, kind: str, value: str, place: Place) -> None:
    if index >= MOST_TOKENS:
        raise TemplateError(f"the text has too many parts: the limit is {MOST_TOKENS} words and signs in tags").at(
            place
        )
    if kind == TOKEN_INTEGER and len(value) > MAX_DIGITS:
        raise TemplateError(f"the number has more than {MAX_DIGITS} digits").at(place)


class _Syntax(Environment):
    """Jinja2's default syntax, without extensions. Only parses; nothing is ever rendered by it."""

    @cached_property
    def lexer(self) -> Lexer:
        """The lexer that places."""
        return _PlacingLexer(self)


@cache
def _syntax() -> _Syntax:
    # Made on first use and never changed, so one does for the process.
    return _Syntax()


def parse_template(text: str) -> nodes.Template:
    """The nodes of a text with holes; every `lineno` is a `Place`. Raises `TemplateError`."""
    _check_unicode(text)
    try:
        return Parser(_syntax(), text).parse()
    except (TemplateSyntaxError, RecursionError) as error:
        _refuse(error)


def parse_expression(text: str) -> nodes.Expr:
    """The nodes of one expression that is the whole of the text. Raises `TemplateError`."""
    _check_unicode(text)
    if not text.strip():
        raise TemplateError("the expression is empty", 1, 1)
    try:
        parser = Parser(_syntax(), text, state="variable")
        expression = parser.parse_expression()
    except (TemplateSyntaxError, RecursionError) as error:
        _refuse(error)
    if not parser.stream.eos:
        token = parser.stream.current
        raise TemplateError(f"unexpected `{token.value}` after the expression").at(token.lineno)
    return expression


def _refuse(error: TemplateSyntaxError | RecursionError) -> NoReturn:
    if isinstance(error, RecursionError):
        raise TemplateError("it is nested too deeply") from None
    raise TemplateError(_sentence(error.message or "it cannot be read")).at(error.lineno) from None


def _check_unicode(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise TemplateError("the text holds half a surrogate pair, which is not Unicode") from None


def _without_offset(message: str) -> str:
    return re.sub(r" at \d+$", "", message).replace("unexpected char ", "unexpected character ")


def _sentence(message: str) -> str:
    return message[:1].lower() + message[1:].rstrip(".")
