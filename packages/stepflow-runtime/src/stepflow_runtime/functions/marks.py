"""The `component` decorator: it says that a function is a component and registers it nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

from msgspec import Struct
from stepflow_core import InvalidInputError

F = TypeVar("F", bound=Callable[..., Any])

_ATTRIBUTE = "__stepflow_components__"


class Mark(Struct, frozen=True):
    """What was said of a function; without `path` it is `/` and the function's name."""

    path: str | None = None
    description: str | None = None
    inline: bool = False


@overload
def component(function: F, /) -> F: ...


@overload
def component(path: str | None = None, *, description: str | None = None, inline: bool = False) -> Callable[[F], F]: ...


def component(path: Any = None, *, description: str | None = None, inline: bool = False) -> Any:
    """Mark a function as a component, for a plugin of type `python` or an entry point to find.

    `@component` or `@component("/path", description="…", inline=True)`; the function stays what it is.
    `inline` promises that it is quick and leaves its input alone. Raises `InvalidInputError` for a path
    that is not text and for an object that cannot be marked.
    """
    if callable(path):
        return _mark(path, Mark())
    if path is not None and not isinstance(path, str):
        raise InvalidInputError(f"a component's path is text, not {type(path).__name__}")
    mark = Mark(path, description, inline)
    return lambda function: _mark(function, mark)


def marks_of(function: Any) -> tuple[Mark, ...]:
    """The marks of an object, in the order in which they were set; none for one that is not marked."""
    found = getattr(function, _ATTRIBUTE, ())
    return found if isinstance(found, tuple) else ()


def _mark(function: Any, mark: Mark) -> Any:
    try:
        setattr(function, _ATTRIBUTE, (*marks_of(function), mark))
    except AttributeError:
        raise InvalidInputError(f"{function!r:.200} cannot be marked as a component: mark a function") from None
    return function
