"""The builtins that the engine carries out itself, for listings and for finding them."""

from __future__ import annotations

from typing import Any

from ..component_model import Component, Kind

FLOW = {"description": "a flow, or the id or stored name of one"}
RESULT = {
    "type": "object",
    "description": "what came of a flow",
    "properties": {
        "outcome": {"enum": ["success", "failed", "skipped"]},
        "result": {},
        "error": {
            "type": "object",
            "properties": {"code": {"type": "integer"}, "message": {"type": "string"}, "data": {}},
            "required": ["code", "message"],
        },
        "reason": {"type": "string"},
    },
    "required": ["outcome"],
}
COUNT = {"type": "integer", "minimum": 0}


def engine_components() -> list[Component]:
    """`eval`, `map`, `iterate`, `call`, `switch`, `loop` and `sleep`."""
    return [_eval(), _map(), _iterate(), _call(), _switch(), _loop(), _sleep()]


def _eval() -> Component:
    return _component(
        "eval",
        "Runs a flow on an input; a flow that fails is a result too.",
        {
            **_object({"flow_id": {"type": ["string", "null"]}, "flow": FLOW, "input": {}}, ["input"]),
            "anyOf": [{"required": ["flow_id"]}, {"required": ["flow"]}],
        },
        _object({"result": RESULT, "run_id": {"type": "string"}}, ["result", "run_id"]),
    )


def _map() -> Component:
    members = {
        "workflow": FLOW,
        "items": {"type": "array"},
        "max_concurrency": {"type": ["integer", "null"], "minimum": 1},
        "on_item_error": {"enum": ["collect", "fail", None], "default": "collect"},
    }
    results = {"type": "array", "items": RESULT, "description": "in the order of the items"}
    counts = {"successful": COUNT, "failed": COUNT, "skipped": COUNT}
    return _component(
        "map",
        "Runs a flow once per item.",
        _object(members, ["workflow", "items"]),
        _object({"results": results, **counts}, ["results", "successful", "failed"]),
    )


def _iterate() -> Component:
    limit = {"type": ["integer", "null"], "minimum": 1, "default": 1000}
    return _component(
        "iterate",
        "Runs a flow again and again: on its own `next`, until it gives a `result`.",
        _object({"flow": FLOW, "initial_input": {}, "max_iterations": limit}, ["flow", "initial_input"]),
        _object(
            {
                "result": {"description": "the flow's `result`; at the limit the latest input"},
                "iterations": COUNT,
                "terminated": {"type": "boolean", "description": "whether the limit ended it"},
            },
            ["result", "iterations", "terminated"],
        ),
    )


def _call() -> Component:
    return _component(
        "call",
        "Runs a flow as a part of this run; its output is the step's, and so is its failure.",
        _object({"flow": FLOW, "input": {"default": None}}, ["flow"]),
        None,
    )


def _switch() -> Component:
    case = _object({"flow": FLOW, "input": {"description": "by default the value of `on`"}}, ["flow"])
    cases = {"type": "object", "additionalProperties": case}
    return _component(
        "switch",
        "Runs the flow of the case whose key equals a value.",
        _object({"on": {}, "cases": cases, "default": case}, ["on", "cases"]),
        _object({"case": {"type": "string"}, "output": {}}, ["case", "output"]),
    )


def _loop() -> Component:
    knows = "an `$expr` text, which knows `out`, `state` and `iteration` too; steps that it names end first"
    text = {"type": "string", "description": knows}
    exhausted = {"enum": ["fail", "last", "best", None], "default": "fail", "description": "`fail` is code 400"}
    iteration = _object({"iteration": COUNT, "output": {}, "score": {"type": "number"}}, ["iteration", "output"])
    members = {
        "flow": FLOW,
        "state": {"description": "the input of the first iteration"},
        "until": text,
        "next": {**text, "type": ["string", "null"], "description": "the next state; by default `out`"},
        "max_iterations": {"type": "integer", "minimum": 1, "maximum": 10_000},
        "on_exhausted": exhausted,
        "score": {**text, "type": ["string", "null"], "description": "a number; the highest is the best"},
        "history": {"type": ["boolean", "null"], "default": True, "description": "whether it is kept and given"},
    }
    output = {
        "output": {"description": "of the iteration that ended the loop, of the last or of the best"},
        "state": {"description": "what that same iteration was given"},
        "iterations": COUNT,
        "exhausted": {"type": "boolean", "description": "whether `max_iterations` ended it"},
        "history": {"type": "array", "items": iteration, "description": "left out where it is off"},
    }
    return _component(
        "loop",
        "Runs a flow on a state, and on what it makes of that, until a condition holds.",
        _object(members, ["flow", "state", "until", "max_iterations"]),
        _object(output, ["output", "state", "iterations", "exhausted"]),
    )


def _sleep() -> Component:
    duration = {"type": "number", "minimum": 0, "description": "milliseconds"}
    return _component(
        "sleep",
        "Waits for a time; nothing is held meanwhile.",
        _object({"duration_ms": duration, "passthrough": {}}, ["duration_ms"]),
        _object({"duration_ms": duration, "passthrough": {}}, ["duration_ms"]),
    )


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required}


def _component(name: str, description: str, input: dict[str, Any], output: dict[str, Any] | None) -> Component:
    return Component(
        path=f"/{name}",
        name=name,
        kind=Kind.ENGINE,
        call=_not_called,
        description=description,
        input_schema=input,
        output_schema={} if output is None else output,
    )


def _not_called(input: Any, context: Any) -> Any:
    raise RuntimeError("this component is the engine's own work and is not called")
