"""Results that are remembered: of which runs, for whom, and how many."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from stepflow_core import ConflictError, Flow, InvalidInputError, RunTimeoutError
from stepflow_core.wrappers import CachingExecutor
from stepflow_runtime import StepflowRuntime

STEP = {"id": "a", "component": "/count", "input": {"n": {"$input": "$"}}}
COUNTED: dict[str, Any] = {"name": "counted", "steps": [STEP], "output": {"$step": "a"}}


class Counted(StepflowRuntime):
    """A runtime whose only component of its own counts its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.component("/count")(self.count)

    def count(self, n: Any) -> Any:
        self.calls += 1
        if n == "fail":
            raise ValueError("no")
        return {"n": n, "call": self.calls}


@pytest.fixture
async def counted() -> AsyncIterator[Counted]:
    runtime = Counted()
    async with runtime:
        yield runtime


@pytest.fixture
def executor(counted: Counted) -> CachingExecutor:
    return CachingExecutor(counted)


async def test_the_same_run_is_made_once(executor: CachingExecutor, counted: Counted) -> None:
    """Its result is remembered."""
    first = await executor.run(COUNTED, 1)
    assert await executor.run(COUNTED, 1) == first
    assert counted.calls == 1


@pytest.mark.parametrize(
    "other",
    [
        {"input": 2},
        {"input": 1.0},
        {"input": True},
        {"flow": {**COUNTED, "name": "other"}},
        {"overrides": {"a": {"value": {"input": {"n": 3}}}}},
        {"variables": {"v": 1}},
    ],
    ids="/".join,
)
async def test_another_run_is_made(executor: CachingExecutor, counted: Counted, other: dict[str, Any]) -> None:
    """Flow, input, overrides and variables tell runs apart, the kind of a number too."""
    await executor.run(COUNTED, 1)
    await executor.run(**{"flow": COUNTED, "input": 1, **other})
    assert counted.calls == 2


async def test_options_do_not_tell_runs_apart(executor: CachingExecutor, counted: Counted) -> None:
    """Tags, durability, timeouts, and no overrides or variables at all."""
    await executor.run(COUNTED, 1)
    await executor.run(COUNTED, 1, {}, variables={}, tags={"a": "b"}, durability="none", timeout=60)
    assert counted.calls == 1


async def test_a_flow_is_the_same_however_it_is_given(
    executor: CachingExecutor, counted: Counted, tmp_path: Path
) -> None:
    """As a mapping, a `Flow` or a file."""
    path = tmp_path / "flow.json"
    path.write_text('{"name":"counted","steps":[{"id":"a","component":"/count","input":1}],"output":1}')
    document = {"name": "counted", "steps": [{"id": "a", "component": "/count", "input": 1}], "output": 1}
    for source in (path, str(path), document, Flow.from_dict(document)):
        await executor.run(source)
    assert len((await executor.list_runs()).runs) == 1


async def test_a_file_that_has_changed_is_another_flow(executor: CachingExecutor, tmp_path: Path) -> None:
    """What counts is its content."""
    path = tmp_path / "flow.yaml"
    for output in ("one", "another"):
        path.write_text(f"output: {output}\n")
        assert (await executor.run(path)).output == output


async def test_a_stored_name_is_not_remembered(executor: CachingExecutor) -> None:
    """It may stand for another flow the next time."""
    for output in (1, 2):
        await executor.store_flow({"name": "changing", "output": output})
        assert (await executor.run("changing")).output == output


async def test_a_deleted_flow_is_not_remembered(executor: CachingExecutor) -> None:
    """A run by its id raises, as it would without the cache."""
    flow_id = (await executor.store_flow({"name": "short-lived", "output": 1})).flow_id
    assert flow_id is not None
    await executor.run(flow_id)
    assert len((await executor.list_runs()).runs) == 1
    await executor.run(flow_id)
    assert len((await executor.list_runs()).runs) == 1
    await executor.delete_flow(flow_id)
    with pytest.raises(Exception, match="no flow has the id"):
        await executor.run(flow_id)


async def test_a_failure_is_not_remembered(executor: CachingExecutor, counted: Counted) -> None:
    """It may have passed the next time."""
    for _ in range(2):
        assert (await executor.run(COUNTED, "fail")).is_failed
    assert counted.calls == 2


async def test_a_skip_is_not_remembered(executor: CachingExecutor) -> None:
    """Only successes are."""
    skipped = {"steps": [{"id": "a", "component": "/builtin/noop", "when": False}], "output": {"$step": "a"}}
    for _ in range(2):
        assert (await executor.run(skipped)).is_skipped
    assert len((await executor.list_runs()).runs) == 2


async def test_what_is_refused_is_refused_each_time(executor: CachingExecutor) -> None:
    """By the executor inside, in its own words."""
    for _ in range(2):
        with pytest.raises(InvalidInputError, match="the input is not JSON"):
            await executor.run(COUNTED, {1, 2})
        with pytest.raises(InvalidInputError, match="a flow is a mapping"):
            await executor.run(5)  # type: ignore[arg-type]  # a mistake that has to be told


async def test_a_timeout_is_not_remembered(executor: CachingExecutor) -> None:
    """The next call waits again."""
    sleep = {"id": "a", "component": "/builtin/sleep", "input": {"duration_ms": 3_600_000}}
    slow = {"steps": [sleep], "output": {"$step": "a"}}
    for _ in range(2):
        with pytest.raises(RunTimeoutError):
            await executor.run(slow, timeout=0)
    assert len((await executor.list_runs()).runs) == 2


async def test_a_remembered_output_belongs_to_its_caller(executor: CachingExecutor) -> None:
    """What is done to one answer does not show in the next, nor what is done to the first."""
    for _ in range(3):
        output = (await executor.run(COUNTED, [1])).output
        assert output == {"n": [1], "call": 1}
        output["n"].append(2)
        output.clear()


async def test_the_least_used_result_gives_way(counted: Counted) -> None:
    """Asking for a result keeps it."""
    executor = CachingExecutor(counted, max_entries=2)
    for number in (1, 2, 1, 3, 1, 3, 2):
        await executor.run(COUNTED, number)
    assert counted.calls == 4


@pytest.mark.parametrize("max_entries", [0, -1])
def test_there_is_room_for_a_result(max_entries: int) -> None:
    """Less is refused."""
    with pytest.raises(InvalidInputError, match="at least 1"):
        CachingExecutor(StepflowRuntime(), max_entries=max_entries)


async def test_results_can_be_forgotten(executor: CachingExecutor, counted: Counted) -> None:
    """By `clear`."""
    await executor.run(COUNTED, 1)
    executor.clear()
    await executor.run(COUNTED, 1)
    assert counted.calls == 2


async def test_a_closed_executor_remembers_nothing(executor: CachingExecutor) -> None:
    """Calls raise, as those of the executor inside."""
    await executor.run(COUNTED, 1)
    await executor.close()
    with pytest.raises(ConflictError):
        await executor.run(COUNTED, 1)
