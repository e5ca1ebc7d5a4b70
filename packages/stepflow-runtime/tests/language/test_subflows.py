"""Flows inside flows: literal ones, those of control components, and those that are data."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_core.diagnostics import Diagnostic
from stepflow_runtime.language.builtin_names import default_builtin_of
from stepflow_runtime.language.expressions import InputValue, Literal, ObjectOf, StepOutput
from stepflow_runtime.language.forms import FLOW_SCHEMA
from stepflow_runtime.language.model import Call, Case, FlowField, Switch
from stepflow_runtime.language.parse import Loaded, load_flow

INNER = {"steps": [{"id": "x", "component": "/noop", "input": {"$input": "$"}}], "output": {"$step": "x"}}


def load(component: str, source: Any, **more: Any) -> Loaded:
    """A flow of a step `a` and a step `it` of this component with this input."""
    steps = [{"id": "a", "component": "/noop"}, {"id": "it", "component": component, "input": source}]
    return load_flow(
        {"name": "t", "description": "d", "steps": steps, "output": [{"$step": "a"}, {"$step": "it"}], **more}
    )


def told(component: str, source: Any, **more: Any) -> list[Diagnostic]:
    """What is said of it."""
    return load(component, source, **more).diagnostics


def places(found: list[Diagnostic]) -> list[tuple[int, str]]:
    """Codes with places below the input."""
    return [(each.code, each.path.removeprefix("$.steps[1].input")) for each in found]


@pytest.mark.parametrize(
    ("component", "member"), [("/builtin/eval", "flow"), ("/map", "workflow"), ("/builtin/iterate", "flow")]
)
def test_a_literal_flow_is_read_with_the_flow_around_it(component: str, member: str) -> None:
    """It leaves the input and is a model of its own."""
    loaded = load(component, {"input": {"$step": "a"}, member: {"$literal": INNER}})
    assert loaded.model is not None
    assert loaded.diagnostics == []
    step = loaded.model.steps[1]
    assert step.input == ObjectOf({"input": StepOutput("a")})
    assert step.flows[member].steps[0].id == "x"
    alone = load_flow(INNER).model
    assert alone is not None
    assert step.flows[member] == alone
    assert loaded.model.document["steps"][1]["input"][member] == {"$literal": INNER}


@pytest.mark.parametrize(
    "source",
    [
        {"flow": {"$literal": "name"}, "input": 1},
        {"flow": {"$literal": None}, "flow_id": "x", "input": 1},
        {"flow": {"$input": "f"}, "input": 1},
        {"flow": "name", "input": 1},
        {"workflow": {"$literal": INNER}, "input": 1},
        {"$input": "$"},
        {"$literal": {"flow": INNER, "input": 1}},
        None,
    ],
)
def test_a_flow_that_is_known_at_run_time_only_stays_in_the_input(source: Any) -> None:
    """An id, a name, a computed one."""
    loaded = load("/eval", source)
    assert loaded.model is not None
    assert loaded.diagnostics == []
    assert loaded.model.steps[1].flows == {}


@pytest.mark.parametrize(
    ("literal", "found"),
    [
        ({"steps": [{"id": "x"}]}, [(2003, ".flow.$literal.steps[0]")]),
        ({"steps": {}, "name": 1}, [(2003, ".flow.$literal.name"), (2003, ".flow.$literal.steps")]),
        ([1], [(2003, ".flow.$literal")]),
        (5, [(2003, ".flow.$literal")]),
    ],
)
def test_a_literal_that_is_no_flow_is_an_error(literal: Any, found: list[tuple[int, str]]) -> None:
    """The flow around it can run; the step will fail on what it is given."""
    loaded = load("/eval", {"flow": {"$literal": literal}, "input": 1})
    assert places(loaded.diagnostics) == found
    assert loaded.model is not None
    step = loaded.model.steps[1]
    assert step.flows == {}
    assert step.input == ObjectOf({"input": Literal(1), "flow": Literal(literal)})


def test_the_faults_of_a_flow_inside_keep_their_codes() -> None:
    """Fatal ones break the flow around it, at any depth."""
    deeper = {"output": {"$step": "cellar"}}
    inner = {"steps": [{"id": "e", "component": "/eval", "input": {"flow": {"$literal": deeper}, "input": 1}}]}
    loaded = load("/map", {"items": [], "workflow": {"$literal": inner}})
    assert loaded.model is None
    assert [(each.code, each.path) for each in loaded.diagnostics] == [
        (3003, "$.steps[1].input.workflow.$literal.steps[0].input.flow.$literal.output.$step")
    ]


def test_a_flow_inside_does_not_see_the_steps_around_it() -> None:
    """It is a flow of its own."""
    assert places(told("/eval", {"flow": {"$literal": {"output": {"$step": "a"}}}, "input": 1})) == [
        (3003, ".flow.$literal.output.$step")
    ]


def test_warnings_are_given_inside_too_but_none_for_a_missing_name() -> None:
    """What is shown nowhere needs no description."""
    inner = {"steps": [{"id": "x", "component": "noop"}], "outptu": 1}
    assert places(told("/eval", {"flow": {"$literal": inner}, "input": 1})) == [
        (1401, ".flow.$literal.outptu"), (2500, ".flow.$literal.steps[0].component"), (1000, ".flow.$literal.steps[0]"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "warned"),
    [
        ({"steps": [{"id": "x", "component": "/noop"}], "output": 1}, True),
        ({"output": {"outer": {"$input": "tag"}}}, True),
        ({"output": {"$literal": {"$input": "tag"}}}, False),
        ({"output": 1}, False),
        ({"name": "x"}, False),
    ],
)
def test_a_flow_that_is_evaluated_outside_is_warned_of(source: Any, warned: bool) -> None:
    """Where it looks like one."""
    found = told("/map", {"items": [], "workflow": source})
    assert places(found) == ([(1400, ".workflow")] if warned else [])


def test_a_literal_that_says_it_is_a_flow_is_checked_wherever_it_stands() -> None:
    """Unreadable is an error, a fault of its own keeps its level."""
    tagged = {"schema": FLOW_SCHEMA, "steps": [{"id": "no component"}]}
    found = load("/put_blob", {"data": {"$literal": tagged}, "blob_type": "flow"})
    assert places(found.diagnostics) == [(2003, ".data.$literal.steps[0]")]
    assert found.model is not None
    found = load("/put_blob", {"data": [{"$literal": {"schema": FLOW_SCHEMA, "output": {"$step": "cellar"}}}]})
    assert places(found.diagnostics) == [(3003, ".data[0].$literal.output.$step")]
    assert found.model is None
    assert told("/put_blob", {"data": {"$literal": {"output": {"$step": "cellar"}}}}) == []
    twice = {"flow": {"$literal": tagged}, "input": 1}
    assert places(told("/eval", twice)) == [(2003, ".flow.$literal.steps[0]")]


OUTER = {"variables": {"type": "object", "properties": {"outer": {"type": "string"}}}}


def test_a_flow_inside_knows_the_variables_around_it() -> None:
    """Its own schema adds to them; a stored flow knows none."""
    uses = {"output": [{"$variable": "outer"}, {"$variable": "inner"}]}
    declares = uses | {"schemas": {"variables": {"type": "object", "properties": {"inner": {"type": "string"}}}}}
    field = {"flow": {"$literal": uses}, "input": 1}
    assert places(told("/eval", field, schemas=OUTER)) == [(2005, ".flow.$literal.output[1].$variable")]
    assert told("/eval", {"flow": {"$literal": declares}, "input": 1}, schemas=OUTER) == []
    assert [each.code for each in told("/eval", field)] == [1004, 1004]
    stored = {"$literal": uses | {"schema": FLOW_SCHEMA}}
    assert [each.code for each in told("/put_blob", {"data": stored}, schemas=OUTER)] == [1004, 1004]


# Control components.


@pytest.mark.parametrize("flow", [INNER, {"$literal": INNER}])
def test_a_call_has_a_flow_and_an_input(flow: Any) -> None:
    """The flow is a document, with or without `$literal`; its normal form is part of that of the step."""
    loaded = load("/builtin/call", {"flow": flow, "input": {"$step": "a"}})
    assert loaded.model is not None
    assert loaded.diagnostics == []
    step = loaded.model.steps[1]
    assert isinstance(step.control, Call)
    assert step.input == Literal(None)
    assert step.control.flow.flow is not None
    assert step.control.flow.flow.output == StepOutput("x")
    assert step.control.input == StepOutput("a")
    assert loaded.model.document["steps"][1]["input"] == {"flow": INNER, "input": {"$step": "a"}}


def test_a_call_may_name_its_flow_and_go_without_input() -> None:
    """The text is an id or a stored name."""
    loaded = load("/call", {"flow": "payroll@2", "input": None})
    assert loaded.model is not None
    assert loaded.model.steps[1].control == Call(FlowField(reference="payroll@2"), Literal(None))
    assert loaded.model.document["steps"][1]["input"] == {"flow": "payroll@2"}


def test_a_switch_has_cases() -> None:
    """An absent input of a case is that of `on`, null is null."""
    cases = {"x": {"flow": "fx"}, "1": {"flow": "f1", "input": None}}
    loaded = load("/switch", {"on": {"$input": "kind"}, "cases": cases, "default": {"flow": "f", "input": 5}})
    assert loaded.model is not None
    assert loaded.model.steps[1].control == Switch(
        InputValue(("kind",)),
        {"x": Case(FlowField(reference="fx")), "1": Case(FlowField(reference="f1"), Literal(None))},
        Case(FlowField(reference="f"), Literal(5)),
    )
    assert loaded.model.document["steps"][1]["input"] == {
        "on": {"$input": "$.kind"}, "cases": cases, "default": {"flow": "f", "input": 5},
    }  # fmt: skip


def test_what_the_cases_of_a_switch_mention_is_needed() -> None:
    """Over all branches."""
    assert told("/switch", {"on": 1, "cases": {"1": {"flow": "f", "input": {"$step": "a"}}}}) == []
    assert places(told("/switch", {"on": 1, "default": {"flow": "f", "input": {"$step": "b"}}})) == [
        (3003, ".default.input.$step")
    ]


@pytest.mark.parametrize(
    ("component", "source", "code", "place"),
    [
        ("/call", None, 2002, "$.steps[1]"),
        ("/call", 5, 2002, ""),
        ("/call", {"$input": "$"}, 2002, ""),
        ("/call", {"input": 1}, 2002, ""),
        ("/call", {"flow": 5}, 2003, ".flow"),
        ("/call", {"flow": " "}, 2003, ".flow"),
        ("/call", {"flow": {"$input": "f"}}, 2003, ".flow"),
        ("/call", {"flow": {"$literal": 5}}, 2003, ".flow.$literal"),
        ("/call", {"flow": {"steps": 5}}, 2003, ".flow.steps"),
        ("/call", {"flow": {"output": {"$step": "a"}}}, 3003, ".flow.output.$step"),
        ("/call", {"flow": INNER, "inputs": 1}, 1401, ".inputs"),
        ("/switch", {"cases": {"a": {"flow": "f"}}}, 2002, ""),
        ("/switch", {"on": 1}, 2002, ""),
        ("/switch", {"on": 1, "cases": {}}, 2002, ""),
        ("/switch", {"on": 1, "cases": []}, 2002, ""),
        ("/switch", {"on": 1, "cases": [1]}, 2002, ".cases"),
        ("/switch", {"on": 1, "cases": {"a": INNER}}, 2002, ".cases.a"),
        ("/switch", {"on": 1, "cases": {"a": 5}}, 2002, ".cases.a"),
        ("/switch", {"on": 1, "cases": {"a": {"flow": 5}}}, 2003, ".cases.a.flow"),
        ("/switch", {"on": 1, "cases": {"a": {"flow": "f"}}, "default": 5}, 2002, ".default"),
        ("/switch", {"on": 1, "cases": {"a": {"flow": "f", "inptu": 1}}}, 1401, ".cases.a.inptu"),
    ],
)
def test_a_faulty_control_is_told_with_its_place(component: str, source: Any, code: int, place: str) -> None:
    """An error leaves the step as it was written, for the component to refuse."""
    loaded = load(component, source)
    assert (code, place) in places(loaded.diagnostics)
    if 2000 <= code < 3000:
        assert loaded.model is not None
        assert loaded.model.steps[1].control is None
        assert loaded.model.document["steps"][1].get("input") == source
        again = load_flow(loaded.model.document)
        assert again.model is not None
        assert (again.model.id, len(again.diagnostics)) == (loaded.model.id, len(loaded.diagnostics))


def test_builtins_are_found_by_the_default_routes() -> None:
    """With and without their prefix; nothing else is one."""
    assert [default_builtin_of(path) for path in ("/builtin/map", "/map", "/loop")] == ["map", "map", "loop"]
    others = ["/x/map", "map", "/builtin/until", "", "/", "/builtin/", "/builtin//map"]
    assert [default_builtin_of(path) for path in others] == [None] * len(others)


def test_who_loads_says_where_the_builtins_are() -> None:
    """A path may lead to one under any name."""
    steps = [{"id": "it", "component": "/fan", "input": {"items": [], "workflow": {"$literal": INNER}}}]
    flow = {"steps": steps, "output": {"$step": "it"}}
    model = load_flow(flow, builtin_of=lambda path: "map" if path == "/fan" else None).model
    assert model is not None
    assert list(model.steps[0].flows) == ["workflow"]
