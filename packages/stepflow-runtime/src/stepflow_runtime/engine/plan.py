"""A flow compiled: everything that is the same for every run of it, done once.

Expressions are closures, steps are indexes; what a fresh frame looks like is worked out here, so that
starting one is a few copies. A plan is immutable, but for the components, which are found when first used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ..component_model import Component, Kind
from ..language.addresses import escape
from ..language.model import Backoff, Call, Case, FlowField, FlowModel, Loop, Retry, StepModel, Switch
from .contract import Contract
from .evaluate import Evaluate, compile_expression, first_needs
from .looping import compile_loop, loop_needs
from .states import BLOCKED

TRANSPORT_RETRY = Retry(on=())
"""What applies where a step says nothing: only transport failures are tried again."""


class Resolver(Protocol):
    """Finds components; what the registry and the routes together say."""

    def resolve(self, path: str, input: Any) -> Component | None:
        """The component that a step with this path and input calls, if there is one."""
        ...

    def fixed(self, path: str) -> bool:
        """Whether the input has no say in it."""
        ...

    def compile(self, model: FlowModel) -> Plan:
        """The plan of a flow (a literal sub-flow)."""
        ...


class StepPlan:
    """One step, compiled.

    `gate` decides `when`, `evaluate` the input; `gate_needs` (those of `after` and `when`) have to end
    before the gate, `input_needs` before the input. `control` decides a control component, `flows` holds
    the compiled literal flows of `eval`, `map` and `iterate`.
    """

    __slots__ = (
        "_component", "_resolver", "component_path", "control", "default", "evaluate", "flows", "gate", "gate_needs",
        "has_gate", "id", "index", "input_needs", "retry", "timeout", "use_default",
    )  # fmt: skip

    def __init__(self, step: StepModel, indexes: Mapping[str, int], resolver: Resolver) -> None:
        self.id = step.id
        self.index = step.index
        self.component_path = step.component
        self.retry = step.retry or TRANSPORT_RETRY
        self.timeout = step.timeout
        self.use_default = step.on_error is not None and step.on_error.use_default
        self.default = step.on_error.default if step.on_error else None
        self.has_gate = step.when is not None or bool(step.after)
        self.gate = None if step.when is None else compile_expression(step.when, indexes)
        self.gate_needs = tuple(sorted(set(step.after) | (first_needs(step.when, indexes) if step.when else set())))
        self.flows = {name: resolver.compile(model) for name, model in step.flows.items()}
        self.control = _control(step, indexes, resolver)
        self.evaluate: Evaluate = self.control.evaluate if self.control else compile_expression(step.input, indexes)
        self.input_needs = tuple(sorted(_input_needs(step, indexes)))
        self._resolver = resolver
        self._component: Component | None = None

    @property
    def needs(self) -> tuple[int, ...]:
        """What has to end before anything of the step can be decided."""
        return self.gate_needs if self.has_gate else self.input_needs

    def is_engine(self, frame: Any) -> bool:
        """Whether the engine itself does the step's work on the input that it has in this frame."""
        component = self._component or self.component(self.evaluate(frame))
        return component is not None and component.kind is Kind.ENGINE

    def component(self, input: Any) -> Component | None:
        """The component that the step calls with this input."""
        found = self._component
        if found is None:
            found = self._resolver.resolve(self.component_path, input)
            if self._resolver.fixed(self.component_path):
                self._component = found
        return found


class PlannedFlow:
    """A flow-valued field: a plan, or a reference to be looked up when the step starts."""

    __slots__ = ("plan", "reference")

    def __init__(self, field: FlowField, resolver: Resolver) -> None:
        self.plan = None if field.flow is None else resolver.compile(field.flow)
        self.reference = field.reference


class ControlPlan:
    """A control component, compiled: `evaluate(frame)` gives a `Chosen`, of a `loop` a `Looping`."""

    __slots__ = ("evaluate",)

    def __init__(self, evaluate: Evaluate) -> None:
        self.evaluate = evaluate


class Chosen:
    """What a control step decided to run: `flow` on `input`; `case` is the key that a switch took, `by_default` or not.

    `flow` is `None` where no case matched; `cases` are then the keys that there are.
    """

    __slots__ = ("by_default", "case", "cases", "flow", "input")

    def __init__(
        self,
        flow: PlannedFlow | None,
        input: Any,
        case: str | None = None,
        cases: tuple[str, ...] = (),
        *,
        by_default: bool = False,
    ) -> None:
        self.flow = flow
        self.input = input
        self.case = case
        self.cases = cases
        self.by_default = by_default


