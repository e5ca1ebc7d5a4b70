"""The flows of the kit, as plain documents."""

from __future__ import annotations

from typing import Any

ECHO: dict[str, Any] = {"name": "echo", "description": "Gives its input back.", "output": {"$input": "$"}}
FAULTY: dict[str, Any] = {
    "name": "faulty",
    "description": "Has two fatal faults.",
    "steps": [
        {"id": "a", "component": "/builtin/noop", "input": {"$step": "nowhere"}},
        {"id": "a", "component": "/builtin/noop"},
    ],
    "output": {"$step": "a"},
}
FAULTS = {(3003, "/steps/0/input/$step"), (3000, "/steps/1/id")}
"""The codes and places of the faults of `FAULTY`."""

NO_RUN = "00000000-0000-7000-8000-000000000000"
NO_ID = "0" * 64


def step(id: str, component: str = "/builtin/noop", input: Any = None, **more: Any) -> dict[str, Any]:
    """A step."""
    return {"id": id, "component": component, "input": input, **more}


def flow(*steps: dict[str, Any], name: str = "kit", output: Any = None, **more: Any) -> dict[str, Any]:
    """A flow whose output is that of its last step, unless another is given."""
    given = {"$step": steps[-1]["id"]} if output is None else output
    return {"name": name, "description": "A flow of the kit.", **more, "steps": list(steps), "output": given}


def echo(name: str, **more: Any) -> dict[str, Any]:
    """A flow that gives its input back and has a name of its own, by which its id is its own too."""
    return {**ECHO, "name": name, **more}


def variables(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    """The schemas of a flow that declares variables."""
    return {"variables": {"type": "object", "properties": properties, "required": list(required)}}


def failing(message: Any, **more: Any) -> dict[str, Any]:
    """A step that raises a `ValueError` with a message, any expression."""
    return step("broken", "/kit/fail", {"message": message}, **more)
