"""Functions as components: kinds, arguments from the input, results, schemas, and what is refused."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import functools
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from types import FunctionType
from typing import Annotated, Any, Generic, Literal, NewType, NotRequired, TypedDict, TypeVar

import attrs
import jsonschema_rs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepflow_core import InvalidInputError
from stepflow_core.canonical import NotJsonError, own
from stepflow_runtime.component_model import Component, ComponentError, Kind
from stepflow_runtime.context import StepContext
from stepflow_runtime.functions import adapt

T = TypeVar("T")
UserId = NewType("UserId", int)


class Document(msgspec.Struct):
    """A text with its lines."""

    title: str
    lines: list[int] = []


class Closed(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing but a name."""

    name: str


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


def refusal(function: Callable[..., Any], input: Any) -> Any:
    """The data with which a function refuses an input."""
    with pytest.raises(ComponentError) as caught:
        call(function, input)
    assert caught.value.code == 500
    assert caught.value.data["kind"] == "invalid_input"
    return caught.value.data


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


def returning(annotation: Any) -> Callable[..., Any]:
    """A function of one parameter with this annotation, which gives it back."""

    def f(given):
        return given

    f.__annotations__ = {"given": annotation}
    return f


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


def noting(function: Callable[..., Any], seen: list[Any]) -> Callable[..., Any]:
    """The same function, which notes what it is given."""

    @functools.wraps(function)
    def noted(given: Any) -> None:
        seen.append(given)

    return noted


class TestContext:
    """One parameter may take the step's context."""

    @pytest.mark.parametrize("name", ["ctx", "context"])
    def test_by_name(self, name: str) -> None:
        """A parameter without an annotation gets the context by its name."""
        found = {"ctx": lambda ctx: ctx.run_id, "context": lambda context: context.run_id}[name]
        assert call(found, {}) == "run"

    def test_by_annotation(self) -> None:
        """A parameter annotated StepContext gets the context, whatever its name and place."""

        def first(step: StepContext, a: int) -> str:
            return f"{step.run_id} {a}"

        def optional(a: int, *, step: StepContext | None = None) -> str:
            return f"{step.run_id if step else None} {a}"

        assert call(first, {"a": 1}) == "run 1"
        assert call(optional, {"a": 1}) == "run 1"

    def test_beside_a_whole_input(self) -> None:
        """The context does not count where one parameter takes the whole input."""

        def f(doc: Document, ctx: StepContext) -> str:
            return doc.title + ctx.step_id

        assert call(f, {"title": "t"}) == "tstep"

    def test_annotated_name_is_an_argument(self) -> None:
        """A parameter named `context` that is annotated as something else is an ordinary one."""

        def f(context: str, other: int = 0) -> str:
            return context

        assert call(f, {"context": "c"}) == "c"

    def test_two_contexts(self) -> None:
        """Two parameters cannot both take it."""
        assert "ctx, context" in problems(lambda ctx, context: 1, path="/f")

    def test_imported_for_type_checkers_only(self) -> None:
        """The annotation StepContext is understood even where the name is not imported at run time."""
        elsewhere = FunctionType((lambda step: step.run_id).__code__, {})
        elsewhere.__annotations__ = {"step": "StepContext"}
        assert call(elsewhere, {}) == "run"


class TestResults:
    """Results become plain JSON values."""

    @pytest.mark.parametrize(
        ("returns", "result", "expected"),
        [
            (Document, Document("t", [1]), {"title": "t", "lines": [1]}),
            (Point, Point(1), {"x": 1, "y": 0}),
            (Limit, Limit(4), {"value": 4}),
            (list[Point], [Point(1)], [{"x": 1, "y": 0}]),
            (dict[int, str], {1: "a"}, {"1": "a"}),
            (Colour, Colour.RED, "red"),
            (dt.date, dt.date(2024, 5, 6), "2024-05-06"),
            (decimal.Decimal, decimal.Decimal("1.10"), "1.10"),
            (bytes, b"hi", "aGk="),
            (set[int], {1}, [1]),
            (tuple[int, str], (1, "a"), [1, "a"]),
            (None, None, None),
            (Literal["a", "b"], "a", "a"),
            (dict[str, list[int | None]], {"a": [1, None]}, {"a": [1, None]}),
            (Options, {"width": 1}, {"width": 1}),
        ],
    )
    def test_typed_results(self, returns: Any, result: Any, expected: Any) -> None:
        """A result of a declared type is written as JSON writes it."""

        def f():
            return result

        f.__annotations__ = {"return": returns}
        assert own(call(f)) == expected

    @pytest.mark.parametrize("result", [{"a": {1, 2}}, [object()], "x", None])
    def test_plain_results_are_passed_on(self, result: Any) -> None:
        """What is declared as plain JSON, or not declared, is passed on as it is: the engine checks it."""

        def typed() -> dict[str, Any] | list[Any] | str | None:
            return result

        assert call(typed) is result
        assert call(lambda: result) is result

    def test_undeclared_objects(self) -> None:
        """A result that is no JSON itself is converted where nothing was declared."""
        assert call(lambda: Point(1, 2)) == {"x": 1, "y": 2}

    def test_unwritable_result(self) -> None:
        """A result that cannot be written as JSON says so."""
        with pytest.raises(NotJsonError, match="Foreign"):
            call(returning_foreign)

    def test_endless_result(self) -> None:
        """A result that contains itself is refused, not followed for ever."""
        tree = Tree("root")
        tree.children.append(tree)

        def f() -> Tree:
            return tree

        with pytest.raises(NotJsonError, match="nested"):
            call(f)

    async def test_async_results(self) -> None:
        """The same holds for async functions."""

        async def f(x: int) -> Point:
            return Point(x)

        assert await adapt(f).call({"x": 1}, context()) == {"x": 1, "y": 0}


