"""Reading texts: `$template` and `$expr`, compiled to find what they mention."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from .catalogue import Code
from .expressions import Computed, Expression, TextTemplate
from .mentions import Parse, Part, StepMention, VariableMention
from .problems import Location
from .wording import named, quoted, written

if TYPE_CHECKING:
    from .templates import Template

ROOTS = ("input", "steps", "vars")
"""The names that every text knows."""


def parse_template(source: dict[str, Any], location: Location, part: Part, parse: Parse) -> Expression:
    """`{$template: text, with?}`."""
    names = _parse_names(source.get("with"), (*location, "with"), part, parse)
    place = (*location, "$template")
    return TextTemplate(_parse_text(source["$template"], "$template", names, place, part), names)


def parse_computed(source: dict[str, Any], location: Location, part: Part, parse: Parse) -> Expression:
    """`{$expr: text, with?}`."""
    names = _parse_names(source.get("with"), (*location, "with"), part, parse)
    return Computed(_parse_text(source["$expr"], "$expr", names, (*location, "$expr"), part), names)


def parse_own_text(text: Any, what: str, names: Collection[str], location: Location, part: Part) -> Computed:
    """The text of an `$expr` that stands by itself, in the member `what`, and knows `names` besides."""
    return Computed(_parse_text(text, what, names, location, part))


def _parse_names(source: Any, location: Location, part: Part, parse: Parse) -> dict[str, Expression]:
    if source is None:
        return {}
    if not isinstance(source, dict):
        _refuse(f"`with` takes a mapping of names, not {named(source)}", location, part, "write with: {name: value}")
        return {}
    names: dict[str, Expression] = {}
    for name, value in source.items():
        _check_name(name, (*location, name), part)
        names[name] = parse(value, (*location, name), part)
    return names


def _check_name(name: str, location: Location, part: Part) -> None:
    if name in ROOTS:
        _refuse(f"{quoted(name)} in `with` has a meaning of its own", location, part, "use another name")
    elif not name.isidentifier() or not name.isascii():
        _refuse(f"{quoted(name)} in `with` is not a name", location, part, "use letters, digits and _")


def _parse_text(text: Any, form: str, names: Collection[str], place: Location, part: Part) -> str:
    if not isinstance(text, str):
        hint = f'quote it: {form}: "{written(text)}"' if not isinstance(text, dict | list) else f'write {form}: "…"'
        _refuse(f"`{form}` takes text, not {named(text)}", place, part, hint)
        return ""
    compiled = _compile(text, form, place, part)
    if compiled is not None:
        _note_mentions(compiled, names, place, part, has_with=form.startswith("$"))
    return text


def _compile(text: str, form: str, location: Location, part: Part) -> Template | None:
    from .templates import TemplateError, compile_expression, compile_template  # loads the template engine

    try:
        return compile_template(text) if form == "$template" else compile_expression(text)
    except TemplateError as error:
        where = _place(error.line, error.column)
        _refuse(f"the text of `{form}` cannot be used: {error.message}{where}", location, part)
        return None


def _note_mentions(
    compiled: Template, names: Collection[str], location: Location, part: Part, *, has_with: bool
) -> None:
    for step in compiled.steps:
        place = _place(step.line, step.column)
        if step.id.isidentifier():
            part.steps.append(StepMention(step.id, location, place))
        else:
            way_in = f"let it come in by `with`: {{name: {{$step: {quoted(step.id)}}}}}"
            hint = way_in if has_with else "give the step an id of letters, digits and _"
            _refuse(f"the id {quoted(step.id)} cannot be written in a text{place}", location, part, hint)
    for variable in compiled.variables:
        part.variables.append(VariableMention(variable, location))
    for root in sorted(compiled.roots):
        if root not in ROOTS and root not in names:
            _refuse_root(root, names, location, part, has_with=has_with)


def _refuse_root(root: str, names: Collection[str], location: Location, part: Part, *, has_with: bool) -> None:
    known = ["`input`", "`steps.<id>`", "`vars.<name>`", *([] if has_with else [f"`{each}`" for each in names])]
    hint = part.problems.suggest(root, (*ROOTS, *names)) or f"known are {', '.join(known)}"
    if has_with:
        hint += f"; anything else comes in by `with`: {{{root:.60}: …}}"
    _refuse(f"the text knows no name {quoted(root)}", location, part, hint)


def _place(line: int | None, column: int | None) -> str:
    if line is None:
        return ""
    return f" (line {line} of the text)" if column is None else f" (line {line}, column {column} of the text)"


def _refuse(text: str, location: Location, part: Part, hint: str | None = None) -> None:
    part.problems.report(Code.INVALID_REFERENCE_EXPRESSION, text, location, hint)
