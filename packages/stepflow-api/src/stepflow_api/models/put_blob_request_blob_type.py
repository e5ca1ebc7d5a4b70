from enum import StrEnum


class PutBlobRequestBlobType(StrEnum):
    BINARY = "binary"
    DATA = "data"
    FLOW = "flow"

    def __str__(self) -> str:
        return str(self.value)
