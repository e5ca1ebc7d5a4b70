"""Where a JSON Schema (2020-12) holds further schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .problems import Location

IN_PLACE_LISTS = ("allOf", "anyOf", "oneOf")
"""Lists of schemas for the same value."""

IN_PLACE_SCHEMAS = ("if", "then", "else", "not")
"""A schema for the same value."""

IN_PLACE_MAPS = ("dependentSchemas",)
"""Schemas by name for the same value."""

IN_PLACE = frozenset((*IN_PLACE_LISTS, *IN_PLACE_SCHEMAS, *IN_PLACE_MAPS))

MEMBER_MAPS = ("properties", "patternProperties")
"""Schemas by name (or pattern) for members of the value."""

MEMBER_SCHEMAS = ("additionalProperties", "unevaluatedProperties", "propertyNames")
"""A schema for members of the value, or their names."""

ELEMENT_LISTS = ("prefixItems",)
"""Schemas for elements of the value by index."""

ELEMENT_SCHEMAS = ("items", "unevaluatedItems", "contains")
"""A schema for elements of the value."""

CONTENT_SCHEMAS = ("contentSchema",)
"""A schema for what a text holds; it is not checked."""

DEFINITIONS = ("$defs", "definitions")
"""Schemas by name for references to lead to."""

LISTS = (*IN_PLACE_LISTS, *ELEMENT_LISTS)
SCHEMAS = (*IN_PLACE_SCHEMAS, *MEMBER_SCHEMAS, *ELEMENT_SCHEMAS, *CONTENT_SCHEMAS)
MAPS = (*IN_PLACE_MAPS, *MEMBER_MAPS, *DEFINITIONS)
REFERENCES = ("$ref", "$dynamicRef")

_APPLICATORS = frozenset((*LISTS, *SCHEMAS, *MAPS))


def subschemas(schema: dict[str, Any]) -> Iterator[tuple[Location, Any]]:
    """The schemas that stand in a schema, with their places in it; what is no schema there is passed over.

    Read by keyword: what stands in `const`, `enum`, `default` and unknown keywords is data.
    """
    for keyword, value in schema.items():
        if keyword in _APPLICATORS:
            yield from _below(keyword, value)


def _below(keyword: str, value: Any) -> Iterator[tuple[Location, Any]]:
    if keyword in SCHEMAS:
        if is_schema(value):
            yield (keyword,), value
    elif keyword in LISTS:
        if isinstance(value, list):
            yield from (((keyword, index), each) for index, each in enumerate(value) if is_schema(each))
    elif isinstance(value, dict):
        yield from (((keyword, name), each) for name, each in value.items() if is_schema(each))


def is_schema(value: Any) -> bool:
    """Whether a value has the type of a schema: an object or a boolean."""
    return isinstance(value, dict | bool)
