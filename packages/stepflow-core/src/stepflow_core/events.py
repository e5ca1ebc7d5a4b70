"""What happens in a run, as a stream of numbered events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from .results import FlowError, Outcome

EVENT_TYPES = frozenset(
    {
        "run_created", "sub_run_created", "steps_needed", "step_ready", "step_started", "step_output",
        "step_retrying", "step_completed", "item_completed", "run_paused", "run_resumed",
        "run_completed",
    }
)  # fmt: skip
"""The types of events that there are."""


class RunEvent(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One thing that happened in a run or one of its sub-runs.

    `sequence_number` is dense per root run and follows the journal. `event` is its type; the members
    below the line are there where the type has them.
    """

    sequence_number: int
    timestamp: datetime
    event: str
    run_id: str
    item_index: int | None = None
    address: str | None = None
    step_id: str | None = None
    attempt: int | None = None
    # ---- by type
    flow_id: str | None = None
    item_count: int | None = None
    parent_run_id: str | None = None
    rerun_of: str | None = None
    step_ids: list[str] | None = None
    component: str | None = None
    kind: str | None = None
    chunk: Any = None
    chunk_index: int | None = None
    error: FlowError | None = None
    delay: float | None = None
    status: str | None = None
    duration_ms: float | None = None
    result: Outcome | None = None
    cached: bool = False
    paused_by: str | None = None
