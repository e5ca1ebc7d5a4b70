"""A step's evaluated input as it may be shown: secrets are redacted by the places they came from."""

from __future__ import annotations

from typing import Any

from ..language.expressions import Expression
from ..language.model import Call, StepModel, Switch
from ..language.secret_places import redact_places, secret_places
from ..language.secrets import redactor
from .frame import Frame
from .plan import Chosen


def shown_input(frame: Frame, step: int) -> Any:
    """The input that a step's expression gives on the frame. Raises `Undecided` where it gives none.

    Of `call` and `switch` it is what they chose: `{input}`, `{case, input}`.
    """
    model = frame.plan.model.steps[step]
    planned = frame.plan.steps[step]
    value = planned.evaluate(frame)
    if isinstance(value, Chosen):
        shown = _redacted(frame, _taken(model, value), value.input)
        return {"input": shown} if value.case is None else {"case": value.case, "input": shown}
    value = _redacted(frame, model.input, value)
    component = planned.component(value)
    return value if component is None or component.input_schema is None else redactor(component.input_schema)(value)


def _redacted(frame: Frame, expression: Expression, value: Any) -> Any:
    input_parts, variable_parts = frame.plan.contract.secret_parts(frame.info.variables)
    return redact_places(value, secret_places(expression, input_parts, variable_parts))


def _taken(model: StepModel, chosen: Chosen) -> Expression:
    """The expression that gave the chosen input."""
    match model.control:
        case Switch(on=on, cases=cases, default=default):
            case = cases.get(chosen.case or "", default)
            return on if case is None or case.input is None else case.input
        case Call(input=expression):
            return expression
        case None:
            return model.input
