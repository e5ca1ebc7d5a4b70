"""Runs by `StepflowClient`, timed, in a process of its own: `python -m benchmarks.served.client_timer URL CALLS`."""

from __future__ import annotations

import asyncio
import json
import sys
from time import perf_counter

from .servers import INPUT, noop_chain


async def seconds_of(url: str, calls: int) -> list[float]:
    """Seconds that each run of a stored flow took, after some that only warm up."""
    from stepflow_client import StepflowClient

    taken = []
    async with StepflowClient(url) as client:
        flow_id = (await client.store_flow(noop_chain())).flow_id
        assert flow_id is not None, "the flow is a right one"
        for _ in range(calls + calls // 10):
            start = perf_counter()
            result = await client.run(flow_id, INPUT)
            taken.append(perf_counter() - start)
            assert result.output == INPUT, result
    return taken[calls // 10 :]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(seconds_of(sys.argv[1], int(sys.argv[2])))))
