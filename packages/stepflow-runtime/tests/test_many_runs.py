"""Many runs that begin at once: those that have begun go first, and the others can be seen and ended meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from stepflow_core import ExecutionStatus
from stepflow_runtime import StepflowRuntime

MANY = 300
STEPS = 3
CHAIN: dict[str, Any] = {
    "steps": [
        {"id": f"s{n}", "component": "/turn", "input": {"run": {"$input": "$"}, "before": before}}
        for n, before in enumerate([None, *({"$step": f"s{each}"} for each in range(STEPS - 1))])
    ],
    "output": {"$step": f"s{STEPS - 1}"},
}


class Turns:
    """A component that lets others have their turn, and tells which runs called it."""

    def __init__(self, runtime: StepflowRuntime) -> None:
        self.calls: list[int] = []
        runtime.component("/turn")(self.turn)

    async def turn(self, run: int, before: Any) -> int:
        self.calls.append(run)
        await asyncio.sleep(0)
        return run


async def test_runs_that_have_begun_are_ended_before_the_last_ones_begin() -> None:
    """So what is alive at a time stays small; all of them end."""
    async with StepflowRuntime() as runtime:
        turns = Turns(runtime)
        results = await asyncio.gather(*(runtime.run(CHAIN, each) for each in range(MANY)))
    assert [each.output for each in results] == list(range(MANY))
    last_begins = turns.calls.index(MANY - 1)
    ended = {run for run in range(MANY) if turns.calls[:last_begins].count(run) == STEPS}
    assert len(ended) > MANY // 2


async def test_runs_begin_while_others_wait() -> None:
    """However many runs wait for something: they leave room."""
    async with StepflowRuntime() as runtime:
        opened, entered = asyncio.Event(), 0

        @runtime.component("/wait")
        async def wait() -> None:
            nonlocal entered
            entered += 1
            if entered == MANY:
                opened.set()
            await opened.wait()

        flow = {"steps": [{"id": "a", "component": "/wait"}], "output": {"$step": "a"}}
        results = await asyncio.gather(*(runtime.run(flow) for _ in range(MANY)))
    assert all(each.is_success for each in results)


@pytest.fixture
async def crowded() -> Any:
    """A runtime with more runs than begin in one turn, and the id of the last."""
    async with StepflowRuntime() as runtime:
        Turns(runtime)
        yield runtime, [await runtime.submit(CHAIN, each) for each in range(MANY)][-1]


async def test_a_run_whose_steps_have_not_begun_is_seen(crowded: tuple[StepflowRuntime, str]) -> None:
    """With its first events and its steps."""
    runtime, last = crowded
    assert (await runtime.get_run(last)).status is ExecutionStatus.RUNNING
    assert "run_created" in [each.event async for each in runtime.events(last, follow=False)]
    assert [each.step_id for each in (await runtime.get_run_steps(last)).steps] == ["s0", "s1", "s2"]
    assert (await runtime.get_result(last)).output == MANY - 1


async def test_a_run_whose_steps_have_not_begun_is_cancelled(crowded: tuple[StepflowRuntime, str]) -> None:
    """At once; it has no result."""
    runtime, last = crowded
    assert (await runtime.cancel_run(last)).status is ExecutionStatus.CANCELLED
    assert [each.event async for each in runtime.events(last)][-1] == "run_completed"


async def test_runs_whose_steps_have_not_begun_end_with_the_runtime(crowded: tuple[StepflowRuntime, str]) -> None:
    """Who waits for them is told."""
    runtime, last = crowded
    waiting = asyncio.ensure_future(runtime.get_result(last))
    await asyncio.sleep(0)
    await runtime.close()
    assert (await waiting).is_failed
