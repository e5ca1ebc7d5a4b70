"""What gets a value: a name, several at once, a field of a namespace."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from jinja2 import nodes

from .errors import TemplateError
from .functions import Namespace
from .scope import refusal
from .values import kind_of

if TYPE_CHECKING:
    from .frames import Frame
    from .scope import Scope

Assigner: TypeAlias = "Callable[[Any, Frame], None]"
"""Gives a value to a target in a frame. Raises `TemplateError` where they do not fit."""


def compile_target(node: nodes.Node, scope: Scope) -> Assigner:
    """A target, whose names the scope knows from here on."""
    if isinstance(node, nodes.Name):
        return _name(node, scope)
    if isinstance(node, nodes.Tuple):
        return _several(node, scope)
    if isinstance(node, nodes.NSRef):
        return _field(node, scope)
    raise refusal(node, "this cannot be given a value")


def _name(node: nodes.Name, scope: Scope) -> Assigner:
    name = node.name
    scope.declare(name, node)
    return lambda value, frame: frame.assign(name, value)


def _several(node: nodes.Tuple, scope: Scope) -> Assigner:
    targets = [compile_target(each, scope) for each in node.items]

    def assign(value: Any, frame: Frame) -> None:
        if value.__class__ is not list or len(value) != len(targets):
            raise TemplateError(_mismatch(value, len(targets)))
        for target, member in zip(targets, value, strict=True):
            target(member, frame)

    return assign


def _mismatch(value: Any, count: int) -> str:
    if value.__class__ is list:
        return f"an array of {len(value)} does not fill {count} names"
    return f"{kind_of(value)} does not fill {count} names (`… | items` gives the members of an object as pairs)"


def _field(node: nodes.NSRef, scope: Scope) -> Assigner:
    name, field = node.name, node.attr
    if not scope.knows(name):
        raise refusal(node, f"`{name}` is not a namespace: begin with `set {name} = namespace()`")

    def assign(value: Any, frame: Frame) -> None:
        namespace = frame.names.get(name)
        if not isinstance(namespace, Namespace):
            raise TemplateError(f"`{name}` is not a namespace")
        if isinstance(value, Namespace):
            raise TemplateError("a namespace cannot be a field of another")
        namespace.fields[field] = value

    return assign
