"""What the closures of a compiled text work on while it is rendered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from .limits import Budget


class Frame:
    """The names that a part of the text sees, and what is left of its limits.

    A frame of its own is a copy, so what a part sets is gone after it.
    """

    __slots__ = ("budget", "names")

    def __init__(self, names: Mapping[str, Any], budget: Budget) -> None:
        self.names = names
        self.budget = budget

    def inner(self, names: Mapping[str, Any] | None = None) -> Frame:
        """A frame that sees the same and `names` besides. Raises `TemplateError` where the work is spent."""
        self.budget.spend(len(self.names) >> 3)
        return Frame({**self.names, **(names or {})}, self.budget)

    def assign(self, name: str, value: Any) -> None:
        """Give a name of this frame a value."""
        assert isinstance(self.names, dict)
        self.names[name] = value


Evaluator: TypeAlias = Callable[[Frame], Any]
"""A compiled expression: its value in a frame."""

Writer: TypeAlias = Callable[[Frame, list[str]], None]
"""A compiled statement: appends what it writes."""


def joined(pieces: list[str], budget: Budget) -> str:
    """The pieces as one text. Raises `TemplateError` where it is longer than the limit."""
    budget.text(sum(map(len, pieces)))
    return "".join(pieces)
