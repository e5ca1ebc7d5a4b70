"""Functions as components: arguments from the input, and what is refused."""

from __future__ import annotations

import datetime as dt
import decimal
import functools
import uuid
from collections.abc import Callable
from typing import Annotated, Any, Literal, NewType

import msgspec
import pytest
from function_kit import Box, Colour, Document, Limit, Options, Point, Tree, call, greet, returning
from hypothesis import given
from hypothesis import strategies as st
from stepflow_runtime.component_model import ComponentError
from stepflow_runtime.context import StepContext

UserId = NewType("UserId", int)


class Closed(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing but a name."""

    name: str


def refusal(function: Callable[..., Any], input: Any) -> Any:
    """The data with which a function refuses an input."""
    with pytest.raises(ComponentError) as caught:
        call(function, input)
    assert caught.value.code == 500
    assert caught.value.data["kind"] == "invalid_input"
    return caught.value.data


def noting(function: Callable[..., Any], seen: list[Any]) -> Callable[..., Any]:
    """The same function, which notes what it is given."""

    @functools.wraps(function)
    def noted(given: Any) -> None:
        seen.append(given)

    return noted


class TestArguments:
    """The arguments are the members of the input object."""

    def test_by_name_with_defaults(self) -> None:
        """Members become arguments by name; what is left out takes the default."""
        assert call(greet, {"name": "Ann"}) == "Hello, Ann."
        assert call(greet, {"excited": True, "name": "Ann"}) == "Hello, Ann!"

    def test_no_parameters(self) -> None:
        """A function without parameters takes no input or an empty one."""
        assert call(lambda: 1, None) == 1
        assert call(lambda: 1, {}) == 1
        assert refusal(lambda: 1, {"x": 1})["pointer"] == "/x"

    def test_keyword_only(self) -> None:
        """Keyword-only parameters are parameters like others."""

        def f(*, a: int, b: int = 2) -> int:
            return a + b

        assert call(f, {"a": 1}) == 3

    def test_input_is_left_alone(self) -> None:
        """Binding does not change the input."""

        def f(a: int, ctx: StepContext, **rest: Any) -> int:
            rest["new"] = 1
            return a

        given = {"a": 1, "b": 2}
        call(f, given)
        assert given == {"a": 1, "b": 2}

    def test_rest(self) -> None:
        """`**kwargs` takes the members that are no parameters', converted to its annotation."""

        def anything(a: int, **rest: Any) -> Any:
            return rest

        def numbers(a: int = 0, **rest: float) -> Any:
            return rest

        assert call(anything, {"a": 1, "b": "x", "from": None}) == {"b": "x", "from": None}
        assert call(numbers, {"b": 1, "c": 2.5}) == {"b": 1.0, "c": 2.5}
        assert refusal(numbers, {"b": "x", "c": "y"})["errors"] == [
            {"pointer": pointer, "message": "Expected `float`, got `str`"} for pointer in ("/b", "/c")
        ]

    @pytest.mark.parametrize(
        ("annotation", "given", "expected"),
        [
            (int, 2**70, 2**70),
            (float, 1, 1.0),
            (float, 1.5, 1.5),
            (str | None, None, None),
            (int | str, "x", "x"),
            (Literal["a", 1], 1, 1),
            (list[int], [1, 2], [1, 2]),
            (set[str], ["a"], {"a"}),
            (tuple[int, str], [1, "a"], (1, "a")),
            (dict[str, int], {"a": 1}, {"a": 1}),
            (dict[int, str], {"1": "a"}, {1: "a"}),
            (Document, {"title": "t"}, Document("t")),
            (Box[int], {"content": 1}, Box(1)),
            (Point, {"x": 1}, Point(1)),
            (Limit, {"value": 4}, Limit(4)),
            (Options, {"width": 1}, {"width": 1}),
            (UserId, 7, 7),
            (Colour, "red", Colour.RED),
            (dt.datetime, "2024-05-06T07:08:09Z", dt.datetime(2024, 5, 6, 7, 8, 9, tzinfo=dt.UTC)),
            (dt.date, "2024-05-06", dt.date(2024, 5, 6)),
            (decimal.Decimal, "1.10", decimal.Decimal("1.10")),
            (uuid.UUID, "12345678123456781234567812345678", uuid.UUID("12345678123456781234567812345678")),
            (bytes, "aGk=", b"hi"),
            (Annotated[int, msgspec.Meta(gt=3)], 4, 4),
            (object, [1], [1]),
        ],
    )
    def test_types(self, annotation: Any, given: Any, expected: Any) -> None:
        """Members are converted to whatever msgspec can make of JSON."""
        seen = []

        def f(value, other=None):
            seen.append(value)

        f.__annotations__ = {"value": annotation}
        call(f, {"value": given})
        assert seen == [expected]
        assert type(seen[0]) is type(expected)

    @pytest.mark.parametrize(
        ("annotation", "given"),
        [
            (int, "1"), (int, 1.0), (int, True), (int, None), (float, "1"), (float, True), (str, 1), (bool, 1),
            (list, {}), (dict, []), (dict[str, Any], []), (list[Any], "x"), (Literal["a"], "b"), (Colour, "green"),
            (Annotated[int, msgspec.Meta(gt=3)], 3), (str | None, 1), (Limit, {"value": 1}),
        ],
    )  # fmt: skip
    def test_types_are_strict(self, annotation: Any, given: Any) -> None:
        """A value of another type is refused, never made to fit."""

        def f(value, other=None):
            raise AssertionError("called")

        f.__annotations__ = {"value": annotation}
        assert refusal(f, {"value": given})["pointer"].startswith("/value")

    def test_default_of_none_lets_null_in(self) -> None:
        """A parameter whose default is None takes null, as one would expect."""

        def f(a: int = None, b: int = 1) -> Any:  # noqa: RUF013 - the old way is what is tested
            return [a, b]

        assert call(f, {"a": None}) == [None, 1]
        assert refusal(f, {"b": None})["pointer"] == "/b"

    @given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text()))
    def test_everything_reaches_an_open_function(self, given: dict[str, Any]) -> None:
        """A function that takes anything gets the members as they are, whatever their names."""

        def f(**rest):
            return rest

        assert call(f, given) == given


