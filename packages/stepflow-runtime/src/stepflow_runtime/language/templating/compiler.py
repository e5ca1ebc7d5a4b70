"""From a text to the closure that renders it and the references that it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from jinja2 import nodes

from .errors import TemplateError
from .frames import Evaluator, Frame, joined
from .limits import Budget
from .scope import References, Scope
from .syntax import parse_expression, parse_template
from .values import SCALARS, weigh, whole

Renderer: TypeAlias = Callable[[Mapping[str, Any], Budget], Any]


class Compiled(NamedTuple):
    """A text ready to be rendered."""

    render: Renderer
    references: References


def compile_text(text: str) -> Compiled:
    """A text with holes; renders to text. Raises `TemplateError`."""
    body = parse_template(text).body
    references = References()
    write = Scope(references, typed=False).writer(body)

    def render(values: Mapping[str, Any], budget: Budget) -> str:
        pieces: list[str] = []
        write(Frame(dict(values), budget), pieces)
        return joined(pieces, budget)

    return Compiled(render, references)


def compile_value(text: str) -> Compiled:
    """One expression; renders to its value. Raises `TemplateError`."""
    node = parse_expression(text)
    references = References()
    evaluate = Scope(references, typed=True).evaluator(node)
    return Compiled(_existing(evaluate) if _is_existing(node) else _computed(evaluate, node.lineno), references)


def _is_existing(node: nodes.Node | None) -> bool:
    """Whether the value is one that is there already, or a constant: nothing that needs to be looked at."""
    if isinstance(node, nodes.CondExpr):
        return _is_existing(node.expr1) and _is_existing(node.expr2)
    if isinstance(node, nodes.And | nodes.Or):
        return _is_existing(node.left) and _is_existing(node.right)
    if isinstance(node, nodes.Filter) and node.name in ("default", "d"):
        return all(map(_is_existing, (node.node, *node.args, *(each.value for each in node.kwargs))))
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        node = node.node
    return node is None or isinstance(node, nodes.Name | nodes.Const)


def _existing(evaluate: Evaluator) -> Renderer:
    return lambda values, budget: whole(evaluate(Frame(values, budget)))


def _computed(evaluate: Evaluator, place: int) -> Renderer:
    def render(values: Mapping[str, Any], budget: Budget) -> Any:
        value = evaluate(Frame(values, budget))
        if value.__class__ not in SCALARS:
            try:
                weigh(value, budget)
            except TemplateError as error:
                raise error.at(place) from None
        return whole(value)

    return render
