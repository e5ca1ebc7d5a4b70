"""Reading the flow-valued members of `eval`, `map` and `iterate`, whose flows may be written in the document."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from .catalogue import Code
from .context import Context
from .expressions import Expression, Literal, ObjectOf
from .forms import form_of
from .members import Members
from .mentions import Part
from .model import FlowModel
from .parse_expression import parse_expression, warn_of_neighbours
from .problems import Location
from .wording import named

FLOW_MEMBERS = MappingProxyType({"eval": "flow", "map": "workflow", "iterate": "flow"})
"""The member of each builtin's input that holds a flow."""


def parse_input_with_flow(
    builtin: str, step: Members, part: Part, context: Context
) -> tuple[Expression, dict[str, FlowModel]]:
    """The input of an `eval`, `map` or `iterate` step, and apart from it the literal flow that stands in it.

    A literal that is no flow stays in the input: the step will fail on it, the flow around it can run.
    """
    source, location = step.source.get("input"), step.at("input")
    member = FLOW_MEMBERS[builtin]
    if not isinstance(source, dict) or form_of(source) or not isinstance(source.get(member), dict):
        return parse_expression(source, location, part), {}
    place = (*location, member)
    if not _is_flow_literal(source[member]):
        _warn_without_literal(source[member], place, part)
        return parse_expression(source, location, part), {}
    warn_of_neighbours(source[member], "$literal", place, part)
    flow = _parse_literal_flow(source[member]["$literal"], (*place, "$literal"), context)
    rest = {key: value for key, value in source.items() if key != member}
    value = parse_expression(rest, location, part)
    return (value, {member: flow}) if flow else (_with(value, member, source[member]["$literal"]), {})


def _is_flow_literal(source: dict[str, Any]) -> bool:
    """Texts and null under `$literal` are values like any other: an id, a name, nothing."""
    return form_of(source) == "$literal" and not isinstance(source["$literal"], str | None)


def _parse_literal_flow(document: Any, location: Location, context: Context) -> FlowModel | None:
    if isinstance(document, dict):
        return context.parse_inner(document, location)
    text = f"a literal flow must be a mapping, not {named(document)}"
    context.problems.report(Code.INVALID_SUBFLOW_LITERAL, text, location, "write {$literal: {steps: […], output: …}}")
    return None


def _with(value: Expression, member: str, literal: Any) -> Expression:
    members = value.members if isinstance(value, ObjectOf) else {}
    return ObjectOf({**members, member: Literal(literal)})


def _warn_without_literal(source: dict[str, Any], location: Location, part: Part) -> None:
    if form_of(source) is None and (isinstance(source.get("steps"), list) or _computes(source.get("output"))):
        text = "this looks like a flow, but its expressions are evaluated in the flow around it"
        hint = "write it under `$literal` to have them evaluated inside"
        part.problems.report(Code.FLOW_WITHOUT_LITERAL, text, location, hint)


def _computes(source: Any) -> bool:
    """Whether an expression other than a literal stands anywhere in a value."""
    pending = [source]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, dict):
            form = form_of(value)
            if form not in (None, "$literal"):
                return True
            pending.extend(() if form else value.values())
    return False
