"""A step's evaluated input as it may be shown: secrets are redacted by the places they came from."""

from __future__ import annotations

from typing import Any

from ..language.expressions import Expression
from ..language.model import Call, Loop, StepModel, Switch
from ..language.secret_places import redact_places, secret_places
from ..language.secrets import redactor
from .frame import Frame
from .looping import Looping
from .plan import Chosen, StepPlan


def shown_input(frame: Frame, step: int) -> Any:
    """The input that a step's expression gives on the frame. Raises `Undecided` where it gives none.

    Of `call` and `switch` it is what they chose: `{input}`, `{case, input}`; of `loop` what it begins with and its
    limits: `{state, max_iterations, on_exhausted, history}`.
    """
    model = frame.plan.model.steps[step]
    planned = frame.plan.steps[step]
    value = planned.evaluate(frame)
    if isinstance(value, Looping):
        return _loop(frame, model, value)
    if isinstance(value, Chosen):
        shown = _passed(frame, _taken(model, value), value)
        return {"input": shown} if value.case is None else {"case": value.case, "input": shown}
    value = _redacted(frame, model.input, value)
    component = planned.component(value)
    if component is None or component.input_schema is None:
        return value
    value = redactor(component.input_schema)(value)
    return _by_flow(planned, component.name, value) if planned.flows and isinstance(value, dict) else value


def _loop(frame: Frame, model: StepModel, looping: Looping) -> dict[str, Any]:
    loop = model.control
    assert isinstance(loop, Loop), "it has begun as one"
    members = {
        "max_iterations": (loop.max_iterations, looping.most),
        "on_exhausted": (loop.on_exhausted, looping.on_exhausted),
        "history": (loop.history, looping.history),
    }
    limits = {
        key: value if given is None else _redacted(frame, given, value) for key, (given, value) in members.items()
    }
    return {"state": _passed(frame, loop.state, looping), **limits}


def _passed(frame: Frame, expression: Expression, chosen: Chosen | Looping) -> Any:
    """What a control component passes to its flow."""
    shown = _redacted(frame, expression, chosen.input)
    if chosen.flow is None or chosen.flow.plan is None:
        return shown
    return chosen.flow.plan.contract.redacted_input(shown)


def _by_flow(planned: StepPlan, component: str, value: dict[str, Any]) -> dict[str, Any]:
    """What goes into the flow that stands in a step, redacted by that flow's own schema."""
    name = _PASSED_ON.get(component, "")
    if name not in value:
        return value
    redacted = next(iter(planned.flows.values())).contract.redacted_input
    passed = value[name]
    is_many = component == "map" and isinstance(passed, list)
    return {**value, name: [redacted(each) for each in passed] if is_many else redacted(passed)}


_PASSED_ON = {"eval": "input", "iterate": "initial_input", "map": "items"}
"""The member of an input that a component passes on to its flow."""


def _redacted(frame: Frame, expression: Expression, value: Any) -> Any:
    input_parts, variable_parts = frame.plan.contract.secret_parts(frame.info.variables)
    return redact_places(value, secret_places(expression, input_parts, variable_parts))


def _taken(model: StepModel, chosen: Chosen) -> Expression:
    """The expression that gave the chosen input."""
    match model.control:
        case Switch(on=on, cases=cases, default=default):
            case = default if chosen.by_default else cases[chosen.case or ""]
            return on if case is None or case.input is None else case.input
        case Call(input=expression):
            return expression
        case _:
            return model.input
