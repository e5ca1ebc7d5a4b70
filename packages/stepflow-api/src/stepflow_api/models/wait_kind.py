from enum import StrEnum


class WaitKind(StrEnum):
    EVENT = "event"
    HUMAN_INPUT = "human_input"

    def __str__(self) -> str:
        return str(self.value)
