"""Filters, tests and calls: their names are known when the text is compiled, their arguments checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jinja2 import nodes

from .errors import TemplateError, suggestion
from .filters import FILTERS
from .functions import FUNCTIONS
from .predicates import TESTS
from .scope import refusal
from .values import Tool, kind_of, whole

if TYPE_CHECKING:
    from .frames import Evaluator, Frame
    from .scope import Scope

_NAMED_ARGUMENT: Final[Mapping[str, tuple[int, str, Mapping[str, Callable[..., Any]]]]] = {
    "map": (1, "filter", FILTERS),
    "select": (1, "test", TESTS),
    "reject": (1, "test", TESTS),
    "selectattr": (2, "test", TESTS),
    "rejectattr": (2, "test", TESTS),
}
"""The filters that take the name of a filter or test, and as which argument; the value is the first."""

_METHODS: Final = frozenset({"changed", "cycle", "next"})
"""What loops and cyclers can do; data has no methods."""


class Arguments(NamedTuple):
    """The compiled arguments of a call."""

    positional: list[Evaluator]
    named: dict[str, Evaluator]

    def values(self, frame: Frame) -> tuple[list[Any], dict[str, Any]]:
        """The arguments' values."""
        return [each(frame) for each in self.positional], {name: each(frame) for name, each in self.named.items()}


def compile_arguments(
    node: nodes.Call | nodes.Filter | nodes.Test, scope: Scope, operand: Evaluator | None = None, lenient: bool = False
) -> Arguments:
    """The arguments of a call, the operand of a filter or test first. Raises `TemplateError` for `*` and `**`."""
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        raise refusal(node, "`*` and `**` cannot be used in arguments")
    compile_one = scope.lenient if lenient else scope.member
    positional = [compile_one(each) for each in node.args]
    if operand is not None:
        positional.insert(0, operand)
    return Arguments(positional, {str(each.key): compile_one(each.value) for each in node.kwargs})


def compile_filter(node: nodes.Filter, scope: Scope) -> Evaluator:
    """A filter; like `first`, it may give `UNDEFINED`."""
    function = _known(node, "filter", node.name, FILTERS)
    lenient = node.name in ("default", "d")
    assert node.node is not None
    operand = scope.lenient(node.node) if lenient else scope.evaluator(node.node)
    arguments = compile_arguments(node, scope, operand, lenient)
    if node.name in _NAMED_ARGUMENT:
        arguments = _resolve_name(node, arguments)
    evaluate = _application(node, function, arguments, f"the filter `{node.name}`")
    return _whole_members(evaluate) if scope.typed and node.name == "map" else evaluate


def _whole_members(evaluate: Evaluator) -> Evaluator:
    return lambda frame: [whole(value) for value in evaluate(frame)]


def _resolve_name(node: nodes.Filter, arguments: Arguments) -> Arguments:
    index, what, known = _NAMED_ARGUMENT[node.name]
    if len(node.args) < index:
        return arguments
    name = node.args[index - 1]
    if not isinstance(name, nodes.Const) or not isinstance(name.value, str):
        raise refusal(name, f"the filter `{node.name}` takes the name of a {what} in quotes")
    function, rest = _known(name, what, name.value, known), arguments.positional[index + 1 :]
    inner = Arguments([arguments.positional[0], *rest], _without_own(arguments.named))
    _check_signature(name, function, inner, f"the {what} `{name.value}`")
    return Arguments([*arguments.positional[:index], lambda frame: function, *rest], arguments.named)


def _without_own(named: dict[str, Evaluator]) -> dict[str, Evaluator]:
    return {name: value for name, value in named.items() if name not in ("attribute", "default")}


def compile_test(node: nodes.Test, scope: Scope) -> Evaluator:
    """A test; its operand may be undefined."""
    function = _known(node, "test", node.name, TESTS)
    arguments = compile_arguments(node, scope, scope.lenient(node.node))
    return _application(node, function, arguments, f"the test `{node.name}`")


def compile_call(node: nodes.Call, scope: Scope) -> Evaluator:
    """A call of a function, of a macro or of what a loop can do; data cannot be called."""
    callee = node.node
    if isinstance(callee, nodes.Name):
        return _tool_call(node, scope) if scope.knows(callee.name) else _function_call(node, callee, scope)
    if isinstance(callee, nodes.Getattr):
        return _method_call(node, callee, scope)
    raise refusal(node, "this cannot be called")


def _function_call(node: nodes.Call, callee: nodes.Name, scope: Scope) -> Evaluator:
    name = callee.name
    if name not in FUNCTIONS and name in FILTERS:
        raise refusal(callee, f"there is no function `{name}`: write `… | {name}`")
    function = _known(callee, "function", name, FUNCTIONS)
    return _application(callee, function, compile_arguments(node, scope), f"the function `{name}`")


def _known(node: nodes.Node, what: str, name: str, known: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    if name not in known:
        raise refusal(node, f"there is no {what} `{name}`{suggestion(name, known)}")
    return known[name]


def _application(node: nodes.Node, function: Callable[..., Any], arguments: Arguments, what: str) -> Evaluator:
    _check_signature(node, function, arguments, what)
    place = node.lineno

    def evaluate(frame: Frame) -> Any:
        positional, named = arguments.values(frame)
        budget = frame.budget
        try:
            budget.read(positional)
            return function(budget, *positional, **named)
        except TemplateError as error:
            raise error.at(place) from None
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError):
            raise _unsuited(what, positional, named).at(place) from None

    return evaluate


def _check_signature(node: nodes.Node, function: Callable[..., Any], arguments: Arguments, what: str) -> None:
    try:
        signature(function).bind(None, *arguments.positional, **arguments.named)
    except TypeError as error:
        raise refusal(node, f"{what} cannot be called so: {error}") from None


def _unsuited(what: str, positional: list[Any], named: dict[str, Any]) -> TemplateError:
    kinds = [*map(kind_of, positional), *(f"{name}={kind_of(value)}" for name, value in named.items())]
    return TemplateError(f"{what} does not work on {', '.join(kinds)}")


def _tool_call(node: nodes.Call, scope: Scope) -> Evaluator:
    callee, arguments, place = scope.evaluator(node.node), compile_arguments(node, scope), node.lineno

    def evaluate(frame: Frame) -> Any:
        tool = callee(frame)
        positional, named = arguments.values(frame)
        try:
            return as_tool(tool).call(frame.budget, positional, named)
        except TemplateError as error:
            raise error.at(place) from None

    return evaluate


def _method_call(node: nodes.Call, callee: nodes.Getattr, scope: Scope) -> Evaluator:
    name, owner = callee.attr, callee.node
    if name not in _METHODS or not isinstance(owner, nodes.Name) or not scope.knows(owner.name):
        hint = f"write `… | {name}`" if name in FILTERS else "use a filter"
        raise refusal(callee, f"data has no methods such as `{name}()`: {hint}")
    evaluate_owner, arguments, place = scope.evaluator(owner), compile_arguments(node, scope), node.lineno

    def evaluate(frame: Frame) -> Any:
        tool = evaluate_owner(frame)
        positional, _ = arguments.values(frame)
        try:
            return as_tool(tool).method(name, frame.budget, positional)
        except TemplateError as error:
            raise error.at(place) from None

    return evaluate


def as_tool(value: Any) -> Tool:
    """A value that is about to be called. Raises `TemplateError` where it is data."""
    if not isinstance(value, Tool):
        raise TemplateError(f"{kind_of(value)} cannot be called")
    return value
