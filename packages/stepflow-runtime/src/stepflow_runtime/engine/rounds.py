"""Flows that a step runs again and again: `iterate`, each round a sub-run, and `loop`, each iteration a frame.

A round begins by a tick of its own, so that a flow that takes no time does not keep the others from their turn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stepflow_core import FlowError, FlowResult, Skipped
from stepflow_core.canonical import MAX_NODES

from ..language.parse_loop import EXHAUSTED, MOST_ITERATIONS, is_count
from . import attempts, inner_frames, subflows
from .commands import BeginRound
from .engine_inputs import FOUND, BadInput, check_object, count, kind_of, required
from .evaluate import is_truthy
from .looping import Looping, Text
from .sizes import TooLarge, size_of
from .undecided import EvaluationFailed

if TYPE_CHECKING:
    from .frame import Frame
    from .plan import Plan
    from .run_state import RunState, Tree

DEFAULT_ITERATIONS = 1000


class RoundFailed(Exception):
    """The step fails with `error`, by what a round gave or what follows from it."""

    def __init__(self, error: FlowError) -> None:
        self.error = error


class Rounds:
    """How far a step has come: `number` is the round, from 0, that runs on `input`, or is about to begin.

    Of a `loop`, `history` tells of the iterations so far, where it is wanted, and `best` is the one with the highest
    score: its score, output and state. `room` is how many values the history may still take in.
    """

    __slots__ = ("best", "history", "input", "looping", "most", "number", "plan", "room")

    def __init__(self, plan: Plan, input: Any, most: int, looping: Looping | None = None) -> None:
        self.plan = plan
        self.input = input
        self.most = most
        self.looping = looping
        self.number = 0
        self.history: list[dict[str, Any]] = []
        self.best: tuple[float, Any, Any] | None = None
        self.room = MAX_NODES

    def tell(self, out: Any, size: int, score: float | None) -> None:
        """Note what an iteration gave, as far as it is wanted later. Raises `RoundFailed`."""
        assert self.looping is not None, "it is a loop"
        if self.looping.history:
            self.room -= size
            if self.room < 0:
                raise self.failed(f"the history has more than {MAX_NODES} values: write `history: false`")
            told = {"iteration": self.number, "output": out}
            self.history.append(told if score is None else {**told, "score": score})
        if score is not None and (self.best is None or score > self.best[0]):
            self.best = score, out, self.input

    def failed(self, message: str) -> RoundFailed:
        """A failure with which the component itself ends its rounds."""
        return RoundFailed(FlowError(400, message, {"kind": "invalid_output", "iteration": self.number}))

    def size_of(self, value: Any, what: str) -> int:
        """How many values there are in what a round gave. Raises `RoundFailed` where they are too many."""
        try:
            return size_of(value)
        except TooLarge as problem:
            raise self.failed(f"{what} of iteration {self.number} is too large: {problem.message}") from None


def _rounds(frame: Frame, step: int) -> Rounds:
    assert frame.rounds is not None, "the step has begun its rounds"
    return frame.rounds[step]


def _begin(tree: Tree, frame: Frame, step: int, rounds: Rounds) -> None:
    if frame.rounds is None:
        frame.rounds = {}
    frame.rounds[step] = rounds
    begin_round(tree, frame, step)


def begin_round(tree: Tree, frame: Frame, step: int) -> None:
    """Run the flow once more."""
    rounds = _rounds(frame, step)
    if frame.children:
        frame.children.pop(step, None)
    part = f"[{rounds.number}]"
    if rounds.looping is not None:
        inner_frames.open_frame(tree, frame, step, rounds.plan, rounds.input, part)
        return
    address = f"{subflows.step_address(frame, step)}{part}"
    wanted = subflows.SubRun(kind="iterate", inputs=[rounds.input], address=address, prefix=f"{address}/")
    subflows.open_sub_run(tree, frame, step, rounds.plan, wanted)


def _go_on(tree: Tree, frame: Frame, step: int, input: Any) -> None:
    rounds = _rounds(frame, step)
    rounds.number += 1
    rounds.input = input
    tree.commands.append(BeginRound(frame, step, frame.attempt(step)))


def _succeed(tree: Tree, frame: Frame, step: int, value: dict[str, Any]) -> None:
    frame.drop_rounds(step)
    attempts.succeed(tree, frame, step, value)


def _fail(tree: Tree, frame: Frame, step: int, failure: RoundFailed) -> None:
    error = subflows.of_component(frame, step, failure.error)
    attempts.fail_attempt(tree, frame, step, tree.hide_in(error))


# ---- iterate


def check_iterate(input: Any) -> None:
    """Raise `BadInput` where `iterate` cannot run on its input."""
    check_object(input)
    required(input, "initial_input")
    count(input, "max_iterations", DEFAULT_ITERATIONS, 0)


def begin_iterate(tree: Tree, frame: Frame, step: int, plan: Plan, input: Any) -> None:
    """Run the first round, if there may be one."""
    most = count(input, "max_iterations", DEFAULT_ITERATIONS, 0)
    if most:
        _begin(tree, frame, step, Rounds(plan, input["initial_input"], most))
    else:
        attempts.succeed(tree, frame, step, {"result": input["initial_input"], "iterations": 0, "terminated": True})


def iteration_ended(tree: Tree, frame: Frame, step: int, run: RunState) -> None:
    """The sub-run of a round of `iterate` has ended."""
    result = subflows.result_of(run, 0)
    if result.error is not None:
        attempts.fail_attempt(tree, frame, step, result.error)
        return
    try:
        _round_gave(tree, frame, step, result.output)
    except RoundFailed as failure:
        _fail(tree, frame, step, failure)


def _round_gave(tree: Tree, frame: Frame, step: int, output: Any) -> None:
    """What follows a round of `iterate`. Raises `RoundFailed`."""
    rounds = _rounds(frame, step)
    done = rounds.number + 1
    if not isinstance(output, dict) or not ("result" in output or "next" in output):
        raise rounds.failed("Workflow result must contain either 'result' or 'next' field")
    if "result" in output:
        _succeed(tree, frame, step, {"result": output["result"], "iterations": done, "terminated": False})
        return
    rounds.size_of(output["next"], "`next`")
    if done >= rounds.most:
        _succeed(tree, frame, step, {"result": output["next"], "iterations": done, "terminated": True})
    else:
        _go_on(tree, frame, step, output["next"])


# ---- loop


def check_loop(looping: Any) -> None:
    """Raise `BadInput` where the members of a `loop` came to what it cannot do."""
    if not isinstance(looping, Looping):
        raise inner_frames.unread("'flow', 'state', 'until' and 'max_iterations'")
    if not is_count(looping.most):
        text = f"'max_iterations' has to be an integer from 1 to {MOST_ITERATIONS}, it is {FOUND}"
        raise BadInput(text, "/max_iterations", looping.most)
    if looping.on_exhausted not in EXHAUSTED:
        text = f"'on_exhausted' has to be 'fail', 'last' or 'best', it is {FOUND}"
        raise BadInput(text, "/on_exhausted", looping.on_exhausted)
    if looping.on_exhausted == "best" and looping.score is None:
        raise BadInput("'score' is required where 'on_exhausted' is 'best'", "/score")
    if not isinstance(looping.history, bool):
        raise BadInput(f"'history' has to be true or false, it is {FOUND}", "/history", looping.history)


def begin_loop(tree: Tree, frame: Frame, step: int, plan: Plan, looping: Looping) -> None:
    """Run the first iteration."""
    _begin(tree, frame, step, Rounds(plan, looping.input, looping.most, looping))


def frame_ended(tree: Tree, frame: Frame, step: int, result: FlowResult) -> None:
    """The flow of an iteration of a `loop` has its result."""
    if result.error is not None:
        attempts.fail_attempt(tree, frame, step, result.error)
        return
    try:
        _iterated(tree, frame, step, result)
    except RoundFailed as failure:
        _fail(tree, frame, step, failure)


def _iterated(tree: Tree, frame: Frame, step: int, result: FlowResult) -> None:
    """What follows an iteration of a `loop` that did not fail. Raises `RoundFailed`."""
    rounds = _rounds(frame, step)
    if isinstance(result, Skipped):
        reason = result.skipped_reason or "its output is skipped"
        raise rounds.failed(f"the flow of iteration {rounds.number} was skipped: {reason}")
    out = result.output
    looping, names = rounds.looping, {"out": out, "state": rounds.input, "iteration": rounds.number}
    assert looping is not None, "it is a loop"
    size = rounds.size_of(out, "the output")
    rounds.tell(out, size, _score(rounds, looping.score, names))
    if is_truthy(_value(looping.until, "until", names)):
        _succeed(tree, frame, step, _result(rounds, out, rounds.input, exhausted=False))
    elif rounds.number + 1 < rounds.most:
        _go_on(tree, frame, step, out if looping.next is None else _value(looping.next, "next", names))
    else:
        _succeed(tree, frame, step, _exhausted(rounds, looping, out))


def _score(rounds: Rounds, text: Text | None, names: dict[str, Any]) -> float | None:
    if text is None:
        return None
    score = _value(text, "score", names)
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise rounds.failed(f"`score` of iteration {rounds.number} has to be a number, it is {kind_of(score)}")
    return score


def _value(text: Text, what: str, names: dict[str, Any]) -> Any:
    try:
        return text(names)
    except EvaluationFailed as failure:
        error, iteration = failure.error, names["iteration"]
        message = f"`{what}` of iteration {iteration}: {error.message}"
        raise RoundFailed(FlowError(error.code, message, {"iteration": iteration})) from None


def _exhausted(rounds: Rounds, looping: Looping, out: Any) -> dict[str, Any]:
    """The output of a loop whose last iteration did not end it. Raises `RoundFailed`."""
    if looping.on_exhausted == "fail":
        iterations = f"{rounds.most} iteration{'s' if rounds.most > 1 else ''}"
        raise rounds.failed(f"`until` did not become true within {iterations}")
    if looping.on_exhausted == "last" or rounds.best is None:
        return _result(rounds, out, rounds.input, exhausted=True)
    _, best, state = rounds.best
    return _result(rounds, best, state, exhausted=True)


def _result(rounds: Rounds, output: Any, state: Any, *, exhausted: bool) -> dict[str, Any]:
    """The output of a loop: of one iteration what it gave and the state that it was given."""
    value = {"output": output, "state": state, "iterations": rounds.number + 1, "exhausted": exhausted}
    assert rounds.looping is not None, "it is a loop"
    return {**value, "history": rounds.history} if rounds.looping.history else value
