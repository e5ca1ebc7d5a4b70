"""Runs of one item: `run`, `submit`, `get_result`, `create_run`, `get_run` and their options."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from stepflow_core import (
    ConflictError,
    ExecutionStatus,
    FlowLoadError,
    FlowResult,
    InvalidInputError,
    NotFoundError,
    RunTimeoutError,
    StepflowExecutor,
)
from stepflow_runtime import StepflowRuntime

ECHO = {"name": "echo", "description": "Gives its input back.", "output": {"$input": "$"}}
NEVER = "00000000-0000-7000-8000-000000000000"


def step(id: str, component: str, input: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": {} if input is None else input, **more}


def flow(*steps: dict[str, Any], output: Any = None, **more: Any) -> dict[str, Any]:
    named = {"name": "test", "description": "a test", "steps": list(steps)}
    return {**named, "output": output if output is not None else {"$step": steps[-1]["id"]}, **more}


class Gate:
    """A component that waits until the test lets it go on."""

    def __init__(self, runtime: StepflowRuntime, path: str = "/wait") -> None:
        self.entered = asyncio.Event()
        self.open = asyncio.Event()
        runtime.component(path)(self.wait)

    async def wait(self) -> str:
        self.entered.set()
        await self.open.wait()
        return "done"


@pytest.fixture
def gate(runtime: StepflowRuntime) -> Gate:
    return Gate(runtime)


WAITING = flow(step("a", "/wait"))


# ---- results


def test_the_runtime_is_an_executor() -> None:
    """It has every member of the protocol."""
    assert isinstance(StepflowRuntime(), StepflowExecutor)


@pytest.mark.parametrize("value", [None, True, 0, -1.5, 2**70, "ä", [], {}, [1, {"a": [None]}]], ids=repr)
async def test_a_result_is_the_output_as_it_is(runtime: StepflowRuntime, value: Any) -> None:
    """Any JSON value goes through unchanged, its type too."""
    result = await runtime.run(ECHO, value)
    assert result == FlowResult.success(value)
    assert type(result.output) is type(value)


async def test_a_flow_that_fails_is_a_result(runtime: StepflowRuntime) -> None:
    """It is not raised."""
    result = await runtime.run({**ECHO, "output": {"$input": "missing"}}, {})
    assert result.error is not None
    assert (result.error.code, result.error.message) == (1, "Input path $.missing not found")


async def test_a_flow_whose_output_is_skipped_is_a_result(runtime: StepflowRuntime) -> None:
    """Its reason names the step."""
    result = await runtime.run(flow(step("a", "/noop", when=False)))
    assert result == FlowResult.skipped("step 'a' was skipped")


async def test_the_input_belongs_to_the_run(runtime: StepflowRuntime, gate: Gate) -> None:
    """What the caller does to it afterwards changes nothing."""
    value: dict[str, Any] = {"n": [1]}
    asked = flow(step("a", "/wait"), output={"$if": {"$step": "a"}, "then": {"$input": "$"}})
    run_id = await runtime.submit(asked, value)
    value["n"].append(2)
    gate.open.set()
    assert (await runtime.get_result(run_id)).output == {"n": [1]}


async def test_the_output_belongs_to_the_caller(runtime: StepflowRuntime) -> None:
    """What it does to one answer does not show in the next."""
    run_id = await runtime.submit(ECHO, {"n": [1]})
    (await runtime.get_result(run_id)).output["n"].append(2)
    (await runtime.get_run_items(run_id)).items[0].result.output["n"].append(3)
    assert (await runtime.get_result(run_id)).output == {"n": [1]}


async def test_the_data_of_an_error_belongs_to_the_caller(runtime: StepflowRuntime) -> None:
    """As outputs do."""
    run_id = await runtime.submit(flow(step("a", "/nowhere")))
    first = (await runtime.get_result(run_id)).error
    assert first is not None
    first.data["kind"] = "changed"
    again = (await runtime.get_result(run_id)).error
    assert again is not None
    assert again.kind == "not_found"


async def test_runs_at_the_same_time_do_not_mix(runtime: StepflowRuntime) -> None:
    """Each has its own input and result."""
    asked = flow(step("a", "/noop", {"$input": "$"}), step("b", "/noop", {"$step": "a"}))
    results = await asyncio.gather(*(runtime.run(asked, n) for n in range(50)))
    assert [each.output for each in results] == list(range(50))


# ---- refusals before the run


async def test_a_faulty_flow_is_refused_with_all_its_faults(runtime: StepflowRuntime) -> None:
    """Nothing runs."""
    faulty = flow(step("a", "/noop", {"$step": "b"}), step("a", "/noop"))
    with pytest.raises(FlowLoadError) as caught:
        await runtime.run(faulty)
    assert {3000, 3003} <= {each.code for each in caught.value.diagnostics}
    assert (await runtime.list_runs()).runs == []


@pytest.mark.parametrize("member", ["run", "submit"])
async def test_an_input_that_is_not_json_is_refused(runtime: StepflowRuntime, member: str) -> None:
    """With its place."""
    with pytest.raises(InvalidInputError) as caught:
        await getattr(runtime, member)(ECHO, {"a": [1, float("nan")]})
    assert caught.value.details["errors"] == [{"pointer": "/a/1", "message": "nan is not a JSON number"}]


@pytest.mark.parametrize("member", ["run", "submit"])
async def test_an_input_that_violates_its_schema_is_refused(runtime: StepflowRuntime, member: str) -> None:
    """With every violation; nothing runs."""
    checked = {
        **ECHO,
        "schemas": {"input": {"type": "object", "required": ["n"], "properties": {"m": {"type": "null"}}}},
    }
    with pytest.raises(InvalidInputError) as caught:
        await getattr(runtime, member)(checked, {"m": 1})
    assert caught.value.details["kind"] == "invalid_input"
    assert {each["pointer"] for each in caught.value.details["errors"]} == {"", "/m"}
    assert (await runtime.list_runs()).runs == []


async def test_a_schema_that_refers_outside_is_refused_and_not_fetched(runtime: StepflowRuntime, tmp_path: Any) -> None:
    """Neither over the network nor from a file that is there."""
    schema = tmp_path / "s.json"
    schema.write_text('{"type": "integer"}')
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        host, port = server.getsockname()
        for reference in (f"http://{host}:{port}/s.json", schema.as_uri(), str(schema), "s.json"):
            with pytest.raises(FlowLoadError) as caught:
                await runtime.run({**ECHO, "schemas": {"input": {"$ref": reference}}}, 1)
            assert [each.code for each in caught.value.diagnostics if each.pointer.startswith("/schemas")] == [2002]
        with pytest.raises(BlockingIOError):
            server.accept()


BAD_OPTIONS: dict[str, dict[str, Any]] = {
    "variables that are no mapping": {"variables": [1]},
    "variables that are not JSON": {"variables": {"a": {1}}},
    "tags that are no mapping": {"tags": ["a"]},
    "a tag that is no text": {"tags": {"a": 1}},
    "a tag name that is no text": {"tags": {1: "a"}},
    "a long tag": {"tags": {"a": "x" * 257}},
    "a long tag name": {"tags": {"x" * 257: "a"}},
    "an unknown durability": {"durability": "sometimes"},
    "a negative timeout": {"timeout": -1},
    "a timeout that is no number": {"timeout": "1"},
    "a timeout that is true": {"timeout": True},
    "a timeout that is not a number": {"timeout": float("nan")},
    "a timeout without end": {"timeout": 10**400},
}


@pytest.mark.parametrize("options", BAD_OPTIONS.values(), ids=BAD_OPTIONS)
async def test_an_option_that_means_nothing_is_refused(runtime: StepflowRuntime, options: dict[str, Any]) -> None:
    """Before anything runs."""
    with pytest.raises(InvalidInputError):
        await runtime.run(ECHO, 1, **options)
    assert (await runtime.list_runs()).runs == []


async def test_every_durability_is_accepted(runtime: StepflowRuntime) -> None:
    """In memory they make no difference."""
    for durability in ("step", "run", "none"):
        assert (await runtime.run(ECHO, 1, durability=durability)).output == 1


# ---- waiting


async def test_a_timeout_limits_the_waiting_and_not_the_run(runtime: StepflowRuntime, gate: Gate) -> None:
    """The error carries the run's id and status; the run goes on."""
    with pytest.raises(RunTimeoutError) as caught:
        await runtime.run(WAITING, timeout=0)
    assert caught.value.status == "running"
    assert caught.value.status_code == 408
    assert caught.value.run_id in caught.value.message
    gate.open.set()
    assert (await runtime.get_result(caught.value.run_id)).output == "done"


