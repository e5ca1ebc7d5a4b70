"""Functions as components: context, results, schemas."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Callable
from types import FunctionType
from typing import Any, Literal

import jsonschema_rs
import pytest
from function_kit import Box, Colour, Document, Foreign, Limit, Options, Point, Tree, call, context, problems, returning
from stepflow_core.canonical import NotJsonError, own
from stepflow_runtime.context import StepContext
from stepflow_runtime.functions import adapt


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
