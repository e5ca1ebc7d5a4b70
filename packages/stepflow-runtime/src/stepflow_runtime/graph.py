"""The graph of a flow, for drawing: its steps, its output, and what needs what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stepflow_core import FlowGraph, GraphEdge, GraphNode

from .engine.evaluate import compiled_template
from .language.expressions import (
    ArrayOf,
    Coalesce,
    Computed,
    Expression,
    If,
    ObjectOf,
    StepOutput,
    TextTemplate,
    VariableValue,
)
from .language.model import Call, FlowModel, Loop, StepModel, Switch

OUTPUT = "$output"
"""The id of the node that stands for the flow's output."""

Need = tuple[str, str]
"""A step that is needed, and how: `data`, `condition` or `order`."""


def graph_of(model: FlowModel) -> FlowGraph:
    """The nodes and edges of a flow, in document order."""
    nodes = [GraphNode(id=step.id, kind="step", label=step.id, component=step.component) for step in model.steps]
    nodes.append(GraphNode(id=OUTPUT, kind="output", label="output"))
    ids = [step.id for step in model.steps]
    edges = [_edge(need, step.id) for step in model.steps for need in dict.fromkeys(_step_needs(step, ids))]
    edges += [_edge(need, OUTPUT) for need in dict.fromkeys(_needs(model.output, "data"))]
    return FlowGraph(nodes=nodes, edges=edges)


def _edge(need: Need, target: str) -> GraphEdge:
    return GraphEdge(source=need[0], target=target, kind=need[1])


def _step_needs(step: StepModel, ids: list[str]) -> Iterator[Need]:
    yield from ((ids[each], "order") for each in step.after)
    if step.when is not None:
        yield from _needs(step.when, "condition")
    match step.control:
        case Call(input=expression):
            yield from _needs(expression, "data")
        case Switch(on=on, cases=cases, default=default):
            yield from _needs(on, "condition")
            for case in [*cases.values(), *([default] if default else [])]:
                if case.input is not None:
                    yield from _needs(case.input, "data")
        case Loop() as loop:
            yield from _all_needs(loop.parts(), "data")
        case None:
            yield from _needs(step.input, "data")


def _needs(expression: Expression, kind: str) -> Iterator[Need]:
    match expression:
        case StepOutput(step=step, on_skip=on_skip):
            yield step, kind
            yield from _all_needs([on_skip], kind)
        case If(condition=condition, then=then, otherwise=otherwise):
            yield from _needs(condition, "condition")
            yield from _all_needs([then, otherwise], kind)
        case VariableValue(default=default):
            yield from _all_needs([default], kind)
        case ArrayOf(elements=elements) | Coalesce(elements=elements):
            yield from _all_needs(elements, kind)
        case ObjectOf(members=members):
            yield from _all_needs(members.values(), kind)
        case TextTemplate() | Computed():
            yield from ((mention.id, kind) for mention in compiled_template(expression).steps)
            yield from _all_needs(expression.names.values(), kind)


def _all_needs(expressions: Iterable[Expression | None], kind: str) -> Iterator[Need]:
    return (need for each in expressions if each is not None for need in _needs(each, kind))
