"""Running a flow on every line of a file."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepflow_cli.batch import InOrder, run_batch
from stepflow_cli.exits import Exit
from stepflow_cli.interrupts import Interrupts
from stepflow_cli.json_lines import JsonLinesFile
from stepflow_cli.output import Output
from stepflow_cli.requests import Request
from stepflow_cli.supervise import Supervisor
from stepflow_core import FlowResult, InvalidInputError, RunEvent

Make = Callable[..., RunEvent]
Tell = Callable[..., Any]


@pytest.fixture
def inputs(tmp_path: Path) -> str:
    """A file with three inputs."""
    path = tmp_path / "inputs.jsonl"
    path.write_text("1\n2\n3\n")
    return str(path)


async def run(executor: Any, screen: Any, inputs: str, timeout: float | None = None) -> Exit:
    """Run the executor's story on the inputs; the exit code."""
    with Interrupts() as interrupts, Output(screen, None) as output, JsonLinesFile(inputs) as lines:
        supervisor = Supervisor(executor, screen, interrupts, timeout)
        request = Request(flow="greet", max_concurrency=2)
        return await run_batch(executor, request, lines, output, supervisor, screen)


def ends(event: Make, results: list[FlowResult], *order: int) -> list[RunEvent]:
    """The ends of items, in this order, among other things."""
    items = [event("item_completed", item_index=each, status=_status(results[each]), result=results[each])
             for each in order]  # fmt: skip
    status = "failed" if any(results[each].is_failed for each in order) else "completed"
    others = [event("item_completed", run_id="sub", item_index=9, status="failed"),
              event("run_completed", run_id="sub", status="failed")]  # fmt: skip
    return [*others, *items, event("run_completed", status=status)]


def _status(result: FlowResult) -> str:
    return "failed" if result.is_failed else "completed"


def written(screen: Any) -> list[Any]:
    """The lines of stdout."""
    return [json.loads(line) for line in screen.shown.splitlines()]


async def test_results_are_in_the_order_of_inputs(screen: Any, story: Tell, event: Make, inputs: str) -> None:
    """However items end, a line of result is written for each input, in their order."""
    results = [FlowResult.success(each) for each in range(3)]
    executor = story(ends(event, results, 2, 0, 1), results)
    assert await run(executor, screen, inputs) is Exit.DONE
    assert [each["result"] for each in written(screen)] == [0, 1, 2]
    assert executor.calls[0][1][:2] == ("greet", [1, 2, 3])
    assert executor.calls[0][1][2]["max_concurrency"] == 2
    assert screen.said == "3 items: 3 completed\n"


async def test_a_failed_item_fails_the_batch(screen: Any, story: Tell, event: Make, inputs: str) -> None:
    """One item that failed makes the exit code 1; the others have their results."""
    results = [FlowResult.success(0), FlowResult.failed(1, "no x"), FlowResult.success(2)]
    executor = story(ends(event, results, 0, 1, 2), results)
    assert await run(executor, screen, inputs) is Exit.FAILED
    assert [each["outcome"] for each in written(screen)] == ["success", "failed", "success"]
    assert screen.said == "item_completed 1 failed: 1 no x\n3 items: 2 completed, 1 failed\n"


async def test_cancelled_items_have_a_line_too(screen: Any, story: Tell, event: Make, inputs: str) -> None:
    """An item that was cancelled before it had a result is written as such; the exit code is 3."""
    results = [FlowResult.success(each) for each in range(3)]
    cancelled = [event("item_completed", item_index=each, status="cancelled") for each in (0, 1)]
    executor = story([*ends(event, results, 2), *cancelled, event("run_completed", status="cancelled")], results)
    executor.unfinished = {0}
    assert await run(executor, screen, inputs) is Exit.STOPPED
    assert [each.get("result", each.get("error", {}).get("code")) for each in written(screen)] == [499, 1, 2]


async def test_time_limits_the_batch(screen: Any, story: Tell, event: Make, inputs: str) -> None:
    """After `--timeout` the batch is cancelled."""
    results = [FlowResult.success(each) for each in range(3)]
    executor = story(ends(event, results, 0, 1, 2), results)
    cancelled = asyncio.Event()

    async def cancel_run(run_id: str, reason: str | None = None) -> None:
        cancelled.set()

    executor.cancel_run = cancel_run
    executor.on_event = lambda event: cancelled.wait()
    assert await run(executor, screen, inputs, timeout=0.001) is Exit.STOPPED


async def test_what_kept_inputs_from_being_read_is_raised(screen: Any, story: Tell, event: Make, inputs: str) -> None:
    """A batch that ends before its inputs do is not taken for a whole one."""
    results = [FlowResult.success(0)]
    executor = story(ends(event, results, 0), results)

    async def get_batch(run_id: str) -> None:
        raise InvalidInputError("the file has changed")

    executor.get_batch = get_batch
    with pytest.raises(InvalidInputError, match="changed"):
        await run(executor, screen, inputs)


@given(st.permutations(range(6)))
def test_keeps_only_what_waits(order: list[int]) -> None:
    """In whatever order results come they leave in theirs, as soon as they can."""
    left: list[Any] = []
    results = InOrder(lambda result: left.append(result.output))
    for count, index in enumerate(order, 1):
        results.put(index, FlowResult.success(index))
        ready = next((each for each in range(6) if each not in order[:count]), 6)
        assert left == list(range(ready))
        assert [results.lacks(each) for each in range(6)] == [each not in order[:count] for each in range(6)]