async def test_get_result_waits_within_its_timeout(runtime: StepflowRuntime, gate: Gate) -> None:
    """Once more, as long as the run goes on."""
    run_id = await runtime.submit(WAITING)
    for _ in range(2):
        with pytest.raises(RunTimeoutError):
            await runtime.get_result(run_id, timeout=0)
    waiting = asyncio.create_task(runtime.get_result(run_id, timeout=60))
    await gate.entered.wait()
    gate.open.set()
    assert (await waiting).output == "done"


async def test_many_can_wait_for_one_run(runtime: StepflowRuntime, gate: Gate) -> None:
    """Everyone is told, whoever gave up before."""
    run_id = await runtime.submit(WAITING)
    waiting = [asyncio.create_task(runtime.get_result(run_id)) for _ in range(3)]
    await gate.entered.wait()
    waiting.pop().cancel()
    gate.open.set()
    assert [each.output for each in await asyncio.gather(*waiting)] == ["done", "done"]


async def test_a_caller_that_is_cancelled_does_not_end_the_run(runtime: StepflowRuntime, gate: Gate) -> None:
    """The waiting ends, the run goes on."""
    caller = asyncio.create_task(runtime.run(WAITING))
    await gate.entered.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    [run] = (await runtime.list_runs()).runs
    assert run.status is ExecutionStatus.RUNNING
    gate.open.set()
    assert (await runtime.get_result(run.run_id)).output == "done"


