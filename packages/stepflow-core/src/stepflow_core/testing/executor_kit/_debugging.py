"""Debug mode: runs that move step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ...errors import ConflictError, FlowLoadError, InvalidInputError, NotFoundError, RunTimeoutError
from ...executor import StepflowExecutor
from ...results import FlowResult
from ...runs import DebugNext, DebugQueue, DebugView, ExecutionStatus, StepStatus
from ._base import KitPart
from ._created_runs import stored
from ._documents import NO_RUN, failing, flow, step, variables
from ._gates import Gate, reached
from ._step_names import NAMES

STEPS = flow(
    step("a", input={"$input": "$"}),
    step("b", input={"$step": "a"}),
    step("side", input=[{"$step": "a"}]),
    step("c", input=[{"$step": "a"}, {"$step": "b"}]),
)
"""A flow whose output needs all of its steps but `side`."""

MEMBERS: dict[str, Callable[[StepflowExecutor, str], Awaitable[Any]]] = {
    "queue": lambda executor, run_id: executor.debug_queue(run_id, ["a"]),
    "queued": lambda executor, run_id: executor.debug_queued(run_id),
    "next": lambda executor, run_id: executor.debug_next(run_id),
    "run_queue": lambda executor, run_id: executor.debug_run_queue(run_id),
    "eval of a step": lambda executor, run_id: executor.debug_eval(run_id, step_id="a"),
    "eval of an expression": lambda executor, run_id: executor.debug_eval(run_id, expression=1),
    "show": lambda executor, run_id: executor.debug_show(run_id, "a"),
    "continue": lambda executor, run_id: executor.debug_continue(run_id),
}

EXPRESSIONS: list[tuple[Any, FlowResult]] = [
    (None, FlowResult.success(None)),
    (2**70, FlowResult.success(2**70)),
    ({"$input": "$.n"}, FlowResult.success(1.0)),
    ({"$step": "a", "path": "$.n"}, FlowResult.success(1.0)),
    ({"text": {"$template": "{{ steps.a.n }} {{ input.t }}"}}, FlowResult.success({"text": "1.0 größe"})),
]
"""Expressions and their values where step `a` has given its input back, `{"n": 1.0, "t": "größe"}`."""


class Debugging(KitPart):
    """A run made by `create_run(debug=True)` is paused, and its steps run as they are asked for."""

    # ---- moving

    async def test_a_debugged_run_starts_paused(self, executor: StepflowExecutor) -> None:
        """Nothing has run; the steps that the output needs are queued, and the first is ready."""
        run_id = await begun(executor, STEPS)
        run = await executor.get_run(run_id, wait=True)
        assert (run.status, run.paused_by, run.debug_mode) == (ExecutionStatus.PAUSED, "debug", True)
        queued = await executor.debug_queued(run_id)
        assert [(each.step_id, each.status) for each in queued.queued] == [
            ("a", StepStatus.RUNNABLE), ("b", StepStatus.BLOCKED), ("c", StepStatus.BLOCKED),
        ]  # fmt: skip
        assert queued.ready == ["a"]
        assert [each async for each in executor.events(run_id, follow=False, event_types=["step_started"])] == []
        with pytest.raises(RunTimeoutError):
            await executor.get_result(run_id, timeout=0)

    async def test_steps_run_one_by_one(self, executor: StepflowExecutor) -> None:
        """Each with its result and what is ready then; the last one ends the run."""
        run_id = await begun(executor, STEPS)
        moves = [await executor.debug_next(run_id) for _ in range(3)]
        assert moves == [
            DebugNext(step_id="a", result=FlowResult.success(1), ready=["b"]),
            DebugNext(step_id="b", result=FlowResult.success(1), ready=["c"]),
            DebugNext(step_id="c", result=FlowResult.success([1, 1]), ready=[]),
        ]
        assert await executor.get_result(run_id) == FlowResult.success([1, 1])
        assert [each.step_id for each in await completed(executor, run_id)] == ["a", "b", "c"]

    async def test_a_step_is_not_started_twice(self, executor: StepflowExecutor) -> None:
        """While it runs nothing else is ready; whoever asks for its result waits for it."""
        async with Gate(executor) as gate:
            run_id = await begun(executor, flow(gate.step("a"), step("b", input={"$step": "a"})))
            first = asyncio.create_task(executor.debug_next(run_id))
            await reached(executor, run_id)
            assert await executor.debug_next(run_id) == DebugNext(ready=[])
            assert (await executor.debug_run_queue(run_id)).results == []
            queued = (await executor.debug_queued(run_id)).queued
            assert [each.status for each in queued] == [StepStatus.RUNNING, StepStatus.BLOCKED]
            other = asyncio.create_task(executor.debug_eval(run_id, step_id="a"))
        assert (await first).result == await other == FlowResult.success("done")
        assert await executor.debug_eval(run_id, step_id="b") == FlowResult.success("done")
        assert len(await completed(executor, run_id)) == 2

    async def test_other_steps_can_be_queued(self, executor: StepflowExecutor) -> None:
        """Also those that the output does not need; all of the queue can be run at once."""
        run_id = await begun(executor, STEPS)
        queue = await executor.debug_queue(run_id, (each for each in ["side", "a"]))
        assert queue == DebugQueue(queued=["a", "b", "side", "c"], ready=["a"])
        assert await executor.debug_queue(run_id, []) == queue
        ran = await executor.debug_run_queue(run_id)
        results = {each.step_id: each.result.output for each in ran.results}
        assert (ran.executed_count, results) == (4, {"a": 1, "b": 1, "side": [1], "c": [1, 1]})
        assert await executor.get_result(run_id) == FlowResult.success([1, 1])

    async def test_a_step_that_fails_is_a_result(self, executor: StepflowExecutor) -> None:
        """And so is the run that fails with it."""
        run_id = await begun(executor, flow(failing("no luck")))
        [broken] = (await executor.debug_run_queue(run_id)).results
        assert broken.result.error is not None
        assert "no luck" in broken.result.error.message
        assert (await executor.get_result(run_id)).is_failed

    async def test_a_run_goes_on_by_itself(self, executor: StepflowExecutor) -> None:
        """From where it is, when debug mode is ended."""
        run_id = await begun(executor, STEPS)
        await executor.debug_next(run_id)
        run = await executor.debug_continue(run_id)
        assert (run.run_id, run.paused_by, run.debug_mode) == (run_id, None, False)
        assert await executor.get_result(run_id) == FlowResult.success([1, 1])
        told = [each.event async for each in executor.events(run_id, event_types=["run_paused", "run_resumed"])]
        assert told == ["run_paused", "run_resumed"]

    async def test_a_debugged_run_can_be_cancelled(self, executor: StepflowExecutor) -> None:
        """Also while a step is waited for."""
        async with Gate(executor) as gate:
            run_id = await begun(executor, flow(gate.step("a")))
            move = asyncio.create_task(executor.debug_next(run_id))
            await reached(executor, run_id)
            assert (await executor.cancel_run(run_id)).status is ExecutionStatus.CANCELLED
            result = (await move).result
        assert result is not None
        assert result.error is not None
        assert result.error.code == 499

    # ---- looking

    async def test_a_step_is_evaluated_with_all_that_it_needs(self, executor: StepflowExecutor) -> None:
        """Once; other steps stay where they are."""
        run_id = await begun(executor, STEPS)
        for _ in range(2):
            assert await executor.debug_eval(run_id, step_id="side") == FlowResult.success([1])
        assert (await executor.debug_queued(run_id)).ready == ["b"]
        assert [each.step_id for each in await completed(executor, run_id)] == ["a", "side"]

    async def test_an_expression_sees_the_run_as_it_is(self, executor: StepflowExecutor) -> None:
        """Its input and the results so far; null is an expression too."""
        run_id = await begun(executor, STEPS, {"n": 1.0, "t": "größe"})
        await executor.debug_next(run_id)
        for expression, result in EXPRESSIONS:
            found = await executor.debug_eval(run_id, expression=expression)
            assert (found, type(found.output)) == (result, type(result.output))
        assert (await executor.debug_eval(run_id, expression={"$input": "$.nowhere"})).is_failed

    async def test_an_expression_does_not_run_steps(self, executor: StepflowExecutor) -> None:
        """What it needs and is not there yet is named."""
        run_id = await begun(executor, STEPS)
        with pytest.raises(ConflictError, match=r"\bc\b"):
            await executor.debug_eval(run_id, expression=[{"$step": "c"}])
        assert (await executor.debug_queued(run_id)).ready == ["a"]

    async def test_an_expression_that_cannot_be_read_is_refused(self, executor: StepflowExecutor) -> None:
        """With the place of what is wrong in it."""
        run_id = await begun(executor, STEPS)
        with pytest.raises(FlowLoadError, match="nobody") as caught:
            await executor.debug_eval(run_id, expression={"x": [{"$step": "nobody"}]})
        assert [(each.code, each.pointer) for each in caught.value.diagnostics] == [(3003, "/x/0/$step")]
        with pytest.raises(InvalidInputError):
            await executor.debug_eval(run_id, expression=[float("nan")])

    async def test_a_step_is_shown_as_it_stands(self, executor: StepflowExecutor) -> None:
        """Its input once that can be evaluated, its result once it has ended."""
        run_id = await begun(executor, STEPS, {"n": 1})
        assert await executor.debug_show(run_id, "c") == DebugView(step_id="c", completed=False)
        assert await executor.debug_show(run_id, "a") == DebugView(step_id="a", completed=False, input={"n": 1})
        result = (await executor.debug_next(run_id)).result
        assert await executor.debug_show(run_id, "a") == DebugView(
            step_id="a", completed=True, input={"n": 1}, result=result
        )

    async def test_secrets_are_not_shown(self, executor: StepflowExecutor) -> None:
        """In the input of a step."""
        schemas = variables({"key": {"type": "string", "is_secret": True}})
        asked = flow(step("a", input={"key": {"$variable": "key"}}), schemas=schemas)
        run_id = await begun(executor, asked, variables={"key": "sesame, open"})
        assert "sesame" not in repr((await executor.debug_show(run_id, "a")).input)

    async def test_steps_of_any_name_can_be_debugged(self, executor: StepflowExecutor) -> None:
        """Queued, evaluated and shown by their ids, as they are."""
        names = [*NAMES, ".", "...", "a%2Fb", "%"]
        asked = flow(*(step(name, input=number) for number, name in enumerate(dict.fromkeys(names))), output=0)
        run_id = await begun(executor, flow(*asked["steps"], step("last", input={"$input": "$"})))
        ids = [each["id"] for each in asked["steps"]]
        assert (await executor.debug_queue(run_id, ids)).queued == [*ids, "last"]
        for number, name in enumerate(ids):
            assert await executor.debug_eval(run_id, step_id=name) == FlowResult.success(number)
            view = await executor.debug_show(run_id, name)
            assert (view.step_id, view.completed, view.input) == (name, True, number)

    # ---- refusals

    @pytest.mark.parametrize("member", MEMBERS.values(), ids=MEMBERS)
    async def test_only_runs_in_debug_mode_are_debugged(
        self, executor: StepflowExecutor, member: Callable[[StepflowExecutor, str], Awaitable[Any]]
    ) -> None:
        """No others, none that has ended, and none that is not there."""
        ended = await begun(executor, STEPS)
        await executor.debug_run_queue(ended)
        async with Gate(executor) as gate:
            other = await executor.submit(flow(step("a"), gate.step()))
            for run_id, refusal in ((other, ConflictError), (ended, ConflictError), (NO_RUN, NotFoundError)):
                with pytest.raises(refusal):
                    await member(executor, run_id)

    @pytest.mark.parametrize("name", ["nobody", "", "A", "a/b", "a\x00", "\ud800", ".."], ids=ascii)
    async def test_a_step_that_the_flow_lacks_is_not_found(self, executor: StepflowExecutor, name: str) -> None:
        """And moves nothing."""
        run_id = await begun(executor, STEPS)
        for call in (
            executor.debug_queue(run_id, ["side", name]),
            executor.debug_eval(run_id, step_id=name),
            executor.debug_show(run_id, name),
        ):
            with pytest.raises(NotFoundError):
                await call
        assert (await executor.debug_queue(run_id, [])).queued == ["a", "b", "c"]

    async def test_a_request_that_means_nothing_moves_nothing(self, executor: StepflowExecutor) -> None:
        """Such as one to evaluate nothing, or two things."""
        run_id = await begun(executor, STEPS)
        some: Any
        for some in ("a", 5, None, {"a": 1}, [5], [["a"]]):
            with pytest.raises(InvalidInputError):
                await executor.debug_queue(run_id, some)
        given: dict[str, Any]
        for given in ({}, {"step_id": "a", "expression": 1}, {"step_id": "a", "expression": None}, {"step_id": 5}):
            with pytest.raises(InvalidInputError):
                await executor.debug_eval(run_id, **given)
        assert (await executor.debug_queued(run_id)).ready == ["a"]

    async def test_a_batch_is_not_debugged(self, executor: StepflowExecutor, unique: str) -> None:
        """Debug mode is for runs of one item; a list of one is such a run."""
        flow_id = await stored(executor, {**STEPS, "name": unique})
        with pytest.raises(InvalidInputError, match="one item"):
            await executor.create_run(flow_id, [1, 2], debug=True)
        assert (await executor.list_runs(flow_id=flow_id)).runs == []
        assert (await executor.create_run(flow_id, [1], debug=True)).debug


async def begun(executor: StepflowExecutor, document: dict[str, Any], input: Any = 1, **options: Any) -> str:
    """The id of a run that has begun in debug mode."""
    created = await executor.create_run(await stored(executor, document), input, debug=True, **options)
    assert (created.status, created.debug, created.result) == (ExecutionStatus.PAUSED, True, None)
    return created.run_id


async def completed(executor: StepflowExecutor, run_id: str) -> list[Any]:
    """The events of steps that have completed so far."""
    return [each async for each in executor.events(run_id, follow=False, event_types=["step_completed"])]
