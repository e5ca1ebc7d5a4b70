"""The graph of a flow: its steps, its output, and what needs what, in which way."""

from __future__ import annotations

from typing import Any

from stepflow_core import FlowGraph
from stepflow_runtime import StepflowRuntime


def step(id: str, component: str = "/noop", input: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": {} if input is None else input, **more}


def ref(id: str, **more: Any) -> dict[str, Any]:
    return {"$step": id, **more}


async def graph_of(*steps: dict[str, Any], output: Any = None) -> FlowGraph:
    async with StepflowRuntime() as runtime:
        stored = await runtime.store_flow({"name": "t", "description": "d", "steps": list(steps), "output": output})
        assert stored.flow_id is not None, stored.diagnostics
        return await runtime.get_flow_graph(stored.flow_id)


async def edges_of(*steps: dict[str, Any], output: Any = None) -> set[tuple[str, str, str]]:
    graph = await graph_of(*steps, output=output)
    edges = [(each.source, each.target, each.kind) for each in graph.edges]
    assert len(edges) == len(set(edges))
    return set(edges)


async def test_every_step_and_the_output_are_nodes() -> None:
    """In document order, the output last; steps name their component."""
    graph = await graph_of(step("b"), step("a", "/eval", {"flow_id": "x", "input": 1}), output=ref("b"))
    told = [(each.id, each.kind, each.label, each.component) for each in graph.nodes]
    assert told == [
        ("b", "step", "b", "/noop"),
        ("a", "step", "a", "/eval"),
        ("$output", "output", "output", None),
    ]


async def test_a_flow_without_steps_has_its_output() -> None:
    """And no edges."""
    graph = await graph_of(output=1)
    assert ([each.id for each in graph.nodes], graph.edges) == (["$output"], [])


async def test_inputs_need_data() -> None:
    """However deep the reference stands; two references are one edge."""
    steps = [step("a"), step("b", input=[{"x": ref("a")}, ref("a", path="y"), {"$literal": ref("a")}])]
    assert await edges_of(*steps, output={"b": ref("b")}) == {("a", "b", "data"), ("b", "$output", "data")}


async def test_lazy_forms_need_their_conditions_and_their_branches() -> None:
    """The condition as such."""
    chosen = {"$if": ref("a"), "then": ref("b"), "else": {"$coalesce": [ref("c"), ref("d")]}}
    assert await edges_of(step("a"), step("b"), step("c"), step("d"), output=chosen) == {
        ("a", "$output", "condition"),
        ("b", "$output", "data"),
        ("c", "$output", "data"),
        ("d", "$output", "data"),
    }


async def test_defaults_are_needs_too() -> None:
    """Of skips and of variables."""
    skip = ref("a", onSkip={"action": "useDefault", "defaultValue": ref("b")})
    output = [skip, {"$variable": "v", "default": ref("c")}]
    edges = await edges_of(step("a"), step("b"), step("c"), output=output)
    assert edges == {(each, "$output", "data") for each in "abc"}


async def test_texts_need_what_they_mention() -> None:
    """By name, and by `with`."""
    template = {"$template": "{{ steps.a }} {{ x }}", "with": {"x": ref("b")}}
    computed = {"$expr": "steps.c > 1"}
    edges = await edges_of(step("a"), step("b"), step("c"), output=[template, computed])
    assert edges == {(each, "$output", "data") for each in "abc"}


async def test_gates_are_conditions_and_order() -> None:
    """`when` and `after`, beside the data."""
    steps = [step("a"), step("b"), step("c"), step("d", input=ref("c"), when=ref("b"), after=["a", "b"])]
    assert await edges_of(*steps, output=ref("d")) == {
        ("a", "d", "order"),
        ("b", "d", "order"),
        ("b", "d", "condition"),
        ("c", "d", "data"),
        ("d", "$output", "data"),
    }


async def test_control_steps_need_what_they_choose_by_and_from() -> None:
    """What `on` names is a condition; the inputs of the cases are data."""
    inner = {"output": {"$input": "$"}}
    cases = {"x": {"flow": inner, "input": ref("b")}, "y": {"flow": inner}}
    steps = [
        step("a"), step("b"), step("c"),
        step("s", "/switch", {"on": ref("a"), "cases": cases, "default": {"flow": inner, "input": ref("c")}}),
        step("k", "/call", {"flow": inner, "input": ref("s")}),
    ]  # fmt: skip
    assert await edges_of(*steps, output=ref("k")) == {
        ("a", "s", "condition"),
        ("b", "s", "data"),
        ("c", "s", "data"),
        ("s", "k", "data"),
        ("k", "$output", "data"),
    }


async def test_edges_lead_from_earlier_to_later_steps() -> None:
    """In the order of what they lead to."""
    graph = await graph_of(step("a"), step("b", input=ref("a")), step("c", input=[ref("b"), ref("a")]), output=ref("c"))
    assert [(each.source, each.target) for each in graph.edges] == [
        ("a", "b"),
        ("b", "c"),
        ("a", "c"),
        ("c", "$output"),
    ]
