"""The parsed forms of an expression: small immutable trees that know nothing of running."""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import Struct

Path: TypeAlias = tuple[str | int, ...]
"""Fields (text) and indexes (int) from a value downwards; empty for the whole value."""


class Expression(Struct, frozen=True):
    """Any expression; one of the classes below."""


class Literal(Expression, frozen=True):
    """`value` as it is: a scalar, or what stood under `$literal`."""

    value: Any


class InputValue(Expression, frozen=True):
    """`{$input: path}`: the flow's input at `path`."""

    path: Path = ()


class StepOutput(Expression, frozen=True):
    """`{$step: id, path?, onSkip?}`: a step's output at `path`.

    `on_skip` is the value to use where the step was skipped (`action: useDefault`), `None` where the
    consumer is to be skipped.
    """

    step: str
    path: Path = ()
    on_skip: Expression | None = None


class VariableValue(Expression, frozen=True):
    """`{$variable: name.path, default?}`."""

    name: str
    path: Path = ()
    default: Expression | None = None


class If(Expression, frozen=True):
    """`{$if: condition, then, else?}`; without `else` it is `null`."""

    condition: Expression
    then: Expression
    otherwise: Expression | None = None


class Coalesce(Expression, frozen=True):
    """`{$coalesce: [...]}`."""

    elements: tuple[Expression, ...] = ()


class TextTemplate(Expression, frozen=True):
    """`{$template: text, with?}`: rendered text. `names` are the names of `with`."""

    text: str
    names: dict[str, Expression] = {}


class Computed(Expression, frozen=True):
    """`{$expr: text, with?}`: a typed value. `names` are the names of `with`."""

    text: str
    names: dict[str, Expression] = {}


class ArrayOf(Expression, frozen=True):
    """An array of expressions."""

    elements: tuple[Expression, ...] = ()


class ObjectOf(Expression, frozen=True):
    """An object of expressions, in document order."""

    members: dict[str, Expression] = {}