async def test_submit_gives_the_id_before_the_run_has_ended(runtime: StepflowRuntime, gate: Gate) -> None:
    """The id is a UUID, as text."""
    run_id = await runtime.submit(WAITING)
    assert (await runtime.get_run(run_id)).status is ExecutionStatus.RUNNING
    assert (len(run_id), run_id.count("-"), run_id[14]) == (36, 4, "7")
    gate.open.set()
    assert (await runtime.get_run(run_id, wait=True)).status is ExecutionStatus.COMPLETED


async def test_the_result_of_a_batch_is_asked_for_otherwise(runtime: StepflowRuntime) -> None:
    """`get_result` says how."""
    run_id = await runtime.submit_batch(ECHO, [1, 2])
    with pytest.raises(ConflictError, match="2 items: use get_batch"):
        await runtime.get_result(run_id)


async def test_a_run_that_is_not_there_is_not_found(runtime: StepflowRuntime) -> None:
    """Whatever is asked of it."""
    asked = [
        runtime.get_result(NEVER),
        runtime.get_batch(NEVER),
        runtime.get_run(NEVER),
        runtime.get_run_items(NEVER),
        runtime.get_run_steps(NEVER),
        runtime.get_run_flow(NEVER),
        runtime.get_step(NEVER, "a"),
        runtime.cancel_run(NEVER),
        runtime.delete_run(NEVER),
    ]
    for each in asked:
        with pytest.raises(NotFoundError, match=NEVER):
            await each
    with pytest.raises(NotFoundError, match=NEVER):
        runtime.events(NEVER)


# ---- details


async def test_a_run_shows_what_it_was_asked_for(runtime: StepflowRuntime) -> None:
    """Input, overrides, tags, flow, times and counts."""
    asked = flow(step("a", "/noop", {"x": 1}))
    overrides = {"a": {"value": {"input": {"x": 2}}}}
    run_id = await runtime.submit(asked, {"n": 1}, overrides, tags={"team": "blue"})
    details = await runtime.get_run(run_id, wait=True)
    assert (details.run_id, details.root_run_id, details.parent_run_id) == (run_id, run_id, None)
    assert (details.inputs, details.overrides, details.tags) == ([{"n": 1}], overrides, {"team": "blue"})
    assert (details.flow_name, details.status) == ("test", ExecutionStatus.COMPLETED)
    assert (details.items.total, details.items.completed) == (1, 1)
    assert details.completed_at is not None
    assert details.created_at <= details.completed_at
    assert details.created_at.tzinfo is not None


