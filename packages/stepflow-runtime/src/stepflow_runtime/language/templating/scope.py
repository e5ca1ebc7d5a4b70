"""What is known while a text is compiled: the names in scope, and the references found so far."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from jinja2 import nodes

from .errors import TemplateError
from .values import whole

if TYPE_CHECKING:
    from .frames import Evaluator, Writer

RESERVED: Final = ("input", "steps", "vars")
"""The names that mean the same in every text."""

DEEPEST: Final = 100
"""How deeply nodes may be nested: each level is a call of a closure when the text is rendered."""


class References:
    """What a text refers to, in the order of the text, and how large it is.

    `steps` maps each step id to the place that names it first; `roots` are the names that the text does
    not give a value itself. The closures are made by the code that records here, so none can read what
    was not recorded.
    """

    def __init__(self) -> None:
        self.steps: dict[str, int] = {}
        self.variables: dict[str, None] = {}
        self.roots: set[str] = set()
        self.size = 0
        self._depth = 0

    @contextmanager
    def visit(self, node: nodes.Node) -> Iterator[None]:
        """Count a node while it is compiled. Raises `TemplateError` where it is nested too deeply."""
        self.size += 1
        self._depth += 1
        if self._depth > DEEPEST:
            raise refusal(node, f"it is nested more than {DEEPEST} levels deep")
        yield
        self._depth -= 1


class Scope:
    """The names that a part of the text gives values to, seen from inside it."""

    def __init__(self, references: References, typed: bool, outer: Scope | None = None) -> None:
        self.references = references
        self.typed = typed
        """Whether the value counts (`$expr`) and not what it looks like as text."""
        self._outer = outer
        self._names: set[str] = set()

    def inner(self, *names: str) -> Scope:
        """A scope inside this one, with names of its own."""
        scope = Scope(self.references, self.typed, self)
        scope._names.update(names)
        return scope

    def declare(self, name: str, node: nodes.Node) -> None:
        """Note that the text gives `name` a value here. Raises `TemplateError` for the reserved ones."""
        if name in RESERVED:
            raise refusal(node, f"`{name}` cannot be given another meaning")
        self._names.add(name)

    def knows(self, name: str) -> bool:
        """Whether the text gives `name` a value, here or further out."""
        return name in self._names or (self._outer is not None and self._outer.knows(name))

    def evaluator(self, node: nodes.Node) -> Evaluator:
        """An expression compiled: gives its value, fails where that is undefined."""
        from .expressions import compile_defined

        with self.references.visit(node):
            return compile_defined(node, self)

    def member(self, node: nodes.Node) -> Evaluator:
        """An expression whose value becomes a part of another: where the value counts, a whole number is one."""
        evaluate = self.evaluator(node)
        return (lambda frame: whole(evaluate(frame))) if self.typed else evaluate

    def lenient(self, node: nodes.Node) -> Evaluator:
        """An expression compiled: gives its value or `UNDEFINED`."""
        from .expressions import compile_lenient

        with self.references.visit(node):
            return compile_lenient(node, self)

    def writer(self, body: list[nodes.Node]) -> Writer:
        """Statements compiled, in this scope."""
        from .statements import compile_body

        return compile_body(body, self)


def refusal(node: nodes.Node, message: str) -> TemplateError:
    """The error that something is wrong at a node."""
    return TemplateError(message).at(node.lineno)
