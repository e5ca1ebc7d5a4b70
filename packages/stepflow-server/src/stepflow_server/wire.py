"""What the API answers, where it differs from what executors answer; the other types are those of the core.

Struct by struct the JSON that clients get: members without a default are always there, the others only
where they say something.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import stepflow_core as core
from msgspec import Struct
from msgspec.structs import asdict
from stepflow_core import DiagnosticLevel, ExecutionStatus, Flow, ItemCounts
from stepflow_core.results import Outcome


class Wait(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a run waits for: a person's input or an event."""

    wait_id: str
    run_id: str
    item_index: int
    address: str
    kind: Literal["human_input", "event"]
    name: str | None = None
    prompt: str | None = None
    context: Any = None
    schema: Any = None
    choices: list[Any] | None = None
    default: Any = None
    assignee: str | None = None
    approvals: dict[str, Any] | None = None
    answers: list[Any] | None = None
    opened_at: datetime
    expires_at: datetime | None = None


class RunSummary(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A run in a listing."""

    run_id: str
    flow_id: str
    flow_name: str | None
    status: ExecutionStatus
    paused_by: str | None = None
    items: ItemCounts
    created_at: datetime
    completed_at: datetime | None = None
    root_run_id: str
    parent_run_id: str | None = None
    debug_mode: bool
    tags: dict[str, str]


class RunDetails(RunSummary, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A run with its inputs (one per item, secrets redacted), its overrides and what it waits for."""

    inputs: list[Any]
    overrides: dict[str, Any] | None = None
    pending: list[Wait]


class ListRunsResponse(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A page of runs, newest first; `nextCursor` is there where more follow."""

    runs: list[RunSummary]
    next_cursor: str | None = None


class Diagnostic(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One problem of a flow: what, where (`path` to read, `pointer` as a JSON pointer), and how to mend it."""

    code: int
    kind: str
    level: DiagnosticLevel
    text: str
    path: str
    pointer: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    hint: str | None = None


class Diagnostics(Struct, frozen=True, kw_only=True, rename="camel"):
    """All problems of a flow, and how many of each level there are."""

    diagnostics: list[Diagnostic]
    num_fatal: int
    num_error: int
    num_warning: int


class StoreFlowResponse(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Whether a flow was stored, under which id, and what validation said of it."""

    flow_id: str | None = None
    stored: bool
    diagnostics: Diagnostics


class Example(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An input to try a flow with."""

    name: str
    description: str | None = None
    input: Any


class FlowResponse(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A flow, its id, and its examples merged with its test cases."""

    flow: dict[str, Any]
    flow_id: str
    all_examples: list[Example] = []


class RunFlowResponse(Struct, frozen=True, kw_only=True, rename="camel"):
    """The flow that a run runs, and its id."""

    flow: dict[str, Any]
    flow_id: str


class Component(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A component that flows can use, under the path by which they name it."""

    component: str
    description: str | None = None
    input_schema: dict[str, Any] | None = None
    output_schema: dict[str, Any] | None = None


class ListComponentsResponse(Struct, frozen=True, kw_only=True):
    """The components that flows can use."""

    components: list[Component]


class ListFlowsResponse(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A page of named flows; `nextCursor` is there where more follow."""

    flows: list[core.FlowSummary]
    next_cursor: str | None = None


class Variable(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A variable that a flow declares."""

    schema: Any
    default: Any = None
    env_var: str | None = None
    is_secret: bool


class FlowVariablesResponse(Struct, frozen=True, kw_only=True):
    """The variables that a flow declares, by name."""

    variables: dict[str, Variable]


class GraphEdge(Struct, frozen=True, kw_only=True):
    """A dependency: `target` needs `source`."""

    source: str
    target: str
    kind: str


class FlowGraph(Struct, frozen=True, kw_only=True):
    """The steps of a flow and what needs what, for drawing."""

    nodes: list[core.GraphNode]
    edges: list[GraphEdge]


class DebugEvalResponse(Struct, frozen=True, kw_only=True):
    """What a step or an expression came to."""

    result: Outcome


class PutBlobResponse(Struct, frozen=True, kw_only=True, rename="camel"):
    """The id of a blob: the hash of its content."""

    blob_id: str


class Blob(Struct, frozen=True, kw_only=True, rename="camel"):
    """A blob: a JSON value, or bytes as base64 text where `blobType` is `binary`."""

    data: Any
    blob_type: Literal["data", "flow", "binary"]


def run_summary(run: core.RunSummary) -> RunSummary:
    """A run as a listing shows it."""
    return RunSummary(**{name: getattr(run, name) for name in _SUMMARY})


def run_details(run: core.RunDetails) -> RunDetails:
    """A run as it is shown by itself."""
    return RunDetails(**asdict(run))


def diagnostic(each: core.Diagnostic) -> Diagnostic:
    """A diagnostic with all its places."""
    return Diagnostic(**asdict(each))


def stored_flow(stored: core.StoreFlowResponse) -> StoreFlowResponse:
    """What became of a flow that was to be stored."""
    levels = [each.level for each in stored.diagnostics]
    diagnostics = Diagnostics(
        diagnostics=[diagnostic(each) for each in stored.diagnostics],
        num_fatal=levels.count(DiagnosticLevel.FATAL),
        num_error=levels.count(DiagnosticLevel.ERROR),
        num_warning=levels.count(DiagnosticLevel.WARNING),
    )
    return StoreFlowResponse(flow_id=stored.flow_id, stored=stored.stored, diagnostics=diagnostics)


def component(info: core.ComponentInfo, with_schemas: bool) -> Component:
    """A component, with its schemas or without."""
    return Component(
        component=info.path,
        description=info.description,
        input_schema=info.input_schema if with_schemas else None,
        output_schema=info.output_schema if with_schemas else None,
    )


def all_examples(flow: Flow) -> list[Example]:
    """The examples of a flow, and the inputs of its test cases that have another name."""
    named: dict[str, Example] = {}
    for each in [*flow.examples, *_cases(flow)]:
        name = str(each.get("name", ""))
        example = Example(name=name, description=each.get("description"), input=each.get("input"))
        named.setdefault(name, example)
    return list(named.values())


def _cases(flow: Flow) -> list[dict[str, Any]]:
    cases = (flow.test or {}).get("cases")
    return [each for each in cases if isinstance(each, dict)] if isinstance(cases, list) else []


def flow_graph(graph: core.FlowGraph) -> FlowGraph:
    """A graph whose edges all say their kind."""
    edges = [GraphEdge(source=each.source, target=each.target, kind=each.kind) for each in graph.edges]
    return FlowGraph(nodes=graph.nodes, edges=edges)


_SUMMARY = RunSummary.__struct_fields__
