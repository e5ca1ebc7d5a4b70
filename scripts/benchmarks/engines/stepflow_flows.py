"""The flows that Stepflow runs for the workloads."""

from __future__ import annotations

from typing import Any

from ..workloads import Kind

PATHS: dict[Kind, str] = {"inline": "/bench/inline", "async": "/bench/async", "plain": "/bench/plain"}
"""The components: each takes `x` and gives `{x: x + 1}`."""

Flow = dict[str, Any]


def chain(steps: int, component: str) -> Flow:
    """Steps that each take the `x` of the one before; the output is the `x` of the last."""
    listed = [_step(number, component, _before(number)) for number in range(steps)]
    return _flow("chain", listed, {"$step": f"s{steps - 1}", "path": "x"})


def _before(number: int) -> Any:
    return {"$step": f"s{number - 1}", "path": "x"} if number else {"$input": "x"}


def fan_out(steps: int, component: str) -> Flow:
    """Steps that all take the flow's `x`; the output lists what each gave."""
    listed = [_step(number, component, {"$input": "x"}) for number in range(steps)]
    return _flow("fan-out", listed, [{"$step": f"s{number}", "path": "x"} for number in range(steps)])


def mapped(flow: Flow) -> Flow:
    """A flow run for each of the input's `items`; the output is how many of them succeeded."""
    over = {"workflow": {"$literal": flow}, "items": {"$input": "items"}}
    step = {"id": "each", "component": "/builtin/map", "input": over}
    return _flow("map", [step], {"$step": "each", "path": "successful"})


def _step(number: int, component: str, x: Any) -> dict[str, Any]:
    return {"id": f"s{number}", "component": component, "input": {"x": x}}


def _flow(name: str, steps: list[dict[str, Any]], output: Any) -> Flow:
    return {"name": name, "description": f"Benchmark: {name}", "steps": steps, "output": output}


def as_yaml(flow: Flow) -> str:
    """The flow as people write it: one key a line."""
    import yaml

    return yaml.safe_dump(flow, sort_keys=False)
