"""Reading the member `flow` of a control component."""

from __future__ import annotations

from typing import Any

from .catalogue import Code
from .context import Context
from .forms import form_of
from .members import Members
from .model import FlowField
from .problems import Location
from .wording import named


def parse_flow_field(members: Members, context: Context) -> FlowField | None:
    """A flow document, with or without `$literal` around it, or the text of an id or a name."""
    source, location = members.source.get("flow"), members.at("flow")
    if isinstance(source, dict) and form_of(source) == "$literal":
        source, location = source["$literal"], (*location, "$literal")
    if source is None:
        hint = "write a flow, its id or its name"
        members.problems.report(Code.SCHEMA_VIOLATION, f"{members.what} needs `flow`", members.location, hint)
        return None
    if isinstance(source, str) and source.strip():
        return FlowField(reference=source)
    if not isinstance(source, dict) or form_of(source):
        _refuse_flow(source, location, members)
        return None
    flow = context.parse_inner(source, location)
    return FlowField(flow=flow) if flow else None


def _refuse_flow(source: Any, location: Location, members: Members) -> None:
    hint = "write the flow itself, its id or its name"
    if isinstance(source, dict):
        hint = "a flow that is computed is run by `/builtin/eval`"
    text = f"`flow` must be a flow document or the text of its id or name, not {spoken(source)}"
    members.problems.report(Code.INVALID_SUBFLOW_LITERAL, text, location, hint)


def spoken(source: Any) -> str:
    """What a value is, in words: an expression by its form, anything else by its type."""
    form = form_of(source) if isinstance(source, dict) else None
    return f"an expression (`{form}`)" if form else named(source)
