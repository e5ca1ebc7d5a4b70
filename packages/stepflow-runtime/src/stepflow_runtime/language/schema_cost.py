"""Whether checking values against a schema can take time out of all proportion.

References let a small schema ask for the same value to be looked at 2^n times: by chains of `allOf` or `anyOf`
with two references each, or by recursion, once more for every level of the value. `unevaluatedProperties` looks at
what is beside it again. What can, must be checked with results remembered (see `schema_memory`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .schema_bundle import UNEVALUATED, Bundle, number_of
from .schema_tree import IN_PLACE, subschemas

MOST_VISITS = 300
"""How often one position of a value may be looked at without remembering; 25 ns each."""

MOST_UNEVALUATED_VISITS = 3_000
"""How often where `unevaluated…` keywords keep results from being remembered."""

_BEYOND = MOST_UNEVALUATED_VISITS + 1

MOST_LEVELS = 2_000
"""How many schemas may be inside one another, references followed: each takes a piece of the stack."""

_UNEVALUATED_WEIGHT = 3


def visits_of(bundle: Bundle) -> int:
    """How often one position of a value is looked at, at most; beyond `MOST_VISITS` for schemas in a circle."""
    order = _bottom_up([list(_references(schema)) for schema in bundle.schemas])
    if order is None:
        return _BEYOND
    visits, levels = [0] * len(bundle.schemas), [0] * len(bundle.schemas)
    for number in order:
        visits[number] = min(_visits(bundle.schemas[number], visits), _BEYOND)
        levels[number] = _levels(bundle.schemas[number], levels)
    return max(visits) if max(levels) <= MOST_LEVELS else _BEYOND


def _references(schema: Any) -> Iterator[int]:
    pending = [schema]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            if "$ref" in each:
                yield number_of(each["$ref"])
            pending.extend(inner for _, inner in subschemas(each))


def _bottom_up(edges: list[list[int]]) -> list[int] | None:
    """The numbers in an order in which each comes after all that it refers to; `None` where there is a circle."""
    order: list[int] = []
    state = [0] * len(edges)  # 1: being looked at, 2: done
    stack = [(0, iter(edges[0]))]
    state[0] = 1
    while stack:
        number, rest = stack[-1]
        target = next(rest, None)
        if target is None:
            stack.pop()
            state[number] = 2
            order.append(number)
        elif state[target] == 1:
            return None
        elif state[target] == 0:
            state[target] = 1
            stack.append((target, iter(edges[target])))
    return order


def _visits(schema: Any, known: list[int]) -> int:
    """How often one position of a value is looked at, at most: in place they add up, of members one applies."""
    if not isinstance(schema, dict):
        return 1
    in_place = known[number_of(schema["$ref"])] if "$ref" in schema else 0
    named, others = 0, 0
    for location, inner in subschemas(schema):
        visits = _visits(inner, known)
        if location[0] in IN_PLACE:
            in_place += visits
        elif location[0] in ("properties", "prefixItems"):
            named = max(named, visits)
        else:
            others += visits
    unevaluated = any(keyword in schema for keyword in UNEVALUATED)
    return 1 + in_place * (_UNEVALUATED_WEIGHT if unevaluated else 1) + named + others


def _levels(schema: Any, known: list[int]) -> int:
    if not isinstance(schema, dict):
        return 1
    below = [_levels(inner, known) for _, inner in subschemas(schema)]
    if "$ref" in schema:
        below.append(known[number_of(schema["$ref"])])
    return 1 + max(below, default=0)
