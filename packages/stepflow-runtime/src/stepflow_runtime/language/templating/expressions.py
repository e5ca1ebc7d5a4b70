"""Expressions: each of Jinja's nodes as a closure that gives its value.

A value that is undefined stops the rendering where it is met. What accepts one (tests, `default`) has its
operand compiled leniently and gets `UNDEFINED` instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NoReturn

from jinja2 import nodes

from .calls import compile_call, compile_filter, compile_test
from .errors import TemplateError
from .operators import ARITHMETIC, COMPARISONS, NUMBERS, QUICK_COMPARISONS, as_number, number
from .references import compile_lenient_reference, compile_reference, defined
from .scope import refusal
from .values import UNDEFINED, kind_of, text_of

if TYPE_CHECKING:
    from .frames import Evaluator, Frame
    from .operators import Operator
    from .scope import Scope


def compile_defined(node: nodes.Node, scope: Scope) -> Evaluator:
    """The closure that gives the value of `node` and fails where it is undefined."""
    if isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
        return compile_reference(node, scope)
    if isinstance(node, nodes.CondExpr):
        return _conditional(node, scope)
    evaluate = compile_lenient(node, scope)
    return defined(evaluate, node) if isinstance(node, nodes.Filter) else evaluate


def compile_lenient(node: nodes.Node, scope: Scope) -> Evaluator:
    """The closure that gives the value of `node` or `UNDEFINED`."""
    compile_node = _EXPRESSIONS.get(type(node))
    if compile_node is None:
        raise refusal(node, "this cannot stand here")
    return compile_node(node, scope)


def _constant(node: nodes.Const, scope: Scope) -> Evaluator:
    value = node.value
    try:
        if isinstance(value, str):
            value.encode()
        elif isinstance(value, int | float):
            number(value if isinstance(value, float) else int(value))
    except UnicodeEncodeError:
        raise refusal(node, "the text holds half a surrogate pair, which is not Unicode") from None
    except TemplateError as error:
        raise error.at(node.lineno) from None
    return lambda frame: value


def _array(node: nodes.List | nodes.Tuple, scope: Scope) -> Evaluator:
    members = [scope.member(each) for each in node.items]
    return lambda frame: [each(frame) for each in members]


def _object(node: nodes.Dict, scope: Scope) -> Evaluator:
    members = [(_key(pair.key, scope), scope.member(pair.value)) for pair in node.items]
    return lambda frame: {key(frame): value(frame) for key, value in members}


def _key(node: nodes.Expr, scope: Scope) -> Evaluator:
    evaluate, place = scope.evaluator(node), node.lineno

    def evaluate_key(frame: Frame) -> Any:
        key = evaluate(frame)
        if key.__class__ is not str:
            raise TemplateError(f"the key of an object is text, not {kind_of(key)}: quote it").at(place)
        return key

    return evaluate_key


def _and(node: nodes.And, scope: Scope) -> Evaluator:
    left, right = scope.evaluator(node.left), scope.evaluator(node.right)
    return lambda frame: left(frame) and right(frame)


def _or(node: nodes.Or, scope: Scope) -> Evaluator:
    left, right = scope.evaluator(node.left), scope.evaluator(node.right)
    return lambda frame: left(frame) or right(frame)


def _not(node: nodes.Not, scope: Scope) -> Evaluator:
    operand = scope.evaluator(node.node)
    return lambda frame: not operand(frame)


def _sign(node: nodes.Neg | nodes.Pos, scope: Scope) -> Evaluator:
    operand, place, negative = scope.evaluator(node.node), node.lineno, isinstance(node, nodes.Neg)

    def evaluate(frame: Frame) -> Any:
        try:
            value = as_number(operand(frame))
        except TemplateError as error:
            raise error.at(place) from None
        return -value if negative else +value

    return evaluate


def _conditional(node: nodes.CondExpr, scope: Scope) -> Evaluator:
    test, then = scope.evaluator(node.test), scope.evaluator(node.expr1)
    otherwise = scope.evaluator(node.expr2) if node.expr2 is not None else _no_otherwise(node.lineno)
    return lambda frame: then(frame) if test(frame) else otherwise(frame)


def _no_otherwise(place: int) -> Evaluator:
    def fail(frame: Frame) -> NoReturn:
        raise TemplateError("the value is undefined: the condition is false and there is no `else`").at(place)

    return fail


def _lenient_conditional(node: nodes.CondExpr, scope: Scope) -> Evaluator:
    test, then = scope.evaluator(node.test), scope.lenient(node.expr1)
    otherwise: Evaluator = scope.lenient(node.expr2) if node.expr2 is not None else lambda frame: UNDEFINED
    return lambda frame: then(frame) if test(frame) else otherwise(frame)


def _concatenation(node: nodes.Concat, scope: Scope) -> Evaluator:
    parts, place = [scope.evaluator(each) for each in node.nodes], node.lineno

    def evaluate(frame: Frame) -> str:
        values = [part(frame) for part in parts]
        try:
            texts = [text_of(value, frame.budget) for value in values]
            frame.budget.text(sum(map(len, texts)))
        except TemplateError as error:
            raise error.at(place) from None
        return "".join(texts)

    return evaluate


def _arithmetic(node: nodes.BinExpr, scope: Scope) -> Evaluator:
    operate = ARITHMETIC[type(node).__name__]
    return _operation(operate, scope.evaluator(node.left), scope.evaluator(node.right), node.lineno)


def _operation(operate: Operator, left: Evaluator, right: Evaluator, place: int) -> Evaluator:
    def evaluate(frame: Frame) -> Any:
        first, second = left(frame), right(frame)
        try:
            return operate(first, second, frame.budget)
        except TemplateError as error:
            raise error.at(place) from None

    return evaluate


def _comparison(node: nodes.Compare, scope: Scope) -> Evaluator:
    left, place = scope.evaluator(node.expr), node.lineno
    rest = [(operand.op, scope.evaluator(operand.expr)) for operand in node.ops]
    if len(rest) == 1:
        return _compare(rest[0][0], left, rest[0][1], place)
    return _chain(left, [(COMPARISONS[name], right) for name, right in rest], place)


def _compare(name: str, left: Evaluator, right: Evaluator, place: int) -> Evaluator:
    quick, operate = QUICK_COMPARISONS.get(name), COMPARISONS[name]
    if quick is None:
        return _operation(operate, left, right, place)

    def evaluate(frame: Frame) -> Any:
        first, second = left(frame), right(frame)
        if first.__class__ in NUMBERS and second.__class__ in NUMBERS:
            return quick(first, second)
        try:
            return operate(first, second, frame.budget)
        except TemplateError as error:
            raise error.at(place) from None

    return evaluate


def _chain(left: Evaluator, rest: list[tuple[Operator, Evaluator]], place: int) -> Evaluator:
    def evaluate(frame: Frame) -> bool:
        first = left(frame)
        for operate, right in rest:
            second = right(frame)
            try:
                if not operate(first, second, frame.budget):
                    return False
            except TemplateError as error:
                raise error.at(place) from None
            first = second
        return True

    return evaluate


_EXPRESSIONS: Final[Mapping[type[nodes.Node], Callable[[Any, Scope], Evaluator]]] = {
    nodes.Const: _constant,
    nodes.List: _array,
    nodes.Tuple: _array,
    nodes.Dict: _object,
    nodes.Name: compile_lenient_reference,
    nodes.Getattr: compile_lenient_reference,
    nodes.Getitem: compile_lenient_reference,
    nodes.And: _and,
    nodes.Or: _or,
    nodes.Not: _not,
    nodes.Neg: _sign,
    nodes.Pos: _sign,
    nodes.CondExpr: _lenient_conditional,
    nodes.Concat: _concatenation,
    nodes.Compare: _comparison,
    **{getattr(nodes, name): _arithmetic for name in ARITHMETIC},
    nodes.Filter: compile_filter,
    nodes.Test: compile_test,
    nodes.Call: compile_call,
}
