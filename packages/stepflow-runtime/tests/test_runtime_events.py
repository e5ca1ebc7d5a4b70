"""The events of a run: numbered, replayed, followed, by any number of readers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from stepflow_core import InvalidInputError, RunEvent
from stepflow_runtime import StepContext, StepflowRuntime, starting
from stepflow_runtime.engine.journal import CHUNK, Journal

ECHO = {"name": "echo", "description": "Gives its input back.", "output": {"$input": "$"}}


def step(id: str, component: str, input: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": {} if input is None else input, **more}


def flow(*steps: dict[str, Any], output: Any = None) -> dict[str, Any]:
    named = {"name": "test", "description": "a test", "steps": list(steps)}
    return {**named, "output": output if output is not None else {"$step": steps[-1]["id"]}}


CHAIN = flow(step("a", "/noop", {"$input": "$"}), step("b", "/noop", {"$step": "a"}))
NESTED = flow(
    step("m", "/map", {"items": [1, 2], "workflow": {"$literal": flow(step("e", "/eval", {
        "input": {"$input": "$"}, "flow": {"$literal": flow(step("x", "/noop", {"$input": "$"}))},
    }))}}),
    step("other", "/eval", {"input": {"$step": "m", "path": "successful"}, "flow": {"$literal": ECHO}}),
)  # fmt: skip


async def collect(events: AsyncIterator[RunEvent]) -> list[RunEvent]:
    return [each async for each in events]


def numbers(events: list[RunEvent]) -> list[int]:
    """The numbers of all but chunks of output, which have none of their own."""
    return [each.sequence_number for each in events if each.event != "step_output"]


async def ended(runtime: StepflowRuntime, asked: Any, input: Any = None) -> str:
    run_id = await runtime.submit(asked, input)
    await runtime.get_run(run_id, wait=True)
    return run_id


class Talker:
    """A component that emits a chunk each time it is let."""

    def __init__(self, runtime: StepflowRuntime, count: int = 3) -> None:
        self.turn = asyncio.Semaphore(0)
        self.count = count
        runtime.component("/talk")(self.talk)

    def let(self, count: int) -> None:
        """It may emit so many more chunks."""
        for _ in range(count):
            self.turn.release()

    async def talk(self, ctx: StepContext) -> str:
        for number in range(self.count):
            await self.turn.acquire()
            ctx.emit({"n": number}, "progress")
        return "said"


TALK = flow(step("a", "/talk"))


# ---- replay


async def test_what_happened_is_told_in_order(runtime: StepflowRuntime) -> None:
    """Each kind of event at its place, with the step it is of."""
    events = await collect(runtime.events(await ended(runtime, CHAIN, 5)))
    assert [(each.event, each.address) for each in events] == [
        ("run_created", None),
        ("steps_needed", None),
        ("step_ready", "a"),
        ("step_started", "a"),
        ("step_completed", "a"),
        ("step_ready", "b"),
        ("step_started", "b"),
        ("step_completed", "b"),
        ("item_completed", None),
        ("run_completed", None),
    ]
    assert numbers(events) == list(range(10))


async def test_events_carry_what_belongs_to_their_type(runtime: StepflowRuntime) -> None:
    """Ids, components, attempts, results, durations."""
    run_id = await ended(runtime, CHAIN, 5)
    events = {(each.event, each.step_id): each for each in await collect(runtime.events(run_id))}
    created = events["run_created", None]
    assert (created.run_id, created.item_count) == (run_id, 1)
    assert created.flow_id == (await runtime.get_run(run_id)).flow_id
    assert events["steps_needed", None].step_ids == ["a", "b"]
    assert (events["step_started", "a"].component, events["step_started", "a"].attempt) == ("/noop", 1)
    completed = events["step_completed", "b"]
    assert (completed.status, completed.result and completed.result.output) == ("completed", 5)
    assert completed.duration_ms is not None
    assert completed.duration_ms >= 0
    item = events["item_completed", None]
    assert (item.item_index, item.status, item.result and item.result.output) == (0, "completed", 5)
    assert events["run_completed", None].status == "completed"
    assert all(each.timestamp.tzinfo is not None for each in events.values())


async def test_failures_skips_and_retries_are_events(runtime: StepflowRuntime) -> None:
    """With error, reason, delay."""
    asked = flow(
        step("skipped", "/noop", when=False),
        step("failing", "/nowhere", retry={"on": ["any"]}),
        step("tried", "/fails", retry={"maxRetries": 1, "on": [500], "backoff": {"type": "constant", "initial": 0}}),
        output={"$coalesce": [{"$step": "skipped"}, [{"$step": "failing"}, {"$step": "tried"}]]},
    )

    @runtime.component
    async def fails() -> None:
        raise ValueError("no")

    events = await collect(runtime.events(await ended(runtime, asked)))
    told = [(each.event, each.step_id, each.attempt) for each in events if each.step_id in ("skipped", "tried")]
    assert ("step_completed", "skipped", None) in told
    assert told[-5:] == [
        ("step_ready", "tried", None),
        ("step_started", "tried", 1),
        ("step_retrying", "tried", 1),
        ("step_started", "tried", 2),
        ("step_completed", "tried", 2),
    ]
    [retrying] = [each for each in events if each.event == "step_retrying"]
    assert retrying.error is not None
    assert (retrying.error.code, retrying.delay) == (500, 0.0)
    results = {each.step_id: each.result for each in events if each.event == "step_completed"}
    assert results["skipped"] is not None
    assert results["skipped"].skipped_reason == "its `when` is false"
    assert results["failing"] is not None
    assert results["failing"].error is not None
    assert results["failing"].error.code == 404


async def test_events_of_a_batch_name_their_item(runtime: StepflowRuntime) -> None:
    """By its index."""
    run_id = await runtime.submit_batch(CHAIN, [5, 6, 7])
    events = await collect(runtime.events(run_id))
    assert {each.item_index for each in events if each.step_id} == {0, 1, 2}
    results = {each.item_index: each.result for each in events if each.event == "item_completed"}
    assert {index: result and result.output for index, result in results.items()} == {0: 5, 1: 6, 2: 7}
    assert numbers(events) == list(range(len(events)))


async def test_a_run_can_be_read_from_any_number_on(runtime: StepflowRuntime) -> None:
    """What comes after it, and nothing else."""
    run_id = await ended(runtime, CHAIN)
    every = await collect(runtime.events(run_id))
    for since in range(-3, len(every) + 3):
        events = await collect(runtime.events(run_id, since=since))
        assert numbers(events) == [each for each in range(10) if each > since]


async def test_a_reader_that_is_ahead_of_the_run_waits_for_what_it_asked_for(runtime: StepflowRuntime) -> None:
    """Numbers that it has seen are not told again."""
    talker = Talker(runtime)
    run_id = await runtime.submit(TALK)
    reading = asyncio.create_task(collect(runtime.events(run_id, since=4)))
    talker.let(3)
    assert numbers(await reading) == [5, 6]


async def test_events_can_be_read_without_following(runtime: StepflowRuntime) -> None:
    """Of a run that goes on: what there is."""
    talker = Talker(runtime)
    run_id = await runtime.submit(TALK)
    assert [each.event for each in await collect(runtime.events(run_id, follow=False))][-1] == "step_started"
    talker.let(3)
    assert [each.event for each in await collect(runtime.events(run_id))][-1] == "run_completed"


# ---- filters


async def test_types_are_chosen(runtime: StepflowRuntime) -> None:
    """The numbers stay those of all events."""
    run_id = await ended(runtime, CHAIN)
    events = await collect(runtime.events(run_id, event_types=["step_started", "run_completed"]))
    assert [(each.sequence_number, each.event) for each in events] == [
        (3, "step_started"),
        (6, "step_started"),
        (9, "run_completed"),
    ]
    assert len(await collect(runtime.events(run_id, event_types="run_completed"))) == 1
    assert await collect(runtime.events(run_id, event_types=[])) == []


@pytest.mark.parametrize(
    ("types", "said"),
    [
        (["step_complete"], "did you mean 'step_completed'"),
        (["run_created", "stepstarted"], "did you mean 'step_started'"),
        (["zzz"], "they are item_completed, run_completed"),
        ([5], "'5' is not a type of event"),
    ],
)
async def test_an_unknown_type_is_refused(runtime: StepflowRuntime, types: Any, said: str) -> None:
    """With the one that was probably meant."""
    run_id = await ended(runtime, CHAIN)
    with pytest.raises(InvalidInputError, match=said):
        await collect(runtime.events(run_id, event_types=types))


async def test_results_can_be_left_out(runtime: StepflowRuntime) -> None:
    """Everything else stays."""
    run_id = await ended(runtime, CHAIN, 5)
    full, lean = [await collect(runtime.events(run_id, include_results=each)) for each in (True, False)]
    assert numbers(full) == numbers(lean)
    assert any(each.result is not None for each in full)
    assert all(each.result is None for each in lean)
    assert [each.status for each in full] == [each.status for each in lean]


# ---- following


async def test_a_follower_is_told_as_things_happen(runtime: StepflowRuntime) -> None:
    """Chunks of output come before the end of their step, in order."""
    talker = Talker(runtime)
    run_id = await runtime.submit(TALK)
    seen: list[RunEvent] = []
    async for event in runtime.events(run_id):
        seen.append(event)
        if event.event in ("step_started", "step_output"):
            talker.let(1)
    assert [each.event for each in seen][3:] == [
        "step_started", "step_output", "step_output", "step_output", "step_completed", "item_completed",
        "run_completed",
    ]  # fmt: skip
    chunks = [each for each in seen if each.event == "step_output"]
    assert [(each.chunk, each.chunk_index, each.kind) for each in chunks] == [
        ({"n": number}, number, "progress") for number in range(3)
    ]
    assert {each.sequence_number for each in chunks} == {3}


async def test_many_readers_see_the_same(runtime: StepflowRuntime) -> None:
    """The same dense numbers and exactly one end, whenever they came."""
    talker = Talker(runtime)
    run_id = await runtime.submit(TALK)
    early = [asyncio.create_task(collect(runtime.events(run_id))) for _ in range(5)]
    talker.let(1)
    await asyncio.sleep(0)
    late = [asyncio.create_task(collect(runtime.events(run_id))) for _ in range(5)]
    talker.let(2)
    first, *others = await asyncio.gather(*early, *late)
    assert all(each == first for each in others)
    assert numbers(first) == list(range(7))
    assert [each.event for each in first].count("run_completed") == 1
    assert await collect(runtime.events(run_id)) == first


async def test_a_reader_may_leave(runtime: StepflowRuntime) -> None:
    """The others and the run go on."""
    talker = Talker(runtime)
    run_id = await runtime.submit(TALK)
    leaving = asyncio.create_task(collect(runtime.events(run_id)))
    staying = asyncio.create_task(collect(runtime.events(run_id)))
    await asyncio.sleep(0)
    leaving.cancel()
    talker.let(3)
    assert numbers(await staying) == list(range(7))


async def test_the_stream_of_a_cancelled_run_ends(runtime: StepflowRuntime) -> None:
    """With its end as a cancelled one."""
    Talker(runtime)
    run_id = await runtime.submit(TALK)
    reading = asyncio.create_task(collect(runtime.events(run_id)))
    await asyncio.sleep(0)
    await runtime.cancel_run(run_id)
    events = await reading
    assert [(each.event, each.status) for each in events][-3:] == [
        ("step_completed", "cancelled"),
        ("item_completed", "cancelled"),
        ("run_completed", "cancelled"),
    ]


async def test_a_slow_reader_loses_nothing(runtime: StepflowRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the journal keeps only its newest entries; who comes late begins where it does."""
    monkeypatch.setattr(starting, "Journal", lambda: Journal(2))
    run_id = await runtime.submit_batch(CHAIN, range(1000), max_concurrency=50)
    slow = runtime.events(run_id)
    seen = [await anext(slow)]
    await runtime.get_run(run_id, wait=True)
    seen += await collect(slow)
    assert numbers(seen) == list(range(len(seen)))
    assert [each.event for each in seen].count("item_completed") == 1000
    late = await collect(runtime.events(run_id))
    assert len(seen) > 4 * CHUNK > len(late)
    assert numbers(late) == list(range(len(seen)))[-len(late) :]


