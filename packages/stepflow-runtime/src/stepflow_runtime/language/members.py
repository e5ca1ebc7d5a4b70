"""Reading the members of one object of the document, each checked for its type."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any, TypeVar

from .catalogue import Code
from .durations import DurationError, parse_duration
from .keys import Keys
from .problems import Location, Problems
from .wording import listed, named, quoted, written

Value = TypeVar("Value")

_EXAMPLES = MappingProxyType({"a mapping": "{name: value}", "a list": "[value]", "a whole number": "3"})


class Members:
    """One object of the document (`what`, "a step"): its members by key. An explicit null is an absent member.

    A member of the wrong type is reported (3400), saying what to write, and counts as absent.
    """

    __slots__ = ("location", "problems", "source", "what")

    def __init__(self, source: dict[str, Any], what: str, location: Location, problems: Problems) -> None:
        self.source = source
        self.what = what
        self.location = location
        self.problems = problems

    def at(self, *below: str | int) -> Location:
        """The place of something in this object."""
        return (*self.location, *below)

    def has(self, key: str) -> bool:
        """Whether the member is there and not null."""
        return self.source.get(key) is not None

    def text(self, key: str) -> str | None:
        """A text."""
        return self._typed(key, str, "text", _quote)

    def required_text(self, key: str, example: str) -> str | None:
        """A text that has to be there; where it is missing `example` shows what to write."""
        if not self.has(key):
            self.missing(key, example)
        return self.text(key)

    def flag(self, key: str) -> bool:
        """`true` or `false`; absent is `false`."""
        return self._typed(key, bool, "true or false", _unquote_flag) or False

    def mapping(self, key: str, hint: str | None = None) -> dict[str, Any] | None:
        """A mapping."""
        return self._typed(key, dict, "a mapping", _example, hint)

    def members(self, key: str, hint: str | None = None) -> Members | None:
        """The members of a mapping."""
        source = self.mapping(key, hint)
        return None if source is None else Members(source, f"`{key}`", self.at(key), self.problems)

    def array(self, key: str, hint: str | None = None) -> list[Any] | None:
        """A list."""
        return self._typed(key, list, "a list", _list_of_one, hint)

    def count(self, key: str, default: int) -> int:
        """A whole number, 0 or more."""
        value = self.source.get(key)
        if value is None or (type(value) is int and value >= 0):
            return default if value is None else value
        self.wrong(key, "a whole number, 0 or more", f"write {key}: {default}")
        return default

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """A number from `low` to `high`."""
        value = self.source.get(key)
        if value is None:
            return default
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        self.wrong(key, f"a number from {low:g} to {high:g}", f"write {key}: {default:g}")
        return default

    def duration(self, key: str) -> float | None:
        """Seconds, 0 or more."""
        value = self.source.get(key)
        if value is None:
            return None
        try:
            return parse_duration(value)
        except DurationError as error:
            self.refuse(key, f"`{key}` of {self.what}: {error}", error.hint)
            return None

    def choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str | None:
        """One of a few words."""
        value = self.text(key)
        if value is None or value in choices:
            return default if value is None else value
        self.wrong(key, listed(choices), self.problems.suggest(value, choices) or f"write {listed(choices)}")
        return default

    def missing(self, key: str, example: str) -> None:
        """Report a required member that is absent."""
        self.problems.report(Code.PARSE, f"{self.what} needs `{key}`", self.location, f"write {key}: {example}")

    def wrong(self, key: str, expected: str, hint: str | None = None) -> None:
        """Report a member of the wrong type."""
        self.refuse(key, f"`{key}` of {self.what} must be {expected}, not {named(self.source[key])}", hint)

    def refuse(self, key: str, text: str, hint: str | None = None) -> None:
        """Report a member that cannot be read."""
        self.problems.report(Code.PARSE, text, self.at(key), hint)

    def invalid(self, key: str, text: str, hint: str | None = None) -> None:
        """Report a member that can be read but not be meant."""
        self.problems.report(Code.SCHEMA_VIOLATION, text, self.at(key), hint)

    def warn_of_unknown(self, keys: Keys, but: tuple[str, ...] = ()) -> None:
        """Report the keys that mean nothing here (1401), with today's spelling or the nearest known key.

        Not those of `but`, of which something else is said.
        """
        if self.source.keys() <= keys.known:
            return
        for key in self.source:
            if key not in keys.known and key not in but and self.has(key):
                self._unknown(key, keys)

    def _unknown(self, key: str, keys: Keys) -> None:
        hint = keys.older.get(key)
        if hint is None:
            hint = self.problems.suggest(key, keys.order)
        text = f"{self.what} has no key {quoted(key)}; it has no effect"
        self.problems.report(Code.UNKNOWN_KEY, text, self.at(key), hint)

    def _typed(
        self, key: str, kind: type[Value], expected: str, mend: Callable[[str, Any, str], str], hint: str | None = None
    ) -> Value | None:
        value = self.source.get(key)
        if value is None or isinstance(value, kind):
            return value
        self.wrong(key, expected, hint or mend(key, value, expected))
        return None


def _quote(key: str, value: Any, expected: str) -> str:
    return f'write {key}: "…"' if isinstance(value, dict | list) else f'quote it: {key}: "{written(value)}"'


def _unquote_flag(key: str, value: Any, expected: str) -> str:
    meant = "false" if str(value).lower() in ("false", "no", "off", "0") else "true"
    return f"write {key}: {meant}, without quotes"


def _example(key: str, value: Any, expected: str) -> str:
    return f"write {key}: {_EXAMPLES[expected]}"


def _list_of_one(key: str, value: Any, expected: str) -> str:
    return f"write {key}: [{written(value)}]" if isinstance(value, str) else f"write {key}: {_EXAMPLES[expected]}"
