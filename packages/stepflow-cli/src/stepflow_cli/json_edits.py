"""Editing JSON text in place, in the indentation that it has."""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import Any

from stepflow_core.documents import Document

from .edits import Edit, Location

_INDENTED = re.compile(r"\n([ \t]+)")
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|$)")


class JsonEditor:
    """Edits one document. Its depth is bounded by what the reader lets through."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._text = document.text
        self._starts = list(accumulate((len(line) for line in _LINE.findall(self._text)), initial=0))
        indented = _INDENTED.search(self._text)
        self._unit = indented[1] if indented else None
        self._decoder = json.JSONDecoder()

    def replace(self, location: Location, value: Any) -> Edit:
        """The edit that puts a value in the place of another."""
        start = self._offset(location)
        _, end = self._decoder.raw_decode(self._text, start)
        return Edit(start, end, self._written(value, self._indentation(start)))

    def insert(self, location: Location, value: Any) -> Edit:
        """The edit that adds a member after the last one of an object that has some."""
        around = self._document.data
        for part in location[:-1]:
            around = around[part]
        last = (*location[:-1], list(around)[-1])
        line, column = self._document.position(last, key=True)
        key = self._starts[line - 1] + column - 1
        _, end = self._decoder.raw_decode(self._text, self._offset(last))
        own_line = self._text[self._starts[line - 1] : key].isspace()
        gap = "\n" + self._indentation(key) if own_line else " "
        written = self._written(value, self._indentation(key))
        return Edit(end, end, f",{gap}{json.dumps(location[-1], ensure_ascii=False)}: {written}")

    def _offset(self, location: Location) -> int:
        line, column = self._document.position(location)
        return self._starts[line - 1] + column - 1

    def _indentation(self, offset: int) -> str:
        """The white space at the beginning of the line of an offset."""
        line = self._text.rfind("\n", 0, offset) + 1
        return self._text[line : len(self._text) - len(self._text[line:].lstrip(" \t"))]

    def _written(self, value: Any, indentation: str) -> str:
        text = json.dumps(value, ensure_ascii=False, indent=self._unit)
        return text.replace("\n", f"\n{indentation}")
