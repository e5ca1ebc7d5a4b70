"""Whether the schemas of a flow are valid JSON Schemas (2020-12) that refer to nothing outside the flow."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from .instance_paths import located
from .problems import Location
from .schema_bundle import MARK
from .schema_patterns import MOST_PATTERNS, pattern_problem
from .schema_references import FLAT_MEMBERS, BrokenReference, Located, References, located_members
from .schema_tree import REFERENCES, subschemas
from .validation import larger_than, unusable
from .wording import named, quoted

META_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
"""The one dialect of JSON Schema that is read."""

TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
LONGEST_MESSAGE = 300

LARGE = 5_000
"""From how many values on an invalid schema is looked through schema by schema: listing is slow."""

MOST_LISTED = 100
"""How many faults of a large schema are listed."""


class Finding(Struct, frozen=True):
    """Something wrong at a place of the wrapped `schemas`."""

    location: Location
    message: str
    hint: str | None = None


def check_document(document: dict[str, Any]) -> list[Finding]:
    """What is wrong with the schemas of a wrapped `schemas` section."""
    try:
        findings = [*_check_syntax(document), *_Walk(document).findings(), *_check_variables(document)]
    except ValueError as error:  # integers of thousands of digits, lone surrogates
        return [Finding((), f"the schemas cannot be read: {error}"[:LONGEST_MESSAGE])]
    return findings or list(_check_use(document))


def _check_syntax(document: dict[str, Any]) -> list[Finding]:
    """What the meta-schema has against the document; of a large one, of the innermost schemas that it is against."""
    pending: list[tuple[Location, Any]] = [((), document)]
    found: list[Finding] = []
    while pending and len(found) < MOST_LISTED:
        location, schema = pending.pop()
        if _is_valid(schema):
            continue
        if not larger_than(schema, LARGE):
            found += _listed(schema, location)
            continue
        inner = [(where, each) for where, each in subschemas(schema) if not _is_valid(each)]
        pending += [((*location, *where), each) for where, each in reversed(inner[:MOST_LISTED])]
        if not inner:
            found.append(Finding(location, "invalid JSON Schema, too large to say where"))
    return found


def _is_valid(schema: Any) -> bool:
    from jsonschema_rs import meta

    # Wrapped, so that a `$schema` in it does not choose another dialect.
    return meta.is_valid({"$defs": {"schema": schema}})


def _listed(schema: Any, location: Location) -> list[Finding]:
    from jsonschema_rs import Draft202012Validator

    found: dict[Location, Finding] = {}
    for error in Draft202012Validator({"$ref": META_SCHEMA}, offline=True).iter_errors(schema):
        place = (*location, *located(schema, error.instance_path))
        found.setdefault(place, Finding(place, f"invalid JSON Schema: {_said(error, place)}"))
    return list(found.values())


def _said(error: Any, location: Location) -> str:
    if location[-1:] == ("type",) and error.kind.name == "anyOf":
        return f"{error.instance!r:.80} is no type; there are {', '.join(TYPES)}"
    return str(error.message)[:LONGEST_MESSAGE]


class _Walk:
    """Looks at every schema of the document, and at those elsewhere in it that references lead to."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._references = References(document)
        self._pending = deque((where, self._references.start(each)) for where, each in located_members(document))
        self._elsewhere: deque[tuple[Location, Located]] = deque()
        self._seen: set[Any] = set()
        self._patterns: dict[str, Location] = {}

    def findings(self) -> Iterator[Finding]:
        """What is wrong, member by member."""
        while self._pending or self._elsewhere:
            elsewhere = not self._pending
            location, located = (self._elsewhere if elsewhere else self._pending).popleft()
            if isinstance(located.schema, dict) and located.identity not in self._seen:
                self._seen.add(located.identity)
                if elsewhere:
                    yield from _check_elsewhere(located.schema, location)
                yield from self._look_at(located, location)
        yield from self._check_patterns()

    def _look_at(self, located: Located, location: Location) -> Iterator[Finding]:
        schema = located.schema
        yield from _check_words(schema, location)
        for keyword in REFERENCES:
            reference = schema.get(keyword)
            if isinstance(reference, str):
                yield from self._follow(reference, located, (*location, keyword))
        self._note_patterns(schema, location)
        self._pending.extend(((*location, *where), each) for where, each in self._references.below(located))

    def _follow(self, reference: str, located: Located, location: Location) -> Iterator[Finding]:
        try:
            self._elsewhere.append((location, self._references.resolve(reference, located.resource)))
        except BrokenReference as error:
            yield Finding(location, error.message, error.hint)

    def _note_patterns(self, schema: dict[str, Any], location: Location) -> None:
        if isinstance(schema.get("pattern"), str):
            self._patterns.setdefault(schema["pattern"], (*location, "pattern"))
        if isinstance(schema.get("patternProperties"), dict):
            for pattern in schema["patternProperties"]:
                self._patterns.setdefault(pattern, (*location, "patternProperties", pattern))

    def _check_patterns(self) -> Iterator[Finding]:
        if len(self._patterns) > MOST_PATTERNS:
            yield Finding((), f"the schemas have more than {MOST_PATTERNS} regular expressions")
            return
        for pattern, location in self._patterns.items():
            problem = pattern_problem(pattern, len(self._patterns))
            if problem:
                yield Finding(location, f"{quoted(pattern)} {problem}")


def _check_words(schema: dict[str, Any], location: Location) -> Iterator[Finding]:
    dialect = schema.get("$schema")
    if isinstance(dialect, str) and dialect.rstrip("#") != META_SCHEMA:
        text = f"{quoted(dialect)} is another dialect; schemas are read as JSON Schema 2020-12, and nothing is fetched"
        yield Finding((*location, "$schema"), text, "leave `$schema` out")
    if not isinstance(schema.get(MARK), bool | None):
        text = f"`{MARK}` is true or false, not {named(schema[MARK])}; it is taken to be true"
        yield Finding((*location, MARK), text)
    if not isinstance(schema.get("env_var"), str | None):
        text = f"`env_var` is the name of an environment variable, not {named(schema['env_var'])}"
        yield Finding((*location, "env_var"), text)


def _check_elsewhere(schema: dict[str, Any], location: Location) -> Iterator[Finding]:
    if not _is_valid(schema):
        yield Finding(location, "what this reference leads to is not a valid JSON Schema")


def _check_variables(document: dict[str, Any]) -> Iterator[Finding]:
    variables = document.get("properties", {}).get("variables")
    type = variables.get("type", "object") if isinstance(variables, dict) else "object"
    if isinstance(type, str) and type != "object":
        text = f"the schema of the variables is that of an object, not of type {quoted(type)}"
        yield Finding(("properties", "variables", "type"), text, "write {type: object, properties: {<name>: …}}")


def _check_use(document: dict[str, Any]) -> Iterator[Finding]:
    """What else keeps the schemas that values are checked against from being compiled."""
    for name in FLAT_MEMBERS:
        schema = document.get("properties", {}).get(name)
        reason = None if schema is None else unusable(schema, document)
        if reason is not None:
            yield Finding(("properties", name), f"the schema cannot be used: {reason}"[:LONGEST_MESSAGE])
