"""Flows that a step runs as frames of its own run: those of `call` and `switch`, and each iteration of a `loop`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stepflow_core import Failed, FlowResult, InvalidInputError, Skipped

from ..language.addresses import escape
from . import attempts, rounds, steps, subflows
from .engine_inputs import FOUND, BadInput
from .entries import FrameInfo
from .frame import Frame
from .plan import Chosen, Plan
from .states import SKIPPED

if TYPE_CHECKING:
    from .looping import Looping
    from .run_state import Tree


def chosen_flow(frame: Frame, step: int, chosen: Chosen | Looping) -> Any:
    """The plan of the flow to run, or what it is to be found by."""
    flow = chosen.flow
    assert flow is not None, "it was checked"
    return flow.plan if flow.plan is not None else flow.reference


def unread(members: str) -> BadInput:
    """What is wrong with an input that was no control when the flow was loaded; it has to have `members`."""
    return BadInput(f"the input could not be read when the flow was loaded: it has to be an object with {members}")


def check_call(chosen: Any) -> None:
    """Raise `BadInput` where a `call` has nothing to run."""
    if not isinstance(chosen, Chosen):
        raise unread("'flow', which is a flow document or the id or name of one")


def check_switch(chosen: Any) -> None:
    """Raise `BadInput` where a `switch` has nothing to run."""
    if not isinstance(chosen, Chosen):
        raise unread("'on' and 'cases', each of which has a 'flow'")
    if chosen.flow is None:
        cases = ", ".join(map(repr, chosen.cases)) or "none"
        text = f"no case matches {FOUND} and there is no default; the cases are {cases}"
        raise BadInput(text, "/on", chosen.input)


def begin_chosen(tree: Tree, frame: Frame, step: int, plan: Plan, chosen: Chosen) -> None:
    """Run what a `call` or `switch` has chosen."""
    open_frame(tree, frame, step, plan, chosen.input, "" if chosen.case is None else f"[{escape(chosen.case)}]")


def open_frame(tree: Tree, frame: Frame, step: int, plan: Plan, input: Any, part: str) -> None:
    """Run a flow as a frame of the step's run; `part` tells its address from others of the same step.

    A flow that refuses its input or variables fails the step.
    """
    contract = plan.contract
    tree.keep_secret(contract.input_secrets(input))
    error = contract.input_error(input)
    if error is not None:
        attempts.fail_attempt(tree, frame, step, tree.hide_in(error))
        return
    try:
        variables = contract.variables({}, frame.info.variables)
    except InvalidInputError as problem:
        attempts.fail_attempt(tree, frame, step, subflows.refused(tree, problem))
        return
    tree.keep_secret(contract.variable_secrets(variables))
    outer = frame.info
    info = FrameInfo(
        outer.run, plan, outer.item, outer.root_item, f"{subflows.step_address(frame, step)}{part}/", input, variables,
        outer.depth + 1,
    )  # fmt: skip
    child = Frame(info, frame.run, frame, step)
    frame.adopt(step, child)
    steps.start_frame(tree, child)


def frame_ended(tree: Tree, frame: Frame, step: int, result: FlowResult) -> None:
    """The flow of a control component has its result."""
    if frame.rounds and step in frame.rounds:
        rounds.frame_ended(tree, frame, step, result)
        return
    match result:
        case Failed(error=error):
            attempts.fail_attempt(tree, frame, step, error)
        case Skipped():
            reason = result.skipped_reason or "its flow was skipped"
            steps.finish(tree, frame, step, SKIPPED, reason)
        case _:
            chosen: Chosen = frame.plan.steps[step].evaluate(frame)
            value = result.output if chosen.case is None else {"case": chosen.case, "output": result.output}
            attempts.succeed(tree, frame, step, value)
