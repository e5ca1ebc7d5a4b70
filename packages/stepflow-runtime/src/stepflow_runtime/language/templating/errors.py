"""The one exception of texts and expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable


LONGEST_MESSAGE = 500
"""A longer message, which quotes a long part of the text, is cut."""


class TemplateError(Exception):
    """A text or expression cannot be compiled or rendered.

    `message` says why, in words of its author; `line` and `column` count from 1 within the text and
    are `None` where the place is not known.
    """

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        self.message = message if len(message) <= LONGEST_MESSAGE else f"{message[: LONGEST_MESSAGE - 1]}…"
        self.line = line
        self.column = column
        super().__init__(self.message)

    def __str__(self) -> str:
        return self.message if self.line is None else f"{self.message} (line {self.line}, column {self.column})"

    def at(self, place: int | None) -> TemplateError:
        """The same error, placed at a node's `lineno` unless it has a place already."""
        if self.line is None and place is not None:
            self.line = int(place)
            self.column = getattr(place, "column", None)
        return self


def suggestion(name: str, known: Iterable[str]) -> str:
    """`, did you mean …?` where a known name is near, else nothing."""
    near = nearest(name, known)
    return f", did you mean `{near}`?" if near else ""
