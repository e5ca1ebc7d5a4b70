"""Reading references: `$input`, `$step`, `$variable`, and refusing the older `$from`."""

from __future__ import annotations

from typing import Any

from .catalogue import Code
from .expressions import Expression, InputValue, Literal, Path, StepOutput, VariableValue
from .keys import ON_SKIP
from .members import Members
from .mentions import Parse, Part, StepMention, VariableMention
from .paths import PathError, parse_path, parse_variable
from .problems import Location
from .wording import named, quoted, written

SKIP_ACTIONS = ("skip", "useDefault")


def parse_input(source: dict[str, Any], location: Location, part: Part, parse: Parse) -> Expression:
    """`{$input: path}`."""
    return InputValue(_parse_path(source["$input"], (*location, "$input"), part))


def parse_step_output(source: dict[str, Any], location: Location, part: Part, parse: Parse) -> Expression:
    """`{$step: id, path?, onSkip?}`."""
    step, place = source["$step"], (*location, "$step")
    if isinstance(step, str):
        part.steps.append(StepMention(step, place))
    else:
        hint = f'quote it: $step: "{written(step)}"' if isinstance(step, int | float) else "write {$step: step id}"
        _refuse(f"`$step` takes the id of a step, not {named(step)}", place, part, hint)
    path = _parse_path(source["path"], (*location, "path"), part) if "path" in source else ()
    on_skip = _parse_on_skip(source["onSkip"], (*location, "onSkip"), part, parse) if "onSkip" in source else None
    return StepOutput(str(step) if isinstance(step, str) else "", path, on_skip)


def parse_variable_value(source: dict[str, Any], location: Location, part: Part, parse: Parse) -> Expression:
    """`{$variable: name or path, default?}`; an explicit null is a default."""
    has_default = "default" in source
    default = parse(source["default"], (*location, "default"), part) if has_default else None
    text, place = source["$variable"], (*location, "$variable")
    if not isinstance(text, str):
        _refuse(f"`$variable` takes a name, not {named(text)}", place, part, "write {$variable: name}")
        return Literal(None)
    try:
        name, path = parse_variable(text)
    except PathError as error:
        _refuse(_fault_of_path(text, error), place, part, "write {$variable: name} or {$variable: $.name.field}")
        return Literal(None)
    part.variables.append(VariableMention(name, place, has_default))
    return VariableValue(name, path, default)


def refuse_from(source: dict[str, Any], location: Location, part: Part) -> Expression:
    """Report the reference form of older flows, with the one that replaces it."""
    _refuse("`$from` is no longer a reference", (*location, "$from"), part, f"write {_rewritten(source)}")
    return Literal(None)


def _parse_path(path: Any, location: Location, part: Part) -> Path:
    if path is None:
        return ()
    if not isinstance(path, str):
        hint = f'write "$[{path}]" for an element' if type(path) is int and 0 <= path < 10**18 else None
        _refuse(f"a path is text or null, not {named(path)}", location, part, hint or 'write "$.field" or "$[0]"')
        return ()
    try:
        return parse_path(path)
    except PathError as error:
        _refuse(_fault_of_path(path, error), location, part, _hint_for_path(path))
        return ()


def _fault_of_path(text: str, error: PathError) -> str:
    return f"{quoted(text)} is not a path: {error.message} (character {error.offset + 1})"


def _hint_for_path(path: str) -> str:
    text = path.strip()
    if text.startswith("["):
        return f"write {quoted('$' + text)}"
    if text.startswith("$") and text[1:2] not in (".", "["):
        return f"write {quoted('$.' + text[1:])}"
    return 'write "$.field", "$.list[0]" or "$[\\"any key\\"]"'


def _parse_on_skip(source: Any, location: Location, part: Part, parse: Parse) -> Expression | None:
    if source is None:
        return None
    if not isinstance(source, dict):
        hint = "write onSkip: {action: useDefault, defaultValue: value}"
        part.problems.report(Code.PARSE, f"`onSkip` must be a mapping, not {named(source)}", location, hint)
        return None
    members = Members(source, "`onSkip`", location, part.problems)
    members.warn_of_unknown(ON_SKIP)
    action = members.choice("action", SKIP_ACTIONS)
    if action == "useDefault":
        return parse(source.get("defaultValue"), (*location, "defaultValue"), part)
    if members.has("defaultValue"):
        members.invalid("defaultValue", "`defaultValue` has no effect without `action: useDefault`")
    return None


def _rewritten(source: dict[str, Any]) -> str:
    """The reference that replaces a `$from`; a sketch where its parts are not of the known kinds."""
    origin = source["$from"]
    path = source.get("path")
    shown = quoted(path) if isinstance(path, str) and path.strip() else ""
    if not isinstance(origin, dict):
        return "{$step: id, path: path}, {$input: path} or {$variable: name}"
    if isinstance(origin.get("step"), str):
        return f"{{$step: {origin['step']:.60}, path: {shown}}}" if shown else f"{{$step: {origin['step']:.60}}}"
    if isinstance(origin.get("variable"), str):
        return f"{{$variable: {origin['variable']:.60}}}"
    return f"{{$input: {shown or '$'}}}" if "workflow" in origin or "flow" in origin else "{$literal: value}"


def _refuse(text: str, location: Location, part: Part, hint: str | None = None) -> None:
    part.problems.report(Code.INVALID_REFERENCE_EXPRESSION, text, location, hint)
