"""Loading: any document gives a model or fatal diagnostics, in bounded time, and never an exception."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepflow_core.diagnostics import DiagnosticLevel
from stepflow_core.documents import read_file
from stepflow_runtime.language.catalogue import Code
from stepflow_runtime.language.forms import COMPANIONS
from stepflow_runtime.language.keys import CALL, CASE, FLOW, ON_ERROR, ON_SKIP, RETRY, STEP, SWITCH, TEST
from stepflow_runtime.language.limits import Limits
from stepflow_runtime.language.parse import Loaded, load_flow

CONFORMANCE = Path(__file__).parents[4] / "tests" / "conformance"
ROUTES = ("/builtin/", "/mock/")


def is_fatal(loaded: Loaded) -> bool:
    """Whether a fatal diagnostic was given."""
    return any(each.level is DiagnosticLevel.FATAL for each in loaded.diagnostics)


def faults() -> list[tuple[str, dict[str, Any]]]:
    """The documents of the suite whose fault does not lie in their text."""
    manifest: dict[str, Any] = read_file(CONFORMANCE / "invalid" / "manifest.yaml").data
    return [(name, fault) for name, fault in manifest.items() if fault.get("at") != "text"]


@pytest.mark.parametrize(("name", "fault"), faults(), ids=lambda value: value if isinstance(value, str) else "")
def test_a_faulty_document_is_told_of(name: str, fault: dict[str, Any]) -> None:
    """By one of the expected kinds, at one of the expected levels."""
    document = read_file(CONFORMANCE / "invalid" / name).data
    loaded = load_flow(document, is_routable=lambda path: path.startswith(ROUTES))
    kinds, levels = [one if isinstance(one, list) else [one] for one in (fault["kind"], fault["level"])]
    found = [each for each in loaded.diagnostics if each.kind in kinds and each.level in levels]
    assert found, loaded.diagnostics
    assert any(fault.get("code") in (None, each.code) for each in found)
    assert any(fault.get("hint", "") in f"{each.text} {each.hint}" for each in found)
    assert is_fatal(loaded) is (loaded.model is None)


@pytest.mark.parametrize("path", sorted((CONFORMANCE / "flows").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_flow_of_the_suite_loads_and_its_normal_form_is_the_same_flow(path: Path) -> None:
    """The id is kept, however often it is written and read."""
    model = load_flow(read_file(path).data).model
    assert model is not None
    again = load_flow(model.document).model
    assert again is not None
    assert msgspec.json.encode(again.document) == msgspec.json.encode(model.document)
    assert again == model


def test_what_is_no_document_is_told_with_its_place() -> None:
    """All of it together."""
    cycle: dict[str, Any] = {}
    cycle["self"] = cycle
    for document, places in [
        ({"output": {"a": float("nan"), "b": [{1: 2}], "c": {3, 4}}}, {"$.output.a", "$.output.b[0]", "$.output.c"}),
        (b"text", {"$"}),
    ]:
        loaded = load_flow(document)
        assert {(each.code, each.path) for each in loaded.diagnostics} == {(3400, place) for place in places}
        assert loaded.model is None
    assert "contains itself" in load_flow(cycle).diagnostics[0].text


def wrapped(levels: int, wrap: Any) -> Any:
    """A value with so many expressions around it."""
    value: Any = 1
    for _ in range(levels):
        value = wrap(value)
    return value


@pytest.mark.parametrize(
    ("levels", "wrap"),
    [
        (126, lambda value: [value]),
        (126, lambda value: {"a": value}),
        (126, lambda value: {"$if": value, "then": 1}),
        (126, lambda value: {"$if": 1, "then": 2, "else": value}),
        (126, lambda value: {"$variable": "v", "default": value}),
        (63, lambda value: {"$coalesce": [value]}),
        (63, lambda value: {"$expr": "1", "with": {"n": value}}),
        (63, lambda value: {"$step": "a", "onSkip": {"action": "useDefault", "defaultValue": value}}),
        (125, lambda value: {"$literal": value}),
    ],
)
def test_the_deepest_document_needs_few_python_frames(levels: int, wrap: Any) -> None:
    """So that it loads wherever it is called from."""
    document = {"steps": [{"id": "a", "component": "/noop"}], "output": wrapped(levels, wrap)}
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(depth_of_stack() + 400)
    try:
        loaded = load_flow(document)
    finally:
        sys.setrecursionlimit(limit)
    assert loaded.model is not None


def depth_of_stack() -> int:
    """How many frames there are."""
    frame, depth = sys._getframe(), 0
    while frame.f_back:
        frame, depth = frame.f_back, depth + 1
    return depth


def test_flows_inside_flows_are_as_deep_as_the_document_may_be() -> None:
    """And one level more is refused."""
    flow: dict[str, Any] = {"output": 1}
    for _ in range(21):
        flow = {"steps": [{"id": "a", "component": "/call", "input": {"flow": {"$literal": flow}}}], "output": 1}
    assert load_flow(flow).model is not None
    for _ in range(10):
        flow = {"steps": [{"id": "a", "component": "/call", "input": {"flow": {"$literal": flow}}}], "output": 1}
    assert [each.code for each in load_flow(flow).diagnostics] == [3400]


def test_limits_are_settings() -> None:
    """Depth, number of values, number of diagnostics."""
    assert load_flow({"output": [[1]]}, limits=Limits(depth=2)).model is None
    assert load_flow({"output": [1, 2, 3]}, limits=Limits(nodes=3)).model is None
    many = {"steps": [{"id": f"s{index}", "component": "noop"} for index in range(50)]}
    loaded = load_flow(many, limits=Limits(diagnostics=5))
    assert [each.code for each in loaded.diagnostics].count(2500) == 5
    assert "not listed" in str(loaded.diagnostics[-1].hint)


def test_ten_thousand_faults_take_no_longer_than_ten_thousand_steps() -> None:
    """Suggestions are not looked for without end; the fatal level is known though not all are listed."""
    steps = [
        {"id": f"step-{index}", "component": "/noop", "input": {"$step": f"stop{index}"}} for index in range(10_000)
    ]
    loaded = load_flow({"steps": steps, "output": {"$template": "{{ steps.step }}"}})
    assert loaded.model is None
    assert len(loaded.diagnostics) <= 2000


def test_a_diagnostic_is_complete() -> None:
    """Code, kind, level, text, path, pointer, hint; the place in a file is added by who read the file."""
    [diagnostic] = load_flow({"name": "n", "description": "d", "output": {"a/b": [{"$step": "x"}]}}).diagnostics
    assert msgspec.to_builtins(diagnostic) == {
        "code": 3003,
        "kind": "undefinedStepReference",
        "level": "fatal",
        "text": 'there is no step "x"',
        "path": '$.output["a/b"][0].$step',
        "pointer": "/output/a~1b/0/$step",
    }


@pytest.mark.parametrize("code", Code)
def test_the_level_follows_from_the_code(code: Code) -> None:
    """1xxx warnings, 2xxx errors, 3xxx fatal."""
    assert code.level == {1: "warning", 2: "error", 3: "fatal"}[code // 1000]
    assert code.kind[0].islower()


KEYS = [FLOW, STEP, ON_ERROR, RETRY, ON_SKIP, TEST, CASE, SWITCH, CALL]
TEXTS = ["a", "useDefault", "retry", "/call", "/switch", "/eval", "/map", "$.a", "$[", "1h", "{{ steps.a }}", "any"]
BESIDE = ["then", "else", "path", "onSkip", "with", "default", "$from", "workflow"]
WORDS = st.sampled_from(sorted({*(key for keys in KEYS for key in keys.order), *TEXTS, *BESIDE, *COMPANIONS}))
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=5)),
    max_leaves=25,
)
OPTIONS = dict.fromkeys(["input", "when", "after", "onError", "retry", "timeout", "cache"], DOCUMENTS)
STEPS = st.lists(st.fixed_dictionaries({"id": WORDS, "component": WORDS}, optional=OPTIONS), max_size=3)


@given(st.one_of(DOCUMENTS, st.fixed_dictionaries({"steps": STEPS, "output": DOCUMENTS})))
@settings(max_examples=300, deadline=None)
def test_any_document_gives_a_model_or_fatal_diagnostics(document: Any) -> None:
    """Never an exception; and what has a model has a normal form that is the same flow."""
    loaded = load_flow(document)
    assert is_fatal(loaded) is (loaded.model is None)
    if loaded.model is not None:
        again = load_flow(loaded.model.document)
        assert again.model is not None
        assert again.model.id == loaded.model.id


@pytest.mark.parametrize(
    "input", [[{"$coalesce": None}], {"on": 1, "x": {"$if": 1}}, [[{"$step": 5}]], {"$coalesce": 1}]
)
def test_what_a_control_component_cannot_use_is_told_and_kept(input: Any) -> None:
    """It was read as data, and is no expression in the normal form either."""
    loaded = load_flow({"steps": [{"id": "a", "component": "/call", "input": input}]})
    assert any(each.code == 2002 for each in loaded.diagnostics) or loaded.model is None
