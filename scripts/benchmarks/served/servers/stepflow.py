"""Our server: `python -m stepflow_server` as it comes, its log of requests too."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from . import INPUT, Exchange, Post, Resuming, StreamPlan, noop_chain, noop_step


class Stepflow:
    """The engine in memory behind HTTP."""

    requirements: tuple[str, ...] = ()
    libraries = (
        "stepflow-core",
        "stepflow-runtime",
        "stepflow-server",
        "stepflow-client",
        "aiohttp",
        "httpx",
        "msgspec",
    )
    health = "/api/v1/health"
    cannot: Mapping[str, str] = {}

    def command(self, python: str, port: int, folder: Path) -> list[str]:
        """The module, which is what `stepflow serve` runs."""
        return [python, "-m", "stepflow_cli", "serve", "--port", str(port)]

    def submit(self, post: Post) -> Exchange:
        """A run of the stored chain."""
        flow_id = post("/api/v1/flows", {"flow": noop_chain()})["flowId"]
        return _run(flow_id, [INPUT], '"result":{"x":7}', wait=True)

    def streams(self, post: Post, size: int) -> StreamPlan:
        """A run of many items, one after the other, which has five events for each."""
        flow_id = post("/api/v1/flows", {"flow": noop_step()})["flowId"]
        items = [{"x": number} for number in range(size)]
        return StreamPlan(
            create=_run(flow_id, items, '"runId"', wait=False, maxConcurrency=1),
            create_ended=_run(flow_id, items, '"completed"', wait=True, maxConcurrency=1),
            run_id=("runId",),
            events="/api/v1/runs/{id}/events",
            number=r"^id: (\d+)$",
            resuming=Resuming("Last-Event-ID", header=True),
            dense=True,
        )

    def client(self, python: str, url: str, calls: int) -> list[str]:
        """`StepflowClient.run`."""
        return [sys.executable, "-m", "benchmarks.served.client_timer", url, str(calls)]


def _run(flow_id: str, inputs: list[dict[str, int]], expected: str, *, wait: bool, **more: int) -> Exchange:
    body = {"flowId": flow_id, "input": inputs, "wait": wait, **more}
    return Exchange("/api/v1/runs", msgspec.json.encode(body).decode(), expected)


SERVER = Stepflow()
