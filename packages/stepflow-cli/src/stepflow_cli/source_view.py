"""Drawing diagnostics under the source line that they speak of."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .terminal import Terminal

if TYPE_CHECKING:
    from stepflow_core import Diagnostic

MAX_BYTES = 32 * 1024 * 1024
"""Larger sources are not shown; no flow that can be read is larger."""
MAX_SHOWN = 200
"""How many diagnostics of one document are drawn before the rest is only counted."""

MAX_PATH = 120
"""How many characters of a path are shown; that of something very deep is longer than it helps."""

_COLOURS = {"fatal": "red", "error": "red", "warning": "yellow"}
# What the lines of a diagnostic are counted by.
_BREAKS = re.compile("\r\n?|\n")
_MARGIN = 8


class SourceView:
    """Draws diagnostics for one terminal; reads each source file once."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._lines = cache(_read_lines)

    def draw(self, diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
        """The lines of text that show the diagnostics, those higher up in a file first."""
        ordered = sorted(diagnostics, key=lambda each: (each.file or "", each.line or 0, each.column or 0))
        for each in ordered[:MAX_SHOWN]:
            yield from self._one(each)
        if len(ordered) > MAX_SHOWN:
            yield f"… and {len(ordered) - MAX_SHOWN} more"

    def _one(self, each: Diagnostic) -> Iterator[str]:
        yield self._headline(each)
        yield from self._excerpt(each)
        for hint in filter(None, (each.hint, _meant(each))):
            yield f"  {self._terminal.style('hint:', 'cyan')} {_safe(hint)}"

    def _headline(self, each: Diagnostic) -> str:
        style = self._terminal.style
        place = ":".join(str(part) for part in (each.file, each.line, each.column) if part is not None)
        level = style(f"{each.level}", "bold", _COLOURS[each.level])
        at = f" {style(f'({_cut(each.path)})', 'dim')}" if each.path != "$" else ""
        return f"{style(place, 'bold')}{': ' if place else ''}{level} {each.code} {each.kind}: {_safe(each.text)}{at}"

    def _excerpt(self, each: Diagnostic) -> Iterator[str]:
        if each.file is None or each.line is None:
            return
        lines = self._lines(each.file)
        if not 1 <= each.line <= len(lines):
            return
        number = str(each.line)
        text, caret = _window(
            lines[each.line - 1], (each.column or 1) - 1, self._terminal.width - len(number) - _MARGIN
        )
        bar = self._terminal.style("|", "blue")
        yield f"  {number} {bar} {text}".rstrip()
        if each.column is not None:
            mark = self._terminal.style("^", "bold", _COLOURS[each.level])
            yield f"  {' ' * len(number)} {bar} {' ' * caret}{mark}"


def _meant(each: Diagnostic) -> str | None:
    """The file that is there, where one is named that is not."""
    if each.file is None or each.line is not None or os.path.lexists(each.file):
        return None
    from .refusals import similar_file

    near = similar_file(each.file)
    return None if near is None else f"did you mean {near}?"


def _read_lines(file: str) -> list[str]:
    """The lines of a source; none where it cannot be read any more."""
    try:
        with Path(file).open("rb") as source:
            data = source.read(MAX_BYTES + 1)
    except OSError:
        return []
    return _BREAKS.split(data.decode(errors="replace").removeprefix("\ufeff")) if len(data) <= MAX_BYTES else []


def _cut(path: str) -> str:
    return _safe(path if len(path) <= MAX_PATH else f"{path[: MAX_PATH - 1]}…")


def _safe(text: str) -> str:
    return text if text.isprintable() else "".join(map(_printable, text))


def _window(line: str, column: int, width: int) -> tuple[str, int]:
    """The part of a line around a column that fits into `width` cells, and the caret's cell in it."""
    column = min(column, len(line))
    width = max(width, 20)
    start = 0 if _cells(line) <= width else max(0, column - width // 2)
    before, part = ("…", line[start:]) if start else ("", line)
    shown = before + _fitting(part, width)
    return "".join(map(_printable, shown)), len(before) + _cells(line[start:column])


def _fitting(text: str, width: int) -> str:
    cells = 0
    for index, character in enumerate(text):
        cells += _cell(character)
        if cells > width:
            return text[:index] + "…"
    return text


def _cells(text: Iterable[str]) -> int:
    return sum(map(_cell, text))


def _cell(character: str) -> int:
    if character.isascii():
        return 1
    if unicodedata.combining(character) or unicodedata.category(character) in {"Cf", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _printable(character: str) -> str:
    """A tab takes one cell; what would act on the terminal is shown as a box."""
    if character == "\t":
        return " "
    return "\ufffd" if unicodedata.category(character) == "Cc" else character