class TestRefusals:
    """An input that does not fit is refused with everything that is wrong in it."""

    def test_all_at_once(self) -> None:
        """Missing, wrong and unknown members are reported together, each with its place."""

        def f(name: str, count: int, where: Point, more: list[int]) -> None:
            raise AssertionError("called")

        data = refusal(f, {"count": "x", "where": {"x": "y"}, "more": [1, "z"], "nam": 1})
        assert data["errors"] == [
            {"pointer": "/name", "message": "is required"},
            {"pointer": "/count", "message": "Expected `int`, got `str`"},
            {"pointer": "/where/x", "message": "Expected `int`, got `str`"},
            {"pointer": "/more/1", "message": "Expected `int`, got `str`"},
            {"pointer": "/nam", "message": "is not known; did you mean 'name'?"},
        ]
        assert data["pointer"] == "/name"

    def test_message_says_it_all(self) -> None:
        """The message names each place and what is wrong there."""
        with pytest.raises(ComponentError, match="at /name: is required; at /age: is not known"):
            call(greet, {"age": 1})

    @pytest.mark.parametrize("given", [[], "text", 1, True, 1.5])
    def test_no_object(self, given: Any) -> None:
        """An input that is no object is refused as a whole."""
        assert refusal(greet, given)["errors"][0]["pointer"] == ""

    def test_context_cannot_be_given(self) -> None:
        """The input cannot take the context's place, not even where any member is welcome."""

        def f(ctx, **rest):
            raise AssertionError("called")

        assert refusal(f, {"ctx": 1})["pointer"] == "/ctx"

    def test_missing_and_unknown_fields(self) -> None:
        """A field that is missing or unknown is itself the place."""

        def f(a: list[Document], b: Closed) -> None:
            raise AssertionError("called")

        data = refusal(f, {"a": [{"title": "t"}, {}], "b": {"name": "n", "nom": 1}})
        assert [each["pointer"] for each in data["errors"]] == ["/a/1/title", "/b/nom"]

    def test_places_in_mappings(self) -> None:
        """Where msgspec does not say which key it is, the place is the mapping."""

        def f(a: dict[str, list[int]], b: int = 0) -> None:
            raise AssertionError("called")

        assert refusal(f, {"a": {"k": ["x"]}})["pointer"] == "/a"

    def test_names_are_escaped(self) -> None:
        """Pointers are RFC 6901."""
        assert refusal(greet, {"name": "Ann", "a/b~c": 1})["pointer"] == "/a~1b~0c"

    def test_open_members_beside_wrong_ones(self) -> None:
        """What may be anything is never wrong, whatever stands beside it."""

        def f(a: Any, b: int) -> None:
            raise AssertionError("called")

        assert [each["pointer"] for each in refusal(f, {"a": object(), "b": "x"})["errors"]] == ["/b"]

    def test_endless_input(self) -> None:
        """An input that is nested without end is refused, not followed."""
        tree: dict[str, Any] = {"name": "root"}
        tree["children"] = [tree]
        assert refusal(returning(Tree), tree)["errors"] == [{"pointer": "", "message": "is nested too deeply"}]

    def test_own_check_of_a_class(self) -> None:
        """A class that refuses a value itself refuses the input."""
        data = refusal(returning(Limit), {"value": 1})
        assert data["errors"] == [{"pointer": "", "message": "'value' must be > 3: 1"}]


