"""`for`: over arrays, the keys of objects and the characters of texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from jinja2 import nodes

from .array_filters import elements
from .errors import TemplateError
from .frames import Frame, joined
from .targets import compile_target
from .values import Tool, weigh

if TYPE_CHECKING:
    from .frames import Writer
    from .limits import Budget
    from .scope import Scope


class Loop(Tool):
    """What `loop` stands for inside a loop; `again` runs the loop on other elements, where it is recursive."""

    __slots__ = ("_again", "_last", "depth", "index", "items")
    kind = "a loop"

    def __init__(self, items: list[Any], depth: int, again: Callable[[list[Any], int], str] | None) -> None:
        self.items = items
        self.depth = depth
        self.index = 0
        self._again = again
        self._last: list[Any] | None = None

    def __getitem__(self, key: Any) -> Any:
        return _FIELDS[key](self)

    def neighbour(self, offset: int) -> Any:
        """The element before (-1) or after (1) this one. Raises `KeyError` where there is none."""
        if not 0 <= self.index + offset < len(self.items):
            raise KeyError(offset)
        return self.items[self.index + offset]

    def call(self, budget: Budget, args: list[Any], named: dict[str, Any]) -> Any:
        """`loop(items)`: what a recursive loop writes for other elements."""
        if self._again is None:
            raise TemplateError("`loop` can be called in a recursive loop only: write `recursive` in its `for`")
        if len(args) != 1 or named:
            raise TemplateError("`loop` takes the elements and nothing else")
        budget.enter()
        text = self._again(elements(args[0], budget), self.depth + 1)
        budget.leave()
        return text

    def method(self, name: str, budget: Budget, args: list[Any]) -> Any:
        """`cycle(…)` gives its arguments in turn, `changed(…)` whether they differ from the last round's."""
        if name == "cycle" and args:
            return args[self.index % len(args)]
        if name != "changed":
            return super().method(name, budget, args)
        weigh(args, budget)
        changed, self._last = args != self._last, args
        return changed


_FIELDS: Final[Mapping[Any, Callable[[Loop], Any]]] = {
    "index": lambda loop: loop.index + 1,
    "index0": lambda loop: loop.index,
    "revindex": lambda loop: len(loop.items) - loop.index,
    "revindex0": lambda loop: len(loop.items) - loop.index - 1,
    "first": lambda loop: loop.index == 0,
    "last": lambda loop: loop.index == len(loop.items) - 1,
    "length": lambda loop: len(loop.items),
    "depth": lambda loop: loop.depth,
    "depth0": lambda loop: loop.depth - 1,
    "previtem": lambda loop: loop.neighbour(-1),
    "nextitem": lambda loop: loop.neighbour(1),
}


def compile_for(node: nodes.For, scope: Scope) -> Writer:
    """A loop with its condition (`if`) and its `else`."""
    source = scope.evaluator(node.iter)
    condition = _compile_condition(node, scope)
    body = _compile_body(node, scope)
    otherwise = scope.inner().writer(node.else_)

    def write(frame: Frame, out: list[str]) -> None:
        items = condition(elements(source(frame), frame.budget), frame)
        if items:
            body(items, 1, frame, out)
        else:
            otherwise(frame.inner(), out)

    return write


def _compile_condition(node: nodes.For, scope: Scope) -> Callable[[list[Any], Frame], list[Any]]:
    if node.test is None:
        return lambda items, frame: items
    inner = scope.inner()
    assign = compile_target(node.target, inner)
    before = scope.references.size
    test = inner.evaluator(node.test)
    cost = scope.references.size - before

    def select(items: list[Any], frame: Frame) -> list[Any]:
        frame.budget.spend(cost * len(items))
        trial = frame.inner()

        def passes(each: Any) -> Any:
            assign(each, trial)
            return test(trial)

        return [each for each in items if passes(each)]

    return select


_Body = Callable[[list[Any], int, Frame, list[str]], None]


def _compile_body(node: nodes.For, scope: Scope) -> _Body:
    inner = scope.inner("loop")
    assign = compile_target(node.target, inner)
    before = scope.references.size
    write = inner.writer(node.body)
    cost = 1 + scope.references.size - before

    def run(items: list[Any], depth: int, frame: Frame, out: list[str]) -> None:
        def again(items: list[Any], depth: int) -> str:
            pieces: list[str] = []
            run(items, depth, frame, pieces)
            return joined(pieces, frame.budget)

        loop = Loop(items, depth, again if node.recursive else None)
        frame.budget.spend(cost * len(items))
        for loop.index, each in enumerate(items):
            round_frame = frame.inner({"loop": loop})
            assign(each, round_frame)
            write(round_frame, out)

    return run
