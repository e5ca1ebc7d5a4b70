"""Making a `Component` of a Python function. All that can be known beforehand is found out here, once."""

from __future__ import annotations

from collections.abc import Callable
from types import CoroutineType
from typing import Any

from stepflow_core import InvalidInputError

from ..component_model import Component, Kind
from ..context import StepContext
from ..failures import UnusableError
from .binding import Bind, binder
from .outputs import finisher
from .paths import check_path
from .schemas import input_schema, output_schema
from .signature import Signature, name_of, read, source_of, title_of

Call = Callable[[Any, StepContext], Any]
Finish = Callable[[Any], Any]


def adapt(
    function: Callable[..., Any], *, path: str | None = None, description: str | None = None, inline: bool = False
) -> Component:
    """A function as a component.

    Without `path` it is `/` and the function's name; without `description` the first line of the
    docstring. An async function, or one annotated to return an awaitable, runs on the loop; any other in
    a thread, unless `inline` promises that it is quick.

    The arguments are the members of the input object, converted to the annotated types, defaults
    honoured; `**kwargs` takes the members that are no parameters', which are refused without it. A single
    parameter takes the whole input where it is annotated with a class of named fields (msgspec, attrs,
    dataclass, TypedDict), or is named `input` and annotated with `Any`, `dict[str, Any]` or nothing. A
    parameter annotated `StepContext`, or named `ctx` or `context` without an annotation, gets the context.

    Raises `InvalidInputError` that names all that keeps the function from being a component.
    """
    signature = read(function)
    return Component(
        path=check_path(path if path is not None else _path_of(function), title_of(function)),
        kind=_kind(function, signature, inline),
        call=_call(function, signature),
        description=description if description is not None else _summary(function),
        input_schema=input_schema(signature),
        output_schema=output_schema(signature),
    )


def _path_of(function: Any) -> str:
    name = name_of(function)
    if name is None:
        raise InvalidInputError(f"{title_of(function)} has no name that could be its path: give one")
    return f"/{name}"


def _kind(function: Any, signature: Signature, inline: bool) -> Kind:
    if inline and signature.is_async:
        raise InvalidInputError(f"{title_of(function)} is async, so it cannot be inline")
    if inline:
        return Kind.INLINE
    return Kind.ASYNC if signature.is_async else Kind.PLAIN


def _summary(function: Any) -> str | None:
    """The first line of the docstring; for an object with `__call__` that of its class will do."""
    source = source_of(function)
    text = getattr(source, "__doc__", None) or (type(function).__doc__ if source is not function else None)
    return next((line.strip() for line in (text or "").splitlines() if line.strip()), None)


def _call(function: Callable[..., Any], signature: Signature) -> Call:
    bind, finish = binder(signature), finisher(signature.returns)
    return _async_call(function, bind, finish) if signature.is_async else _plain_call(function, bind, finish)


def _async_call(function: Callable[..., Any], bind: Bind, finish: Finish | None) -> Call:
    async def call(input: Any, context: StepContext) -> Any:
        result = await function(**bind(input, context))
        return result if finish is None else finish(result)

    return call


def _plain_call(function: Callable[..., Any], bind: Bind, finish: Finish | None) -> Call:
    def call(input: Any, context: StepContext) -> Any:
        result = function(**bind(input, context))
        if type(result) is CoroutineType:
            _refuse_coroutine(result)
        return result if finish is None else finish(result)

    return call


def _refuse_coroutine(result: CoroutineType[Any, Any, Any]) -> None:
    result.close()
    raise UnusableError("it returned a coroutine: write it as `async def`, or annotate its result as an Awaitable")
