"""Reading the input of the control components: flow documents among expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from .catalogue import Code
from .context import Context
from .expressions import Expression, Literal
from .forms import form_of
from .keys import CALL, SWITCH, SWITCH_CASE
from .members import Members
from .mentions import Part
from .model import Call, Case, Control, Switch
from .parse_expression import parse_expression
from .parse_flow_field import parse_flow_field, spoken
from .parse_loop import parse_loop

CONTROLS = ("call", "switch", "loop")
"""The builtins whose input is read here."""


def parse_control(builtin: str, step: Members, part: Part, context: Context) -> Control | None:
    """The control of a step whose component is `call`, `switch` or `loop`.

    `None` where the input is not what the component takes; that is reported, and the step will fail.
    """
    source, location = step.source.get("input"), step.at("input")
    if not isinstance(source, dict) or form_of(source):
        text = f"the input of `{builtin}` must be written out as a mapping, not {spoken(source)}"
        step.problems.report(Code.SCHEMA_VIOLATION, text, location if source is not None else step.location)
        return None
    members = Members(source, f"the input of `{builtin}`", location, step.problems)
    return _PARSERS[builtin](members, part, context)


def _parse_call(members: Members, part: Part, context: Context) -> Call | None:
    members.warn_of_unknown(CALL)
    flow = parse_flow_field(members, context)
    value = _parse_member(members, "input", part)
    return Call(flow, value or Literal(None)) if flow else None


def _parse_switch(members: Members, part: Part, context: Context) -> Switch | None:
    members.warn_of_unknown(SWITCH)
    on = _parse_member(members, "on", part)
    if on is None:
        _refuse(members, "`switch` needs `on`, the value that chooses the case", "write on: {$input: field}")
    cases = _parse_cases(members, part, context)
    has_default = members.has("default")
    default = _parse_case(members, "default", part, context) if has_default else None
    if on is None or cases is None or (has_default and default is None):
        return None
    return Switch(on, cases, default)


def _parse_cases(members: Members, part: Part, context: Context) -> dict[str, Case] | None:
    """The cases by value; `None` where something is wrong with one of them."""
    source = members.source.get("cases")
    hint = "write cases: {value: {flow: …}}"
    if not source and not members.has("default"):
        _refuse(members, "`switch` needs `cases`", hint)
        return None
    if source is None:
        return {}
    if not isinstance(source, dict) or form_of(source):
        _refuse(members, f"`cases` must be a mapping, not {spoken(source)}", hint, "cases")
        return None
    below = Members(source, "`cases`", members.at("cases"), members.problems)
    read = {value: _parse_case(below, value, part, context) for value in source}
    cases = {value: case for value, case in read.items() if case}
    return cases if len(cases) == len(read) else None


def _parse_case(members: Members, key: str, part: Part, context: Context) -> Case | None:
    source = members.source[key]
    if not isinstance(source, dict) or form_of(source):
        _refuse(members, f"a case must be a mapping with a `flow`, not {spoken(source)}", "write {flow: …}", key)
        return None
    case = Members(source, "a case", members.at(key), members.problems)
    case.warn_of_unknown(SWITCH_CASE)
    flow = parse_flow_field(case, context)
    value = _parse_member(case, "input", part)
    return Case(flow, value) if flow else None


def _parse_member(members: Members, key: str, part: Part) -> Expression | None:
    return parse_expression(members.source[key], members.at(key), part) if key in members.source else None


def _refuse(members: Members, text: str, hint: str, *below: str) -> None:
    members.problems.report(Code.SCHEMA_VIOLATION, text, members.at(*below), hint)


_PARSERS: Mapping[str, Callable[[Members, Part, Context], Control | None]] = MappingProxyType(
    {"call": _parse_call, "switch": _parse_switch, "loop": parse_loop}
)
