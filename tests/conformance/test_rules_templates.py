"""Text and computed values are limited in what they reach and in how much they work."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_core import FlowLoadError, FlowResult, StepflowExecutor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def outcome(executor: StepflowExecutor, expression: dict[str, Any], input: Any = None) -> FlowResult:
    """What an expression comes to; a flow that is refused because of it counts as failed."""
    try:
        return await executor.run({"name": "text", "output": expression}, input)
    except FlowLoadError as refusal:
        fatal = {each.kind for each in refusal.diagnostics if each.level == "fatal"}
        return FlowResult.failed(1 if fatal == {"invalidReferenceExpression"} else 0, str(refusal))


@pytest.mark.parametrize(
    "text",
    [
        "{% include 'x.txt' %}",
        "{% extends 'x.txt' %}",
        "{% import 'x.txt' as x %}{{ x }}",
        "{% from 'x.txt' import y %}{{ y }}",
        "{{ debug() }}",
        "{{ input.a.__class__ }}",
        "{{ input.a.append(1) }}",
        "{{ input.pop('a') }}",
        "{{ input.update({'a': 2}) }}",
        "{{ input.__init__ }}",
    ],
)
async def test_a_text_reaches_nothing_but_its_data(executor: StepflowExecutor, text: str) -> None:
    """No other text, no method, no attribute, and nothing is changed."""
    given = {"a": [1]}
    for form in ({"$template": text}, {"$expr": text.removeprefix("{{ ").removesuffix(" }}")}):
        result = await outcome(executor, form, given)
        assert result.error is not None, result
        assert result.error.code == 1
    assert given == {"a": [1]}


@pytest.mark.parametrize(
    "expression",
    [
        {"$expr": "[0] * 100000000"},
        {"$expr": "'x' * 1000000000"},
        {"$expr": "2 ** 100000000"},
        {"$template": "{% for a in range(10000) %}{% for b in range(10000) %}{{ a }}{% endfor %}{% endfor %}"},
        {"$template": "{{ 'x' * 1000000000 }}"},
        {"$expr": "range(1000000000) | list | length"},
        {"$template": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"},
        {"$template": "{{ 1 | string | center(1000000000) }}"},
    ],
    ids=str,
)
async def test_work_and_results_are_limited(executor: StepflowExecutor, expression: dict[str, Any]) -> None:
    """A text that would work for ever, or fill the memory, fails instead."""
    error = (await outcome(executor, expression)).error
    assert error is not None
    assert error.code == 1


async def test_an_undefined_value_is_told_with_its_line_and_column(executor: StepflowExecutor) -> None:
    """The place is the one in the text."""
    error = (await outcome(executor, {"$template": "one\ntwo {{ input.missing }}"}, {})).error
    assert error is not None
    assert "2" in error.message
    assert error.code == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6 / 2", 3),
        ("7 / 2", 3.5),
        ("1.5 + 1.5", 3),
        ("7 // 2", 3),
        ("10 ** 20", 10**20),
        ("input.big + 1", 2**63),
        ("-0.0", 0),
    ],
)
async def test_a_number_without_a_fraction_is_an_integer(executor: StepflowExecutor, text: str, value: Any) -> None:
    """Whatever the computation gave."""
    result = await outcome(executor, {"$expr": text}, {"big": 2**63 - 1})
    assert (result.output, type(result.output)) == (value, type(value))


async def test_text_is_not_read_again(executor: StepflowExecutor) -> None:
    """What a value holds is data, even where it looks like a template."""
    result = await outcome(executor, {"$template": "{{ input.a }}"}, {"a": "{{ input.b }}{% raw %}"})
    assert result.output == "{{ input.b }}{% raw %}"


async def test_text_is_not_escaped(executor: StepflowExecutor) -> None:
    """It is text, not HTML."""
    result = await outcome(executor, {"$template": "{{ input.a }}"}, {"a": '<b> & "c"'})
    assert result.output == '<b> & "c"'