class Plan:
    """A compiled flow. The `initial_…` members describe a fresh frame; index `size` stands for the output."""

    __slots__ = (
        "addresses", "contract", "dependents", "has_timeouts", "id", "ids", "initial_needed", "initial_open",
        "initial_ready", "initial_remaining", "initial_status", "model", "output", "output_needs", "size", "steps",
    )  # fmt: skip

    def __init__(self, model: FlowModel, resolver: Resolver) -> None:
        self.model = model
        self.id = model.id
        self.contract = Contract(model)
        self.size = len(model.steps)
        self.ids = [step.id for step in model.steps]
        self.addresses = [escape(each) for each in self.ids]
        indexes = {each: index for index, each in enumerate(self.ids)}
        self.steps = [StepPlan(step, indexes, resolver) for step in model.steps]
        self.has_timeouts = any(step.timeout is not None for step in self.steps)
        self.output = compile_expression(model.output, indexes)
        self.output_needs = tuple(sorted(first_needs(model.output, indexes)))
        needs = [step.needs for step in self.steps] + [self.output_needs]
        self.dependents = _dependents(needs)
        self._start([step.index for step in model.steps if step.must_execute], needs)

    def _start(self, must_execute: list[int], needs: list[tuple[int, ...]]) -> None:
        status = bytearray(self.size + 1)
        status[self.size] = BLOCKED
        unseen = [*must_execute, *needs[self.size]]
        while unseen:
            index = unseen.pop()
            if not status[index]:
                status[index] = BLOCKED
                unseen.extend(needs[index])
        open_ = [index for index in range(self.size + 1) if status[index]]
        self.initial_status = bytes(status)
        self.initial_remaining = [len(each) for each in needs]
        self.initial_needed = [index for index in open_ if index < self.size]
        self.initial_open = len(open_)
        self.initial_ready = [index for index in open_ if not needs[index]]


def _dependents(needs: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    dependents: list[list[int]] = [[] for _ in needs]
    for index, needed in enumerate(needs):
        for each in needed:
            dependents[each].append(index)
    return [tuple(each) for each in dependents]


def _input_needs(step: StepModel, indexes: Mapping[str, int]) -> set[int]:
    match step.control:
        case Call(input=expression):
            return first_needs(expression, indexes)
        case Switch(on=expression):
            return first_needs(expression, indexes)
        case Loop() as loop:
            return loop_needs(loop, indexes)
        case None:
            return first_needs(step.input, indexes)


def _control(step: StepModel, indexes: Mapping[str, int], resolver: Resolver) -> ControlPlan | None:
    match step.control:
        case Call() as call:
            return ControlPlan(_call(call, indexes, resolver))
        case Switch() as switch:
            return ControlPlan(_switch(switch, indexes, resolver))
        case Loop() as loop:
            return ControlPlan(compile_loop(loop, PlannedFlow(loop.flow, resolver), indexes))
        case None:
            return None


def _call(call: Call, indexes: Mapping[str, int], resolver: Resolver) -> Evaluate:
    flow = PlannedFlow(call.flow, resolver)
    evaluate = compile_expression(call.input, indexes)
    return lambda frame: Chosen(flow, evaluate(frame))


def _switch(switch: Switch, indexes: Mapping[str, int], resolver: Resolver) -> Evaluate:
    on = compile_expression(switch.on, indexes)
    cases = {key: _case(case, on, indexes, resolver) for key, case in switch.cases.items()}
    default = None if switch.default is None else _case(switch.default, on, indexes, resolver)
    keys = tuple(cases)

    def evaluate(frame: Any) -> Chosen:
        key = case_key(on(frame))
        taken = cases.get(key) if key is not None else None
        by_default = taken is None
        if taken is None:
            key, taken = "default", default
        if taken is None:
            return Chosen(None, on(frame), cases=keys, by_default=True)
        flow, input = taken
        return Chosen(flow, input(frame), key, by_default=by_default)

    return evaluate


def _case(
    case: Case, on: Evaluate, indexes: Mapping[str, int], resolver: Resolver
) -> tuple[PlannedFlow, Callable[[Any], Any]]:
    evaluate = on if case.input is None else compile_expression(case.input, indexes)
    return PlannedFlow(case.flow, resolver), evaluate


def case_key(value: Any) -> str | None:
    """The key of a `switch` that a value takes: text as it is; `true`, `false`, `null` and integers by their JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else None


def delay_before(attempt: int, backoff: Backoff, chance: float) -> float:
    """Seconds to wait before `attempt` (2, 3, …); `chance` in [0, 1) spreads it by the jitter.

    Exponential with a factor, constant, or by the Fibonacci numbers 1, 1, 2, 3, 5, …; never above `max`.
    """
    number = attempt - 2
    if backoff.type == "constant":
        delay = backoff.initial
    elif backoff.type == "fibonacci":
        delay = backoff.initial * _fibonacci(min(number, 90))
    else:
        delay = _exponential(backoff, number)
    delay = min(delay, backoff.max)
    return max(0.0, delay * (1 + backoff.jitter * (2 * chance - 1)))


def _exponential(backoff: Backoff, number: int) -> float:
    try:
        return backoff.initial * backoff.factor**number
    except OverflowError:
        return backoff.max


def _fibonacci(number: int) -> int:
    first, second = 1, 1
    for _ in range(number):
        first, second = second, first + second
    return first
