"""Overrides, applied to a document as they are written."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from .interpreter import escaped


def overridden(flow: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    """A flow with the patches of its steps applied."""
    changed = deepcopy(flow)
    for address, patch in overrides.items():
        steps = changed["steps"]
        *outer, last = address.split("/")
        for each in outer:
            steps = inner(found(steps, each))["steps"]
        index = steps.index(found(steps, last))
        if patch.get("$type") == "json_patch":
            json_patched(steps[index], patch["value"])
        else:
            steps[index] = merged(steps[index], patch["value"])
    return changed


def found(steps: list[dict[str, Any]], id: str) -> dict[str, Any]:
    """The step that an address names."""
    return next(each for each in steps if escaped(each["id"]) == id)


def inner(step: dict[str, Any]) -> dict[str, Any]:
    """The flow inside a step."""
    flow: dict[str, Any] = step["input"].get("flow") or step["input"]["workflow"]
    literal: dict[str, Any] = flow.get("$literal", flow)
    return literal


def merged(target: Any, patch: Any) -> Any:
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    kept = dict(target) if isinstance(target, dict) else {}
    for key, each in patch.items():
        if each is None:
            kept.pop(key, None)
        else:
            kept[key] = merged(kept.get(key), each)
    return kept


def json_patched(step: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    """RFC 6902, as far as to set and remove a step's members."""
    for each in operations:
        if each["op"] == "remove":
            del step[each["path"][1:]]
        else:
            step[each["path"][1:]] = each["value"]
