"""Listings: runs, items, steps and why they do not run."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from stepflow_core import (
    ExecutionStatus,
    FlowLoadError,
    InvalidInputError,
    ListRunsResponse,
    NotFoundError,
    StepRun,
    StepStatus,
)
from stepflow_runtime import StepContext, StepflowRuntime

PATIENCE = 30.0
"""Seconds after which a test gives up; no test takes that long unless it fails."""

ECHO = {"name": "echo", "description": "Gives its input back.", "output": {"$input": "$"}}
WAITS = {
    "name": "waits", "description": "Waits.", "output": {"$step": "w"},
    "steps": [{"id": "w", "component": "/wait", "input": {}}],
}  # fmt: skip


def step(id: str, component: str, input: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": {} if input is None else input, **more}


def flow(*steps: dict[str, Any], output: Any = None, **more: Any) -> dict[str, Any]:
    named = {"name": "test", "description": "a test", "steps": list(steps)}
    return {**named, "output": output if output is not None else {"$step": steps[-1]["id"]}, **more}


class Gate:
    """A component that waits until the test lets it go on."""

    def __init__(self, runtime: StepflowRuntime) -> None:
        self.entered = asyncio.Event()
        self.open = asyncio.Event()
        runtime.component("/wait")(self.wait)

    async def wait(self) -> str:
        self.entered.set()
        await self.open.wait()
        return "done"


@pytest.fixture
async def gate(runtime: StepflowRuntime) -> AsyncIterator[Gate]:
    made = Gate(runtime)
    yield made
    made.open.set()


async def ended(runtime: StepflowRuntime, asked: Any, input: Any = None, **options: Any) -> str:
    run_id = await runtime.submit(asked, input, **options)
    await runtime.get_run(run_id, wait=True)
    return run_id


async def steps_of(runtime: StepflowRuntime, run_id: str) -> dict[str, StepRun]:
    return {each.address: each for each in (await runtime.get_run_steps(run_id)).steps}


def ids(listed: ListRunsResponse) -> list[str]:
    return [each.run_id for each in listed.runs]


# ---- runs


async def test_runs_are_listed_newest_first(runtime: StepflowRuntime) -> None:
    """Those that go on and those that have ended."""
    made = [await runtime.submit(ECHO, n) for n in range(4)]
    assert ids(await runtime.list_runs()) == made[::-1]


async def test_runs_are_paged_by_cursor(runtime: StepflowRuntime) -> None:
    """Each run once; the last page has no cursor."""
    made = [await ended(runtime, ECHO, n) for n in range(5)]
    pages, cursor = [], None
    while True:
        listed = await runtime.list_runs(limit=2, cursor=cursor)
        pages.append(ids(listed))
        cursor = listed.next_cursor
        if cursor is None:
            break
    assert pages == [made[:2:-1], made[2:0:-1], made[:1]]


async def test_fifty_runs_are_listed_where_nothing_is_said(runtime: StepflowRuntime) -> None:
    """More come with the cursor."""
    for n in range(53):
        await ended(runtime, ECHO, n)
    listed = await runtime.list_runs()
    assert len(listed.runs) == 50
    assert len((await runtime.list_runs(cursor=listed.next_cursor)).runs) == 3


@pytest.mark.parametrize("options", [{"limit": 0}, {"limit": True}, {"cursor": "x"}, {"cursor": "9" * 19}], ids=repr)
async def test_a_page_that_there_cannot_be_is_refused(runtime: StepflowRuntime, options: dict[str, Any]) -> None:
    """In every listing."""
    run_id = await ended(runtime, ECHO)
    for listing in (
        runtime.list_runs(**options),
        runtime.get_run_items(run_id, **options),
        runtime.get_run_steps(run_id, **options),
        runtime.list_flows(**options),
    ):
        with pytest.raises(InvalidInputError):
            await listing


async def test_a_cursor_beyond_the_end_lists_nothing(runtime: StepflowRuntime) -> None:
    """What it pointed to may have been deleted meanwhile."""
    await ended(runtime, ECHO)
    listed = await runtime.list_runs(cursor="99")
    assert (listed.runs, listed.next_cursor) == ([], None)


async def test_runs_are_filtered_by_status(runtime: StepflowRuntime, gate: Gate) -> None:
    """As text or enum."""
    completed = await ended(runtime, ECHO)
    failed = await ended(runtime, {**ECHO, "output": {"$input": "x"}}, {})
    running = await runtime.submit(WAITS)
    cancelled = await runtime.submit(WAITS)
    await runtime.cancel_run(cancelled)
    expected = {"completed": completed, "failed": failed, "running": running, "cancelled": cancelled}
    for status, run_id in expected.items():
        assert ids(await runtime.list_runs(status=status)) == [run_id]
        assert ids(await runtime.list_runs(status=ExecutionStatus(status))) == [run_id]
    assert ids(await runtime.list_runs(status="paused")) == []


async def test_an_unknown_status_is_refused(runtime: StepflowRuntime) -> None:
    """With those that there are."""
    run_id = await ended(runtime, ECHO)
    for listing in (
        runtime.list_runs(status="done"),
        runtime.get_run_items(run_id, status="done"),
        runtime.get_run_steps(run_id, status="done"),
    ):
        with pytest.raises(InvalidInputError, match=r"'done' is not a status; they are .*completed"):
            await listing


async def test_runs_are_filtered_by_flow_and_tags(runtime: StepflowRuntime) -> None:
    """All filters have to fit."""
    first = await ended(runtime, ECHO, tags={"team": "blue", "env": "test"})
    second = await ended(runtime, {**ECHO, "name": "other"}, tags={"team": "blue"})
    flow_id = (await runtime.get_run(first)).flow_id
    assert ids(await runtime.list_runs(flow_name="echo")) == [first]
    assert ids(await runtime.list_runs(flow_id=flow_id)) == [first]
    assert ids(await runtime.list_runs(tags={"team": "blue"})) == [second, first]
    assert ids(await runtime.list_runs(tags={"team": "blue", "env": "test"})) == [first]
    assert ids(await runtime.list_runs(tags={"team": "red"})) == []
    assert ids(await runtime.list_runs(tags={"team": "blue"}, flow_name="other")) == [second]


async def test_runs_are_filtered_by_time(runtime: StepflowRuntime) -> None:
    """When they were created."""
    run_id = await ended(runtime, ECHO)
    created = (await runtime.get_run(run_id)).created_at
    hour = timedelta(hours=1)
    assert ids(await runtime.list_runs(created_after=created - hour, created_before=created + hour)) == [run_id]
    assert ids(await runtime.list_runs(created_after=datetime.now(UTC) + hour)) == []
    assert ids(await runtime.list_runs(created_before=created - hour)) == []


NESTED = flow(
    step("m", "/map", {"items": [1, 2], "workflow": {"$literal": flow(step("e", "/eval", {
        "input": {"$input": "$"}, "flow": {"$literal": ECHO},
    }))}}),
)  # fmt: skip


async def test_sub_runs_are_listed_by_their_place(runtime: StepflowRuntime) -> None:
    """By parent, by root, by depth."""
    other = await ended(runtime, ECHO)
    root = await ended(runtime, NESTED)
    [mapped] = (await runtime.list_runs(parent_run_id=root)).runs
    below = (await runtime.list_runs(parent_run_id=mapped.run_id)).runs
    assert (mapped.parent_run_id, mapped.root_run_id, mapped.items.total) == (root, root, 2)
    assert [each.parent_run_id for each in below] == [mapped.run_id] * 2
    whole = ids(await runtime.list_runs(root_run_id=root))
    assert sorted(whole) == sorted([root, mapped.run_id, *(each.run_id for each in below)])
    assert ids(await runtime.list_runs(roots_only=True)) == [root, other]
    assert ids(await runtime.list_runs(root_run_id=root, max_depth=0)) == [root]
    assert sorted(ids(await runtime.list_runs(root_run_id=root, max_depth=1))) == sorted([root, mapped.run_id])
    assert len(ids(await runtime.list_runs(max_depth=2))) == 5


async def test_sub_runs_have_the_flow_that_they_run(runtime: StepflowRuntime) -> None:
    """An inline one too, and their inputs."""
    root = await ended(runtime, NESTED)
    [mapped] = (await runtime.list_runs(parent_run_id=root)).runs
    assert [each.id for each in (await runtime.get_run_flow(mapped.run_id)).steps] == ["e"]
    assert (await runtime.get_run(mapped.run_id)).inputs == [1, 2]
    [first, _] = sorted((await runtime.list_runs(parent_run_id=mapped.run_id)).runs, key=lambda each: each.run_id)
    assert (await runtime.get_run_flow(first.run_id)).name == "echo"
    assert (await runtime.get_result(first.run_id)).output in (1, 2)


async def test_the_flow_of_a_run_is_that_with_its_overrides(runtime: StepflowRuntime) -> None:
    """What runs, not what it was made of."""
    run_id = await ended(runtime, flow(step("a", "/noop")), overrides={"a": {"value": {"input": {"x": 1}}}})
    assert (await runtime.get_run_flow(run_id)).steps[0].input == {"x": 1}


async def test_the_oldest_ended_runs_are_forgotten() -> None:
    """As many are kept as the store says."""
    async with StepflowRuntime(store="memory:?keep=3") as runtime:
        made = [await ended(runtime, ECHO, n, idempotency_key=str(n)) for n in range(5)]
        assert ids(await runtime.list_runs()) == made[:1:-1]
        with pytest.raises(NotFoundError):
            await runtime.get_run(made[0])
        assert await runtime.submit(ECHO, 0, idempotency_key="0") != made[0]
        assert await runtime.submit(ECHO, 4, idempotency_key="4") == made[4]


async def test_a_runtime_may_keep_no_run_at_all() -> None:
    """Results reach those who wait for them all the same."""
    async with StepflowRuntime(store="memory:?keep=0") as runtime:
        assert (await runtime.run(ECHO, 1)).output == 1
        assert len((await runtime.run_batch(ECHO, iter([1, 2]))).results) == 2
        assert (await runtime.list_runs()).runs == []


# ---- items


async def test_items_are_listed_in_input_order(runtime: StepflowRuntime) -> None:
    """With status, result and time; filtered and paged."""
    asked = flow(step("a", "/noop", {"$input": "n"}, when={"$input": "run"}))
    run_id = await runtime.submit_batch(
        asked, [{"n": 1, "run": True}, {"run": True}, {"run": False}, {"n": 4, "run": 1}]
    )
    await runtime.get_run(run_id, wait=True)
    listed = await runtime.get_run_items(run_id)
    assert [(each.index, str(each.status)) for each in listed.items] == [
        (0, "completed"), (1, "failed"), (2, "skipped"), (3, "completed"),
    ]  # fmt: skip
    assert (listed.item_count, listed.next_cursor) == (4, None)
    assert all(each.completed_at is not None for each in listed.items)
    completed = await runtime.get_run_items(run_id, status="completed")
    assert [each.index for each in completed.items] == [0, 3]
    first = await runtime.get_run_items(run_id, limit=3)
    rest = await runtime.get_run_items(run_id, limit=3, cursor=first.next_cursor)
    assert [each.index for each in first.items + rest.items] == [0, 1, 2, 3]
    assert rest.next_cursor is None


async def test_items_that_have_not_begun_are_pending(runtime: StepflowRuntime, gate: Gate) -> None:
    """Those that have are running."""
    run_id = await runtime.submit_batch(WAITS, range(3), max_concurrency=1)
    listed_id = await runtime.submit_batch(WAITS, [0, 1, 2], max_concurrency=1)
    await gate.entered.wait()
    listed = await runtime.get_run_items(listed_id)
    assert [(str(each.status), each.result) for each in listed.items] == [
        ("running", None), ("pending", None), ("pending", None),
    ]  # fmt: skip
    counts = (await runtime.get_run(listed_id)).items
    assert (counts.total, counts.running, counts.pending) == (3, 1, 2)
    await runtime.cancel_run(run_id)
    await runtime.cancel_run(listed_id)


# ---- steps


async def test_steps_are_listed_in_document_order_item_by_item(runtime: StepflowRuntime) -> None:
    """With component, status, attempt, result and times."""
    asked = flow(step("b", "/noop", {"$input": "$"}), step("a", "/noop", {"$step": "b"}))
    run_id = await runtime.submit_batch(asked, [1, 2])
    await runtime.get_run(run_id, wait=True)
    steps = (await runtime.get_run_steps(run_id)).steps
    assert [(each.item_index, each.address, each.step_index) for each in steps] == [
        (0, "b", 0), (0, "a", 1), (1, "b", 0), (1, "a", 1),
    ]  # fmt: skip
    first = steps[0]
    assert (first.component, first.status, first.attempt) == ("/noop", StepStatus.COMPLETED, 1)
    assert first.result is not None
    assert (first.result.output, first.reason) == (1, None)
    assert first.started_at is not None
    assert first.completed_at is not None
    assert first.started_at <= first.completed_at
    assert [each.item_index for each in (await runtime.get_run_steps(run_id, item_index=1)).steps] == [1, 1]
    assert (await runtime.get_run_steps(run_id, item_index=7)).steps == []
    page = await runtime.get_run_steps(run_id, limit=3)
    rest = await runtime.get_run_steps(run_id, cursor=page.next_cursor)
    assert page.steps + rest.steps == steps


async def test_what_a_caller_does_to_a_listed_result_stays_there(runtime: StepflowRuntime, gate: Gate) -> None:
    """Later steps get what the component gave."""
    asked = flow(
        step("a", "/noop", {"$literal": {"n": [1]}}), step("w", "/wait"),
        output={"$if": {"$step": "w"}, "then": {"$step": "a"}},
    )  # fmt: skip
    asked["steps"][0]["mustExecute"] = True
    run_id = await runtime.submit(asked)
    await gate.entered.wait()
    result = (await steps_of(runtime, run_id))["a"].result
    assert result is not None
    result.output["n"].append(2)
    gate.open.set()
    assert (await runtime.get_result(run_id)).output == {"n": [1]}


async def test_steps_say_why_they_do_not_run(runtime: StepflowRuntime, gate: Gate) -> None:
    """Blocked, unneeded, skipped, inherited: each with its reason."""
    asked = flow(
        step("w", "/wait"),
        step("blocked", "/noop", {"$step": "w"}),
        step("twice", "/noop", [{"$step": "w"}, {"$step": "blocked"}]),
        step("unneeded", "/noop"),
        step("skipped", "/noop", when=False),
        step("passed_on", "/noop", {"$step": "skipped"}),
        step("failing", "/nowhere"),
        step("inherits", "/noop", {"$step": "failing"}),
        output=[{"$step": each} for each in ("twice", "passed_on", "inherits")],
    )
    run_id = await runtime.submit(asked)
    await gate.entered.wait()
    steps = await steps_of(runtime, run_id)
    assert {address: (str(each.status), each.reason) for address, each in steps.items()} == {
        "w": ("running", None),
        "blocked": ("blocked", "it waits for step 'w'"),
        "twice": ("blocked", "it waits for steps 'w', 'blocked'"),
        "unneeded": ("unneeded", "neither the output nor a needed step has asked for it"),
        "skipped": ("skipped", "its `when` is false"),
        "passed_on": ("skipped", "step 'skipped' was skipped"),
        "failing": ("failed", None),
        "inherits": (
            "failed",
            "it was not started: no component is found at '/nowhere': no route leads to one of that name",
        ),
    }
    assert [each.address for each in (await runtime.get_run_steps(run_id, status="blocked")).steps] == [
        "blocked", "twice",
    ]  # fmt: skip
    await runtime.cancel_run(run_id, "enough")
    assert (await steps_of(runtime, run_id))["blocked"].reason == "enough"


async def test_a_step_blocked_by_many_names_some(runtime: StepflowRuntime, gate: Gate) -> None:
    """The first five."""
    waiting = [step(f"w{n}", "/wait") for n in range(8)]
    asked = flow(*waiting, step("z", "/noop", [{"$step": f"w{n}"} for n in range(8)]))
    run_id = await runtime.submit(asked)
    await gate.entered.wait()
    reason = (await steps_of(runtime, run_id))["z"].reason
    assert reason == "it waits for steps 'w0', 'w1', 'w2', 'w3', 'w4' and 3 more"


async def test_a_step_found_late_says_what_it_waits_for(runtime: StepflowRuntime, gate: Gate) -> None:
    """What the choice of a branch made needed."""
    asked = flow(
        step("choose", "/noop", True),
        step("w", "/wait"),
        step("z", "/noop", {"$if": {"$step": "choose"}, "then": {"$step": "w"}}),
    )
    run_id = await runtime.submit(asked)
    await gate.entered.wait()
    assert (await steps_of(runtime, run_id))["z"].reason == "it waits for step 'w'"


async def test_a_step_that_is_tried_again_says_so(runtime: StepflowRuntime) -> None:
    """During the delay."""
    failed = asyncio.Event()

    @runtime.component
    async def fails() -> None:
        failed.set()
        raise ValueError("no")

    run_id = await runtime.submit(flow(step("a", "/fails", retry={"on": ["any"], "backoff": {"initial": 10}})))
    await failed.wait()
    await asyncio.sleep(0)
    found = (await steps_of(runtime, run_id))["a"]
    assert (found.status, found.attempt) == (StepStatus.WAITING, 1)
    assert found.reason == "attempt 2 starts after the delay that follows a failed one"
    await runtime.cancel_run(run_id)


async def test_a_step_that_waits_for_a_thread_says_so(runtime: StepflowRuntime) -> None:
    """Where every thread has work."""
    release = threading.Event()

    @runtime.component
    def hold(n: int) -> int:
        release.wait(PATIENCE)
        return n

    run_id = await runtime.submit_batch(flow(step("a", "/hold", {"n": {"$input": "$"}})), list(range(34)))
    steps = (await runtime.get_run_steps(run_id)).steps
    assert [str(each.status) for each in steps] == ["running"] * 32 + ["runnable"] * 2
    assert {each.reason for each in steps[32:]} == {"it waits for a free thread"}
    release.set()
    assert len((await runtime.get_batch(run_id)).results) == 34


async def test_steps_of_frames_are_listed_after_those_around_them(runtime: StepflowRuntime) -> None:
    """`call` and `switch`; sub-runs have listings of their own."""
    inner = flow(step("x", "/noop", 1))
    asked = flow(
        step("c", "/call", {"flow": flow(step("d", "/call", {"flow": inner}))}),
        step("s", "/switch", {"on": "a b", "cases": {"a b": {"flow": inner}}}),
        step("e", "/eval", {"flow": {"$literal": inner}, "input": 1}),
        output=[{"$step": each} for each in "cse"],
    )
    run_id = await ended(runtime, asked)
    assert list(await steps_of(runtime, run_id)) == ["c", "s", "e", "c/d", "s[a b]/x", "c/d/x"]
    sub_run_id = (await runtime.get_result(run_id)).output[2]["run_id"]
    assert list(await steps_of(runtime, sub_run_id)) == ["e/x"]


# ---- one step


async def test_one_step_is_shown_with_its_input(runtime: StepflowRuntime) -> None:
    """As its expression gave it."""
    asked = flow(step("a", "/noop", {"n": {"$input": "n"}}), step("b", "/noop", [{"$step": "a"}, 2]))
    run_id = await runtime.submit_batch(asked, [{"n": 1}, {"n": 2}])
    await runtime.get_run(run_id, wait=True)
    assert (await runtime.get_step(run_id, "b")).input == [{"n": 1}, 2]
    found = await runtime.get_step(run_id, "b", item_index=1)
    assert (found.input, found.item_index, found.status) == ([{"n": 2}, 2], 1, StepStatus.COMPLETED)


async def test_the_input_of_a_step_that_runs_is_shown(runtime: StepflowRuntime, gate: Gate) -> None:
    """One that waits has none yet."""
    asked = flow(step("w", "/wait"), step("b", "/noop", {"x": 1, "w": {"$step": "w"}}))
    run_id = await runtime.submit(asked)
    await gate.entered.wait()
    assert (await runtime.get_step(run_id, "w")).input == {}
    blocked = await runtime.get_step(run_id, "b")
    assert (blocked.input, blocked.reason) == (None, "it waits for step 'w'")


async def test_the_input_of_control_steps_is_what_they_chose(runtime: StepflowRuntime) -> None:
    """And that of the steps inside."""
    inner = flow(step("x", "/noop", {"$input": "$"}))
    asked = flow(
        step("c", "/call", {"flow": inner, "input": [1]}),
        step("s", "/switch", {"on": "k", "cases": {"k": {"flow": inner, "input": 2}}}),
        output=[{"$step": "c"}, {"$step": "s"}],
    )
    run_id = await ended(runtime, asked)
    assert (await runtime.get_step(run_id, "c")).input == {"input": [1]}
    assert (await runtime.get_step(run_id, "s")).input == {"case": "k", "input": 2}
    assert (await runtime.get_step(run_id, "s[k]/x")).input == 2


async def test_secrets_are_not_shown_in_the_input_of_a_step(runtime: StepflowRuntime) -> None:
    """Those of variables neither."""
    variables = {"type": "object", "properties": {"key": {"type": "string", "is_secret": True}}}
    asked = flow(step("a", "/noop", {"key": {"$variable": "key"}, "n": 1}), schemas={"variables": variables})
    run_id = await ended(runtime, asked, variables={"key": "hunter22"})
    assert (await runtime.get_step(run_id, "a")).input == {"key": "[REDACTED]", "n": 1}


async def test_each_attempt_of_a_step_can_be_shown(runtime: StepflowRuntime) -> None:
    """The last one where none is named."""

    @runtime.component
    async def third(ctx: StepContext) -> int:
        if ctx.attempt < 3:
            raise ValueError(f"attempt {ctx.attempt}")
        return ctx.attempt

    retry = {"on": ["any"], "backoff": {"type": "constant", "initial": 0}}
    run_id = await ended(runtime, flow(step("a", "/third", retry=retry)))
    last = await runtime.get_step(run_id, "a")
    assert (last.attempt, last.status, last.result and last.result.output) == (3, StepStatus.COMPLETED, 3)
    assert await runtime.get_step(run_id, "a", attempt=3) == last
    first = await runtime.get_step(run_id, "a", attempt=1)
    assert (first.attempt, first.status) == (1, StepStatus.FAILED)
    assert first.result is not None
    assert first.result.error is not None
    assert first.result.error.message == "attempt 1"
    with pytest.raises(NotFoundError, match="there is no number 4"):
        await runtime.get_step(run_id, "a", attempt=4)


@pytest.mark.parametrize(("address", "item"), [("b", 0), ("a", 1), ("a/b", 0), ("", 0), ("A", 0)])
async def test_a_step_that_is_not_there_is_not_found(runtime: StepflowRuntime, address: str, item: int) -> None:
    """Addresses are exact."""
    run_id = await ended(runtime, flow(step("a", "/noop")))
    with pytest.raises(NotFoundError):
        await runtime.get_step(run_id, address, item_index=item)


async def test_odd_step_ids_are_escaped_in_addresses(runtime: StepflowRuntime) -> None:
    """So that an address can be taken apart again."""
    run_id = await ended(runtime, flow(step("a/b[1]#2:%", "/noop", 1)))
    [found] = (await runtime.get_run_steps(run_id)).steps
    assert (found.address, found.step_id) == ("a%2Fb%5B1%5D%232%3A%25", "a/b[1]#2:%")
    assert (await runtime.get_step(run_id, found.address)).input == 1


async def test_the_flow_of_a_run_can_be_run_again(runtime: StepflowRuntime) -> None:
    """It is the whole document."""
    run_id = await ended(runtime, flow(step("a", "/noop", {"$input": "$"})), 5)
    found = await runtime.get_run_flow(run_id)
    assert (await runtime.run(found, 6)).output == 6
    with pytest.raises(FlowLoadError):
        await runtime.run({**found.to_dict(), "output": {"$step": "zzz"}})
