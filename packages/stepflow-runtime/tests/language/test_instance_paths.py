"""Places of violations in values with odd keys."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_runtime.language.parse import load_flow
from stepflow_runtime.language.validation import compile_validator

INTEGER = {"type": "integer"}


@pytest.mark.parametrize(
    ("schema", "value", "pointer"),
    [
        ({"properties": {"0": INTEGER}}, {"0": "x"}, "/0"),
        ({"properties": {"": {"properties": {"a": INTEGER}}}}, {"": {"a": "x"}}, "//a"),
        ({"items": {"properties": {"1": {"items": INTEGER}}}}, [{"1": [1, "x"]}], "/0/1/1"),
    ],
)
def test_violations_stand_where_they_are(schema: Any, value: Any, pointer: str) -> None:
    """Below an empty key, and below one that looks like an index; their locations are keys and indexes."""
    [violation] = compile_validator(schema, {}).violations(value)
    assert violation.pointer == pointer
    for part in violation.location:
        value = value[part]
    assert value == "x"


@pytest.mark.parametrize(
    ("schemas", "pointer", "path"),
    [
        ({"properties": {"": {"properties": {"type": None}}}}, "/schemas/properties//properties/type", None),
        ({"properties": {"0": "0"}}, "/schemas/properties/0", '$.schemas.properties["0"]'),
    ],
)
def test_faults_of_schemas_stand_where_they_are(schemas: Any, pointer: str, path: str | None) -> None:
    """The path and the pointer lead to the same place of the document."""
    found = [each for each in load_flow({"schemas": schemas}).diagnostics if each.code == 2002]
    assert [each.pointer for each in found] == [pointer]
    assert path is None or found[0].path == path
