"""A step's evaluated input as it may be shown: secrets are redacted by the places they came from."""

from __future__ import annotations

from typing import Any

from ..language.expressions import Expression
from ..language.model import Call, StepModel, Switch
from ..language.secret_places import redact_places, secret_places
from ..language.secrets import redactor
from .frame import Frame
from .plan import Chosen, StepPlan


def shown_input(frame: Frame, step: int) -> Any:
    """The input that a step's expression gives on the frame. Raises `Undecided` where it gives none.

    Of `call` and `switch` it is what they chose: `{input}`, `{case, input}`.
    """
    model = frame.plan.model.steps[step]
    planned = frame.plan.steps[step]
    value = planned.evaluate(frame)
    if isinstance(value, Chosen):
        shown = _redacted(frame, _taken(model, value), value.input)
        if value.flow is not None and value.flow.plan is not None:
            shown = value.flow.plan.contract.redacted_input(shown)
        return {"input": shown} if value.case is None else {"case": value.case, "input": shown}
    value = _redacted(frame, model.input, value)
    component = planned.component(value)
    if component is None or component.input_schema is None:
        return value
    value = redactor(component.input_schema)(value)
    return _by_flow(planned, component.name, value) if planned.flows and isinstance(value, dict) else value


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
        case None:
            return model.input