async def test_what_a_reader_does_to_an_event_stays_there(runtime: StepflowRuntime) -> None:
    """The run and the other readers have their own."""

    @runtime.component
    async def talk(ctx: StepContext) -> dict[str, Any]:
        ctx.emit({"said": []})
        return {"made": []}

    asked = flow(step("a", "/talk"), step("b", "/nowhere", when={"$step": "a"}), output={"$step": "a"})
    asked["steps"][1]["mustExecute"] = True
    run_id = await ended(runtime, asked)
    before = await collect(runtime.events(run_id))
    for each in await collect(runtime.events(run_id)):
        if each.chunk is not None:
            each.chunk["said"].append(1)
        if each.result is not None and each.result.is_success:
            each.result.output["made"].append(1)
        if each.result is not None and each.result.error is not None:
            each.result.error.data.clear()
    assert await collect(runtime.events(run_id)) == before


# ---- sub-runs


async def test_the_stream_of_a_root_run_has_its_sub_runs(runtime: StepflowRuntime) -> None:
    """Each begins and ends once; the root's end is the last."""
    run_id = await ended(runtime, NESTED)
    events = await collect(runtime.events(run_id))
    assert numbers(events) == list(range(len(events)))
    created = [each for each in events if each.event == "sub_run_created"]
    assert sorted((each.address, each.item_count) for each in created) == [
        ("m", 2), ("m[0]/e", 1), ("m[1]/e", 1), ("other", 1),
    ]  # fmt: skip
    ends = [each.run_id for each in events if each.event == "run_completed"]
    assert sorted(ends) == sorted([run_id, *(each.run_id for each in created)])
    assert ends[-1] == run_id