class TestWholeInput:
    """A single parameter may take the input itself."""

    @pytest.mark.parametrize(
        ("annotation", "given", "expected"),
        [
            (Document, {"title": "t", "lines": [1]}, Document("t", [1])),
            (Document | None, None, None),
            (Box[str], {"content": "c"}, Box("c")),
            (Point, {"x": 1}, Point(1)),
            (Limit, {"value": 5}, Limit(5)),
            (Options, {"width": 2}, {"width": 2}),
            (Annotated[Point, msgspec.Meta(description="where")], {"x": 1}, Point(1)),
        ],
    )
    def test_classes_with_fields(self, annotation: Any, given: Any, expected: Any) -> None:
        """A parameter annotated with a class of named fields takes the whole input."""
        seen: list[Any] = []
        call(noting(returning(annotation), seen), given)
        assert seen == [expected]

    @pytest.mark.parametrize("given", [{"a": 1}, [1], None, "x", 1.0])
    def test_parameter_named_input(self, given: Any) -> None:
        """A parameter named `input` without a narrower type takes any input."""

        def bare(input):
            return input

        def typed(input: Any, ctx: StepContext) -> Any:
            return input

        assert call(bare, given) == given
        assert call(typed, given) == given

    def test_input_as_an_object(self) -> None:
        """Annotated as an object of anything, `input` takes any object and nothing else."""

        def f(input: dict[str, Any]) -> Any:
            return input

        assert call(f, {"input": 1}) == {"input": 1}
        assert refusal(f, [1])["errors"] == [{"pointer": "", "message": "Expected `object`, got `array`"}]

    def test_other_parameters_are_members(self) -> None:
        """Any other single parameter is a member, and so is a class beside other parameters."""

        def scalar(input: int) -> int:
            return input

        def unnamed(value):
            return value

        def beside(point: Point, factor: int = 2) -> int:
            return point.x * factor

        assert call(scalar, {"input": 1}) == 1
        assert call(unnamed, {"value": [1]}) == [1]
        assert call(beside, {"point": {"x": 2}}) == 4

    def test_default_of_the_whole(self) -> None:
        """Without an input the default is taken."""

        def f(point: Point = Point(9)) -> int:  # noqa: B008
            return point.x

        assert call(f, None) == 9
        assert call(f, {"x": 1}) == 1

    def test_places_in_the_whole(self) -> None:
        """What is wrong is located in the input itself."""
        data = refusal(returning(Document), {"title": 1})
        assert data["errors"] == [{"pointer": "/title", "message": "Expected `str`, got `int`"}]