async def test_get_run_waits_for_as_long_as_it_is_told(runtime: StepflowRuntime, gate: Gate) -> None:
    """Then it shows the run as it is."""
    run_id = await runtime.submit(WAITING)
    assert (await runtime.get_run(run_id, wait=True, timeout_secs=0)).status is ExecutionStatus.RUNNING
    gate.open.set()
    assert (await runtime.get_run(run_id, wait=True, timeout_secs=60)).status is ExecutionStatus.COMPLETED


async def test_secrets_of_the_input_are_not_shown(runtime: StepflowRuntime) -> None:
    """By their place."""
    schema = {"type": "object", "properties": {"key": {"type": "string", "is_secret": True}}}
    run_id = await runtime.submit({**ECHO, "schemas": {"input": schema}}, {"key": "hunter2", "n": 1})
    assert (await runtime.get_result(run_id)).output == {"key": "hunter2", "n": 1}
    assert (await runtime.get_run(run_id)).inputs == [{"key": "[REDACTED]", "n": 1}]


# ---- variables and overrides


VARIABLES = {
    "schemas": {
        "variables": {
            "type": "object",
            "properties": {"city": {"type": "string", "default": "Bern"}, "n": {"type": "integer"}},
            "required": ["n"],
        }
    },
    "output": [{"$variable": "city"}, {"$variable": "n"}],
}


async def test_variables_are_given_and_defaulted(runtime: StepflowRuntime) -> None:
    """A declared default fills in for what is not given."""
    asked = {**ECHO, **VARIABLES}
    assert (await runtime.run(asked, variables={"n": 1})).output == ["Bern", 1]
    assert (await runtime.run(asked, variables={"n": 2, "city": "Basel"})).output == ["Basel", 2]


@pytest.mark.parametrize("variables", [None, {}, {"n": "1"}, {"n": 1, "city": 5}], ids=repr)
async def test_variables_that_violate_their_schema_refuse_the_run(runtime: StepflowRuntime, variables: Any) -> None:
    """A missing one too."""
    with pytest.raises(InvalidInputError):
        await runtime.run({**ECHO, **VARIABLES}, variables=variables)
    assert (await runtime.list_runs()).runs == []


async def test_overrides_hold_for_one_run(runtime: StepflowRuntime) -> None:
    """The flow stays what it is."""
    asked = flow(step("a", "/noop", {"x": 1, "y": 1}))
    changed = await runtime.run(asked, overrides={"steps": {"a": {"value": {"input": {"x": 2}}}}})
    assert changed.output == {"x": 2, "y": 1}
    assert (await runtime.run(asked)).output == {"x": 1, "y": 1}


@pytest.mark.parametrize(
    "overrides", [{"b": {"value": {}}}, {"a": {"value": {"id": "b"}}}, {"a": {"value": {"input": {"$step": "z"}}}}]
)
async def test_overrides_that_do_not_fit_refuse_the_run(runtime: StepflowRuntime, overrides: Any) -> None:
    """An unknown step, another id, a flow that is faulty then."""
    with pytest.raises(FlowLoadError):
        await runtime.run(flow(step("a", "/noop")), overrides=overrides)


async def test_overrides_are_applied_to_the_flow_as_it_was_given(runtime: StepflowRuntime) -> None:
    """Not to what the caller made of its document afterwards."""
    asked = flow(step("a", "/noop", {"x": 1}))
    same = flow(step("a", "/noop", {"x": 1}))
    await runtime.run(asked)
    asked["steps"][0]["input"]["y"] = "changed"
    assert (await runtime.run(same, overrides={"a": {"value": {"input": {"x": 2}}}})).output == {"x": 2}


# ---- create_run


