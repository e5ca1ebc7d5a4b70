"""`stepflow-orchestrator`: the Rust server that speaks the same flows, from its wheel, with its state in memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from ...processes import ProcessError
from . import INPUT, Exchange, Post, Resuming, StreamPlan, noop_chain, noop_step

CONFIG = '{"plugins": {"builtin": {"type": "builtin"}}, "routes": {"/builtin": [{"plugin": "builtin"}]}}'
"""Without a store named, state is kept in memory."""


class Orchestrator:
    """A process of several threads, with its own component that does nothing."""

    requirements: tuple[str, ...] = ("stepflow-orchestrator==0.13.*",)
    libraries: tuple[str, ...] = ("stepflow-orchestrator",)
    health = "/api/v1/health"
    cannot: Mapping[str, str] = {"client": "the distribution has no client"}

    def command(self, python: str, port: int, folder: Path) -> list[str]:
        """The bundled program, telling only of errors."""
        config = folder / "stepflow-config.yml"
        config.write_text(CONFIG, encoding="utf-8")
        return [_program(python), "--port", str(port), "--config", str(config), "--log-level", "error"]

    def submit(self, post: Post) -> Exchange:
        """A run of the stored chain."""
        flow_id = post("/api/v1/flows", {"flow": noop_chain()})["flowId"]
        return _run(flow_id, [INPUT], '"output":{"x":7', wait=True)

    def streams(self, post: Post, size: int) -> StreamPlan:
        """A run of many items, one after the other: events of concurrent ones share numbers."""
        flow_id = post("/api/v1/flows", {"flow": noop_step()})["flowId"]
        items = [{"x": number} for number in range(size)]
        return StreamPlan(
            create=_run(flow_id, items, '"runId"', wait=False, maxConcurrency=1),
            create_ended=_run(flow_id, items, f'"completed":{size}', wait=True, maxConcurrency=1),
            run_id=("summary", "runId"),
            events="/api/v1/runs/{id}/events?runId={id}&includeResults=true",
            number=r'^data: {"sequenceNumber":(\d+)',
            resuming=Resuming("since", header=False, plus=1),
            dense=True,
        )

    def client(self, python: str, url: str, calls: int) -> list[str]:
        """There is none."""
        raise ProcessError("stepflow-orchestrator has no client")


def _program(python: str) -> str:
    found = sorted(Path(python).parent.parent.glob("lib/*/site-packages/stepflow_orchestrator/bin/stepflow-server"))
    if not found:
        raise ProcessError("stepflow-orchestrator has no program for this machine")
    return str(found[0])


def _run(flow_id: str, inputs: list[dict[str, int]], expected: str, *, wait: bool, **more: int) -> Exchange:
    body = {"flowId": flow_id, "input": inputs, "wait": wait, **more}
    return Exchange("/api/v1/runs", msgspec.json.encode(body).decode(), expected)


SERVER = Orchestrator()
