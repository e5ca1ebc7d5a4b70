"""Reading a function's signature: what it wants from the input, what it returns, and how it is called."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, get_args, get_origin

from msgspec import Struct
from stepflow_core import InvalidInputError

from ..context import StepContext
from .annotations import problem_of, union_members, with_null

if TYPE_CHECKING:
    import inspect

CONTEXT_NAMES = ("ctx", "context")
"""The names by which a parameter without an annotation gets the step's context."""


class Parameter(Struct, frozen=True):
    """A parameter that is filled from the input; without an annotation it is `Any`."""

    name: str
    annotation: Any
    required: bool
    default: Any = None


class Signature(Struct, frozen=True):
    """What is known of a function: `context` names the parameter that gets the step's context."""

    parameters: tuple[Parameter, ...]
    returns: Any
    is_async: bool
    context: str | None = None
    takes_rest: bool = False
    rest: Any = Any


def read(function: Callable[..., Any]) -> Signature:
    """The signature of a function, a method, a partial or an object with `__call__`.

    Raises `InvalidInputError` that names everything that keeps it from being a component.
    """
    import inspect

    _refuse_what_is_no_function(function)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        raise _refusal(function, [f"{function!r:.200} does not tell its parameters"]) from None
    hints = _hints(function)
    problems = [*_problems(signature, hints), *_context_problems(signature, hints)]
    if problems:
        raise _refusal(function, problems)
    return _signature(function, signature, hints)


def name_of(function: Any) -> str | None:
    """The name of the function itself, where it has one."""
    name = getattr(source_of(function), "__name__", None)
    known = name if isinstance(name, str) and name.isidentifier() else None
    return None if known == "__call__" else known


def source_of(function: Any) -> Any:
    """The function that holds the code: of a partial what it wraps, of an object its `__call__`."""
    import inspect

    while isinstance(function, functools.partial | staticmethod):
        function = function.func if isinstance(function, functools.partial) else function.__func__
    return function if inspect.isroutine(function) else type(function).__call__


def title_of(function: Any) -> str:
    """How a function is named in messages: with its module."""
    source = source_of(function)
    owner = source if hasattr(source, "__qualname__") else type(function)
    return f"{getattr(owner, '__module__', None) or '?'}.{owner.__qualname__}"


def _refuse_what_is_no_function(function: Any) -> None:
    import inspect

    if isinstance(function, type):
        problem = "it is a class: give a function, or an object with __call__"
    elif not callable(function):
        problem = f"an object of type {type(function).__qualname__} cannot be called"
    elif inspect.isgeneratorfunction(source_of(function)) or inspect.isasyncgenfunction(source_of(function)):
        problem = "it is a generator: return a list, and show what comes on the way with ctx.emit"
    else:
        return
    raise InvalidInputError(f"{function!r:.200} cannot be a component: {problem}", details=[problem])


def _refusal(function: Any, problems: list[str]) -> InvalidInputError:
    return InvalidInputError(f"{title_of(function)} cannot be a component: {'; '.join(problems)}", details=problems)


def _hints(function: Any) -> dict[str, Any]:
    """The resolved annotations. Annotations that are text are looked up in the function's module."""
    from typing import get_type_hints

    source = source_of(function)
    # StepContext is often imported for type checkers only.
    known = {} if "StepContext" in getattr(source, "__globals__", {}) else {"StepContext": StepContext}
    try:
        return get_type_hints(source, localns=known or None, include_extras=True)
    except NameError as error:
        where = "an annotation that is text must name something of the module, not of a function or of TYPE_CHECKING"
        raise _refusal(function, [f"{error}: {where}"]) from None
    except Exception as error:
        raise _refusal(function, [f"its annotations cannot be read: {type(error).__name__}: {error}"]) from None


def _annotation(parameter: inspect.Parameter, hints: dict[str, Any]) -> Any:
    """A parameter's annotation, `Any` where it has none."""
    if parameter.name in hints:
        return hints[parameter.name]
    return Any if parameter.annotation is parameter.empty else parameter.annotation


def _problems(signature: inspect.Signature, hints: dict[str, Any]) -> Iterator[str]:
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.POSITIONAL_ONLY:
            yield f"{parameter.name}: a positional-only parameter has no name that an input could use"
        elif parameter.kind is parameter.VAR_POSITIONAL:
            yield f"*{parameter.name}: an input has no positional arguments (a decorator should use functools.wraps)"
        elif not _is_context(parameter, hints):
            problem = problem_of(_annotation(parameter, hints))
            if problem:
                yield f"{parameter.name}: {problem}"
    problem = problem_of(_returned(hints))
    if problem:
        yield f"its result: {problem}"


def _context_problems(signature: inspect.Signature, hints: dict[str, Any]) -> Iterator[str]:
    contexts = [each.name for each in signature.parameters.values() if _is_context(each, hints)]
    if len(contexts) > 1:
        yield f"{', '.join(contexts)}: one parameter can take the context, not {len(contexts)}"


def _is_context(parameter: inspect.Parameter, hints: dict[str, Any]) -> bool:
    if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
        return False
    if parameter.name in hints or parameter.annotation is not parameter.empty:
        return StepContext in union_members(_annotation(parameter, hints))
    return parameter.name in CONTEXT_NAMES


def _signature(function: Any, signature: inspect.Signature, hints: dict[str, Any]) -> Signature:
    every = signature.parameters.values()
    rest = [each for each in every if each.kind is each.VAR_KEYWORD]
    named = [each for each in every if each.kind is not each.VAR_KEYWORD and not _is_context(each, hints)]
    return Signature(
        parameters=tuple(_parameter(each, hints) for each in named),
        returns=_returned(hints),
        is_async=_is_async(function, hints),
        context=next((each.name for each in every if _is_context(each, hints)), None),
        takes_rest=bool(rest),
        rest=_annotation(rest[0], hints) if rest else Any,
    )


def _parameter(parameter: inspect.Parameter, hints: dict[str, Any]) -> Parameter:
    annotation = _annotation(parameter, hints)
    if parameter.default is parameter.empty:
        return Parameter(parameter.name, annotation, True)
    # `x: int = None` is an old way to write that null is let in.
    known = with_null(annotation) if parameter.default is None else annotation
    return Parameter(parameter.name, known, False, parameter.default)


def _returned(hints: dict[str, Any]) -> Any:
    """The annotation of the result itself, without the awaitable around it."""
    returns = hints.get("return", Any)
    arguments = get_args(returns)
    return arguments[-1] if _is_awaitable(returns) and arguments else Any if _is_awaitable(returns) else returns


def _is_awaitable(annotation: Any) -> bool:
    known = get_origin(annotation) or annotation
    return isinstance(known, type) and issubclass(known, Awaitable)


def _is_async(function: Any, hints: dict[str, Any]) -> bool:
    import inspect

    return inspect.iscoroutinefunction(source_of(function)) or _is_awaitable(hints.get("return"))
