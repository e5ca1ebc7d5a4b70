"""The operation that says whether the server can work."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from stepflow_core import HealthResponse, StepflowError, __version__

from ..operations import Call, Reply


async def health_check(call: Call[None, None]) -> Reply:
    """Say whether the server can work.

    It is `unhealthy` while its store is out of reach, and when it is about to end.
    """
    if call.service.draining:
        return _unhealthy()
    try:
        health = await call.executor.health_check()
    except StepflowError:
        return _unhealthy()
    return Reply(health, 200 if health.status == "healthy" else 503)


def _unhealthy() -> Reply:
    now = datetime.fromtimestamp(time.time(), UTC)
    return Reply(HealthResponse(status="unhealthy", timestamp=now, version=__version__), 503)
