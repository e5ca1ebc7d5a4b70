"""Validating values against JSON Schemas (2020-12), in bounded time and without reading anything from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, TypeAlias

from msgspec import Struct
from stepflow_core.diagnostics import to_pointer

from .instance_paths import located
from .masking import REDACTED
from .problems import Location
from .schema_bundle import Bundle, UnusableSchema, bundle
from .schema_cost import MOST_UNEVALUATED_VISITS, MOST_VISITS, visits_of
from .schema_marks import Marks, Place
from .schema_memory import Compile, Error, RememberingChecker, TooDeep
from .schema_patterns import MOST_PATTERNS, pattern_matcher, pattern_options
from .schema_references import References

MOST_VIOLATIONS = 1_000
"""How many violations of one value are listed."""

MOST_LISTED = 50_000
"""How much can be listed at once, in visits of parts of the value: each may be a violation, which takes 10 µs."""

LONGEST_MESSAGE = 500

_NAMING = frozenset(("additionalProperties", "propertyNames", "unevaluatedProperties"))
"""The keywords whose messages name members of the value."""

Accepts: TypeAlias = Callable[[Any], bool]
Errors: TypeAlias = Callable[[Any], Iterable[Error]]


class Violation(Struct, frozen=True):
    """What is wrong with a value, and where: a JSON pointer, and the same as keys and indexes.

    `keyword` is the keyword of the schema that is violated; `names` are the members that it is about, for
    `required` and `additionalProperties`.
    """

    pointer: str
    message: str
    location: Location = ()
    keyword: str = ""
    names: tuple[str, ...] = ()


class Validator:
    """A compiled schema."""

    __slots__ = ("_accepts", "_errors", "_secrets")

    def __init__(self, accepts: Accepts, errors: Errors, secrets: Place | None = None) -> None:
        self._accepts = accepts
        self._errors = errors
        self._secrets = secrets

    def violations(self, value: Any) -> list[Violation]:
        """What is wrong with a JSON value, every violation (1 000 at most) once; empty for a valid one."""
        try:
            if self._accepts(value):
                return []
            return self._listed(value)
        except UnusableSchema as error:
            return [Violation("", _cut(f"the schema cannot be used: {error.message}"))]
        except (TooDeep, RecursionError):
            return [Violation("", "the value is nested too deeply to be checked against its schema")]
        except ValueError as error:  # no JSON: lone surrogates, integers of thousands of digits
            return [Violation("", _cut(f"the value cannot be checked: {error}"))]

    def _listed(self, value: Any) -> list[Violation]:
        found: dict[tuple[str, str], Violation] = {}
        for location, error in self._errors(value):
            violation = self._violation(location, error)
            found.setdefault((violation.pointer, violation.message), violation)
        return list(found.values()) or [Violation("", "the value violates its schema in too many places to list")]

    def _violation(self, location: Location, error: Any) -> Violation:
        keyword = error.kind.name
        length = _secret_length(self._secrets, location)
        if length is not None and (length < len(location) or keyword in _NAMING):
            secret = location[:length]
            return Violation(to_pointer(secret), f"{REDACTED} violates `{keyword}`", secret, keyword)
        return Violation(to_pointer(location), _cut(_message(error)), location, keyword, _names(error.kind))


def compile_validator(schema: Any, document: dict[str, Any], masked: bool = False) -> Validator:
    """The validator of a schema; `document` is what `#/schemas/…` refers to, empty for a schema that stands alone.

    With `masked`, and where the schema marks anything as secret, no message shows a value; of what is inside a
    secret position not even names are shown. A schema that cannot be used (invalid, a reference that leads nowhere
    or outside) makes a validator that refuses every value and says why. Nothing is ever fetched.
    """
    try:
        return _compiled(schema, document, masked)
    except UnusableSchema as error:
        return _refusing(error.message)


def unusable(schema: Any, document: dict[str, Any]) -> str | None:
    """Why values cannot be checked against a schema, if so; `document` is as in `compile_validator`."""
    try:
        _compiled(schema, document, masked=False)
    except UnusableSchema as error:
        return error.message
    return None


def _compiled(schema: Any, document: dict[str, Any], masked: bool) -> Validator:
    if schema is True or schema == {}:
        return Validator(lambda _: True, lambda _: ())
    references = References(document, schema)
    parts = bundle(schema, references)
    secrets = Marks(references.start(schema), references, pattern_matcher()).root if parts.secret else None
    mask = masked or secrets is not None
    try:
        return _validator(parts, _compiler(parts, REDACTED if mask else None), secrets)
    except ValueError as error:  # what jsonschema_rs finds wrong with a schema, among others
        raise UnusableSchema(getattr(error, "message", None) or str(error)) from None


def _validator(parts: Bundle, compile: Compile, secrets: Place | None) -> Validator:
    visits = visits_of(parts)
    if visits <= (MOST_UNEVALUATED_VISITS if parts.unevaluated else MOST_VISITS):
        return _direct(parts, compile, secrets, MOST_LISTED // visits)
    if parts.unevaluated:
        # Who remembers only whether a reference succeeded does not know what it has evaluated.
        raise UnusableSchema("unevaluatedProperties and unevaluatedItems cannot be used with references that branch")
    checker = RememberingChecker(parts, compile)
    return Validator(checker.accepts, lambda value: checker.errors(value, MOST_VIOLATIONS), secrets)


def _direct(parts: Bundle, compile: Compile, secrets: Place | None, listable: int) -> Validator:
    validator = compile(parts.whole, {})

    def errors(value: Any) -> Iterable[Error]:
        if not larger_than(value, listable):
            found = islice(validator.iter_errors(value), MOST_VIOLATIONS)
            return [(located(value, error.instance_path), error) for error in found]
        return [] if parts.unevaluated else RememberingChecker(parts, compile).errors(value, MOST_VIOLATIONS)

    return Validator(validator.is_valid, errors, secrets)


def _refusing(reason: str) -> Validator:
    def refuse(value: Any) -> Any:
        raise UnusableSchema(reason)

    return Validator(refuse, refuse)


def _compiler(parts: Bundle, mask: str | None) -> Compile:
    from jsonschema_rs import Draft202012Validator

    if len(parts.patterns) > MOST_PATTERNS:
        raise UnusableSchema(f"it has more than {MOST_PATTERNS} regular expressions")
    options = pattern_options(len(parts.patterns))

    def compile(schema: Any, keywords: dict[str, Any]) -> Any:
        return Draft202012Validator(
            schema, retriever=_refuse, pattern_options=options, mask=mask, keywords=keywords, validate_formats=False
        )

    return compile


def _refuse(uri: str) -> Any:
    raise ValueError(f"{uri} is outside the document")


def larger_than(value: Any, size: int) -> bool:
    """Whether a value has more than so many parts; looks at no more of them."""
    count = 0
    pending = [value]
    while pending and count <= size:
        each = pending.pop()
        if isinstance(each, dict | list):
            count += len(each)
            if count <= size:
                pending.extend(each.values() if isinstance(each, dict) else each)
    return count > size


def _secret_length(secrets: Place | None, location: Location) -> int | None:
    """How much of a location leads to a secret position, where one is on the way or at its end."""
    place = secrets
    for length, part in enumerate(location):
        if place is None or place.secret:
            return None if place is None else length
        place = place.step(part)
    return len(location) if place is not None and place.secret else None


def _message(error: Any) -> str:
    if error.kind.name == "propertyNames" and str(error.message).isdigit():  # a reference's number
        return "the name of a member is not allowed"
    return str(error.message)


def _names(kind: Any) -> tuple[str, ...]:
    if kind.name == "required":
        return (str(kind.property),)
    return tuple(kind.unexpected) if kind.name == "additionalProperties" else ()


def _cut(message: str) -> str:
    return message if len(message) <= LONGEST_MESSAGE else message[: LONGEST_MESSAGE - 1] + "…"
