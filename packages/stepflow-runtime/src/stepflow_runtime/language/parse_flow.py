"""Reading a flow: its members, then its references, then what it is made into."""

from __future__ import annotations

from typing import Any

import msgspec
from stepflow_core.canonical import NotJsonError

from .analyse import analyse, indexes_of
from .catalogue import Code
from .context import Context
from .expressions import Expression, Literal
from .forms import FLOW_SCHEMA
from .keys import FLOW, SCHEMA_MEMBERS, SCHEMAS
from .members import Members
from .mentions import Part
from .model import FlowModel, Schemas
from .normal import flow_id, normal_form, normal_schemas
from .parse_cases import parse_examples, parse_test
from .parse_expression import parse_expression
from .parse_step import StepDraft, parse_step
from .problems import Location
from .wording import named, quoted


def parse_flow(document: Any, location: Location, context: Context) -> FlowModel | None:
    """The flow that stands at `location`, its problems reported; `None` where it cannot be used."""
    if not isinstance(document, dict):
        hint = "write its members: name, steps, output"
        context.problems.report(Code.PARSE, f"a flow must be a mapping, not {named(document)}", location, hint)
        return None
    flow = Members(document, "a flow", location, context.problems)
    draft, part = _parse_head(flow, context), Part(context.problems)
    context = context.declaring(_declared(draft.schemas))
    steps = _parse_steps(flow, context)
    output = parse_expression(document.get("output"), flow.at("output"), part)
    if steps is not None:
        analyse(steps, part, context)
    _check_stored_flows(steps or [], part, context)
    if context.problems.broken:
        return None
    return _finish(draft, flow, [step for step in steps or [] if step], output)


def _parse_head(flow: Members, context: Context) -> FlowModel:
    """Everything but what runs: names, schemas, tests, examples, metadata."""
    flow.warn_of_unknown(FLOW)
    _check_tag(flow)
    if not context.is_inner:
        _check_names(flow)
    return FlowModel(
        id="",
        document={},
        name=flow.text("name"),
        description=flow.text("description"),
        version=flow.text("version"),
        schemas=_parse_schemas(flow),
        output=Literal(None),
        test=parse_test(flow),
        examples=parse_examples(flow),
        metadata=flow.mapping("metadata") or {},
    )


def _check_tag(flow: Members) -> None:
    tag = flow.text("schema")
    if tag is not None and tag != FLOW_SCHEMA:
        text = f"the schema tag {quoted(tag)} is not known"
        flow.problems.report(Code.UNKNOWN_SCHEMA_TAG, text, flow.at("schema"), f"write schema: {FLOW_SCHEMA}")


def _check_names(flow: Members) -> None:
    """A name and a description are asked of the flow itself only; those inside it are shown nowhere."""
    for key, code in (("name", Code.MISSING_NAME), ("description", Code.MISSING_DESCRIPTION)):
        if flow.source.get(key) in (None, ""):
            flow.problems.report(code, f"the flow has no {key}", flow.location, f"write {key}: …")


def _parse_schemas(flow: Members) -> Schemas:
    section = flow.members("schemas", "write schemas: {input: …, output: …, variables: …, steps: …}")
    if section is None:
        return Schemas()
    from .schemas import check_schemas  # loads the schema validator

    section.warn_of_unknown(SCHEMAS)
    if isinstance(section.source.get("properties"), dict):
        wrapped = Members(section.source["properties"], "`schemas`", section.at("properties"), flow.problems)
        wrapped.warn_of_unknown(SCHEMA_MEMBERS)
    schemas, faults = check_schemas(section.source)
    for fault in faults:
        code = Code.PARSE if fault.fatal else Code.SCHEMA_VIOLATION
        flow.problems.report(code, fault.message, section.at(*fault.location), fault.hint)
    return msgspec.structs.replace(schemas, document=normal_schemas(schemas.document))


def _declared(schemas: Schemas) -> frozenset[str] | None:
    """The names of the variables that a flow declares; `None` where it has no schema for them."""
    if schemas.variables is None:
        return None
    properties = schemas.variables.get("properties") if isinstance(schemas.variables, dict) else None
    return frozenset(properties if isinstance(properties, dict) else ())


def _parse_steps(flow: Members, context: Context) -> list[StepDraft | None] | None:
    sources = flow.array("steps", "write a list, each entry with an `id`: - id: …")
    if sources is None:
        return None if flow.has("steps") else []
    return [parse_step(source, index, flow.at("steps", index), context) for index, source in enumerate(sources)]


def _check_stored_flows(steps: list[StepDraft | None], output: Part, context: Context) -> None:
    for part in [*(step.part for step in steps if step), output]:
        for flow in part.flows:
            context.check_stored(flow.document, flow.location)


def _finish(draft: FlowModel, flow: Members, steps: list[StepDraft], output: Expression) -> FlowModel | None:
    indexes = indexes_of(steps)
    models = tuple(step.resolved(indexes) for step in steps)
    document = normal_form(flow.source, draft.schemas, models)
    try:
        identity = flow_id(document)
    except NotJsonError as error:  # the normal form may be a little deeper than what was written
        flow.problems.report(Code.PARSE, error.message, flow.location)
        return None
    return msgspec.structs.replace(draft, id=identity, document=document, steps=models, output=output)
