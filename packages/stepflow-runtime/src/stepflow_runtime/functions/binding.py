"""From an input to the arguments of a call, with everything wrong in it reported together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec import Struct
from stepflow_core.diagnostics import to_pointer

from ..context import StepContext
from ..failures import BadInputError
from ..language.suggestions import nearest
from .annotations import is_anything, is_object_of_anything, is_record, quick_type
from .locations import read_error
from .signature import Parameter, Signature

Bind = Callable[[Any, StepContext], dict[str, Any]]
"""The keyword arguments made of an input and the step's context; raises `BadInputError`."""

_JSON_NAMES = {dict: "object", list: "array", str: "text", bool: "boolean", int: "integer", float: "number"}


def binder(signature: Signature) -> Bind:
    """How inputs of a function with this signature become its arguments. Everything is prepared here."""
    bind = _bind_whole(signature.parameters[0]) if takes_whole_input(signature) else _bind_members(signature)
    return bind if signature.context is None else _with_context(bind, signature.context)


def takes_whole_input(signature: Signature) -> bool:
    """Whether the one parameter takes the input itself and not a member of it.

    So does a parameter annotated with a class of named fields, and one named `input` that is annotated as
    an object of anything, `Any` or not at all.
    """
    if len(signature.parameters) != 1 or signature.takes_rest:
        return False
    only = signature.parameters[0]
    open_input = is_anything(only.annotation) or is_object_of_anything(only.annotation)
    return is_record(only.annotation) or (only.name == "input" and open_input)


def _with_context(bind: Bind, name: str) -> Bind:
    def bound(input: Any, context: StepContext) -> dict[str, Any]:
        return {**bind(input, context), name: context}

    return bound


def _bind_whole(parameter: Parameter) -> Bind:
    name, quick = parameter.name, quick_type(parameter.annotation)

    def whole(input: Any, context: StepContext) -> dict[str, Any]:
        if type(input) is quick or quick is object:
            return {name: input}
        if input is None and not parameter.required:
            return {}
        problems: list[dict[str, str]] = []
        arguments = {name: _convert(input, parameter.annotation, "", problems)}
        return _accept(arguments, problems)

    return whole


def _bind_members(signature: Signature) -> Bind:
    quick, others = _quick_types(signature)
    required = frozenset(each.name for each in signature.parameters if each.required)
    slow = _Members(signature)

    def members(input: Any, context: StepContext) -> dict[str, Any]:
        if type(input) is dict:
            for name, value in input.items():
                wanted = quick.get(name, others)
                if wanted is not type(value) and wanted is not object:
                    break
            else:
                if required <= input.keys():
                    return input
        return slow.bind(input)

    return members


def _quick_types(signature: Signature) -> tuple[dict[str, type | None], type | None]:
    """By name the type that is accepted at once; and that of names which are no parameter's."""
    quick = {each.name: quick_type(each.annotation) for each in signature.parameters}
    if signature.context is not None:
        quick[signature.context] = None
    return quick, quick_type(signature.rest) if signature.takes_rest else None


class _Members(Struct, frozen=True):
    """The thorough way: each member converted on its own, each problem noted."""

    signature: Signature

    def bind(self, input: Any) -> dict[str, Any]:
        """The arguments. Raises `BadInputError` with all that is wrong. No input at all is an empty one."""
        given = {} if input is None else input
        if type(given) is not dict:
            found = _JSON_NAMES.get(type(given), type(given).__name__)
            raise BadInputError.of([{"pointer": "", "message": f"Expected `object`, got `{found}`"}])
        problems: list[dict[str, str]] = []
        arguments = {**self._named(given, problems), **self._rest(given, problems)}
        return _accept(arguments, problems)

    def _named(self, given: dict[str, Any], problems: list[dict[str, str]]) -> dict[str, Any]:
        arguments = {}
        for each in self.signature.parameters:
            pointer = to_pointer((each.name,))
            if each.name in given:
                arguments[each.name] = _convert(given[each.name], each.annotation, pointer, problems)
            elif each.required:
                problems.append({"pointer": pointer, "message": "is required"})
        return arguments

    def _rest(self, given: dict[str, Any], problems: list[dict[str, str]]) -> dict[str, Any]:
        arguments = {}
        for name in self._unnamed(given):
            pointer = to_pointer((name,))
            if self.signature.takes_rest and name != self.signature.context:
                arguments[name] = _convert(given[name], self.signature.rest, pointer, problems)
            else:
                problems.append({"pointer": pointer, "message": self._unknown(name)})
        return arguments

    def _unnamed(self, given: dict[str, Any]) -> Iterator[str]:
        known = {each.name for each in self.signature.parameters}
        return (name for name in given if name not in known)

    def _unknown(self, name: str) -> str:
        near = nearest(name, (each.name for each in self.signature.parameters))
        return "is not known" + (f"; did you mean {near!r}?" if near else "")


def _convert(value: Any, annotation: Any, pointer: str, problems: list[dict[str, str]]) -> Any:
    if is_anything(annotation):
        return value
    try:
        return msgspec.convert(value, annotation, str_keys=True)
    except msgspec.ValidationError as error:
        message, inside = read_error(str(error))
        problems.append({"pointer": pointer + inside, "message": message})
    except RecursionError:
        problems.append({"pointer": pointer, "message": "is nested too deeply"})
    return None


def _accept(arguments: dict[str, Any], problems: list[dict[str, str]]) -> dict[str, Any]:
    if problems:
        raise BadInputError.of(problems)
    return arguments
