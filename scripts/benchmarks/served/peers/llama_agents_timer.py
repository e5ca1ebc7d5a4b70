"""Runs by the client of `llama-agents-server`, timed: `python llama_agents_timer.py URL CALLS`."""

from __future__ import annotations

import asyncio
import json
import sys
from importlib import import_module
from time import perf_counter
from typing import Any


async def seconds_of(url: str, calls: int) -> list[float]:
    """Seconds that each run took, after some that only warm up."""
    httpx: Any = import_module("httpx")
    client: Any = import_module("llama_agents.client")
    taken = []
    async with httpx.AsyncClient(base_url=url, timeout=60) as connection:
        runner = client.WorkflowClient(httpx_client=connection)
        for _ in range(calls + calls // 10):
            start = perf_counter()
            done = await runner.run_workflow("chain", start_event={"x": 7})
            taken.append(perf_counter() - start)
            if done.status != "completed" or done.result.value["result"] != {"x": 7}:
                raise SystemExit(f"a run came out wrong: {done}")
    return taken[calls // 10 :]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(seconds_of(sys.argv[1], int(sys.argv[2])))))
