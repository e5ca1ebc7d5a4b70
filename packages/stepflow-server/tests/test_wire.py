"""What the API answers says all that executors say, under the names of the contract."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import stepflow_core as core
from stepflow_core import Flow, FlowLoadError, InvalidInputError, RateLimitError, RunTimeoutError, StepflowError
from stepflow_server import wire
from stepflow_server.problems import problem_of, retry_headers

SAME = ["RunSummary", "RunDetails", "Diagnostic", "FlowGraph", "GraphEdge", "ListRunsResponse", "StoreFlowResponse"]


@pytest.mark.parametrize("name", SAME)
def test_nothing_that_executors_say_is_lost(name: str) -> None:
    """A type that is told in another way has the members of the core's type, in its order."""
    ours, theirs = getattr(wire, name), getattr(core, name)
    assert ours.__struct_fields__ == theirs.__struct_fields__


def test_component_under_its_older_names() -> None:
    """A component's path is called `component`; its schemas can be left out."""
    info = core.ComponentInfo(path="/a", description="d", input_schema={"type": "object"}, output_schema={})
    with_schemas = {"component": "/a", "description": "d", "input_schema": {"type": "object"}, "output_schema": {}}
    assert msgspec.to_builtins(wire.component(info, True)) == with_schemas
    assert msgspec.to_builtins(wire.component(info, False)) == {"component": "/a", "description": "d"}


def test_examples_and_cases_are_merged() -> None:
    """Examples come first; a case of the same name is the same example; odd cases do no harm."""
    flow = Flow(examples=[{"name": "a", "input": 1}], test={"cases": [{"name": "a", "input": 2}, {"name": "b"}, 3]})
    assert [(each.name, each.input) for each in wire.all_examples(flow)] == [("a", 1), ("b", None)]
    assert wire.all_examples(Flow(test={"cases": "none"})) == []


DIAGNOSTIC = core.Diagnostic(code=3003, kind="x", level=core.DiagnosticLevel.FATAL, text="t")
VIOLATIONS = [{"pointer": "/a", "message": "m"}]


@pytest.mark.parametrize(
    ("error", "status", "errors", "details"),
    [
        (core.NotFoundError("no"), 404, [], None),
        (core.ConflictError("no"), 409, [], None),
        (core.AuthenticationError("no"), 401, [], None),
        (core.ForbiddenError("no"), 403, [], None),
        (RateLimitError("no"), 429, [], None),
        (RunTimeoutError("no"), 408, [], None),
        (core.ServerError("no"), 500, [], None),
        (core.ConnectionFailedError("no"), 503, [], None),
        (StepflowError("no"), 500, [], None),
        (StepflowError("no", status_code=200), 500, [], None),
        (StepflowError("no", status_code=418), 418, [], None),
        (InvalidInputError("no"), 400, [], None),
        (InvalidInputError("no", status_code=422), 422, [], None),
        (InvalidInputError("no", details={"kind": "not_json"}), 400, [], {"kind": "not_json"}),
        (
            InvalidInputError("no", details={"kind": "invalid_input", "errors": VIOLATIONS}),
            422, ["/a"], {"kind": "invalid_input"},
        ),
        (InvalidInputError("no", details={"errors": "odd"}), 400, [], None),
        (InvalidInputError("no", details=object()), 400, [], None),
        (InvalidInputError("no", details=["one", "two"]), 400, [], ["one", "two"]),
        (FlowLoadError(diagnostics=[DIAGNOSTIC]), 400, [""], None),
    ],
)  # fmt: skip
def test_exceptions_as_problems(error: StepflowError, status: int, errors: list[str], details: Any) -> None:
    """Every exception of an executor is a problem of its status, with all it says."""
    problem = problem_of(error)
    assert (problem.status, problem.code, problem.detail) == (status, status, problem.message)
    assert [each.pointer for each in problem.errors] == errors
    assert problem.details == details


def test_diagnostics_are_told_in_full() -> None:
    """A flow that cannot be used is told with its diagnostics, their places included."""
    problem = msgspec.to_builtins(problem_of(FlowLoadError(diagnostics=[DIAGNOSTIC])))
    assert problem["type"].endswith("/flow-load")
    assert problem["diagnostics"] == [
        {"code": 3003, "kind": "x", "level": "fatal", "text": "t", "path": "$", "pointer": ""}
    ]


def test_when_to_come_back() -> None:
    """`Retry-After` is in whole seconds."""
    assert retry_headers(RateLimitError("no", retry_after=1.2)) == {"Retry-After": "2"}
    assert retry_headers(RateLimitError("no")) == {}
