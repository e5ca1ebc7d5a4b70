"""The events of a run: numbered, replayed and followed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from ...errors import InvalidInputError, NotFoundError
from ...events import RunEvent
from ...executor import StepflowExecutor
from ...runs import ExecutionStatus
from ._base import KitPart
from ._documents import ECHO, NO_RUN, failing, flow, step
from ._gates import PATH, Gate, all_of, done_with, reached

CHAIN = flow(step("a", input={"$input": "$"}), step("b", input={"$step": "a"}))
NESTED = flow(step("inner", "/builtin/eval", {"flow": {"$literal": CHAIN}, "input": {"$input": "$"}}))


ASKED = {"echo": ECHO, "chain": CHAIN, "sub-run": NESTED, "failure": flow(failing("no"))}
OF_STEPS = {"step_started", "step_completed"}


async def run_of(executor: StepflowExecutor, asked: dict[str, Any] = CHAIN) -> str:
    """The id of a run that has ended."""
    run_id = await executor.submit(asked, {"n": 1})
    await executor.get_result(run_id)
    return run_id


def types(events: list[RunEvent]) -> list[str]:
    """What happened, by name."""
    return [each.event for each in events]


class Events(KitPart):
    """Any number of readers, replay then live, nothing lost and nothing twice."""

    async def test_a_run_is_told_from_beginning_to_end(self, executor: StepflowExecutor) -> None:
        """Created; each step needed, ready, started and completed, in the order of the data; item; run."""
        run_id = await run_of(executor)
        events = await all_of(executor.events(run_id))
        assert (events[0].event, events[0].item_count) == ("run_created", 1)
        assert types(events)[-2:] == ["item_completed", "run_completed"]
        of_steps = [f"{each.event} {each.step_id}" for each in events if each.event in OF_STEPS]
        assert of_steps == ["step_started a", "step_completed a", "step_started b", "step_completed b"]
        assert [each.attempt for each in events if each.event == "step_started"] == [1, 1]
        assert all(each.run_id == run_id for each in events)

    @pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
    async def test_numbers_are_dense(self, executor: StepflowExecutor, asked: dict[str, Any]) -> None:
        """From 0 on without gaps, those of sub-runs among them; time never runs backwards."""
        events = await all_of(executor.events(await run_of(executor, asked)))
        assert [each.sequence_number for each in events] == list(range(len(events)))
        times = [each.timestamp for each in events]
        assert times == sorted(times)
        assert {each.utcoffset() for each in times} == {timedelta(0)}

    async def test_numbers_of_a_batch_are_dense(self, executor: StepflowExecutor) -> None:
        """With one `item_completed` per item."""
        batch = await executor.run_batch(CHAIN, range(20))
        events = await all_of(executor.events(batch.run.run_id))
        assert [each.sequence_number for each in events] == list(range(len(events)))
        assert sorted(each.item_index or 0 for each in events if each.event == "item_completed") == list(range(20))

    async def test_the_end_is_told_once(self, executor: StepflowExecutor) -> None:
        """The last event is the run's `run_completed`, and there is no other; a sub-run has its own before."""
        run_id = await run_of(executor, NESTED)
        events = await all_of(executor.events(run_id))
        ends = [each for each in events if each.event == "run_completed"]
        assert [each.run_id == run_id for each in ends] == [False, True]
        assert events[-1] is ends[-1]
        assert events[-1].status == ExecutionStatus.COMPLETED

    async def test_what_failed_is_told(self, executor: StepflowExecutor) -> None:
        """The step, the item and the run have failed, with the error."""
        events = await all_of(executor.events(await run_of(executor, flow(failing("no")))))
        ended = [each for each in events if each.event in {"step_completed", "item_completed"}]
        assert [each.status for each in ended] == ["failed", "failed"]
        assert [each.result and each.result.error and each.result.error.message for each in ended] == ["no", "no"]
        assert events[-1].status == ExecutionStatus.FAILED

    async def test_live_events_are_those_of_the_replay(self, executor: StepflowExecutor) -> None:
        """Several readers that follow a run from its beginning see what a reader sees afterwards."""
        async with Gate(executor) as gate:
            run_id = await executor.submit(flow(gate.step("a"), step("b", input={"$step": "a"})))
            following = [asyncio.create_task(all_of(executor.events(run_id))) for _ in range(3)]
            await reached(executor, run_id)
        live = await asyncio.gather(*following)
        replay = await all_of(executor.events(run_id))
        assert live == [replay] * 3

    async def test_events_can_be_read_from_any_place_on(self, executor: StepflowExecutor) -> None:
        """After each number come exactly those that follow it; after the last, and beyond it, none."""
        run_id = await run_of(executor)
        events = await all_of(executor.events(run_id))
        for since in range(-1, len(events)):
            assert await all_of(executor.events(run_id, since=since)) == events[since + 1 :]
        assert await all_of(executor.events(run_id, since=len(events) + 5)) == []

    async def test_a_reader_goes_on_where_another_stopped(self, executor: StepflowExecutor) -> None:
        """What a reader that stopped early has seen and what comes after it are all events."""
        async with Gate(executor) as gate:
            run_id = await executor.submit(flow(gate.step("a"), step("b", input={"$step": "a"})))
            reader = executor.events(run_id)
            seen = [await anext(reader) for _ in range(2)]
            await done_with(reader)
        rest = await all_of(executor.events(run_id, since=seen[-1].sequence_number))
        assert seen + rest == await all_of(executor.events(run_id))

    async def test_without_following_only_what_was_is_read(self, executor: StepflowExecutor) -> None:
        """The stream of a run that goes on ends."""
        async with Gate(executor) as gate:
            run_id = await executor.submit(gate.flow())
            await reached(executor, run_id)
            so_far = await all_of(executor.events(run_id, follow=False))
        assert so_far[-1].component == PATH
        assert so_far == (await all_of(executor.events(run_id)))[: len(so_far)]

    @pytest.mark.parametrize("wanted", [["step_completed"], ["run_created", "run_completed"]], ids=", ".join)
    async def test_only_the_asked_types_are_read(self, executor: StepflowExecutor, wanted: list[str]) -> None:
        """They keep their numbers; the stream ends with the run nevertheless."""
        run_id = await run_of(executor)
        events = await all_of(executor.events(run_id))
        assert await all_of(executor.events(run_id, event_types=wanted)) == [e for e in events if e.event in wanted]

    async def test_results_can_be_left_out(self, executor: StepflowExecutor) -> None:
        """The events are the same without them."""
        run_id = await run_of(executor)
        full = await all_of(executor.events(run_id))
        bare = await all_of(executor.events(run_id, include_results=False))
        assert types(bare) == types(full)
        assert any(each.result is not None for each in full)
        assert all(each.result is None for each in bare)

    async def test_what_a_component_shows_is_told_live(self, executor: StepflowExecutor) -> None:
        """Each chunk with its index, under the number of the event before it."""
        chunks = ["Hel", {"lo": 1}, None, "🥖"]
        async with Gate(executor) as gate:
            asked = flow(gate.step("a"), step("b", "/kit/emit", {"chunks": chunks}, after=["a"]))
            run_id = await executor.submit(asked)
            stream = executor.events(run_id)
            # Chunks need not be replayed: the reader has to be there before they come.
            first = await anext(stream)
            await reached(executor, run_id)
        events = [first, *await all_of(stream)]
        shown = [each for each in events if each.event == "step_output"]
        assert [(each.chunk, each.chunk_index, each.kind) for each in shown] == [
            (chunk, index, "data") for index, chunk in enumerate(chunks)
        ]
        numbers = [each.sequence_number for each in events if each.event != "step_output"]
        assert numbers == list(range(len(numbers)))
        [started] = [each for each in events if each.event == "step_started" and each.step_id == "b"]
        assert {each.sequence_number for each in shown} == {started.sequence_number}

    async def test_a_sub_run_is_told_in_its_run(self, executor: StepflowExecutor) -> None:
        """Its events stand among those of the root, with its own id and the place where it belongs."""
        run_id = await run_of(executor, NESTED)
        events = await all_of(executor.events(run_id))
        [created] = [each for each in events if each.event == "sub_run_created"]
        assert (created.parent_run_id, created.item_count) == (run_id, 1)
        assert created.run_id != run_id
        inside = [each.step_id for each in events if each.run_id == created.run_id and each.event == "step_started"]
        assert inside == ["a", "b"]

    async def test_an_unknown_type_is_refused(self, executor: StepflowExecutor) -> None:
        """A type of event that there is not is an error, not silence."""
        run_id = await run_of(executor)
        with pytest.raises(InvalidInputError):
            await all_of(executor.events(run_id, event_types=["step_complete"]))

    async def test_a_run_that_is_not_there_has_no_events(self, executor: StepflowExecutor) -> None:
        """To read them is an error."""
        with pytest.raises(NotFoundError):
            await all_of(executor.events(NO_RUN))
