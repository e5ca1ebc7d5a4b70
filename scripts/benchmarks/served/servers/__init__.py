"""The servers that are measured: how each is started, given the flow, asked for runs and for events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from ..workloads import STEPS

OWN = "stepflow"

MODULES = {OWN: "stepflow", "stepflow-orchestrator": "orchestrator", "llama-agents-server": "llama_agents"}
"""The servers' names, columns of the report, with their modules. The first is ours."""

Post = Callable[[str, Mapping[str, Any]], Any]
"""Sends JSON to a path of a server that runs, and gives the JSON of the answer."""

INPUT = {"x": 7}
"""What every run is given, and has to give back after its steps."""

DEADLINE = 30
"""Seconds that a run may take before it counts as failed."""


class Exchange(Struct, frozen=True):
    """A request (POST of JSON) and what has to stand in the answer if it is right."""

    path: str
    body: str
    expected: str


class Resuming(Struct, frozen=True):
    """How a reader goes on after an event that it has: a header or a parameter, and what is added to the number."""

    name: str
    header: bool
    plus: int = 0


class StreamPlan(Struct, frozen=True):
    """A run of many events, and how its events are read.

    `create` starts it and `create_ended` waits for its end too; `run_id` is where the id stands in the answer,
    `events` the path of its events with `{id}` in it. `number` is a pattern of the line that numbers an event.
    `dense` says that the numbers leave no gaps.
    """

    create: Exchange
    create_ended: Exchange
    run_id: tuple[str, ...]
    events: str
    number: str
    resuming: Resuming
    dense: bool


class Server(Protocol):
    """What is measured. `python` is the one of an environment that has the server."""

    requirements: tuple[str, ...]
    """What is installed into an environment of its own; nothing for ours."""

    libraries: tuple[str, ...]
    """The distributions whose versions belong into the report."""

    health: str
    """A path that answers 200 as soon as the server can work."""

    cannot: Mapping[str, str]
    """Workloads that it cannot do, by the beginning of their names, with the reason."""

    def command(self, python: str, port: int, folder: Path) -> list[str]:
        """The command line that starts it on a port; files go to `folder`."""
        ...

    def submit(self, post: Post) -> Exchange:
        """Store the flow; the request that runs it and waits."""
        ...

    def streams(self, post: Post, size: int) -> StreamPlan:
        """Store what makes events; `size` says how many, roughly: five times as many."""
        ...

    def client(self, python: str, url: str, calls: int) -> list[str]:
        """The command that times so many runs by its client and prints their seconds as JSON."""
        ...


def server(name: str) -> Server:
    """The server of a name."""
    found: Server = import_module(f"{__name__}.{MODULES[name]}").SERVER
    return found


def noop_chain() -> dict[str, Any]:
    """The flow of all runs, as both servers that speak Stepflow take it."""
    steps = [
        {
            "id": f"s{number}",
            "component": "/builtin/noop",
            "input": {"x": {"$step": f"s{number - 1}", "path": "x"} if number else {"$input": "x"}},
        }
        for number in range(STEPS)
    ]
    output = {"x": {"$step": f"s{STEPS - 1}", "path": "x"}}
    return {"name": "chain", "description": "Benchmark: chain", "steps": steps, "output": output}


def noop_step() -> dict[str, Any]:
    """A flow of one step, of which many items are run for their events."""
    step = {"id": "only", "component": "/builtin/noop", "input": {"x": {"$input": "x"}}}
    return {"name": "one", "description": "Benchmark: one", "steps": [step], "output": {"$step": "only"}}
