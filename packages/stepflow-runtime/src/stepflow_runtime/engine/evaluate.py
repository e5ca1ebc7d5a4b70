"""Compiling expressions to closures `evaluate(frame) -> value`, and finding what they need first.

A closure gives a plain JSON value or raises `Undecided`: needs are found by evaluating. Strict
expressions look at all their parts before they raise, so that everything they need is asked for at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from stepflow_core import FlowError

from ..language.expressions import (
    ArrayOf,
    Coalesce,
    Computed,
    Expression,
    If,
    InputValue,
    Literal,
    ObjectOf,
    StepOutput,
    TextTemplate,
    VariableValue,
)
from ..language.paths import PathNotFound, compile_path, format_path
from .states import COMPLETED, SKIPPED
from .undecided import Blocked, EvaluationFailed, EvaluationSkipped, Undecided, merge

if TYPE_CHECKING:
    from ..language.templates import Template
    from .frame import Frame

Evaluate: TypeAlias = "Callable[[Frame], Any]"
Indexes: TypeAlias = Mapping[str, int]

EXPRESSION_ERROR = 1


def failed(message: str) -> EvaluationFailed:
    """The failure of an expression itself."""
    return EvaluationFailed(FlowError(EXPRESSION_ERROR, message))


def compile_expression(expression: Expression, indexes: Indexes) -> Evaluate:
    """The closure of an expression; `indexes` maps step ids to their places in the frame."""
    return _COMPILERS[type(expression)](expression, indexes)


def first_needs(expression: Expression, indexes: Indexes) -> set[int]:
    """The steps that have to end before anything of the expression can be decided."""
    match expression:
        case StepOutput(step=step):
            return {indexes[step]}
        case If(condition=condition):
            return first_needs(condition, indexes)
        case Coalesce(elements=(first, *_)):
            return first_needs(first, indexes)
        case ArrayOf(elements=elements):
            return _union(elements, indexes)
        case ObjectOf(members=members):
            return _union(members.values(), indexes)
        case TextTemplate(names=names) | Computed(names=names):
            mentioned = {indexes[mention.id] for mention in compiled_template(expression).steps}
            return mentioned | _union(names.values(), indexes)
        case _:
            return set()


def _union(expressions: Iterable[Expression], indexes: Indexes) -> set[int]:
    return {need for each in expressions for need in first_needs(each, indexes)}


def _literal(expression: Literal, _: Indexes) -> Evaluate:
    value = expression.value
    return lambda frame: value


def _input(expression: InputValue, _: Indexes) -> Evaluate:
    if not expression.path:
        return lambda frame: frame.input
    get = compile_path(expression.path)
    message = f"Input path {format_path(expression.path)} not found"

    def evaluate(frame: Frame) -> Any:
        try:
            return get(frame.input)
        except PathNotFound:
            raise failed(message) from None

    return evaluate


def _step(expression: StepOutput, indexes: Indexes) -> Evaluate:
    index = indexes[expression.step]
    undecided = _undecided_step(expression, indexes)
    if not expression.path:
        return lambda frame: frame.values[index] if frame.status[index] == COMPLETED else undecided(frame)
    get = compile_path(expression.path)
    message = f"Path {format_path(expression.path)} not found"

    def evaluate(frame: Frame) -> Any:
        if frame.status[index] != COMPLETED:
            return undecided(frame)
        value = frame.values[index]
        if value is None:
            return None
        try:
            return get(value)
        except PathNotFound:
            raise failed(message) from None

    return evaluate


def _undecided_step(expression: StepOutput, indexes: Indexes) -> Evaluate:
    index = indexes[expression.step]
    default = None if expression.on_skip is None else compile_expression(expression.on_skip, indexes)
    blocked_by = (index,)
    reason = f"step {expression.step!r} was skipped"

    def evaluate(frame: Frame) -> Any:
        state = frame.status[index]
        if state < COMPLETED:
            raise Blocked(blocked_by)
        if state != SKIPPED:
            raise EvaluationFailed(frame.values[index])
        if default is None:
            raise EvaluationSkipped(reason)
        return default(frame)

    return evaluate


_MISSING: Any = object()


def _variable(expression: VariableValue, indexes: Indexes) -> Evaluate:
    name = expression.name
    get = compile_path(expression.path)
    default = None if expression.default is None else compile_expression(expression.default, indexes)

    def evaluate(frame: Frame) -> Any:
        value = frame.variables.get(name, _MISSING)
        if value is not _MISSING:
            try:
                return get(value)
            except PathNotFound:
                pass
        if default is None:
            raise failed(f"Undefined variable: {name}")
        return default(frame)

    return evaluate


def is_truthy(value: Any) -> bool:
    """Everything but `null` and `false`."""
    return value is not None and value is not False


def _if(expression: If, indexes: Indexes) -> Evaluate:
    condition = compile_expression(expression.condition, indexes)
    then = compile_expression(expression.then, indexes)
    otherwise = compile_expression(expression.otherwise or Literal(None), indexes)

    def evaluate(frame: Frame) -> Any:
        try:
            chosen = is_truthy(condition(frame))
        except (EvaluationFailed, EvaluationSkipped):
            chosen = False
        return then(frame) if chosen else otherwise(frame)

    return evaluate


def _coalesce(expression: Coalesce, indexes: Indexes) -> Evaluate:
    elements = [compile_expression(each, indexes) for each in expression.elements]

    def evaluate(frame: Frame) -> Any:
        for element in elements:
            try:
                value = element(frame)
            except EvaluationSkipped:
                continue
            if value is not None:
                return value
        return None

    return evaluate


def _array(expression: ArrayOf, indexes: Indexes) -> Evaluate:
    elements = [compile_expression(each, indexes) for each in expression.elements]

    def evaluate(frame: Frame) -> list[Any]:
        values = []
        undecided: Undecided | None = None
        for element in elements:
            try:
                values.append(element(frame))
            except Undecided as problem:
                undecided = merge(undecided, problem)
        if undecided is not None:
            raise undecided
        return values

    return evaluate


def _object(expression: ObjectOf, indexes: Indexes) -> Evaluate:
    members = [(key, compile_expression(each, indexes)) for key, each in expression.members.items()]

    def evaluate(frame: Frame) -> dict[str, Any]:
        values = {}
        undecided: Undecided | None = None
        for key, member in members:
            try:
                values[key] = member(frame)
            except Undecided as problem:
                undecided = merge(undecided, problem)
        if undecided is not None:
            raise undecided
        return values

    return evaluate


def compiled_template(expression: TextTemplate | Computed) -> Template:
    """The text of an expression, compiled."""
    from ..language.templates import compile_expression as computed
    from ..language.templates import compile_template

    return compile_template(expression.text) if isinstance(expression, TextTemplate) else computed(expression.text)


def _rendered(expression: TextTemplate | Computed, indexes: Indexes) -> Evaluate:
    known, render = compile_known(expression, indexes), compile_rendering(expression)
    return lambda frame: render(known(frame))


def compile_known(expression: TextTemplate | Computed, indexes: Indexes) -> Evaluate:
    """The closure that gives what a text knows, by name."""
    steps = [
        (each.id, compile_expression(StepOutput(each.id), indexes)) for each in compiled_template(expression).steps
    ]
    names = [(name, compile_expression(each, indexes)) for name, each in expression.names.items()]

    def known(frame: Frame) -> dict[str, Any]:
        outputs: dict[str, Any] = {}
        named: dict[str, Any] = {}
        undecided = _collect(named, names, frame, _collect(outputs, steps, frame, None))
        if undecided is not None:
            raise undecided
        return {"input": frame.input, "steps": outputs, "vars": frame.variables, **named}

    return known


def compile_rendering(expression: TextTemplate | Computed) -> Callable[[dict[str, Any]], Any]:
    """What gives the value of a text from what it knows. Raises `EvaluationFailed`."""
    from ..language.templates import TemplateError

    template = compiled_template(expression)

    def render(known: dict[str, Any]) -> Any:
        try:
            return template.render(known)
        except TemplateError as error:
            raise failed(_located(error)) from None

    return render


def _collect(
    values: dict[str, Any], parts: list[tuple[str, Evaluate]], frame: Frame, undecided: Undecided | None
) -> Undecided | None:
    """Evaluates named parts of a text; a skipped one stays out, so that it is undefined there."""
    for name, part in parts:
        try:
            values[name] = part(frame)
        except EvaluationSkipped:
            continue
        except Undecided as problem:
            undecided = merge(undecided, problem)
    return undecided


def _located(error: Any) -> str:
    if error.line is None:
        return str(error.message)
    column = "" if error.column is None else f", column {error.column}"
    return f"{error.message} (line {error.line}{column} of the template)"


_COMPILERS: dict[type[Expression], Callable[[Any, Indexes], Evaluate]] = {
    Literal: _literal,
    InputValue: _input,
    StepOutput: _step,
    VariableValue: _variable,
    If: _if,
    Coalesce: _coalesce,
    ArrayOf: _array,
    ObjectOf: _object,
    TextTemplate: _rendered,
    Computed: _rendered,
}
