"""Values of every kind and size go through an executor as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from ...canonical import MAX_DEPTH, encode
from ...errors import InvalidInputError
from ...executor import StepflowExecutor
from ._base import KitPart
from ._documents import ECHO, flow, step

VALUES: dict[str, Any] = {
    "null": None,
    "true": True,
    "false": False,
    "zero": 0,
    "a negative integer": -17,
    "the largest integer of 64 bits": 2**63 - 1,
    "an integer beyond 64 bits": 2**64 + 1,
    "a negative integer beyond 64 bits": -(2**70),
    "an integer of a thousand digits": 10**999 + 7,
    "an integer that no float holds": 2**53 + 1,
    "a float without a fraction": 1.0,
    "a large float": 1e300,
    "the largest float": 1.7976931348623157e308,
    "the smallest float": 5e-324,
    "a negative zero": -0.0,
    "a float with all its digits": 0.1 + 0.2,
    "an empty text": "",
    "text": "plain",
    "accents": "Zürich, Þingvellir, 東京",
    "combining marks": "e\u0301 and \u00e9",
    "emoji": "👩‍🚀🏳️‍🌈",
    "a NUL": "a\x00b",
    "control characters": "\t\r\n\x1b\x7f\u0085\u2028\u2029\ufeff",
    "quotes and backslashes": '"\\" \\u0041 </script> &amp; %2F',
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u202e\u0645\u0631\u062d\u0628\u0627",
    "an empty array": [],
    "an empty object": {},
    "mixed": [1, 1.0, True, "1", None, [[]], {"a": {"b": [{}]}}],
    "keys in no order": {"b": 1, "a": 2, "c": 0, "A": 3, "10": 4, "9": 5},
    "odd keys": {"": 0, " ": 1, ".": 2, "a.b": 3, "a[0]": 4, "ключ": 5, "🔑": 6, "\x00": 7, '"': 8, "__class__": 9},
    "keys of the flow language": {"$input": "$.x", "a": {"$step": "b"}, "$literal": 1, "$if": 2, "$other": 3},
    "text that looks like more": "{{ input }} ${x} $.a {$step: a}",
}

LARGE: dict[str, Callable[[], Any]] = {
    "a text of 5 MB": lambda: "0123456789" * 500_000,
    "a text of a million emoji": lambda: "🥖" * 1_000_000,
    "an array of 10 000 elements": lambda: list(range(10_000)),
    "an array of 10 000 objects": lambda: [{"id": number, "name": f"nº {number}"} for number in range(10_000)],
    "an object of 10 000 keys": lambda: {f"key {number}": number / 7 for number in range(10_000)},
}

NOT_JSON: dict[str, tuple[Any, str]] = {
    "not a number": ({"a": [0, float("nan")]}, "/a/1"),
    "an infinity": (float("-inf"), ""),
    "a set": ({"a/b": {1}}, "/a~1b"),
    "bytes": ([b"x"], "/0"),
    "half a surrogate pair": ({"x": "\ud800"}, "/x"),
}


def nested(levels: int) -> Any:
    """Arrays and objects in each other, so many levels deep."""
    value: Any = "core"
    for level in range(levels):
        value = [value] if level % 2 else {"in": value}
    return value


class Values(KitPart):
    """Any JSON value is kept to the digit: integers of any size, floats, keys and their order, all of Unicode."""

    max_depth: ClassVar[int] = MAX_DEPTH
    """How deeply arrays and objects may be nested in a value."""

    @pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
    async def test_a_value_goes_through_a_run_as_it_is(self, executor: StepflowExecutor, value: Any) -> None:
        """Input, a component's input and output, a variable and the result keep a value as it is."""
        shown = {"input": {"$input": "$"}, "step": {"$step": "a"}, "variable": {"$variable": "v"}}
        asked = flow(step("a", input={"$input": "$"}), output=shown)
        result = await executor.run(asked, value, variables={"v": value})
        assert result.is_success
        assert encode(result.output) == encode({"input": value, "step": value, "variable": value})

    @pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
    async def test_a_value_in_a_flow_stays_as_it_is(self, executor: StepflowExecutor, value: Any) -> None:
        """A literal in the flow comes out as it was written."""
        result = await executor.run({**ECHO, "output": {"$literal": value}})
        assert encode(result.output) == encode(value)

    @pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
    async def test_a_value_is_shown_as_it_is(self, executor: StepflowExecutor, value: Any) -> None:
        """Run details, items, steps and events show a value as it is."""
        run_id = await executor.submit(flow(step("a", input={"$input": "$"})), value)
        await executor.get_result(run_id)
        [item] = (await executor.get_run_items(run_id)).items
        shown = await executor.get_step(run_id, "a")
        [ended] = [event async for event in executor.events(run_id, event_types=["item_completed"])]
        assert encode((await executor.get_run(run_id)).inputs) == encode([value])
        assert item.result is not None
        assert encode(item.result.output) == encode(value)
        assert shown.result is not None
        assert encode([shown.input, shown.result.output]) == encode([value, value])
        assert ended.result is not None
        assert encode(ended.result.output) == encode(value)

    @pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
    async def test_a_large_value_goes_through_as_it_is(
        self, executor: StepflowExecutor, make: Callable[[], Any]
    ) -> None:
        """Large inputs and outputs are neither cut nor refused."""
        value = make()
        result = await executor.run(flow(step("a", input={"$input": "$"})), value)
        assert encode(result.output) == encode(value)

    async def test_a_value_may_be_nested_up_to_the_limit(self, executor: StepflowExecutor) -> None:
        """A value of as many levels as there may be goes through as it is."""
        value = nested(self.max_depth)
        assert encode((await executor.run(ECHO, value)).output) == encode(value)

    async def test_a_value_that_is_nested_too_deeply_is_refused(self, executor: StepflowExecutor) -> None:
        """A value beyond the limit refuses the run."""
        for levels in (self.max_depth + 1, 5000):
            with pytest.raises(InvalidInputError):
                await executor.run(ECHO, nested(levels))

    @pytest.mark.parametrize(("value", "pointer"), NOT_JSON.values(), ids=NOT_JSON)
    async def test_an_input_that_is_not_json_is_refused(
        self, executor: StepflowExecutor, value: Any, pointer: str
    ) -> None:
        """The refusal has the place of what cannot be written as JSON."""
        for member in (executor.run, executor.submit):
            with pytest.raises(InvalidInputError) as caught:
                await member(ECHO, value)
            assert [each["pointer"] for each in caught.value.details["errors"]] == [pointer]
