"""What an interpreted flow leaves behind."""

from __future__ import annotations

from typing import NamedTuple

from .outcomes import Outcome


class Execution(NamedTuple):
    """A step that was needed: what came of it, and how many attempts it took."""

    outcome: Outcome
    attempts: int


class Ledger:
    """What is executed, by address, and how often each component was called."""

    def __init__(self) -> None:
        self.executed: dict[str, Execution] = {}
        self.calls: dict[str, int] = {}

    def call(self, address: str) -> int:
        """Count a call; how many there were."""
        self.calls[address] = self.calls.get(address, 0) + 1
        return self.calls[address]
