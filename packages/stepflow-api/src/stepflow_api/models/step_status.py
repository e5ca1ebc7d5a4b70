from enum import StrEnum


class StepStatus(StrEnum):
    BLOCKED = "blocked"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    FAILED = "failed"
    RUNNABLE = "runnable"
    RUNNING = "running"
    SKIPPED = "skipped"
    UNNEEDED = "unneeded"
    WAITING = "waiting"

    def __str__(self) -> str:
        return str(self.value)
