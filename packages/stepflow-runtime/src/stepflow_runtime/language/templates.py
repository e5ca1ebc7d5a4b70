"""Texts (`$template`) and computed values (`$expr`) in Jinja syntax.

Jinja2 parses, closures of our own evaluate (the package `templating`). The libraries that both parse and
render were measured and found unable to keep the promise that a text can neither change a value nor take
unbounded time or memory:

- minijinja 3.0.5 (3.3 µs an expression) does not count memory: `{% set x = x ~ x %}` forty times, a chain of
  `replace` or `"%1000000000d"|format` make an allocation fail, which in Rust ends the whole process; what a
  loop nests as `[x, x]` is written without end. It also calls the methods of real Python objects.
- Jinja2's ImmutableSandboxedEnvironment (8.9 µs an expression) limits neither (its documentation says so);
  operators, loops, captured blocks, macros and half of the filters would have to be replaced, its code is made
  by `exec`, and its errors have no columns.

With Jinja2's nodes in hand the evaluation is small: a closure per node, which reads fields of dicts and
elements of lists and can do nothing else, so values need no guards and no copies. `steps.judge.score >= 0.8 and
input.n > 1` takes about 1 µs. Every operation that makes something long asks a budget first.

It is Jinja, with these differences. Data has no methods (`… | items`, not `.items()`); arrays, objects, numbers,
booleans and null are written as JSON; nothing is escaped; undefined fails, but a path below something undefined
counts as undefined for tests and `default`; a hole `{{ x if c }}` without `else` writes nothing where it is
false; filters that depend on chance are missing. As in Jinja, one line break at the end of a text is dropped.

A template holds nothing that rendering changes, so it may be rendered from any thread; one rendering blocks
its thread for at most the limit of work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from .templating.errors import TemplateError
from .templating.limits import Budget, Limits

if TYPE_CHECKING:
    from .templating.compiler import Compiled

DEFAULT_LIMITS = Limits()
"""What a rendering may use where nothing else is said."""

__all__ = ["Limits", "StepMention", "Template", "TemplateError", "compile_expression", "compile_template"]


class StepMention(Struct, frozen=True):
    """A step that a text names; `line` and `column` count from 1 and are those of the first mention."""

    id: str
    line: int | None = None
    column: int | None = None


class Template:
    """A text that was compiled: what it refers to, and how to render it.

    `steps` are the steps named (`steps.<id>`, `steps["<id>"]`), each once; `variables` those of `vars.<name>`;
    `roots` the names that the text does not give a value itself: `input`, `steps`, `vars`, names of `with`, and
    any other that it mentions.
    """

    __slots__ = ("_limits", "_render", "roots", "steps", "text", "variables")

    def __init__(self, text: str, compiled: Compiled, limits: Limits) -> None:
        references = compiled.references
        self._render = compiled.render
        self._limits = limits
        self.text = text
        self.steps = tuple(
            StepMention(step, int(place), getattr(place, "column", None)) for step, place in references.steps.items()
        )
        self.roots = frozenset(references.roots)
        self.variables = tuple(references.variables)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r:.80})"

    def render(self, values: Mapping[str, Any]) -> Any:
        """The text, or the value of the expression (plain JSON, parts of it shared with `values`).

        `values` holds `input`, `steps` (by id the outputs of those that have one), `vars` and the names of `with`;
        it is not changed. Raises `TemplateError`.
        """
        try:
            return self._render(values, Budget(self._limits))
        except RecursionError:
            raise TemplateError("it calls itself or is nested too deeply") from None


def compile_template(text: str, limits: Limits = DEFAULT_LIMITS) -> Template:
    """A text with holes, which renders to text. Raises `TemplateError`."""
    from .templating.compiler import compile_text  # loads Jinja2

    return _compiled(text, compile_text, limits)


def compile_expression(text: str, limits: Limits = DEFAULT_LIMITS) -> Template:
    """One expression, which gives a typed value. Raises `TemplateError`.

    A number that it computes and that has no fraction is an integer.
    """
    from .templating.compiler import compile_value  # loads Jinja2

    return _compiled(text, compile_value, limits)


def _compiled(text: str, compile_one: Callable[[str], Compiled], limits: Limits) -> Template:
    try:
        return Template(text, compile_one(text), limits)
    except RecursionError:
        raise TemplateError("it is nested too deeply") from None
