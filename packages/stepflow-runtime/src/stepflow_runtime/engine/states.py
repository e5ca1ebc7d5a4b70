"""The states of a step within a frame, as small ordered numbers: from `COMPLETED` on they are final."""

from __future__ import annotations

from stepflow_core import StepStatus

UNNEEDED = 0
BLOCKED = 1
RUNNABLE = 2
RUNNING = 3
WAITING = 4
COMPLETED = 5
SKIPPED = 6
FAILED = 7
CANCELLED = 8

STATUS: tuple[StepStatus, ...] = (
    StepStatus.UNNEEDED,
    StepStatus.BLOCKED,
    StepStatus.RUNNABLE,
    StepStatus.RUNNING,
    StepStatus.WAITING,
    StepStatus.COMPLETED,
    StepStatus.SKIPPED,
    StepStatus.FAILED,
    StepStatus.CANCELLED,
)
"""The public name of each state, by its number."""
