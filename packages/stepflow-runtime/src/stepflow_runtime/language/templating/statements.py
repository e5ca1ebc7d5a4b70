"""Statements: each of Jinja's nodes as a closure that appends what it writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from jinja2 import nodes

from .errors import TemplateError
from .frames import joined
from .loops import compile_for
from .macros import compile_call_block, compile_macro
from .scope import refusal
from .targets import compile_target
from .values import json_of

if TYPE_CHECKING:
    from .frames import Evaluator, Frame, Writer
    from .scope import Scope

_BLOCK_TEXT: Final = "the text of the block"
"""Under this name, which no text can write, the filter of a block finds its text."""


def compile_body(body: list[nodes.Node], scope: Scope) -> Writer:
    """Statements one after the other, in the scope given."""
    writers = [_compile_statement(each, scope) for each in body]
    if len(writers) == 1:
        return writers[0]

    def write(frame: Frame, out: list[str]) -> None:
        for each in writers:
            each(frame, out)

    return write


def _compile_statement(node: nodes.Node, scope: Scope) -> Writer:
    compile_node = _STATEMENTS.get(type(node))
    if compile_node is None:
        raise _unknown(node)
    with scope.references.visit(node):
        write = compile_node(node, scope)
    return write if isinstance(node, nodes.Output) else _placed(write, node.lineno)


def _placed(write: Writer, place: int) -> Writer:
    def write_placed(frame: Frame, out: list[str]) -> None:
        try:
            write(frame, out)
        except TemplateError as error:
            raise error.at(place) from None

    return write_placed


def _unknown(node: nodes.Node) -> TemplateError:
    if isinstance(node, nodes.Scope):
        return refusal(node.body[0], "`autoescape` cannot be used: nothing is escaped unless a filter does it")
    tag = "from" if isinstance(node, nodes.FromImport) else type(node).__name__.lower()
    return refusal(node, f"`{tag}` cannot be used: a text stands alone")


def _output(node: nodes.Output, scope: Scope) -> Writer:
    parts = [_part(each, scope) for each in node.nodes]

    def write(frame: Frame, out: list[str]) -> None:
        out += [part if part.__class__ is str else part(frame) for part in parts]

    return write


def _part(node: nodes.Expr, scope: Scope) -> Any:
    if isinstance(node, nodes.TemplateData):
        scope.references.size += 1
        return node.data
    if isinstance(node, nodes.CondExpr) and node.expr2 is None:
        # What authors mean by an `if` without `else` here: nothing is written where it is false.
        test, then = scope.evaluator(node.test), _written(scope.evaluator(node.expr1), node.lineno)
        return lambda frame: then(frame) if test(frame) else ""
    return _written(scope.evaluator(node), node.lineno)


def _written(evaluate: Evaluator, place: int) -> Evaluator:
    def write(frame: Frame) -> str:
        value = evaluate(frame)
        if value.__class__ is str:
            text: str = value
            return text
        try:
            return json_of(value, frame.budget)
        except TemplateError as error:
            raise error.at(place) from None

    return write


def _if(node: nodes.If, scope: Scope) -> Writer:
    branches = [(scope.evaluator(each.test), scope.writer(each.body)) for each in (node, *node.elif_)]
    otherwise = scope.writer(node.else_)

    def write(frame: Frame, out: list[str]) -> None:
        for test, then in branches:
            if test(frame):
                return then(frame, out)
        return otherwise(frame, out)

    return write


def _set(node: nodes.Assign, scope: Scope) -> Writer:
    evaluate = scope.evaluator(node.node)
    assign = compile_target(node.target, scope)
    return lambda frame, out: assign(evaluate(frame), frame)


def _set_block(node: nodes.AssignBlock, scope: Scope) -> Writer:
    capture = _filtered(node.filter, node.body, scope)
    assign = compile_target(node.target, scope)
    return lambda frame, out: assign(capture(frame), frame)


def _filter_block(node: nodes.FilterBlock, scope: Scope) -> Writer:
    write_filtered = _written(_filtered(node.filter, node.body, scope), node.lineno)
    return lambda frame, out: out.append(write_filtered(frame))


def _filtered(node: nodes.Filter | None, body: list[nodes.Node], scope: Scope) -> Evaluator:
    write = scope.inner().writer(body)
    apply = _block_filter(node, scope) if node is not None else None

    def capture(frame: Frame) -> Any:
        pieces: list[str] = []
        write(frame.inner(), pieces)
        text = joined(pieces, frame.budget)
        return text if apply is None else apply(frame.inner({_BLOCK_TEXT: text}))

    return capture


def _block_filter(node: nodes.Filter, scope: Scope) -> Evaluator:
    innermost = node
    while isinstance(innermost.node, nodes.Filter):
        innermost = innermost.node
    innermost.node = nodes.Name(_BLOCK_TEXT, "load", lineno=node.lineno)
    return scope.inner(_BLOCK_TEXT).evaluator(node)


def _with(node: nodes.With, scope: Scope) -> Writer:
    values = [scope.evaluator(each) for each in node.values]
    inner = scope.inner()
    targets = [compile_target(each, inner) for each in node.targets]
    body = inner.writer(node.body)

    def write(frame: Frame, out: list[str]) -> None:
        inside = frame.inner()
        for assign, evaluate in zip(targets, values, strict=True):
            assign(evaluate(frame), inside)
        body(inside, out)

    return write


_STATEMENTS: Final[Mapping[type[nodes.Node], Callable[[Any, Scope], Writer]]] = {
    nodes.Output: _output,
    nodes.If: _if,
    nodes.For: compile_for,
    nodes.Assign: _set,
    nodes.AssignBlock: _set_block,
    nodes.FilterBlock: _filter_block,
    nodes.With: _with,
    nodes.Macro: compile_macro,
    nodes.CallBlock: compile_call_block,
}
