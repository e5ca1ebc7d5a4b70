"""The mock plugin: written answers by exact input, and configurations that will not do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepflow_core import FlowLoadError
from stepflow_runtime.component_model import ComponentError, Kind
from stepflow_runtime.context import StepContext
from stepflow_runtime.failures import ComponentSkipped, to_error
from stepflow_runtime.mock import Mock

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def plugin(*behaviors: Any, **more: Any) -> Mock:
    """A mock with one component `/bake`."""
    return Mock.from_config({"type": "mock", "components": {"/bake": {"behaviors": list(behaviors), **more}}})


def answer(mock: Mock, input: Any, path: str = "/bake") -> Any:
    """What a component of the mock gives for an input."""
    component = mock.find(path)
    assert component is not None
    return component.call(input, StepContext(None, "run", "step", "step"))


def success(input: Any, result: Any) -> dict[str, Any]:
    """A behaviour that succeeds."""
    return {"input": input, "result": {"outcome": "success", "result": result}}


def diagnostics(config: Any) -> dict[str, str]:
    """What is wrong with a configuration, by pointer."""
    with pytest.raises(FlowLoadError) as caught:
        Mock.from_config(config, ("plugins", "mock"))
    return {each.pointer: each.text for each in caught.value.diagnostics}


class TestAnswers:
    """An input equal to that of a behaviour gives its result."""

    def test_success(self) -> None:
        """A success gives its output."""
        assert answer(plugin(success({"loaf": "rye"}, {"minutes": 55})), {"loaf": "rye"}) == {"minutes": 55}

    def test_kinds_differ(self) -> None:
        """An integer, a float and a boolean are different inputs."""
        mock = plugin(success(1, "integer"), success(1.0, "float"), success(True, "boolean"), success("1", "text"))
        assert [answer(mock, each) for each in (1, 1.0, True, "1")] == ["integer", "float", "boolean", "text"]

    def test_order_of_keys(self) -> None:
        """The order of keys does not matter, at any depth; that of elements does."""
        mock = plugin(success({"a": 1, "b": {"c": [1, 2], "d": 2}}, "yes"))
        assert answer(mock, {"b": {"d": 2, "c": [1, 2]}, "a": 1}) == "yes"
        with pytest.raises(ComponentError):
            answer(mock, {"b": {"d": 2, "c": [2, 1]}, "a": 1})

    def test_null(self) -> None:
        """Null is an input and an output like others."""
        assert answer(plugin(success(None, None)), None) is None

    def test_failure(self) -> None:
        """A failed result fails with its code, message and data."""
        mock = plugin({"input": 1, "result": {"outcome": "failed", "error": {"code": 8, "message": "smoke"}}})
        with pytest.raises(ComponentError) as caught:
            answer(mock, 1)
        assert (caught.value.code, caught.value.message, caught.value.data) == (8, "smoke", None)

    def test_error_message(self) -> None:
        """`error: message` is a failure with code 500."""
        with pytest.raises(ComponentError) as caught:
            answer(plugin({"input": 1, "error": "out of order"}), 1)
        assert (caught.value.code, caught.value.message) == (500, "out of order")

    def test_skip(self) -> None:
        """A skipped result is a skip with its reason."""
        mock = plugin({"input": 1, "result": {"outcome": "skipped", "reason": "holiday"}})
        with pytest.raises(ComponentSkipped) as caught:
            answer(mock, 1)
        assert caught.value.reason == "holiday"

    def test_no_behaviour(self) -> None:
        """Any other input fails with code 500, and the message lists the known inputs."""
        mock = plugin(success({"loaf": "rye"}, 1), success("x" * 200, 2))
        with pytest.raises(ComponentError) as caught:
            answer(mock, {"loaf": "brioche"})
        error = to_error(caught.value, "/mock/bake")
        assert (error.code, error.kind) == (500, "invalid_input")
        assert '{"loaf":"brioche"}; it has one for: {"loaf":"rye"}; "xxx' in error.message
        assert "x" * 100 not in error.message

    def test_many_known_inputs(self) -> None:
        """Of many known inputs the message lists a few."""
        with pytest.raises(ComponentError, match="and 92 more"):
            answer(plugin(*(success(number, 0) for number in range(100))), "other")

    def test_component_without_behaviours(self) -> None:
        """A component without behaviours answers nothing."""
        with pytest.raises(ComponentError, match="for: nothing"):
            answer(plugin(), 1)

    @given(st.lists(JSON, max_size=5), JSON)
    def test_equal_and_no_other(self, inputs: list[Any], asked: Any) -> None:
        """An input is answered if and only if a behaviour has the same JSON value."""
        mock = plugin(*(success(each, index) for index, each in enumerate(inputs)))
        same = [index for index, each in enumerate(inputs) if _same(each, asked)]
        if same:
            assert answer(mock, asked) == same[0]
        else:
            with pytest.raises(ComponentError):
                answer(mock, asked)


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON values, written the long way."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return repr(one) == repr(other)


class TestComponents:
    """What the plugin offers."""

    def test_listing(self) -> None:
        """Components have their schemas; they are called at once, and their outputs are checked."""
        mock = plugin(input_schema={"type": "object"}, output_schema={})
        [component] = mock.components()
        assert (component.path, component.kind, component.trusted) == ("/bake", Kind.INLINE, False)
        assert (component.input_schema, component.output_schema) == ({"type": "object"}, {})

    def test_unknown_component(self) -> None:
        """A path that is not configured has no component."""
        assert plugin().find("/fry") is None

    @pytest.mark.parametrize("config", [{}, {"type": "mock"}, {"components": None}, {"components": {}}])
    def test_nothing_configured(self, config: dict[str, Any]) -> None:
        """A mock without components is one that knows none."""
        assert Mock.from_config(config).components() == []


class TestFaults:
    """Faults of the configuration are told together, each with its place."""

    def test_all_at_once(self) -> None:
        """Every fault is reported, with a pointer into the configuration."""
        config = {
            "components": {
                "bake": {"behaviors": []},
                "/a": 7,
                "/b": {},
                "/c": {"behaviors": "none", "input_schema": 1},
                "/d": {
                    "behaviors": [
                        3,
                        {"input": 1},
                        {"input": 1, "error": "e", "result": {"outcome": "success"}},
                        {"error": 1},
                        {"input": 1, "result": {"outcome": "great"}},
                        {"input": 1, "result": {"outcome": ["x"]}},
                        {"input": 1, "result": 5},
                        {"input": 1, "result": {"outcome": "failed"}},
                        {"input": 1, "result": {"outcome": "failed", "error": {"code": "7", "message": 1}}},
                        {"input": 1, "result": {"outcome": "skipped", "reason": 1}},
                        {"input": {"x": {1}}, "error": "e"},
                    ]
                },
            }
        }
        place = "/plugins/mock/components"
        found = diagnostics(config)
        assert found.keys() == {
            f"{place}/bake",
            f"{place}/~1a",
            f"{place}/~1b/behaviors",
            f"{place}/~1c/behaviors",
            f"{place}/~1c/input_schema",
            *(f"{place}/~1d/behaviors/{index}" for index in (0, 1, 2, 3)),
            f"{place}/~1d/behaviors/3/error",
            f"{place}/~1d/behaviors/4/result",
            f"{place}/~1d/behaviors/5/result",
            f"{place}/~1d/behaviors/6/result",
            f"{place}/~1d/behaviors/7/result/error",
            f"{place}/~1d/behaviors/8/result/error/code",
            f"{place}/~1d/behaviors/8/result/error/message",
            f"{place}/~1d/behaviors/9/result/reason",
            f"{place}/~1d/behaviors/10/input/x",
        }
        assert "`success`, `failed` or `skipped`" in found[f"{place}/~1d/behaviors/4/result"]

    @pytest.mark.parametrize("components", [1, [], "x"])
    def test_components_that_are_no_mapping(self, components: Any) -> None:
        """`components` is a mapping."""
        assert "expected a mapping" in diagnostics({"components": components})["/plugins/mock/components"]

    def test_unknown_keys_are_warnings(self) -> None:
        """A key without meaning is a warning that names the one that was probably meant."""
        mock = plugin({"input": 1, "result": {"outcome": "success", "results": 1}}, inputSchema={})
        assert [(each.code, each.pointer, each.hint) for each in mock.warnings] == [
            (1401, "/components/~1bake/inputSchema", 'did you mean "input_schema"?'),
            (1401, "/components/~1bake/behaviors/0/result/results", 'did you mean "result"?'),
        ]

    def test_same_input_twice(self) -> None:
        """Of two behaviours for one input the first answers; the second is a warning."""
        mock = plugin({"input": {"a": 1, "b": 2}, "error": "same"}, {"input": {"b": 2, "a": 1}, "error": "same"})
        assert [each.pointer for each in mock.warnings] == ["/components/~1bake/behaviors/1"]
