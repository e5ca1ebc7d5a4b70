from enum import StrEnum


class CreateRunRequestDurabilityType0(StrEnum):
    NONE = "none"
    RUN = "run"
    STEP = "step"

    def __str__(self) -> str:
        return str(self.value)
