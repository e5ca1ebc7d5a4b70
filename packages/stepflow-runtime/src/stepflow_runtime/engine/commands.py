"""What the reducer asks of the driver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ..component_model import Component

if TYPE_CHECKING:
    from .frame import Frame
    from .run_state import RunState


class StartStep(Struct, gc=False):
    """Call the component, as soon as there is room for it."""

    frame: Frame
    step: int
    attempt: int
    component: Component
    input: Any


class StopStep(Struct, gc=False):
    """Nobody waits for this step any more."""

    frame: Frame
    step: int


class StartTimer(Struct, gc=False):
    """Come back after `delay` seconds."""

    frame: Frame
    step: int
    attempt: int
    purpose: str
    delay: float


class StopTimer(Struct, gc=False):
    """The timers of a step are not wanted any more."""

    frame: Frame
    step: int


class ResolveFlow(Struct, gc=False):
    """Find or read the flow that a step names or brings."""

    frame: Frame
    step: int
    attempt: int
    source: Any


class BeginRound(Struct, gc=False):
    """A step is to run its flow once more, when the others have had their turn."""

    frame: Frame
    step: int
    attempt: int


class FeedItems(Struct, gc=False):
    """A run has room for up to `count` more inputs."""

    run: RunState
    count: int


class ItemEnded(Struct, gc=False):
    """An item of a run has its result."""

    run: RunState
    item: int


class RunEnded(Struct, gc=False):
    """A run came to its end."""

    run: RunState


Command = StartStep | StopStep | StartTimer | StopTimer | ResolveFlow | BeginRound | FeedItems | ItemEnded | RunEnded
