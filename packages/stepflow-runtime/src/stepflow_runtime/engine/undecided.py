"""What an expression raises instead of giving a value."""

from __future__ import annotations

from stepflow_core import FlowError


class Undecided(Exception):
    """There is no value, or not yet."""


class Blocked(Undecided):
    """These steps (indexes) have to end first."""

    def __init__(self, steps: tuple[int, ...]) -> None:
        self.steps = steps


class EvaluationFailed(Undecided):
    """The expression failed with `error`."""

    def __init__(self, error: FlowError) -> None:
        self.error = error


class EvaluationSkipped(Undecided):
    """The expression refers to a skipped step."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


def merge(first: Undecided | None, second: Undecided) -> Undecided:
    """What two parts of one strict expression come to: blocked beats failed beats skipped, else the first wins."""
    if first is None:
        return second
    if isinstance(second, Blocked):
        return Blocked(first.steps + second.steps) if isinstance(first, Blocked) else second
    if isinstance(first, EvaluationSkipped) and isinstance(second, EvaluationFailed):
        return second
    return first
