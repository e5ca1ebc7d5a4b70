"""`stepflow flows show`: one stored flow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from msgspec import Struct
from stepflow_core import Flow, FlowGraph, StepflowExecutor

from .exits import UsageError
from .failures import Guard
from .flow_names import flow_id_of
from .options import ReportOptions
from .output import to_json
from .pages import say_parts, shown
from .remote import on_server
from .remote_options import FlowPageOptions, ServerOptions
from .tables import Column, fields, table
from .terminal import Terminal

_STEP_COLUMNS = (Column("Step"), Column("Component"), Column("Needs"))
_VARIABLE_COLUMNS = (Column("Variable"), Column("Type"), Column("Default"), Column("From"))


class FlowReport(Struct, frozen=True, kw_only=True, rename="camel"):
    """A flow with the variables that it declares and what needs what."""

    flow_id: str
    flow: Flow
    variables: dict[str, Any]
    graph: FlowGraph


def show_flow(
    flow: Annotated[str, Parameter(help="The flow's id, its name, or name@version.")],
    /,
    *,
    server: ServerOptions = ServerOptions(),
    what: FlowPageOptions = FlowPageOptions(),
    show: ReportOptions = ReportOptions(),
) -> int:
    """Show a flow as the command line asks; the exit code."""
    terminal = Terminal.of_process(quiet=show.quiet, verbose=show.verbose, json=show.json)
    with Guard(terminal) as guard:
        if what.yaml and (what.document or show.json):
            raise UsageError("--yaml and JSON exclude each other; keep one of them")
        if what.document or what.yaml:
            document = on_server(server, lambda executor: document_of(executor, flow))
            terminal.write(as_yaml(document) if what.yaml else to_json(document, pretty=True))
        else:
            report(on_server(server, lambda executor: reported(executor, flow)), terminal)
    return guard.exit


def as_yaml(flow: Flow) -> bytes:
    """A flow as YAML that reads as the same flow."""
    from .yaml_edits import block_text

    return f"{block_text(msgspec.to_builtins(flow), 0)}\n".encode()


async def document_of(executor: StepflowExecutor, flow: str) -> Flow:
    """The flow that is meant. Raises `NotFoundError`."""
    return await executor.get_flow(await flow_id_of(executor, flow))


async def reported(executor: StepflowExecutor, flow: str) -> FlowReport:
    """All there is to know of a flow. Raises `NotFoundError`."""
    flow_id = await flow_id_of(executor, flow)
    return FlowReport(
        flow_id=flow_id,
        flow=await executor.get_flow(flow_id),
        variables=await executor.get_flow_variables(flow_id),
        graph=await executor.get_flow_graph(flow_id),
    )


def report(found: FlowReport, terminal: Terminal) -> None:
    """Write a flow."""
    if terminal.json:
        terminal.write(to_json(found, pretty=terminal.pretty))
        return
    page = terminal.page()
    parts = [fields(page, _fields(found))]
    if found.variables:
        parts.append(table(page, _VARIABLE_COLUMNS, (_variable(*each) for each in found.variables.items())))
    if found.flow.steps:
        parts.append(table(page, _STEP_COLUMNS, _steps(found)))
    say_parts(page, parts)


def _fields(found: FlowReport) -> Iterator[tuple[str, str]]:
    flow = found.flow
    yield "Flow", found.flow_id
    yield "Name", flow.name or ""
    yield "Version", flow.version or ""
    yield "Description", flow.description or ""
    yield "Steps", str(len(flow.steps))
    yield "Examples", ", ".join(str(each.get("name")) for each in flow.examples)
    yield "Output", "" if flow.output is None else shown(flow.output)


def _variable(name: str, declared: dict[str, Any]) -> list[str]:
    schema = declared.get("schema")
    kind = schema.get("type", "any") if isinstance(schema, dict) else "any"
    default = shown(declared["default"]) if "default" in declared and not declared.get("isSecret") else ""
    return [
        name,
        (kind if isinstance(kind, str) else msgspec.json.encode(kind).decode())
        + (" (secret)" if declared.get("isSecret") else ""),
        default,
        f"${declared['envVar']}" if declared.get("envVar") else "",
    ]


def _steps(found: FlowReport) -> Iterator[list[str]]:
    needs: dict[str, list[str]] = {}
    for edge in found.graph.edges:
        needs.setdefault(edge.target, []).append(edge.source)
    for step in found.flow.steps:
        yield [step.id, step.component, ", ".join(dict.fromkeys(needs.get(step.id, [])))]
