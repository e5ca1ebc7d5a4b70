"""From an input to the arguments of a call, with everything wrong in it reported together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from stepflow_core.diagnostics import to_pointer

from ..context import StepContext
from ..failures import BadInputError
from ..json_types import type_name
from ..language.suggestions import nearest
from .annotations import is_anything, is_object_of_anything, is_record, quick_types
from .locations import read_error
from .signature import Parameter, Signature

Bind = Callable[[Any, StepContext], dict[str, Any]]
"""The keyword arguments made of an input and the step's context; raises `BadInputError`."""

Problems = list[dict[str, str]]
"""What is wrong: `{pointer, message}` each."""

NOTHING: frozenset[type] = frozenset()


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
    is_open = is_anything(only.annotation) or is_object_of_anything(only.annotation)
    return is_record(only.annotation) or (only.name == "input" and is_open)


def _with_context(bind: Bind, name: str) -> Bind:
    def bound(input: Any, context: StepContext) -> dict[str, Any]:
        return {**bind(input, context), name: context}

    return bound


def _bind_whole(parameter: Parameter) -> Bind:
    name, quick = parameter.name, quick_types(parameter.annotation)

    def whole(input: Any, context: StepContext) -> dict[str, Any]:
        if type(input) in quick:
            return {name: input}
        if input is None and not parameter.required:
            return {}
        problems: Problems = []
        arguments = {name: _convert(input, parameter.annotation, (), problems)}
        return _accept(arguments, problems)

    return whole


def _bind_members(signature: Signature) -> Bind:
    # The values of these types are right as they are; a member of another type, a missing one or one that is
    # not known sends the input the thorough way.
    quick = {each.name: quick_types(each.annotation) for each in signature.parameters}
    others = quick_types(signature.rest) if signature.takes_rest else NOTHING
    if signature.context is not None:
        quick[signature.context] = NOTHING
    required = frozenset(each.name for each in signature.parameters if each.required)
    thorough = _Members(signature)

    def members(input: Any, context: StepContext) -> dict[str, Any]:
        if type(input) is dict:
            for name, value in input.items():
                if type(value) not in quick.get(name, others):
                    break
            else:
                if required <= input.keys():
                    return input
        return thorough.bind(input)

    return members


class _Members:
    """The thorough way: each member converted on its own, each problem noted."""

    def __init__(self, signature: Signature) -> None:
        self._signature = signature
        self._names = frozenset(each.name for each in signature.parameters)

    def bind(self, input: Any) -> dict[str, Any]:
        """The arguments. Raises `BadInputError` with all that is wrong. No input at all is an empty one."""
        given = {} if input is None else input
        if type(given) is not dict:
            raise BadInputError.of([{"pointer": "", "message": f"Expected `object`, got `{type_name(given)}`"}])
        problems: Problems = []
        arguments = self._named(given, problems)
        if not self._names.issuperset(given):
            arguments.update(self._rest(given, problems))
        return _accept(arguments, problems)

    def _named(self, given: dict[str, Any], problems: Problems) -> dict[str, Any]:
        arguments = {}
        for each in self._signature.parameters:
            if each.name in given:
                arguments[each.name] = _convert(given[each.name], each.annotation, (each.name,), problems)
            elif each.required:
                problems.append({"pointer": to_pointer((each.name,)), "message": "is required"})
        return arguments

    def _rest(self, given: dict[str, Any], problems: Problems) -> dict[str, Any]:
        arguments = {}
        for name in (each for each in given if each not in self._names):
            if self._signature.takes_rest and name != self._signature.context:
                arguments[name] = _convert(given[name], self._signature.rest, (name,), problems)
            else:
                problems.append({"pointer": to_pointer((name,)), "message": self._unknown(name)})
        return arguments

    def _unknown(self, name: str) -> str:
        near = nearest(name, sorted(self._names))
        return "is not known" + (f"; did you mean {near!r}?" if near else "")


def _convert(value: Any, annotation: Any, location: tuple[str, ...], problems: Problems) -> Any:
    if is_anything(annotation):
        return value
    try:
        return msgspec.convert(value, annotation, str_keys=True)
    except msgspec.ValidationError as error:
        message, inside = read_error(str(error))
        problems.append({"pointer": to_pointer(location) + inside, "message": message})
    except RecursionError:
        problems.append({"pointer": to_pointer(location), "message": "is nested too deeply"})
    return None


def _accept(arguments: dict[str, Any], problems: Problems) -> dict[str, Any]:
    if problems:
        raise BadInputError.of(problems)
    return arguments