async def test_the_stream_of_a_sub_run_has_what_is_below_it(runtime: StepflowRuntime) -> None:
    """Its own and its descendants' events, numbered as in the whole, ending with its own end."""
    run_id = await ended(runtime, NESTED)
    every = await collect(runtime.events(run_id))
    by_address = {each.address: each.run_id for each in every if each.event == "sub_run_created"}
    below = await collect(runtime.events(by_address["m"]))
    assert {each.run_id for each in below} == {by_address[each] for each in ("m", "m[0]/e", "m[1]/e")}
    assert (below[0].event, below[-1].event, below[-1].run_id) == ("sub_run_created", "run_completed", by_address["m"])
    assert below == [each for each in every if each in below]


async def test_a_sub_run_can_be_read_from_any_number_on(runtime: StepflowRuntime) -> None:
    """What is below it is known even where its beginning was before."""
    run_id = await ended(runtime, NESTED)
    every = await collect(runtime.events(run_id))
    sub_run_id = next(each.run_id for each in every if each.address == "m" and each.event == "sub_run_created")
    whole = await collect(runtime.events(sub_run_id))
    for since in range(len(every)):
        assert await collect(runtime.events(sub_run_id, since=since)) == [
            each for each in whole if each.sequence_number > since
        ]


async def test_frames_share_the_stream_of_their_run(runtime: StepflowRuntime) -> None:
    """Steps of `call` and `switch` have addresses of their own."""
    inner = flow(step("x", "/noop", 1))
    asked = flow(
        step("c", "/call", {"flow": inner}),
        step("s", "/switch", {"on": "k", "cases": {"k": {"flow": inner}}}),
        output=[{"$step": "c"}, {"$step": "s"}],
    )
    run_id = await ended(runtime, asked)
    events = await collect(runtime.events(run_id))
    assert {each.run_id for each in events} == {run_id}
    assert [each.address for each in events if each.event == "steps_needed"] == [None, "c", "s[k]"]
    assert {"c/x", "s[k]/x"} <= {each.address for each in events if each.event == "step_completed"}
