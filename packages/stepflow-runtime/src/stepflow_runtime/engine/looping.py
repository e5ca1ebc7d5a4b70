"""A `loop` compiled: its members as one value, and its texts, which are evaluated after each iteration."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from ..language.expressions import Computed, Literal
from ..language.model import Loop
from .evaluate import Evaluate, Indexes, compile_expression, compile_known, compile_rendering, first_needs
from .undecided import Undecided, merge

if TYPE_CHECKING:
    from .frame import Frame
    from .plan import PlannedFlow

Text: TypeAlias = "Callable[[dict[str, Any]], Any]"
"""Gives the value of a text from `out`, `state` and `iteration`. Raises `EvaluationFailed`."""


class Looping:
    """What a `loop` step was decided to do: the values of its members, and its texts with what they know."""

    __slots__ = ("flow", "history", "input", "most", "next", "on_exhausted", "score", "until")

    def __init__(
        self,
        flow: PlannedFlow,
        values: list[Any],
        texts: list[Text | None],
    ) -> None:
        self.flow = flow
        self.input, self.most, exhausted, history = values
        self.on_exhausted = "fail" if exhausted is None else exhausted
        self.history = True if history is None else history
        until, self.next, self.score = texts
        assert until is not None, "a loop has `until`"
        self.until = until


def loop_needs(loop: Loop, indexes: Indexes) -> set[int]:
    """The steps that have to end before a loop can begin: all that it names."""
    return {need for each in loop.parts() for need in first_needs(each, indexes)}


def compile_loop(loop: Loop, flow: PlannedFlow, indexes: Indexes) -> Evaluate:
    """The closure that gives the `Looping` of a step; it is strict, as an object is."""
    members = [loop.state, loop.max_iterations, loop.on_exhausted, loop.history]
    values = [compile_expression(each or Literal(None), indexes) for each in members]
    texts = [None if each is None else _text(each, indexes) for each in (loop.until, loop.next, loop.score)]

    def evaluate(frame: Frame) -> Looping:
        undecided: Undecided | None = None
        found: list[Any] = []
        for each in (*values, *texts):
            try:
                found.append(None if each is None else each(frame))
            except Undecided as problem:
                undecided = merge(undecided, problem)
        if undecided is not None:
            raise undecided
        return Looping(flow, found[: len(values)], found[len(values) :])

    return evaluate


def _text(text: Computed, indexes: Indexes) -> Callable[[Frame], Text]:
    known, render = compile_known(text, indexes), compile_rendering(text)

    def on_frame(frame: Frame) -> Text:
        outer = known(frame)
        return lambda names: render({**outer, **names})

    return on_frame
