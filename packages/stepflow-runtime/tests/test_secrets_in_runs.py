"""What runs show of secrets that are met on the way: in sub-flows, in batches that are fed, in the engine's errors."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepflow_core import BatchResult
from stepflow_runtime import ComponentError, StepContext, StepflowRuntime
from stepflow_runtime.language.masking import KEY, SEARCHED_SINGLY, Masker

SECRET = "hunter2-hunter2"
HIDDEN = "[REDACTED]"
MARKED = {"type": "object", "properties": {"key": {"type": "string", "is_secret": True}}}
KEY_OF_INPUT = {"$input": "key"}


def flow(*steps: dict[str, Any], output: Any = None, **more: Any) -> dict[str, Any]:
    named = {"name": "test", "description": "a test", "steps": list(steps), **more}
    return {**named, "output": output if output is not None else {"$step": steps[-1]["id"]}}


def step(id: str, component: str, input: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": input}


LEAKS = step("leak", "/leak", {"text": KEY_OF_INPUT})
INSIDE = flow(LEAKS, schemas={"input": MARKED})
GIVEN = {"key": {"$literal": SECRET}}

CALLERS = {
    "call": {"flow": INSIDE, "input": GIVEN},
    "switch": {"on": "a", "cases": {"a": {"flow": INSIDE, "input": GIVEN}}},
    "eval": {"flow": {"$literal": INSIDE}, "input": GIVEN},
    "map": {"workflow": {"$literal": INSIDE}, "items": [GIVEN]},
    "iterate": {"flow": {"$literal": INSIDE}, "initial_input": GIVEN},
    "loop": {"flow": INSIDE, "state": GIVEN, "until": "true", "max_iterations": 1},
}


LOOP = {"flow": flow(output=1), "state": 1, "until": "false", "max_iterations": 1}


@pytest.fixture(autouse=True)
def leaking(runtime: StepflowRuntime) -> None:
    """A component that tells everybody what it is given."""

    @runtime.component("/leak")
    async def leak(text: str, ctx: StepContext) -> Any:
        ctx.emit({"chunk": f"about {text}"})
        ctx.logger.warning("a warning about %s", text)
        try:
            raise ValueError(f"inside {text}")
        except ValueError:
            ctx.logger.exception("it failed")
        raise ComponentError(f"no {text}")


async def shown(runtime: StepflowRuntime, run_id: str) -> str:
    """All that is shown of a run and its sub-runs."""
    parts = [str(each) async for each in runtime.events(run_id)]
    for run in (await runtime.list_runs(root_run_id=run_id)).runs:
        parts.append(str(await runtime.get_run(run.run_id)))
        for each in (await runtime.get_run_steps(run.run_id)).steps:
            found = await runtime.get_step(run.run_id, each.address, item_index=each.item_index)
            parts += [str(each), str(found)]
    return "\n".join(parts)


@pytest.mark.parametrize("name", CALLERS)
async def test_what_only_the_flow_inside_marks_is_hidden(
    runtime: StepflowRuntime, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """In its errors, chunks and logs, and in the input of the step that runs it."""
    outer = flow(step("outer", f"/{name}", CALLERS[name]))
    run_id = await runtime.submit(outer)
    await runtime.get_result(run_id)
    seen = await shown(runtime, run_id)
    assert f"no {HIDDEN}" in seen
    assert f"about {HIDDEN}" in seen
    assert SECRET not in seen
    assert f"a warning about {HIDDEN}" in caplog.text
    assert f"inside {HIDDEN}" in caplog.text
    assert SECRET not in caplog.text


async def test_so_are_secret_variables_of_the_flow_inside(runtime: StepflowRuntime) -> None:
    """Its default is known to nobody else."""
    variables = {"type": "object", "properties": {"key": {"is_secret": True, "default": SECRET}}}
    inside = flow(step("leak", "/leak", {"text": {"$variable": "key"}}), schemas={"variables": variables})
    run_id = await runtime.submit(flow(step("outer", "/call", {"flow": inside})))
    await runtime.get_result(run_id)
    seen = await shown(runtime, run_id)
    assert f"no {HIDDEN}" in seen
    assert SECRET not in seen


async def test_so_is_what_a_component_gives_a_flow(runtime: StepflowRuntime) -> None:
    """A run that a component asks for is a sub-run as any other."""

    @runtime.component("/asks")
    async def asks(ctx: StepContext) -> Any:
        result = await ctx.run_flow(INSIDE, {"key": SECRET})
        raise ComponentError("none" if result.error is None else result.error.message)

    result = await runtime.run(flow(step("outer", "/asks", {})))
    assert result.error is not None
    assert result.error.message == f"no {HIDDEN}"


@pytest.mark.parametrize("kind", [list, iter], ids=["a list", "an iterator"])
async def test_secrets_of_a_batch_are_hidden(runtime: StepflowRuntime, kind: Callable[..., Any]) -> None:
    """However its inputs come."""
    batch: BatchResult = await runtime.run_batch(INSIDE, kind([{"key": f"{SECRET} {n}"} for n in range(50)]))
    assert {each.error.message for each in batch.results if each.error} == {f"no {HIDDEN}"}


async def test_an_output_that_violates_its_schema_hides_secrets(runtime: StepflowRuntime) -> None:
    """In the message and in every violation."""
    schemas = {"input": MARKED, "output": {"type": "integer"}}
    result = await runtime.run(flow(output=KEY_OF_INPUT, schemas=schemas), {"key": SECRET})
    assert result.error is not None
    assert HIDDEN in result.error.message
    assert SECRET not in str(result.error)


@pytest.mark.parametrize(
    ("component", "input"),
    {
        "no flow of that name": ("eval", {"flow_id": KEY_OF_INPUT, "input": 1}),
        "no case": ("switch", {"on": KEY_OF_INPUT, "cases": {"a": {"flow": flow(output=1)}}}),
        "a case that is cut": (
            "switch",
            {"on": {"$template": "{{ 'x' * 70 }}{{ input.key }}"}, "cases": {"a": {"flow": flow(output=1)}}},
        ),
        "no number": ("sleep", {"duration_ms": KEY_OF_INPUT}),
        "no limit": ("loop", {**LOOP, "max_iterations": KEY_OF_INPUT}),
        "nothing to do at the limit": ("loop", {**LOOP, "on_exhausted": KEY_OF_INPUT}),
        "a text that fails": ("loop", {**LOOP, "until": "{'a': 1}[input.key ~ 'x'] + 1"}),
        "a flow that is skipped": (
            "loop",
            {**LOOP, "flow": {"steps": [{**step(SECRET, "/noop", 1), "when": False}], "output": {"$step": SECRET}}},
        ),
    }.values(),
)
async def test_the_engines_own_errors_hide_secrets(runtime: StepflowRuntime, component: str, input: Any) -> None:
    """No part of one is left where a long value is cut."""
    asked = flow(step("a", f"/{component}", input), schemas={"input": MARKED})
    result = await runtime.run(asked, {"key": SECRET})
    assert result.error is not None
    assert SECRET[:6] not in str(result.error)


async def test_the_input_of_a_default_case_is_redacted_by_its_own_expression(runtime: StepflowRuntime) -> None:
    """Even where there is a case of the name `default`."""
    inside = flow(output=1)
    cases = {"default": {"flow": inside, "input": 1}}
    choice = {"on": "other", "cases": cases, "default": {"flow": inside, "input": KEY_OF_INPUT}}
    run_id = await runtime.submit(flow(step("a", "/switch", choice), schemas={"input": MARKED}), {"key": SECRET})
    await runtime.get_result(run_id)
    assert (await runtime.get_step(run_id, "a")).input == {"case": "default", "input": HIDDEN}


async def test_what_a_loop_begins_with_is_redacted_member_by_member(runtime: StepflowRuntime) -> None:
    """By its own expressions and by the input schema of its flow."""
    schemas = {"input": {"properties": {"key": {"is_secret": True}, "most": {"is_secret": True}}}}
    flows = {"marks nothing": flow(output=1), "marks": flow(output=1, schemas={"input": MARKED})}
    for inside, state in ((flows["marks nothing"], {"key": KEY_OF_INPUT}), (flows["marks"], GIVEN)):
        input = {**LOOP, "flow": inside, "until": "true", "state": state, "max_iterations": {"$input": "most"}}
        run_id = await runtime.submit(flow(step("a", "/loop", input), schemas=schemas), {"key": SECRET, "most": 77})
        await runtime.get_result(run_id)
        assert (await runtime.get_step(run_id, "a")).input == {
            "state": {"key": HIDDEN}, "max_iterations": HIDDEN, "on_exhausted": "fail", "history": True,
        }  # fmt: skip


async def test_logging_does_not_fail_where_the_arguments_do_not_fit(
    runtime: StepflowRuntime, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor for a mapping of named ones; secrets are hidden in them all the same."""

    @runtime.component("/logs")
    async def logs(text: str, ctx: StepContext) -> int:
        ctx.logger.warning("%d things", text)
        ctx.logger.log(logging.WARNING, "named %(text)s", {"text": text})
        return 1

    asked = flow(step("a", "/logs", {"text": KEY_OF_INPUT}), schemas={"input": MARKED})
    assert (await runtime.run(asked, {"key": SECRET})).output == 1
    assert f"%d things ('{HIDDEN}',)" in caplog.text
    assert f"named {HIDDEN}" in caplog.text


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.text("ab", min_size=KEY, max_size=KEY + 4), max_size=2 * SEARCHED_SINGLY),
    st.text("ab", max_size=60),
)
def test_no_secret_is_left_however_many_there_are(secrets: list[str], text: str) -> None:
    """The first few are looked for one by one, the others by what they begin with: the outcome is the same."""
    filler = [f"{number:012}" for number in range(SEARCHED_SINGLY)]
    many, few = Masker([*filler, *secrets]), Masker(secrets[:SEARCHED_SINGLY])
    few.add(secrets[SEARCHED_SINGLY:])
    assert many.text(text) == few.text(text)
    assert not any(secret in part for secret in secrets for part in many.text(text).split(HIDDEN))


def test_long_secrets_that_begin_alike_are_told_apart() -> None:
    """They share what they are looked up by."""
    start = "-----BEGIN KEY-----" * 20
    masker = Masker([f"{number:012}" for number in range(SEARCHED_SINGLY)])
    masker.add([start + "one", start + "two"])
    assert masker.text(f"{start}two {start}one {start}") == f"{HIDDEN} {HIDDEN} {start}"
