"""Reading a step: its members, its input, and what it mentions."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from .catalogue import Code
from .context import Context
from .expressions import Expression, Literal
from .keys import STEP
from .members import Members
from .mentions import Part, StepMention
from .model import Control, FlowModel, StepModel
from .parse_control import CONTROLS, parse_control
from .parse_expression import parse_expression
from .parse_options import parse_failures, parse_unsupported
from .parse_subflow import FLOW_MEMBERS, parse_input_with_flow
from .problems import Location
from .wording import named, quoted, written

OBSOLETE_KEYS = ("skipIf", "skip")


class StepDraft(Struct, frozen=True):
    """A step as it was read, before its references are resolved: `after` are the mentions of its `after`.

    `model.id` is empty where the document has no usable id.
    """

    model: StepModel
    part: Part
    after: tuple[StepMention, ...]
    location: Location

    def resolved(self, indexes: dict[str, int]) -> StepModel:
        """The step with the indexes of the steps that it waits for."""
        if not self.after:
            return self.model
        after = tuple(dict.fromkeys(indexes[each.step] for each in self.after))
        return msgspec.structs.replace(self.model, after=after)


class _Work(Struct):
    """What a step does: one of the three kinds of input."""

    input: Expression
    control: Control | None = None
    flows: dict[str, FlowModel] = {}


def parse_step(source: Any, index: int, location: Location, context: Context) -> StepDraft | None:
    """The step that stands at `location`; `None` where it is no step at all."""
    if not isinstance(source, dict):
        hint = 'write {id: "…", component: "/…", input: …}'
        context.problems.report(Code.PARSE, f"a step must be a mapping, not {named(source)}", location, hint)
        return None
    step, part = Members(source, "a step", location, context.problems), Part(context.problems)
    _check_keys(step)
    step_id, component = _parse_id(step), _parse_component(step, context)
    when = parse_expression(source["when"], step.at("when"), part) if step.has("when") else None
    work = _parse_work(component, step, part, context)
    on_error, retry = parse_failures(step)
    parse_unsupported(step, part)
    model = StepModel(
        id=step_id,
        index=index,
        component=component,
        input=work.input,
        on_error=on_error,
        must_execute=step.flag("mustExecute"),
        metadata=step.mapping("metadata") or {},
        when=when,
        timeout=_parse_timeout(step),
        retry=retry,
        control=work.control,
        flows=work.flows,
    )
    return StepDraft(model, part, _parse_after(step), location)


def _check_keys(step: Members) -> None:
    for key in OBSOLETE_KEYS:
        if step.has(key):
            text = f"`{key}` is no longer a key of a step; it has no effect"
            step.problems.report(Code.OBSOLETE_SKIP, text, step.at(key), "write `when` with the opposite condition")
    step.warn_of_unknown(STEP, but=OBSOLETE_KEYS)


def _parse_id(step: Members) -> str:
    step_id = step.required_text("id", "a name that no other step has")
    if step_id is None:
        # A number is what the references mean, so they are not reported a second time.
        number = step.source.get("id")
        return written(number) if isinstance(number, int | float) else ""
    if not step_id.strip():
        step.problems.report(Code.EMPTY_STEP_ID, "the id of a step must not be blank", step.at("id"))
    return step_id


def _parse_component(step: Members, context: Context) -> str:
    component = step.required_text("component", '"/builtin/eval", the path of a component')
    if component is None:
        return ""
    location = step.at("component")
    if not component.strip():
        text = "the component of a step must not be empty"
        step.problems.report(Code.EMPTY_COMPONENT_NAME, text, location, 'write a path such as "/builtin/eval"')
    elif not component.startswith("/"):
        hint = f"write {quoted('/' + component.strip().replace('://', '/'))}"
        text = f"the path of a component begins with a slash, {quoted(component)} does not"
        step.problems.report(Code.INVALID_COMPONENT, text, location, hint)
    elif context.is_routable and not context.is_routable(component):
        text = f"no route leads to a component {quoted(component)}"
        step.problems.report(Code.INVALID_ROUTE_REFERENCE, text, location, context.route_hint(component))
    return component


def _parse_work(component: str, step: Members, part: Part, context: Context) -> _Work:
    builtin = context.builtin_of(component)
    if builtin and builtin in CONTROLS:
        control = parse_control(builtin, step, part, context)
        # What is no control is left as it stands, for the component to refuse.
        return _Work(Literal(None if control else step.source.get("input")), control=control)
    if builtin and builtin in FLOW_MEMBERS:
        value, flows = parse_input_with_flow(builtin, step, part, context)
        return _Work(value, flows=flows)
    return _Work(parse_expression(step.source.get("input"), step.at("input"), part))


def _parse_timeout(step: Members) -> float | None:
    timeout = step.duration("timeout")
    if timeout == 0:
        step.invalid("timeout", "`timeout` must be more than 0", "leave it out for no limit")
        return None
    return timeout


def _parse_after(step: Members) -> tuple[StepMention, ...]:
    mentions = []
    for index, step_id in enumerate(step.array("after") or ()):
        place = step.at("after", index)
        if isinstance(step_id, str):
            mentions.append(StepMention(step_id, place))
        else:
            hint = f'quote it: "{written(step_id)}"' if isinstance(step_id, int | float) else "write after: [step id]"
            step.problems.report(Code.PARSE, f"`after` takes step ids, not {named(step_id)}", place, hint)
    return tuple(mentions)
