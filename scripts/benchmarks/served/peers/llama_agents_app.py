"""The same work as workflows of LlamaIndex, served. Run in an environment that has `llama-agents-server`.

`python llama_agents_app.py PORT STEPS`
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

# They are not in the environment in which types are checked.
workflows: Any = import_module("workflows")
events: Any = import_module("workflows.events")
server: Any = import_module("llama_agents.server")


def chain(steps: int) -> Any:
    """A workflow of steps that each hand on `x`."""
    between = [type(f"After{number}", (events.Event,), {"__annotations__": {"x": int}}) for number in range(steps - 1)]
    kinds = [events.StartEvent, *between, events.StopEvent]
    made = {f"s{number}": _step(number, kinds[number], kinds[number + 1]) for number in range(steps)}
    return type("Chain", (workflows.Workflow,), made)(timeout=None)


def _step(number: int, given: Any, gives: Any) -> Any:
    async def hand_on(self: Any, ev: Any) -> Any:
        return gives(result={"x": ev.x}) if gives is events.StopEvent else gives(x=ev.x)

    return _declared(hand_on, f"s{number}", {"ev": given, "return": gives})


def writer() -> Any:
    """A workflow whose step writes as many events as it is asked for."""
    item = type("Item", (events.Event,), {"__annotations__": {"x": int}})

    async def write(self: Any, ctx: Any, ev: Any) -> Any:
        for number in range(ev.x):
            ctx.write_event_to_stream(item(x=number))
            if number % 100 == 99:
                await asyncio.sleep(0)
        return events.StopEvent(result={"x": ev.x})

    kinds = {"ctx": workflows.Context, "ev": events.StartEvent, "return": events.StopEvent}
    return type("Writer", (workflows.Workflow,), {"write": _declared(write, "write", kinds)})(timeout=None)


def _declared(function: Callable[..., Any], name: str, annotations: dict[str, Any]) -> Any:
    """A function as a step, which is told apart by its name and its annotations."""
    function.__name__, function.__qualname__ = name, f"Workflow.{name}"  # the framework refuses bare functions
    function.__annotations__ = annotations
    return workflows.step(function)


async def main(port: int, steps: int) -> None:
    """Serve both."""
    served = server.WorkflowServer()
    served.add_workflow("chain", chain(steps))
    served.add_workflow("events", writer())
    await served.serve("127.0.0.1", port, {"log_level": "error", "access_log": False})


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
