"""How much work and how long results a text may make."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from .errors import TemplateError

MAX_DEPTH = 128
"""How deeply arrays and objects may be nested in what a text makes or writes."""

MAX_DIGITS = 4000
"""How many decimal digits a computed integer may have; Python writes integers of up to 4 300."""


class Limits(Struct, frozen=True):
    """What one rendering may use.

    `work` counts evaluated parts of loops and macros, array elements and, by sixteens, characters: a
    million is spent within 0.3 s. `length` bounds every text that is made, in characters; `calls` how deeply
    macros may call each other.
    """

    work: int = 1_000_000
    length: int = 1_048_576
    calls: int = 30


class Budget:
    """What is left of the limits in one rendering. Work is spent before it is done."""

    __slots__ = ("calls", "left", "limits")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.left = limits.work
        self.calls = 0

    def spend(self, work: int) -> None:
        """Take from the work that is left. Raises `TemplateError` where that is too little."""
        self.left -= work
        if self.left < 0:
            raise TemplateError(f"it is too much work: the limit is {self.limits.work} operations")

    def text(self, length: int) -> None:
        """Ask for a text of `length` characters. Raises `TemplateError`."""
        if length > self.limits.length:
            raise TemplateError(f"the text is too long: the limit is {self.limits.length} characters")
        self.spend(1 + (length >> 4))

    def read(self, values: Iterable[Any]) -> None:
        """Spend the work of reading through those values that are text. Raises `TemplateError`."""
        for value in values:
            if value.__class__ is str:
                self.spend(len(value) >> 6)

    def items(self, count: int) -> None:
        """Ask for an array or object of `count` members. Raises `TemplateError`."""
        if count > self.limits.work:
            raise TemplateError(f"an array of {count} elements is too long")
        self.spend(1 + count)

    def enter(self) -> None:
        """Begin a call of a macro. Raises `TemplateError` where too many are under way."""
        self.calls += 1
        if self.calls > self.limits.calls:
            raise TemplateError(f"macros call each other more than {self.limits.calls} levels deep")

    def leave(self) -> None:
        """End a call that was begun."""
        self.calls -= 1
