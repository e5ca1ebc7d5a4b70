"""Types and short ways for the tests of functions as components."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable
from typing import Any, Generic, NotRequired, TypedDict, TypeVar

import attrs
import msgspec
import pytest
from stepflow_core import InvalidInputError
from stepflow_runtime.context import StepContext
from stepflow_runtime.functions import adapt

T = TypeVar("T")


class Document(msgspec.Struct):
    """A text with its lines."""

    title: str
    lines: list[int] = []


@dataclasses.dataclass
class Point:
    """A point of the plane."""

    x: int
    y: int = 0


@attrs.define
class Limit:
    """A number above 3."""

    value: int = attrs.field(validator=attrs.validators.gt(3))


class Options(TypedDict):
    """Options, of which one may be left out."""

    width: int
    label: NotRequired[str]


class Box(msgspec.Struct, Generic[T]):
    """A box of anything."""

    content: T


class Colour(enum.Enum):
    """Two colours."""

    RED = "red"
    BLUE = "blue"


class Tree(msgspec.Struct):
    """A tree."""

    name: str
    children: list[Tree] = []


class Foreign:
    """A class that JSON knows nothing of."""


def context() -> StepContext:
    """A context without services."""
    return StepContext(None, "run", "step", "step")


def call(function: Callable[..., Any], input: Any = None, **options: Any) -> Any:
    """What a plain function gives as a component."""
    return adapt(function, **{"path": "/f", **options}).call(input, context())


def problems(function: Any, **options: Any) -> str:
    """Why an object cannot be a component."""
    with pytest.raises(InvalidInputError) as caught:
        adapt(function, **options)
    return caught.value.message


def greet(name: str, excited: bool = False) -> str:
    """Greets someone.

    At length.
    """
    return f"Hello, {name}{'!' if excited else '.'}"


def returning(annotation: Any) -> Callable[..., Any]:
    """A function of one parameter with this annotation, which gives it back."""

    def f(given):
        return given

    f.__annotations__ = {"given": annotation}
    return f
