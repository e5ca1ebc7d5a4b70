"""What the expressions of one part of a flow mention, gathered while they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Struct

from .expressions import Expression
from .problems import Location, Problems


class StepMention(Struct, frozen=True):
    """A step is named at `location`; in a `$template` or `$expr`, `place` says where in the text."""

    step: str
    location: Location
    place: str = ""


class VariableMention(Struct, frozen=True):
    """A variable is named at `location`."""

    name: str
    location: Location
    has_default: bool = False


class LiteralFlow(Struct, frozen=True):
    """A literal object that says of itself, by its `schema`, that it is a flow."""

    document: dict[str, Any]
    location: Location


class Part:
    """One part of a flow, a step or the output, while it is read: what it mentions, over all branches."""

    __slots__ = ("flows", "problems", "steps", "variables")

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.steps: list[StepMention] = []
        self.variables: list[VariableMention] = []
        self.flows: list[LiteralFlow] = []


Parse: TypeAlias = Callable[[Any, Location, Part], Expression]
"""Reads the expression that stands at a place."""

FormParser: TypeAlias = Callable[[dict[str, Any], Location, Part, Parse], Expression]
"""Reads an object of one form; what is inside is read by the function it is given."""
