"""Reading the control component `loop`: its members, what they mention, its normal form, and what is said of faults."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_core.diagnostics import Diagnostic
from stepflow_runtime.graph import graph_of
from stepflow_runtime.language.builtin_names import default_builtin_of
from stepflow_runtime.language.expressions import Computed, InputValue, Literal, StepOutput, VariableValue
from stepflow_runtime.language.model import FlowField, Loop
from stepflow_runtime.language.overrides import apply_overrides
from stepflow_runtime.language.parse import Loaded, load_flow

INNER = {"steps": [{"id": "x", "component": "/noop", "input": {"$input": "$"}}], "output": {"$step": "x"}}
LEAST = {"flow": INNER, "state": {"$input": "n"}, "until": "out > 3", "max_iterations": 5}


def load(source: Any, **more: Any) -> Loaded:
    """A flow of the steps `a`, `odd id`, and `it`, which is a loop with this input."""
    steps = [{"id": "a", "component": "/noop"}, {"id": "odd id", "component": "/noop"}]
    steps.append({"id": "it", "component": "/builtin/loop", "input": source})
    return load_flow({
        "name": "t", "description": "d", "steps": steps,
        "output": [{"$step": "a"}, {"$step": "odd id"}, {"$step": "it"}], **more,
    })  # fmt: skip


def loop_of(source: Any) -> Loop:
    """The loop that is read from an input without a fault."""
    loaded = load(source)
    assert loaded.diagnostics == []
    assert loaded.model is not None
    control = loaded.model.steps[2].control
    assert isinstance(control, Loop)
    return control


def normal(source: Any) -> Any:
    """The normal form of the input of a loop."""
    loaded = load(source)
    assert loaded.model is not None, loaded.diagnostics
    return loaded.model.document["steps"][2]["input"]


def told(source: Any, **more: Any) -> list[Diagnostic]:
    """What is said of an input."""
    return load(source, **more).diagnostics


def places(found: list[Diagnostic]) -> list[tuple[int, str]]:
    """Codes with places below the input."""
    return [(each.code, each.path.removeprefix("$.steps[2].input")) for each in found]


def without(*names: str) -> dict[str, Any]:
    """The least input of a loop, less some members."""
    return {key: value for key, value in LEAST.items() if key not in names}


def test_a_loop_has_a_flow_a_state_and_texts() -> None:
    """What is absent has its default, which is not written down."""
    assert loop_of({**LEAST, "flow": "by name"}) == Loop(
        FlowField(reference="by name"), InputValue(("n",)), Computed("out > 3"), Literal(5)
    )


def test_every_member_of_a_loop_is_read() -> None:
    """Values are expressions, conditions are texts."""
    read = loop_of({
        "flow": "f", "state": None, "until": "steps.a", "next": "out.next", "max_iterations": {"$input": "most"},
        "on_exhausted": {"$step": "a"}, "score": "out.score", "history": {"$input": "keep"},
    })  # fmt: skip
    assert (read.state, read.until, read.next) == (Literal(None), Computed("steps.a"), Computed("out.next"))
    assert (read.max_iterations, read.on_exhausted) == (InputValue(("most",)), StepOutput("a"))
    assert (read.score, read.history) == (Computed("out.score"), InputValue(("keep",)))
    assert len(read.parts()) == 7


@pytest.mark.parametrize("flow", [INNER, {"$literal": INNER}])
def test_the_flow_of_a_loop_is_a_document(flow: Any) -> None:
    """With or without `$literal`; its normal form is part of that of the step."""
    read = loop_of({**LEAST, "flow": flow})
    assert read.flow.flow is not None
    assert read.flow.flow.output == StepOutput("x")
    assert normal({**LEAST, "flow": flow})["flow"] == INNER


def test_members_that_are_null_are_absent() -> None:
    """All but `state`, of which null is a value."""
    nothing = dict.fromkeys(("next", "on_exhausted", "score", "history"))
    assert loop_of({**LEAST, **nothing}) == loop_of(LEAST)
    assert normal({**LEAST, **nothing}) == normal(LEAST)
    assert loop_of({**LEAST, "state": None}).state == Literal(None)
    assert normal({**LEAST, "state": None})["state"] is None


def test_the_normal_form_of_a_loop_has_one_order_and_no_defaults() -> None:
    """Unknown members are left out, expressions are written from their parsed form."""
    shuffled = {
        "history": True, "score": "out.s", "on_exhausted": "fail", "max_iterations": {"$input": " most "}, "note": 1,
        "next": "out.next", "until": " out ", "state": {"path": "$", "$step": "a"}, "flow": {"$literal": INNER},
    }  # fmt: skip
    written = normal(shuffled)
    assert list(written) == ["flow", "state", "until", "next", "max_iterations", "score"]
    assert (written["state"], written["max_iterations"]) == ({"$step": "a"}, {"$input": "$.most"})
    assert written["until"] == " out "
    kept = normal({**shuffled, "on_exhausted": "best", "history": False})
    assert list(kept)[5:] == ["on_exhausted", "score", "history"]


def test_loops_that_are_the_same_have_one_id() -> None:
    """Those that differ in a text, a limit or what becomes of them have others; the normal form is its own."""

    def id_of(source: Any) -> str:
        model = load(source).model
        assert model is not None
        again = load_flow(model.document).model
        assert again is not None
        assert (again.id, again.document) == (model.id, model.document)
        return model.id

    same = [
        LEAST,
        {**LEAST, "history": True},
        {**LEAST, "on_exhausted": "fail"},
        {**LEAST, "flow": {"$literal": INNER}},
    ]
    assert len({id_of(each) for each in same}) == 1
    differing = [
        {"until": "out > 4"}, {"next": "out"}, {"max_iterations": 6}, {"history": False}, {"score": "1"},
        {"on_exhausted": "last"}, {"state": {"$input": "m"}}, {"flow": "f"},
    ]  # fmt: skip
    assert len({id_of({**LEAST, **each}) for each in [{}, *differing]}) == 1 + len(differing)


@pytest.mark.parametrize(
    ("source", "code", "place"),
    [
        (None, 2002, "$.steps[2]"),
        (5, 2002, ""),
        ({"$input": "$"}, 2002, ""),
        (without("flow"), 2002, ""),
        (without("state"), 2002, ""),
        (without("until"), 2002, ""),
        (without("max_iterations"), 2002, ""),
        ({**LEAST, "until": None}, 2002, ""),
        ({**LEAST, "max_iterations": None}, 2002, ""),
        ({**LEAST, "flow": 5}, 2003, ".flow"),
        ({**LEAST, "flow": {"$input": "f"}}, 2003, ".flow"),
        ({**LEAST, "flow": {"steps": 5}}, 2003, ".flow.steps"),
        ({**LEAST, "max_iterations": 0}, 2002, ".max_iterations"),
        ({**LEAST, "max_iterations": 10_001}, 2002, ".max_iterations"),
        ({**LEAST, "max_iterations": -1}, 2002, ".max_iterations"),
        ({**LEAST, "max_iterations": 2.0}, 2002, ".max_iterations"),
        ({**LEAST, "max_iterations": True}, 2002, ".max_iterations"),
        ({**LEAST, "max_iterations": "5"}, 2002, ".max_iterations"),
        ({**LEAST, "on_exhausted": "stop"}, 2002, ".on_exhausted"),
        ({**LEAST, "on_exhausted": 1}, 2002, ".on_exhausted"),
        ({**LEAST, "on_exhausted": "best"}, 2002, ".on_exhausted"),
        ({**LEAST, "history": "no"}, 2002, ".history"),
        ({**LEAST, "history": 0}, 2002, ".history"),
        ({**LEAST, "flow": {"output": {"$step": "a"}}}, 3003, ".flow.output.$step"),
        ({**LEAST, "state": {"$step": "b"}}, 3003, ".state.$step"),
        ({**LEAST, "state": {"$input": "a..b"}}, 3004, ".state.$input"),
        ({**LEAST, "until": True}, 3004, ".until"),
        ({**LEAST, "until": {"$expr": "out"}}, 3004, ".until"),
        ({**LEAST, "until": "out >"}, 3004, ".until"),
        ({**LEAST, "until": "outt > 1"}, 3004, ".until"),
        ({**LEAST, "next": "steps.later"}, 3003, ".next"),
        ({**LEAST, "next": "steps.it"}, 3002, ".next"),
        ({**LEAST, "score": "steps['odd id']"}, 3004, ".score"),
        ({**LEAST, "score": "steps[out.name]"}, 3004, ".score"),
        ({**LEAST, "untill": "x"}, 1401, ".untill"),
    ],
)  # fmt: skip
def test_a_faulty_loop_is_told_with_its_place(source: Any, code: int, place: str) -> None:
    """An error leaves the step as it was written, for the component to refuse."""
    loaded = load(source)
    assert (code, place) in places(loaded.diagnostics)
    assert (loaded.model is None) is (code >= 3000)
    if 2000 <= code < 3000:
        assert loaded.model is not None
        assert loaded.model.steps[2].control is None
        assert loaded.model.document["steps"][2].get("input") == source


def test_all_faults_of_a_loop_are_told_together() -> None:
    """What is missing and what is wrong."""
    found = told({"state": 1, "max_iterations": 0, "on_exhausted": "best", "history": 1})
    assert places(found) == [
        (2002, ""), (2002, ""), (2002, ".max_iterations"), (2002, ".on_exhausted"), (2002, ".history"),
    ]  # fmt: skip
    assert all(each.hint for each in found)


@pytest.mark.parametrize(
    ("more", "hint"),
    [
        ({"on_exhausted": "lats"}, "last"),
        ({"on_exhausted": "best"}, "score"),
        ({"until": "state.n > itertion"}, "iteration"),
        ({"until": "nobody"}, "`out`, `state`, `iteration`"),
        ({"until": True}, 'until: "true"'),
        ({"until": "steps['odd id'] > 1"}, "letters"),
        ({"max_iterations": 20_000}, "max_iterations: 5"),
    ],
)
def test_what_to_write_instead_is_said(more: dict[str, Any], hint: str) -> None:
    """In the hint; a text of a loop has no `with`."""
    [found] = told({**LEAST, **more})
    assert found.hint is not None
    assert hint in found.hint
    assert "with" not in found.hint


def test_the_texts_of_a_loop_know_the_variables_around_it() -> None:
    """An undeclared one is told; the names of the loop are unknown elsewhere."""
    schemas = {"variables": {"type": "object", "properties": {"limit": {"type": "integer"}}}}
    assert told({**LEAST, "until": "out > vars.limit"}, schemas=schemas) == []
    assert places(told({**LEAST, "until": "out > vars.limti"}, schemas=schemas)) == [(2005, ".until")]
    assert places(told({**LEAST, "state": {"$expr": "out"}})) == [(3004, ".state.$expr")]
    assert load({**LEAST, "state": {"$variable": "limit"}}, schemas=schemas).diagnostics == []
    model = load({**LEAST, "state": {"$variable": "limit"}}, schemas=schemas).model
    assert model is not None
    assert isinstance(model.steps[2].control, Loop)
    assert model.steps[2].control.state == VariableValue("limit")


@pytest.mark.parametrize(
    "mention",
    [
        {"state": {"$step": "a"}}, {"until": "steps.a"}, {"next": "steps.a"}, {"score": "steps.a"},
        {"max_iterations": {"$step": "a"}}, {"on_exhausted": {"$step": "a"}}, {"history": {"$step": "a"}},
    ],
)  # fmt: skip
def test_a_step_that_a_loop_names_is_reached_and_drawn(mention: dict[str, Any]) -> None:
    """Wherever in its input it is named; without that nothing would need it."""
    steps = [{"id": "a", "component": "/noop"}, {"id": "it", "component": "/loop", "input": {**LEAST, **mention}}]
    loaded = load_flow({"name": "t", "description": "d", "steps": steps, "output": {"$step": "it"}})
    assert loaded.diagnostics == []
    assert loaded.model is not None
    edges = {(each.source, each.target, each.kind) for each in graph_of(loaded.model).edges}
    assert ("a", "it", "data") in edges


def test_a_step_that_no_loop_names_is_unreachable() -> None:
    """So the test above can fail."""
    steps = [{"id": "a", "component": "/noop"}, {"id": "it", "component": "/loop", "input": LEAST}]
    found = load_flow({"name": "t", "description": "d", "steps": steps, "output": {"$step": "it"}}).diagnostics
    assert [(each.code, each.path) for each in found] == [(1000, "$.steps[0]")]


@pytest.mark.parametrize("flow", [INNER, {"$literal": INNER}])
def test_a_step_of_the_flow_in_a_loop_can_be_overridden(flow: Any) -> None:
    """By its address without index."""
    document = {"steps": [{"id": "it", "component": "/loop", "input": {**LEAST, "flow": flow}}]}
    changed = apply_overrides(document, {"it/x": {"value": {"input": 99}}}, default_builtin_of)
    inner = changed["steps"][0]["input"]["flow"]
    assert inner.get("$literal", inner)["steps"][0]["input"] == 99
