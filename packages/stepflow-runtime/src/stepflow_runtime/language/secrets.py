"""Keeping secrets from being shown.

Redaction is by place: positions that a schema marks `is_secret` show `[REDACTED]`. Messages, logs and chunks, which
may hold a secret anywhere, are masked: every occurrence of a secret text is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from types import MappingProxyType
from typing import Any, Final

from .masking import REDACTED, Masker
from .problems import Location
from .schema_marks import Marks, Place
from .schema_patterns import pattern_matcher
from .schema_references import References
from .secret_places import RedactAt, SecretPlace, redact_all, redact_places, secret_places

__all__ = [
    "REDACTED",
    "SHORTEST_MASKED",
    "Masker",
    "Redactor",
    "SecretPlace",
    "places_of_input",
    "places_of_variables",
    "redact_places",
    "redactor",
    "secret_places",
    "secret_strings",
]

SHORTEST_MASKED: Final = 8
"""Texts of fewer characters are not masked in messages: they occur in anything."""


class Redactor:
    """Replaces the secret parts of values, by the marks of a schema. `marks_any` says whether there are any."""

    __slots__ = ("_place",)

    def __init__(self, place: Place | None) -> None:
        self._place = place

    def __call__(self, value: Any) -> Any:
        """The value as it may be shown: the same object where nothing in it is secret, else a changed copy."""
        return value if self._place is None else _redacted(value, self._place)

    @property
    def marks_any(self) -> bool:
        """Whether any position is secret."""
        return self._place is not None

    def at(self, path: Location) -> Redactor:
        """The redactor of what stands at a path; inside a secret position everything is secret."""
        return Redactor(None if self._place is None else self._place.below(path))

    def secrets(self, value: Any) -> Iterator[Any]:
        """The secret parts of a value, the outermost ones."""
        if self._place is not None:
            yield from _secret_parts(value, self._place)

    def strings(self, value: Any) -> set[str]:
        """The texts of 8 or more characters in the secret parts of a value, at whatever depth in these."""
        return {text for part in self.secrets(value) for text in long_texts(part)}


def redactor(schema: Any, document: Mapping[str, Any] = MappingProxyType({})) -> Redactor:
    """The redactor of a schema; `document` is what `#/schemas/…` refers to."""
    references = References(dict(document), schema)
    return Redactor(Marks(references.start(schema), references, pattern_matcher()).root)


def secret_strings(value: Any, schema: Any, document: Mapping[str, Any] = MappingProxyType({})) -> set[str]:
    """The same for one value of a schema; see `Redactor.strings`."""
    return redactor(schema, document).strings(value)


def places_of_input(redact: Redactor) -> RedactAt:
    """For `secret_places`: which parts of the input are secret, by the redactor of the input schema."""

    def at(path: Location) -> Redactor | None:
        found = redact.at(path)
        return found if found.marks_any else None

    return at


def places_of_variables(redact: Redactor, secret_names: Set[str]) -> RedactAt:
    """The same for the variables; `secret_names` are those that are secret as a whole, whatever the schema says."""
    by_schema = places_of_input(redact)

    def at(path: Location) -> Any:
        if secret_names and (not path or path[0] in secret_names):
            return redact_all
        return by_schema(path)

    return at


def long_texts(value: Any) -> Iterator[str]:
    """The texts of 8 or more characters in a JSON value."""
    pending = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, str):
            if len(each) >= SHORTEST_MASKED:
                yield each
        elif isinstance(each, dict):
            pending.extend(each.values())
        elif isinstance(each, list):
            pending.extend(each)


def _redacted(value: Any, place: Place) -> Any:
    if place.secret:
        return REDACTED
    if isinstance(value, dict):
        return {key: _member(each, place.member(key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_member(each, place.element(index)) for index, each in enumerate(value)]
    return value


def _member(value: Any, place: Place | None) -> Any:
    return value if place is None else _redacted(value, place)


def _secret_parts(value: Any, place: Place) -> Iterator[Any]:
    if place.secret:
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _parts_below(each, place.member(key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _parts_below(each, place.element(index))


def _parts_below(value: Any, place: Place | None) -> Iterator[Any]:
    if place is not None:
        yield from _secret_parts(value, place)
