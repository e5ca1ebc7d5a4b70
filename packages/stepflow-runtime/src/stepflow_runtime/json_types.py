"""The names of JSON's types, for messages."""

from __future__ import annotations

from typing import Any


def type_name(value: Any) -> str:
    """What a JSON value is: `object`, `array`, `text`, `integer`, `number`, `boolean` or `null`."""
    return _NAMES.get(type(value)) or type(value).__name__


_NAMES = {
    dict: "object",
    list: "array",
    str: "text",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}
