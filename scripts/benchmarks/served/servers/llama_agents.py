"""`llama-agents-server`: LlamaIndex workflows behind HTTP, with their state in memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from ..workloads import STEPS
from . import INPUT, Exchange, Post, Resuming, StreamPlan

PROGRAMS = Path(__file__).resolve().parent.parent / "peers"

EVENTS_PER_ITEM = 5
"""As many as our server has for an item of one step."""


class LlamaAgents:
    """A workflow of as many steps, and one whose only step writes events."""

    requirements = ("llama-agents-server",)
    libraries = ("llama-agents-server", "llama-index-workflows", "uvicorn")
    health = "/health"
    cannot: Mapping[str, str] = {"history": "so many runs would take it too long"}

    def command(self, python: str, port: int, folder: Path) -> list[str]:
        """Its own server, without a log of requests."""
        return [python, str(PROGRAMS / "llama_agents_app.py"), str(port), str(STEPS)]

    def submit(self, post: Post) -> Exchange:
        """A run of the chain."""
        return _run("chain", INPUT, '"x":7', wait=True)

    def streams(self, post: Post, size: int) -> StreamPlan:
        """A run of one step that writes events, which is less work than steps are."""
        given = {"x": size * EVENTS_PER_ITEM}
        return StreamPlan(
            create=_run("events", given, '"handler_id"', wait=False),
            create_ended=_run("events", given, '"completed"', wait=True),
            run_id=("handler_id",),
            events="/events/{id}?sse=true&after_sequence=-1",
            number=r"^id: (\d+)\r?$",
            resuming=Resuming("Last-Event-ID", header=True),
            dense=False,
        )

    def client(self, python: str, url: str, calls: int) -> list[str]:
        """`WorkflowClient.run_workflow`."""
        return [python, str(PROGRAMS / "llama_agents_timer.py"), url, str(calls)]


def _run(workflow: str, given: dict[str, int], expected: str, *, wait: bool) -> Exchange:
    path = f"/workflows/{workflow}/{'run' if wait else 'run-nowait'}"
    return Exchange(path, msgspec.json.encode({"start_event": given}).decode(), expected)


SERVER = LlamaAgents()
