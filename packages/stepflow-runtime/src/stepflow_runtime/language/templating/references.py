"""References: a name, and fields, elements and characters below it, as `steps.judge.scores[0]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from jinja2 import nodes

from .errors import TemplateError
from .scope import Scope, refusal
from .values import UNDEFINED, item, kind_of

if TYPE_CHECKING:
    from .frames import Evaluator, Frame

Keys: TypeAlias = tuple[str | int, ...]


def constant_path(node: nodes.Node) -> tuple[nodes.Node, Keys]:
    """What a chain of constant fields and indexes begins with, and the chain."""
    keys: list[str | int] = []
    while (key := _constant_key(node)) is not None:
        keys.append(key)
        assert isinstance(node, nodes.Getattr | nodes.Getitem)
        node = node.node
    return node, tuple(reversed(keys))


def _constant_key(node: nodes.Node) -> str | int | None:
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        key = node.arg.value
        return key if isinstance(key, str | int) and not isinstance(key, bool) else None
    return None


def compile_reference(node: nodes.Node, scope: Scope) -> Evaluator:
    """A name or a path that fails where it leads nowhere."""
    base, keys = constant_path(node)
    if isinstance(base, nodes.Name):
        return _path(record(base, keys, scope), base.lineno)
    return defined(compile_lenient_reference(node, scope), node)


def compile_lenient_reference(node: nodes.Node, scope: Scope) -> Evaluator:
    """A name or a path that is `UNDEFINED` where it leads nowhere, also below something undefined."""
    base, keys = constant_path(node)
    if isinstance(base, nodes.Name):
        return _lenient_path(record(base, keys, scope))
    if isinstance(base, nodes.Getitem):
        below = _slice_or_item(base, scope)
        return _below(below, keys) if keys else below
    return _below(scope.lenient(base), keys)


def defined(evaluate: Evaluator, node: nodes.Node) -> Evaluator:
    """The same expression, failing where it is undefined."""
    message, place = _undefined(node), node.lineno

    def evaluate_defined(frame: Frame) -> Any:
        value = evaluate(frame)
        if value is UNDEFINED:
            raise TemplateError(message).at(place)
        return value

    return evaluate_defined


def _undefined(node: nodes.Node) -> str:
    if isinstance(node, nodes.Filter):
        return f"the filter `{node.name}` gives an undefined value here"
    return f"`{written_node(node)}` is undefined"


def record(name: nodes.Name, keys: Keys, scope: Scope) -> Keys:
    """Note what a path refers to; the whole path. Raises `TemplateError` where a step is not named."""
    if not scope.knows(name.name):
        _record_global(name, keys, scope)
    return (name.name, *keys)


def _record_global(name: nodes.Name, keys: Keys, scope: Scope) -> None:
    if name.name == "null":
        raise refusal(name, "`null` is written `none` here")
    scope.references.roots.add(name.name)
    first = keys[0] if keys else None
    if name.name == "steps":
        if not isinstance(first, str):
            raise refusal(name, 'which step is meant has to stand here: `steps.<id>` or `steps["<id>"]`, or use `with`')
        scope.references.steps.setdefault(first, name.lineno)
    if name.name == "vars" and isinstance(first, str):
        scope.references.variables.setdefault(first)


def _lenient_path(path: Keys) -> Evaluator:
    def evaluate(frame: Frame) -> Any:
        value: Any = frame.names
        try:
            for key in path:
                value = value[key]
        except (KeyError, IndexError, TypeError):
            return UNDEFINED
        return value

    return evaluate


def _path(path: Keys, place: int) -> Evaluator:
    def evaluate(frame: Frame) -> Any:
        value: Any = frame.names
        try:
            for key in path:
                value = value[key]
        except (KeyError, IndexError, TypeError):
            raise missing(path, frame.names).at(place) from None
        return value

    return evaluate


def _below(base: Evaluator, keys: Keys) -> Evaluator:
    def evaluate(frame: Frame) -> Any:
        value = base(frame)
        for key in keys:
            value = item(value, key)
        return value

    return evaluate


def _slice_or_item(node: nodes.Getitem, scope: Scope) -> Evaluator:
    if isinstance(node.arg, nodes.Slice):
        return _slice(node.node, node.arg, scope)
    container, key = scope.lenient(node.node), scope.evaluator(node.arg)

    def evaluate(frame: Frame) -> Any:
        return item(container(frame), key(frame))

    return evaluate


def _slice(container: nodes.Node, node: nodes.Slice, scope: Scope) -> Evaluator:
    sequence = scope.evaluator(container)
    bounds = [None if each is None else scope.evaluator(each) for each in (node.start, node.stop, node.step)]
    place = node.lineno

    def evaluate(frame: Frame) -> Any:
        value = sequence(frame)
        limits = slice(*(None if each is None else each(frame) for each in bounds))
        try:
            return _sliced(value, limits, frame)
        except TemplateError as error:
            raise error.at(place) from None

    return evaluate


def _sliced(value: Any, limits: slice, frame: Frame) -> Any:
    if value.__class__ is not str and value.__class__ is not list:
        raise TemplateError(f"{kind_of(value)} has no slices")
    try:
        length = len(range(*limits.indices(len(value))))
    except (TypeError, ValueError):
        raise TemplateError("the bounds of a slice are integers, and its step is not 0") from None
    if value.__class__ is str:
        frame.budget.text(length)
    else:
        frame.budget.items(length)
    return value[limits]


def missing(path: Keys, names: Any) -> TemplateError:
    """The error for a path that leads nowhere: what it is, and which part of it was the last."""
    value, reached = names, 0
    while (below := item(value, path[reached])) is not UNDEFINED:
        value, reached = below, reached + 1
    return TemplateError(f"`{written(path)}` is undefined{_reason(path, reached, value)}")


def _reason(path: Keys, reached: int, value: Any) -> str:
    if reached == 0 or (reached == len(path) - 1 and value.__class__ is dict and path[0] != "steps"):
        return ""
    if path[0] == "steps" and reached == 1:
        return ": the step was skipped"
    before, key = written(path[:reached]), path[reached]
    if value.__class__ is dict:
        return f": `{before}` has no field `{key}`"
    if value.__class__ is list and isinstance(key, int):
        return f": `{before}` has {len(value)} elements"
    return f": `{before}` is {kind_of(value)}"


def written_node(node: nodes.Node) -> str:
    """A reference as an author would write it, with `…` for what is computed."""
    base, keys = constant_path(node)
    if isinstance(base, nodes.Name):
        return written((base.name, *keys))
    before = f"{written_node(base.node)}[…]" if isinstance(base, nodes.Getitem) else "…"
    return before + "".join(map(_written_key, keys))


def written(path: Keys) -> str:
    """A path as an author would write it."""
    return str(path[0]) + "".join(map(_written_key, path[1:]))


def _written_key(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if key.isidentifier() else f'["{key}"]'