async def test_create_run_runs_a_stored_flow(runtime: StepflowRuntime) -> None:
    """By id or by name, and gives the result of one item."""
    stored = await runtime.store_flow(ECHO)
    for source in ({"flow_id": stored.flow_id}, {"flow_name": "echo"}):
        created = await runtime.create_run(input={"n": 1}, **source)
        assert (created.status, created.item_count) == (ExecutionStatus.COMPLETED, 1)
        assert created.result == FlowResult.success({"n": 1})


async def test_a_list_is_a_batch(runtime: StepflowRuntime) -> None:
    """One item per element; the results are in the items."""
    stored = await runtime.store_flow(ECHO)
    created = await runtime.create_run(stored.flow_id, [1, [2]], max_concurrency=1)
    assert (created.item_count, created.result) == (2, None)
    items = (await runtime.get_run_items(created.run_id)).items
    assert [each.result and each.result.output for each in items] == [1, [2]]


async def test_a_list_of_one_has_its_result_in_the_answer(runtime: StepflowRuntime) -> None:
    """As any run of one item."""
    stored = await runtime.store_flow(ECHO)
    assert (await runtime.create_run(stored.flow_id, [[1]])).result == FlowResult.success([1])


async def test_create_run_need_not_wait(runtime: StepflowRuntime, gate: Gate) -> None:
    """Not at all, or only for some seconds."""
    stored = await runtime.store_flow(WAITING)
    for options in ({"wait": False}, {"timeout_secs": 0}):
        created = await runtime.create_run(stored.flow_id, **options)
        assert (created.status, created.result) == (ExecutionStatus.RUNNING, None)
    gate.open.set()
    assert (await runtime.get_result(created.run_id)).output == "done"


async def test_create_run_takes_the_options_of_a_run(runtime: StepflowRuntime) -> None:
    """Overrides, variables, tags."""
    asked = flow(step("a", "/noop", {"x": {"$variable": "v", "default": 0}}), name="opts")
    stored = await runtime.store_flow(asked)
    overrides = {"a": {"value": {"input": {"y": 2}}}}
    created = await runtime.create_run(stored.flow_id, overrides=overrides, variables={"v": 1}, tags={"t": "u"})
    assert created.result == FlowResult.success({"x": 1, "y": 2})
    assert (await runtime.get_run(created.run_id)).tags == {"t": "u"}


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({}, InvalidInputError),
        ({"flow_id": "0" * 64, "flow_name": "echo"}, InvalidInputError),
        ({"flow_id": "0" * 64}, NotFoundError),
        ({"flow_id": "echo"}, NotFoundError),
        ({"flow_id": ""}, NotFoundError),
        ({"flow_id": 1}, InvalidInputError),
        ({"flow_name": "other"}, NotFoundError),
        ({"flow_name": "echo@9"}, NotFoundError),
        ({"flow_name": "echo", "input": []}, InvalidInputError),
        ({"flow_name": "echo", "input": [1, {2}]}, InvalidInputError),
        ({"flow_name": "echo", "max_concurrency": 0}, InvalidInputError),
        ({"flow_name": "echo", "timeout_secs": -1}, InvalidInputError),
    ],
    ids=repr,
)
async def test_create_run_refuses_what_it_cannot_do(
    runtime: StepflowRuntime, options: dict[str, Any], error: type[Exception]
) -> None:
    """Nothing runs."""
    await runtime.store_flow(ECHO)
    with pytest.raises(error):
        await runtime.create_run(**options)
    assert (await runtime.list_runs()).runs == []


@pytest.mark.parametrize("member", ["flow_id", "flow_name"])
async def test_create_run_reads_no_files(runtime: StepflowRuntime, tmp_path: Any, member: str) -> None:
    """A path is neither the id nor the name of a stored flow."""
    (tmp_path / "echo.yaml").write_text("name: echo\noutput: 1\n")
    with pytest.raises(NotFoundError):
        await runtime.create_run(**{member: str(tmp_path / "echo.yaml")})


# ---- idempotency