class TestSchemas:
    """Schemas are derived from the annotations, and are JSON Schema."""

    def test_members(self) -> None:
        """Parameters are properties, with types, defaults and what is required."""

        def f(text: str, limit: int | None = None, *, mode: Literal["a", "b"] = "a") -> dict[str, int]:
            raise AssertionError

        component = adapt(f)
        assert component.input_schema == {
            "type": "object",
            "properties": {
                "text": {"type": "string"},
                "limit": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
                "mode": {"enum": ["a", "b"], "default": "a"},
            },
            "required": ["text"],
            "additionalProperties": False,
        }
        assert component.output_schema == {"type": "object", "additionalProperties": {"type": "integer"}}

    def test_rest(self) -> None:
        """`**kwargs` opens the object, to its annotation."""

        def typed(**rest: int) -> None: ...

        def untyped(**rest): ...

        assert adapt(typed).input_schema == {
            "type": "object", "properties": {}, "additionalProperties": {"type": "integer"},
        }  # fmt: skip
        assert (adapt(untyped).input_schema or {})["additionalProperties"] is True

    def test_whole_input(self) -> None:
        """A parameter that takes the whole input gives its own schema, unfolded."""

        def f(document: Document) -> Document:
            return document

        component = adapt(f)
        assert component.input_schema is not None
        assert component.input_schema["properties"]["title"] == {"type": "string"}
        assert component.input_schema == component.output_schema
        assert "$defs" not in component.input_schema

    def test_anything(self) -> None:
        """An open input has an open schema; an undeclared output none."""
        component = adapt(lambda input: input, path="/f")
        assert component.input_schema == {}
        assert component.output_schema is None

    @pytest.mark.parametrize("annotation", [Tree, list[Tree], Box[Point], Document | None, Colour, dict[str, Options]])
    def test_schemas_are_complete(self, annotation: Any) -> None:
        """Every schema is valid JSON Schema whose references lead to its own definitions."""
        for function in (returning(annotation), _with_return(annotation)):
            component = adapt(function, path="/f")
            for schema in (component.input_schema, component.output_schema):
                assert jsonschema_rs.meta.is_valid(schema or {})
                # It raises for a reference that leads elsewhere.
                assert jsonschema_rs.validator_for(schema or {}, retriever=_refuse) is not None

    def test_recursive_schema(self) -> None:
        """A class that refers to itself keeps its definition."""
        schema = adapt(_with_return(Tree), path="/f").output_schema
        assert jsonschema_rs.is_valid(schema, {"name": "a", "children": [{"name": "b"}]})
        assert not jsonschema_rs.is_valid(schema, {"name": "a", "children": [{"name": 1}]})

    def test_defaults_that_are_no_json(self) -> None:
        """A default that JSON cannot say is left out of the schema, and used all the same."""

        def f(a: Any = Foreign, b: Point = Point(1)) -> Any:  # noqa: B008
            return [a is Foreign, b.x]

        assert (adapt(f).input_schema or {})["properties"]["a"] == {}
        assert (adapt(f).input_schema or {})["properties"]["b"]["default"] == {"x": 1, "y": 0}
        assert call(f, {}) == [True, 1]


def returning_foreign():
    """A result that JSON knows nothing of, undeclared."""
    return Foreign()


def _with_return(annotation: Any) -> Callable[..., Any]:
    def f(value, other=1):
        return value

    f.__annotations__ = {"value": annotation, "return": annotation}
    return f


def _refuse(uri: str) -> Any:
    raise AssertionError(f"{uri} was fetched")


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
