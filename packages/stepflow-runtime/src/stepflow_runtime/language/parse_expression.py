"""Reading expressions: each form into its class, noting what it mentions and what is wrong with it."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from .catalogue import Code
from .expressions import ArrayOf, Coalesce, Expression, If, Literal, ObjectOf
from .forms import COMPANIONS, FLOW_SCHEMA, form_of
from .mentions import FormParser, LiteralFlow, Parse, Part
from .parse_reference import parse_input, parse_step_output, parse_variable_value, refuse_from
from .parse_text import parse_computed, parse_template
from .problems import Location
from .wording import named, quoted


def parse_expression(source: Any, location: Location, part: Part) -> Expression:
    """The expression that stands at `location`; faults are reported and leave a null in its place.

    Two calls deep per level of the document, of which there are no more than 128.
    """
    if type(source) is dict:
        form = form_of(source)
        if form is None:
            return _parse_object(source, location, part)
        if len(source) > 1:
            warn_of_neighbours(source, form, location, part)
        return _PARSERS[form](source, location, part, parse_expression)
    if type(source) is list:
        return ArrayOf(_parse_all(source, location, part))
    return Literal(source)


def warn_of_neighbours(source: dict[str, Any], form: str, location: Location, part: Part) -> None:
    """Report the keys beside a special key that have no meaning there."""
    companions = COMPANIONS[form]
    for key in source:
        if key != form and key not in companions:
            hint = _hint_for_neighbour(key, form, part)
            part.problems.report(Code.IGNORED_KEY, f"{quoted(key)} beside `{form}` is ignored", (*location, key), hint)


def _hint_for_neighbour(key: str, form: str, part: Part) -> str | None:
    if form == "$input" and key == "path":
        return "write the path as the value of `$input`"
    return part.problems.suggest(key, COMPANIONS[form])


def _parse_all(sources: list[Any], location: Location, part: Part) -> tuple[Expression, ...]:
    elements: list[Expression] = []
    for index, source in enumerate(sources):  # not a comprehension: that would be a call more per level
        elements.append(parse_expression(source, (*location, index), part))
    return tuple(elements)


def _parse_object(source: dict[str, Any], location: Location, part: Part) -> Expression:
    if "$from" in source:
        return refuse_from(source, location, part)
    members: dict[str, Expression] = {}
    for key, member in source.items():
        if type(member) is dict or type(member) is list:
            members[key] = parse_expression(member, (*location, key), part)
        else:
            members[key] = Literal(member)
    return ObjectOf(members)


def _parse_literal(source: dict[str, Any], location: Location, part: Part, parse: Parse) -> Expression:
    value = source["$literal"]
    if isinstance(value, dict) and value.get("schema") == FLOW_SCHEMA:
        part.flows.append(LiteralFlow(value, (*location, "$literal")))
    return Literal(value)


def _parse_if(source: dict[str, Any], location: Location, part: Part, parse: Parse) -> Expression:
    condition = parse(source["$if"], (*location, "$if"), part)
    if "then" not in source:
        hint = "write {$if: condition, then: value, else: value}"
        part.problems.report(Code.INVALID_REFERENCE_EXPRESSION, "`$if` needs `then`", location, hint)
    then = parse(source.get("then"), (*location, "then"), part)
    if source.get("else") is None:
        return If(condition, then)
    return If(condition, then, parse(source["else"], (*location, "else"), part))


def _parse_coalesce(source: dict[str, Any], location: Location, part: Part, parse: Parse) -> Expression:
    elements, place = source["$coalesce"], (*location, "$coalesce")
    if isinstance(elements, list):
        return Coalesce(_parse_all(elements, place, part))
    text = f"`$coalesce` takes a list, not {named(elements)}"
    part.problems.report(Code.INVALID_REFERENCE_EXPRESSION, text, place, "write {$coalesce: [first, second]}")
    return Literal(None)


_PARSERS: MappingProxyType[str, FormParser] = MappingProxyType(
    {
        "$literal": _parse_literal,
        "$if": _parse_if,
        "$coalesce": _parse_coalesce,
        "$template": parse_template,
        "$expr": parse_computed,
        "$step": parse_step_output,
        "$input": parse_input,
        "$variable": parse_variable_value,
    }
)
