"""A schema with everything that it refers to, in one piece that needs nothing else.

The schemas that references lead to are numbered and every reference is rewritten to its number, so the validator
sees no `$id`, no anchor, no `$schema` and no place outside; annotations are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from .schema_references import BrokenReference, Located, References
from .schema_tree import DEFINITIONS, LISTS, MAPS, SCHEMAS, is_schema

MOST_SCHEMAS = 20_000
"""How many schemas the references of one may lead to."""

MARK = "is_secret"
"""The keyword that marks a position as a secret one."""

RESERVED = "stepflow:reference"
"""A keyword that the bundle itself may use, so that no schema has it."""

_LEFT_OUT = frozenset(
    (
        "$anchor", "$comment", "$dynamicAnchor", "$id", "$schema", "$vocabulary", "contentSchema", "default",
        "deprecated", "description", "examples", "readOnly", "title", "writeOnly", RESERVED, MARK, *DEFINITIONS,
    )
)  # fmt: skip
UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")
"""The keywords that depend on what other keywords have looked at."""


class UnusableSchema(Exception):
    """The schema cannot be used for validation; the message says why."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(message)


class Bundle(Struct):
    """Schemas by number, the first the one that was bundled; `{$ref: "#/$defs/3"}` refers to number 3.

    `patterns` are the regular expressions in them; `secret` and `unevaluated` say whether any of them has that
    mark, or an `unevaluated…` keyword.
    """

    schemas: list[Any] = []
    patterns: set[str] = set()
    secret: bool = False
    unevaluated: bool = False

    @property
    def whole(self) -> Any:
        """All of it as one schema."""
        if len(self.schemas) == 1:
            return self.schemas[0]
        return {"$ref": to_reference(0), "$defs": {str(index): each for index, each in enumerate(self.schemas)}}


def bundle(schema: Any, references: References) -> Bundle:
    """A schema and all that its references lead to. Raises `UnusableSchema`."""
    try:
        return _Bundler(references).run(schema)
    except RecursionError:
        raise UnusableSchema("it is nested too deeply") from None


def to_reference(number: int) -> str:
    """How a bundle refers to its schema of that number."""
    return f"#/$defs/{number}"


def number_of(reference: str) -> int:
    """The number of the schema to which a reference in a bundle leads."""
    return int(reference.rpartition("/")[2])


def rewrite(keyword: str, value: Any, change: Callable[[Any], Any]) -> Any:
    """The value of a keyword with `change` made to the schemas in it."""
    if keyword in SCHEMAS:
        return change(value) if is_schema(value) else value
    if keyword in LISTS and isinstance(value, list):
        return [change(each) if is_schema(each) else each for each in value]
    if keyword in MAPS and isinstance(value, dict):
        return {name: change(each) if is_schema(each) else each for name, each in value.items()}
    return value


class _Bundler:
    def __init__(self, references: References) -> None:
        self._references = references
        self._numbers: dict[Any, int] = {}
        self._targets: list[Located] = []
        self._bundle = Bundle()

    def run(self, schema: Any) -> Bundle:
        self._number(self._references.start(schema))
        schemas = self._bundle.schemas
        while len(schemas) < len(self._targets):
            schemas.append(self._rewritten(self._targets[len(schemas)]))
        return self._bundle

    def _number(self, located: Located) -> int:
        number = self._numbers.setdefault(located.identity, len(self._targets))
        if number == len(self._targets):
            if number == MOST_SCHEMAS:
                raise UnusableSchema(f"its references lead to more than {MOST_SCHEMAS} schemas")
            self._targets.append(located)
        return number

    def _rewritten(self, located: Located) -> Any:
        schema = located.schema
        if not isinstance(schema, dict):
            return schema

        def inner(each: Any) -> Any:
            return self._rewritten(self._references.enter(each, located.resource))

        self._look_at(schema)
        result = {key: rewrite(key, value, inner) for key, value in schema.items() if key not in _LEFT_OUT}
        if "$dynamicRef" in result:
            target = {"$ref": self._dynamic_target(result.pop("$dynamicRef"), located)}
            result["allOf"] = [*_list(result.get("allOf")), target]
        if "$ref" in result:
            result["$ref"] = self._target(result["$ref"], located)
        return result

    def _look_at(self, schema: dict[str, Any]) -> None:
        pattern, patterns = schema.get("pattern"), schema.get("patternProperties")
        if isinstance(pattern, str):
            self._bundle.patterns.add(pattern)
        if isinstance(patterns, dict):
            self._bundle.patterns.update(patterns)
        if MARK in schema:
            self._bundle.secret = True
        if any(keyword in schema for keyword in UNEVALUATED):
            self._bundle.unevaluated = True

    def _target(self, reference: Any, located: Located) -> Any:
        if not isinstance(reference, str):
            raise UnusableSchema("a reference in it is not text")
        try:
            return to_reference(self._number(self._references.resolve(reference, located.resource)))
        except BrokenReference as error:
            raise UnusableSchema(error.message) from None

    def _dynamic_target(self, reference: Any, located: Located) -> Any:
        target = self._target(reference, located)
        if len(self._references.same_anchors(reference)) > 1:
            raise UnusableSchema(f"several schemas have the $dynamicAnchor that {reference!r:.80} names; only one may")
        return target


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
