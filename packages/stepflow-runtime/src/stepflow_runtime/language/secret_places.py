"""Where the evaluated input of a step shows secrets: what its expression takes from secret places."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from msgspec import Struct

from .expressions import (
    ArrayOf,
    Coalesce,
    Computed,
    Expression,
    If,
    InputValue,
    ObjectOf,
    Path,
    StepOutput,
    TextTemplate,
    VariableValue,
)
from .masking import REDACTED
from .problems import Location

Redact: TypeAlias = Callable[[Any], Any]
"""Gives a value as it may be shown."""

RedactAt: TypeAlias = Callable[[Path], Redact | None]
"""What to do to what stands at a path of the input (or, its first part the name, of the variables); `None`: nothing."""

_WORD = re.compile(r"(?<![\w.])(input|vars)(?!\w)")
_STEP = re.compile(r"""\s*(?:\.\s*([A-Za-z_]\w*)|\[\s*(?:"([^"\\]*)"|'([^'\\]*)'|(\d{1,9}))\s*\])""")
_CALL = re.compile(r"\s*\(")


class SecretPlace(Struct, frozen=True):
    """A place in a value, and what shows of what stands there."""

    location: Location
    redact: Redact


def secret_places(expression: Expression, input_at: RedactAt, variable_at: RedactAt) -> list[SecretPlace]:
    """Where the value of an expression holds secrets of the input and the variables, whichever branch it takes.

    What a step gave is the author's data and is not secret. A text or computed value that uses a secret, or may use
    one (it names the whole input, say), is redacted as a whole.
    """
    return list(_Finder(input_at, variable_at).places(expression, ()))


def redact_places(value: Any, places: list[SecretPlace]) -> Any:
    """A value as it may be shown; the original is not changed. Places that it does not have are passed over."""
    for place in places:
        value = _changed(value, place.location, place.redact)
    return value


def redact_all(value: Any) -> str:
    """What shows of a value that is secret as a whole."""
    return REDACTED


class _Finder:
    def __init__(self, input_at: RedactAt, variable_at: RedactAt) -> None:
        self._input_at = input_at
        self._variable_at = variable_at

    def places(self, expression: Expression, location: Location) -> Iterator[SecretPlace]:
        """Those of an expression whose value stands at `location`."""
        redact = self._redact(expression)
        if redact is not None:
            yield SecretPlace(location, redact)
        for where, part in _parts(expression):
            yield from self.places(part, (*location, *where))

    def _redact(self, expression: Expression) -> Redact | None:
        match expression:
            case InputValue(path):
                return self._input_at(path)
            case VariableValue(name, path):
                return self._variable_at((name, *path))
            case TextTemplate(text, names) | Computed(text, names):
                return redact_all if self._uses_secret(text, names) else None
        return None

    def _uses_secret(self, text: str, names: dict[str, Expression]) -> bool:
        if any(True for each in names.values() for _ in self.places(each, ())):
            return True
        return any(
            (self._input_at if root == "input" else self._variable_at)(path) is not None
            for root, path in _mentioned(text)
        )


def _parts(expression: Expression) -> Iterator[tuple[Location, Expression]]:
    """The expressions of which one may give the value, or a part of it, each with where in the value that is."""
    match expression:
        case VariableValue(default=Expression() as default):
            yield (), default
        case StepOutput(on_skip=Expression() as default):
            yield (), default
        case If(then=then, otherwise=otherwise):
            yield (), then
            if otherwise is not None:
                yield (), otherwise
        case Coalesce(elements):
            yield from (((), element) for element in elements)
        case ArrayOf(elements):
            yield from (((index,), element) for index, element in enumerate(elements))
        case ObjectOf(members):
            yield from (((name,), member) for name, member in members.items())


def _mentioned(text: str) -> Iterator[tuple[str, Path]]:
    """What a text may take from `input` and `vars`: the words, each with the constant path that follows.

    Nothing is understood of the text, so words outside of any expression count too, and the path ends at the first
    part that is not constant, so it leads to what is used or to something around it.
    """
    for word in _WORD.finditer(text):
        path: list[str | int] = []
        position = word.end()
        while (step := _STEP.match(text, position)) is not None:
            field, double, single, index = step.groups()
            if field is not None and _CALL.match(text, step.end()):
                break  # a method of what stands here
            path.append(int(index) if index else next(key for key in (field, double, single) if key is not None))
            position = step.end()
        yield word[1], tuple(path)


def _changed(value: Any, location: Location, redact: Redact) -> Any:
    if not location:
        return redact(value)
    first, rest = location[0], location[1:]
    if isinstance(value, dict) and first in value:
        return {**value, first: _changed(value[first], rest, redact)}
    if isinstance(value, list) and isinstance(first, int) and first < len(value):
        return [*value[:first], _changed(value[first], rest, redact), *value[first + 1 :]]
    return value
