"""Functions as components: kinds, names and callables."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any

import msgspec
import pytest
from function_kit import Foreign, T, call, context, greet, problems, returning
from stepflow_core import InvalidInputError
from stepflow_runtime.component_model import Component, ComponentError, Kind
from stepflow_runtime.functions import adapt


class Greeter:
    """Greets by its own word."""

    def __init__(self, word: str) -> None:
        self.word = word

    def __call__(self, name: str) -> str:
        return f"{self.word} {name}"

    def method(self, name: str) -> str:
        """Greets, too."""
        return f"{self.word}, {name}"

    async def later(self, name: str) -> str:
        return f"{self.word} later {name}"

    @staticmethod
    async def static(name: str) -> str:
        return name


class AsyncGreeter:
    """Greets in its own time."""

    async def __call__(self, name: str) -> str:
        return f"Hi {name}"


def returns_awaitable(name: str) -> Awaitable[str]:
    """A plain function around an async one."""
    return AsyncGreeter()(name)


def returns_coroutine(name: str) -> Coroutine[Any, Any, str]:
    """The same, by another annotation."""
    return AsyncGreeter()(name)


def generator() -> Iterator[int]:
    """Not a component."""
    yield 1


async def async_generator() -> Any:
    """Neither."""
    yield 1


def positional(a: int, /) -> int:
    return a


def starred(*args: int) -> int:
    return len(args)


def foreign(a: Foreign, b: complex, c: int) -> Foreign:
    return a


def misspelt(a: Dokument) -> int:  # noqa: F821
    return 1


def broken(a: 1 / 0) -> int:
    return 1


def variable(a: T) -> T:
    return a


class TestIdentity:
    """Path, kind and description."""

    def test_name_is_the_path(self) -> None:
        """Without a path a function stands at its own name."""
        assert adapt(greet).path == "/greet"

    def test_given_path_and_description(self) -> None:
        """A path and a description that are given win."""
        component = adapt(greet, path="/text/greet", description="Says hello")
        assert (component.path, component.description) == ("/text/greet", "Says hello")

    def test_first_line_of_the_docstring(self) -> None:
        """The description is the first line of the docstring."""
        assert adapt(greet).description == "Greets someone."

    def test_no_docstring(self) -> None:
        """Without a docstring there is no description."""
        assert adapt(lambda: 1, path="/one").description is None

    @pytest.mark.parametrize("path", ["", "  ", "greet", "/", "//", 7])
    def test_paths_that_will_not_do(self, path: Any) -> None:
        """A path begins with a slash and names something."""
        assert "path" in problems(greet, path=path)

    def test_nameless_function_needs_a_path(self) -> None:
        """A lambda has no name that could be its path."""
        assert "give one" in problems(lambda: 1)

    def test_plain_async_and_inline(self) -> None:
        """A plain function is PLAIN, with `inline` INLINE; an async one ASYNC."""

        async def later() -> int:
            return 1

        assert adapt(greet).kind is Kind.PLAIN
        assert adapt(greet, inline=True).kind is Kind.INLINE
        assert adapt(later).kind is Kind.ASYNC

    def test_async_is_not_inline(self) -> None:
        """An async function cannot be inline."""

        async def later() -> int:
            return 1

        assert "async" in problems(later, inline=True)


class TestCallables:
    """Whatever can be called can be a component."""

    @pytest.mark.parametrize(
        ("function", "expected"),
        [
            (Greeter("Hi"), "Hi Ann"),
            (Greeter("Hi").method, "Hi, Ann"),
            (functools.partial(Greeter("Hi").method), "Hi, Ann"),
            (functools.partial(greet, excited=True), "Hello, Ann!"),
            (functools.lru_cache(greet), "Hello, Ann."),
        ],
    )
    def test_plain_callables(self, function: Callable[..., Any], expected: str) -> None:
        """Objects with `__call__`, bound methods, partials and wrapped functions are plain components."""
        component = adapt(function, path="/greet")
        assert component.kind is Kind.PLAIN
        assert component.call({"name": "Ann"}, context()) == expected

    @pytest.mark.parametrize(
        ("function", "expected"),
        [
            (AsyncGreeter(), "Hi Ann"),
            (Greeter("Hi").later, "Hi later Ann"),
            (functools.partial(Greeter("Hi").later), "Hi later Ann"),
            (functools.partial(AsyncGreeter()), "Hi Ann"),
            (Greeter.static, "Ann"),
            (vars(Greeter)["static"], "Ann"),
            (returns_awaitable, "Hi Ann"),
            (returns_coroutine, "Hi Ann"),
        ],
    )
    async def test_async_callables(self, function: Callable[..., Any], expected: str) -> None:
        """Whatever is async or annotated to return an awaitable is an async component."""
        component = adapt(function, path="/greet")
        assert component.kind is Kind.ASYNC
        assert component.output_schema == {"type": "string"}
        assert await component.call({"name": "Ann"}, context()) == expected

    def test_names_and_descriptions(self) -> None:
        """A method and a partial have the name and description of their function, an object its class's description."""
        assert (adapt(Greeter("Hi").method).path, adapt(Greeter("Hi").method).description) == (
            "/method",
            "Greets, too.",
        )
        assert (adapt(functools.partial(greet)).path) == "/greet"
        assert adapt(functools.partial(greet)).description == "Greets someone."
        assert adapt(Greeter("Hi"), path="/g").description == "Greets by its own word."

    def test_coroutine_that_was_not_announced(self) -> None:
        """A function that turns out to be async fails with the remedy."""
        with pytest.raises(ComponentError, match="async def"):
            call(lambda: AsyncGreeter()("Ann"))


class TestRegistrationRefusals:
    """What cannot be a component is refused when it is registered, with the reason."""

    @pytest.mark.parametrize(
        ("function", "reason"),
        [
            (generator, "generator"),
            (async_generator, "generator"),
            (positional, "a: a positional-only parameter"),
            (starred, r"\*args"),
            (Foreign, "it is a class"),
            (7, "cannot be called"),
            ("text", "cannot be called"),
            (max, "does not tell its parameters"),
            (len, "positional-only"),
            (misspelt, "name 'Dokument' is not defined"),
            (broken, "annotations cannot be read: ZeroDivisionError"),
            (variable, "type variable T"),
            (returning(list[T]), "type variable T"),
            (classmethod(greet), "cannot be called"),
        ],
    )
    def test_what_is_refused(self, function: Any, reason: str) -> None:
        """Each is refused for its own reason."""
        with pytest.raises(InvalidInputError, match=reason):
            adapt(function, path="/f")

    def test_all_reasons_together(self) -> None:
        """Everything that is wrong with a function is told at once, by parameter."""
        with pytest.raises(InvalidInputError) as caught:
            adapt(foreign)
        assert [each.partition(":")[0] for each in caught.value.details] == ["a", "b", "its result"]
        assert "test_functions.foreign cannot be a component" in caught.value.message

    def test_local_class(self) -> None:
        """An annotation that names a local class is refused with the remedy."""

        class Local(msgspec.Struct):
            x: int

        def f(a: Local) -> int:
            return a.x

        assert "must name something of the module" in problems(f)

    def test_union_that_json_cannot_tell_apart(self) -> None:
        """A union whose members look alike in JSON is refused."""
        assert "more than one str-like type" in problems(returning(str | dt.date), path="/f")

    def test_component_is_ready(self) -> None:
        """What comes out is a component that is checked by the engine."""
        component = adapt(greet)
        assert isinstance(component, Component)
        assert not component.trusted
