"""Reading the input of a builtin: unknown members are ignored, everything wrong is reported together."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from stepflow_core.diagnostics import to_pointer

from ..failures import BadInputError
from ..json_types import type_name

MOST_SECONDS = 10**7
"""The longest time that an option can be."""


class Members:
    """The members of an input. Raises `BadInputError` for one that is no object.

    What is missing or of the wrong type is noted and comes out of `check`; until then its place is taken by a
    value that will not be used.
    """

    def __init__(self, input: Any) -> None:
        if type(input) is not dict:
            raise BadInputError.of([{"pointer": "", "message": f"expected an object, not {type_name(input)}"}])
        self._given: dict[str, Any] = input
        self._problems: dict[str, str] = {}

    def text(self, name: str, *, among: Collection[str] = ()) -> str:
        """A required text; with `among` one of these."""
        return self._text(name, self.value(name), among)

    def optional_text(self, name: str, *, among: Collection[str] = ()) -> str | None:
        """An optional text; `null` means absent."""
        value = self._given.get(name)
        return None if value is None else self._text(name, value, among)

    def seconds(self, name: str) -> float | None:
        """An optional number of seconds, more than 0."""
        value = self._given.get(name)
        if value is None:
            return None
        if type(value) not in (int, float) or not 0 < value <= MOST_SECONDS:
            self.refuse(f"expected a number of seconds, more than 0 and at most {MOST_SECONDS:,}", name)
            return None
        return float(value)

    def array(self, name: str) -> list[Any]:
        """A required array."""
        value = self.value(name)
        if not isinstance(value, list):
            self.refuse(f"expected an array, not {type_name(value)}", name)
        return value if isinstance(value, list) else []

    def value(self, name: str) -> Any:
        """A required value of any kind, `null` too."""
        if name not in self._given:
            self.refuse("is required", name)
        return self._given.get(name)

    def rest(self, known: Collection[str]) -> dict[str, Any]:
        """The members that are not among the `known` ones and are not `null`."""
        return {name: value for name, value in self._given.items() if name not in known and value is not None}

    def refuse(self, message: str, *location: str | int) -> None:
        """Note that what stands at `location` will not do; of several reasons the first is kept."""
        self._problems.setdefault(to_pointer(location), message)

    def check(self) -> None:
        """Raise `BadInputError` with all that was noted, if anything was."""
        if self._problems:
            raise BadInputError.of([{"pointer": place, "message": each} for place, each in self._problems.items()])

    def _text(self, name: str, value: Any, among: Collection[str]) -> str:
        if not isinstance(value, str):
            self.refuse(f"expected text, not {type_name(value)}", name)
        elif among and value not in among:
            self.refuse(f"expected one of {', '.join(among)}, not {value[:80]!r}", name)
        return value if isinstance(value, str) else ""
