"""Variables and secrets: where they come from, and where they must not be seen."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from stepflow_core import StepflowExecutor
from stepflow_runtime import StepContext, StepflowRuntime

pytestmark = pytest.mark.asyncio(loop_scope="session")

SECRET = "correct horse battery staple"
FLOW: dict[str, Any] = {
    "name": "secrets",
    "schemas": {
        "input": {"type": "object", "properties": {"token": {"type": "string", "is_secret": True}}},
        "variables": {
            "type": "object",
            "properties": {"key": {"type": "string", "is_secret": True}, "city": {"type": "string"}},
        },
    },
    "steps": [
        {
            "id": "same",
            "component": "/builtin/noop",
            "input": {"key": {"$variable": "key"}, "city": {"$variable": "city"}, "token": {"$input": "token"}},
        }
    ],
    "output": {"$step": "same"},
}


def shown(value: Any) -> str:
    """Everything that a reader of a struct could see."""
    return json.dumps(msgspec.to_builtins(value), default=str)


async def secret_run(executor: StepflowExecutor, flow: dict[str, Any] = FLOW) -> str:
    """A run that was given two secrets."""
    stored = await executor.store_flow(flow)
    created = await executor.create_run(
        stored.flow_id, {"token": SECRET}, variables={"key": SECRET, "city": "Lyon"}
    )  # fmt: skip
    return created.run_id


async def test_the_output_is_the_authors_data(executor: StepflowExecutor) -> None:
    """What the flow gives back is not altered."""
    result = await executor.get_result(await secret_run(executor))
    assert result.output == {"key": SECRET, "city": "Lyon", "token": SECRET}


async def test_run_details_do_not_show_secret_inputs(executor: StepflowExecutor) -> None:
    """The place that the schema marks shows `[REDACTED]`."""
    details = await executor.get_run(await secret_run(executor))
    assert details.inputs == [{"token": "[REDACTED]"}]


async def test_step_inputs_do_not_show_secrets(executor: StepflowExecutor) -> None:
    """A step's evaluated input hides what came from a secret variable or a secret member of the input."""
    step = await executor.get_step(await secret_run(executor), "same")
    assert step.input == {"key": "[REDACTED]", "city": "Lyon", "token": "[REDACTED]"}


async def test_validation_messages_do_not_show_secrets(executor: StepflowExecutor) -> None:
    """A secret that violates its schema is not repeated."""
    flow = {
        **FLOW,
        "schemas": {"variables": {"properties": {"key": {"type": "string", "is_secret": True, "maxLength": 3}}}},
    }
    with pytest.raises(Exception, match="key") as refusal:
        await executor.run(flow, {}, variables={"key": SECRET})
    assert SECRET not in str(refusal.value)
    assert SECRET not in str(getattr(refusal.value, "details", ""))


@pytest.fixture
async def shop() -> Any:
    """A runtime with components that do what they should not."""
    async with StepflowRuntime() as runtime:

        @runtime.component("/tell")
        def tell(key: str) -> str:
            raise RuntimeError(f"the server refused {key}")

        @runtime.component("/chat")
        async def chat(key: str, ctx: StepContext) -> str:
            ctx.emit(f"using {key}", "log")
            ctx.emit({"deep": [key]})
            ctx.logger.warning("calling with %s", key)
            return "done"

        @runtime.component("/change")
        def change(whole: dict[str, Any]) -> str:
            whole["list"].append("changed")
            whole["added"] = True
            return "changed"

        yield runtime


@pytest.mark.asyncio
async def test_error_messages_mask_secrets(shop: StepflowRuntime) -> None:
    """A secret text of 8 or more characters is masked wherever it stands in a message."""
    step = {"id": "tell", "component": "/tell", "input": {"key": {"$variable": "key"}}}
    flow = {**FLOW, "steps": [step], "output": {"$step": "tell"}}
    result = await shop.run(flow, {"token": "abcdefghij"}, variables={"key": SECRET})
    assert result.error is not None
    assert "the server refused" in result.error.message
    assert SECRET not in shown(result)


@pytest.mark.asyncio
async def test_chunks_and_logs_mask_secrets(shop: StepflowRuntime, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever a component says of a secret, readers of events and logs do not see it."""
    step = {"id": "chat", "component": "/chat", "input": {"key": {"$variable": "key"}}}
    run_id = await shop.submit({**FLOW, "steps": [step], "output": {"$step": "chat"}}, {}, variables={"key": SECRET})
    events = [event async for event in shop.events(run_id)]
    assert {event.event for event in events} >= {"step_output", "run_completed"}
    assert SECRET not in shown(events)
    assert "calling with" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.asyncio
async def test_secrets_stay_secret_in_a_flow_inside(shop: StepflowRuntime) -> None:
    """The variables of a sub-flow are those of its parent, secrecy included."""
    step = {"id": "tell", "component": "/tell", "input": {"key": {"$variable": "key"}}}
    inner = {"steps": [step], "output": {"$step": "tell"}}
    call = {"id": "inner", "component": "/call", "input": {"flow": inner}}
    flow = {**FLOW, "steps": [call], "output": {"$step": "inner"}}
    stored = await shop.store_flow(flow)
    run = await shop.create_run(stored.flow_id, {}, variables={"key": SECRET})
    assert SECRET not in shown(run.result)
    steps = (await shop.get_run_steps(run.run_id)).steps
    assert len(steps) == 2
    assert SECRET not in "".join([shown(await shop.get_step(run.run_id, each.address)) for each in steps])


@pytest.mark.asyncio
async def test_what_a_component_gets_is_its_own(shop: StepflowRuntime) -> None:
    """What it does to its input changes neither the flow's input nor what other steps see."""
    flow = {
        "name": "owned",
        "steps": [
            {"id": "source", "component": "/noop", "input": {"list": [1]}},
            {"id": "first", "component": "/change", "input": {"whole": {"$step": "source"}}},
            {"id": "second", "component": "/change", "input": {"whole": {"$input": "$"}}},
        ],
        "output": [{"$step": "first"}, {"$step": "second"}, {"$step": "source"}, {"$input": "$"}],
    }
    given: dict[str, Any] = {"list": []}
    result = await shop.run(flow, given)
    assert result.output == ["changed", "changed", {"list": [1]}, {"list": []}]
    assert given == {"list": []}


async def test_the_environment_is_not_read(executor: StepflowExecutor, monkeypatch: pytest.MonkeyPatch) -> None:
    """An executor knows the variables that it is given and no others."""
    monkeypatch.setenv("STEPFLOW_VAR_CITY", "Paris")
    monkeypatch.setenv("CITY", "Paris")
    variables = {"properties": {"city": {"type": "string", "env_var": "CITY"}}}
    flow = {"name": "environment", "schemas": {"variables": variables}, "output": {"$variable": "city"}}
    assert (await executor.run(flow, None)).output == ""


async def test_the_variables_of_a_flow_can_be_asked_for(executor: StepflowExecutor) -> None:
    """Name, schema, default, environment variable and secrecy; the default of a secret is not shown."""
    declared = {
        "city": {"type": "string", "default": "Lyon", "env_var": "CITY"},
        "key": {"type": "string", "default": SECRET, "is_secret": True},
    }
    stored = await executor.store_flow({"name": "asked", "schemas": {"variables": {"properties": declared}}})
    assert stored.flow_id is not None
    variables = await executor.get_flow_variables(stored.flow_id)
    assert (variables["city"]["default"], variables["city"]["envVar"]) == ("Lyon", "CITY")
    assert (variables["city"]["isSecret"], variables["key"]["isSecret"]) == (False, True)
    assert SECRET not in shown(variables["key"])
