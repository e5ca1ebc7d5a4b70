"""Copies of JSON values, so that no two owners share a mutable one."""

from __future__ import annotations

from typing import Any


def copy_json(value: Any) -> Any:
    """A copy of a value that is known to be JSON, sharing only what cannot be changed."""
    kind = type(value)
    if kind is dict:
        return {key: copy_json(member) if type(member) in _MUTABLE else member for key, member in value.items()}
    if kind is list:
        return [copy_json(member) if type(member) in _MUTABLE else member for member in value]
    return value


_MUTABLE = frozenset({dict, list})
