"""The forms of an expression: which key makes an object what it is, and what may stand beside it."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

COMPANIONS = MappingProxyType(
    {
        "$literal": (),
        "$if": ("then", "else"),
        "$coalesce": (),
        "$template": ("with",),
        "$expr": ("with",),
        "$step": ("path", "onSkip"),
        "$input": (),
        "$variable": ("default",),
    }
)
"""The special keys in the order in which they decide, each with the keys that have a meaning beside it."""

FLOW_SCHEMA = "https://stepflow.org/schemas/v1/flow.json"
"""The tag by which a document says that it is a flow."""


_FORMS = frozenset(COMPANIONS)


def form_of(source: dict[str, Any]) -> str | None:
    """The special key that decides what an object is; `None` for an object of expressions."""
    if _FORMS.isdisjoint(source):
        return None
    for form in COMPANIONS:
        if form in source:
            return form
    return None
