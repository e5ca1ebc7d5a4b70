"""`macro` and `call`: parts of a text with parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from jinja2 import nodes

from .calls import as_tool, compile_arguments
from .errors import TemplateError
from .frames import Frame, joined
from .scope import refusal
from .values import Tool

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .frames import Evaluator, Writer
    from .limits import Budget
    from .scope import Scope


_CALL_COST: Final = 40
"""What a call costs besides the parts of its body: the time of as many of them."""


class Body(NamedTuple):
    """A compiled macro: its parameters, the defaults of the last of them, what it writes and what that costs."""

    name: str
    parameters: list[str]
    defaults: dict[str, Evaluator]
    write: Writer
    cost: int


class Macro(Tool):
    """A macro where it was defined, whose names it sees."""

    __slots__ = ("_body", "_names")
    kind = "a macro"

    def __init__(self, body: Body, names: Mapping[str, Any]) -> None:
        self._body = body
        self._names = names

    def call(self, budget: Budget, args: list[Any], named: dict[str, Any], caller: Macro | None = None) -> str:
        """What the macro writes for these arguments; `caller` is the body of a `call` block."""
        body = self._body
        budget.enter()
        budget.spend(_CALL_COST + body.cost + (len(self._names) >> 3))
        frame = Frame({**self._names, "caller": caller}, budget)
        _bind(body, frame, args, named)
        pieces: list[str] = []
        body.write(frame, pieces)
        budget.leave()
        return joined(pieces, budget)


def _bind(body: Body, frame: Frame, args: list[Any], named: dict[str, Any]) -> None:
    given = dict(zip(body.parameters, args, strict=False))
    unknown = [name for name in named if name not in body.parameters or name in given]
    if len(args) > len(body.parameters) or unknown:
        takes = ", ".join(body.parameters) or "nothing"
        raise TemplateError(f"the macro `{body.name}` takes {takes}, each once")
    given.update(named)
    assert isinstance(frame.names, dict)
    for name in body.parameters:
        frame.names.pop(name, None)
    for name in body.parameters:
        if name in given:
            frame.assign(name, given[name])
        elif name in body.defaults:
            frame.assign(name, body.defaults[name](frame))


def compile_macro(node: nodes.Macro, scope: Scope) -> Writer:
    """The definition of a macro: from here on its name stands for it."""
    scope.declare(node.name, node)
    body, name = _compile_body(node.name, node, scope), node.name

    def write(frame: Frame, out: list[str]) -> None:
        frame.assign(name, Macro(body, frame.names))

    return write


def compile_call_block(node: nodes.CallBlock, scope: Scope) -> Writer:
    """`call`: a macro that gets the block as `caller`."""
    callee = node.call.node
    if not isinstance(callee, nodes.Name) or not scope.knows(callee.name):
        raise refusal(node, "`call` takes a macro that stands before it")
    tool_of, arguments = scope.evaluator(callee), compile_arguments(node.call, scope)
    body = _compile_body("caller", node, scope)

    def write(frame: Frame, out: list[str]) -> None:
        macro = as_tool(tool_of(frame))
        positional, named = arguments.values(frame)
        if not isinstance(macro, Macro):
            raise TemplateError(f"`call` takes a macro, not {macro.kind}")
        out.append(macro.call(frame.budget, positional, named, Macro(body, frame.names)))

    return write


def _compile_body(name: str, node: nodes.Macro | nodes.CallBlock, scope: Scope) -> Body:
    inner = scope.inner("caller")
    for parameter in node.args:
        inner.declare(parameter.name, parameter)
    parameters = [parameter.name for parameter in node.args]
    with_default = parameters[len(parameters) - len(node.defaults) :]
    before = scope.references.size
    defaults = {each: inner.evaluator(value) for each, value in zip(with_default, node.defaults, strict=True)}
    write = inner.writer(node.body)
    return Body(name, parameters, defaults, write, 1 + scope.references.size - before)