async def test_the_same_key_and_request_are_the_same_run(runtime: StepflowRuntime, gate: Gate) -> None:
    """While it goes on and after it has ended."""
    first = await runtime.submit(WAITING, 1, idempotency_key="k")
    assert await runtime.submit(WAITING, 1, idempotency_key="k") == first
    gate.open.set()
    await runtime.get_result(first)
    assert await runtime.submit(WAITING, 1, idempotency_key="k") == first
    assert await runtime.submit(WAITING, 1, idempotency_key="l") != first
    assert await runtime.submit(WAITING, 1) != first


OTHER_REQUESTS: dict[str, dict[str, Any]] = {
    "another input": {"input": 2},
    "another flow": {"flow": {**ECHO, "output": 1}},
    "variables": {"variables": {"v": 1}},
    "tags": {"tags": {"a": "b"}},
}


@pytest.mark.parametrize("other", OTHER_REQUESTS.values(), ids=OTHER_REQUESTS)
async def test_a_key_cannot_stand_for_another_request(runtime: StepflowRuntime, other: dict[str, Any]) -> None:
    """It is refused with the status 422."""
    await runtime.submit(ECHO, 1, idempotency_key="k")
    with pytest.raises(InvalidInputError, match="'k' was used for another request") as caught:
        await runtime.submit(**{"flow": ECHO, "input": 1, **other}, idempotency_key="k")
    assert caught.value.status_code == 422


async def test_keys_work_for_batches_and_stored_flows(runtime: StepflowRuntime) -> None:
    """In the same way."""
    stored = await runtime.store_flow(ECHO)
    first = await runtime.submit_batch(ECHO, [1, 2], idempotency_key="k")
    assert await runtime.submit_batch(ECHO, [1, 2], idempotency_key="k") == first
    created = await runtime.create_run(stored.flow_id, [3, 4], idempotency_key="l")
    again = await runtime.create_run(stored.flow_id, [3, 4], idempotency_key="l")
    assert (again.run_id, again.status) == (created.run_id, ExecutionStatus.COMPLETED)
    with pytest.raises(InvalidInputError, match="have to be a list"):
        await runtime.submit_batch(ECHO, iter([1, 2]), idempotency_key="m")


async def test_a_key_is_free_again_when_its_run_is_deleted(runtime: StepflowRuntime) -> None:
    """It is forgotten with it."""
    first = await runtime.submit(ECHO, 1, idempotency_key="k")
    await runtime.get_result(first)
    await runtime.delete_run(first)
    assert await runtime.submit(ECHO, 2, idempotency_key="k") != first


# ---- delete


async def test_a_deleted_run_is_forgotten(runtime: StepflowRuntime) -> None:
    """With all that belonged to it."""
    inner = {"$literal": ECHO}
    run_id = await runtime.submit(flow(step("a", "/eval", {"flow": inner, "input": 1})))
    sub_run_id = (await runtime.get_result(run_id)).output["run_id"]
    await runtime.delete_run(run_id)
    for each in (run_id, sub_run_id):
        with pytest.raises(NotFoundError):
            await runtime.get_run(each)
    assert (await runtime.list_runs()).runs == []


async def test_only_root_runs_that_have_ended_are_deleted(runtime: StepflowRuntime, gate: Gate) -> None:
    """One that goes on is to be cancelled first; a sub-run goes with its root."""
    inner = {"$literal": WAITING}
    run_id = await runtime.submit(flow(step("a", "/eval", {"flow": inner, "input": 1})))
    await gate.entered.wait()
    with pytest.raises(ConflictError, match="has not ended"):
        await runtime.delete_run(run_id)
    gate.open.set()
    sub_run_id = (await runtime.get_result(run_id)).output["run_id"]
    with pytest.raises(ConflictError, match=f"goes with its root run {run_id}"):
        await runtime.delete_run(sub_run_id)


async def test_a_keyed_request_may_be_nested_up_to_the_limit(runtime: StepflowRuntime) -> None:
    """What tells requests apart does not count as a level of the input."""
    deep: object = 1
    for _ in range(128):
        deep = [deep]
    flow = {"output": {"$input": "$"}}
    first = await runtime.submit(flow, deep, idempotency_key="deep")
    assert await runtime.submit(flow, deep, idempotency_key="deep") == first
