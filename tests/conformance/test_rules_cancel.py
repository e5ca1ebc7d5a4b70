"""Cancellation: at once, for everything that has not ended."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from stepflow_core import ConflictError, ExecutionStatus
from stepflow_runtime import StepflowRuntime


class Stage:
    """A runtime with a component that starts, waits and notes what becomes of it."""

    def __init__(self, runtime: StepflowRuntime) -> None:
        self.runtime = runtime
        self.started = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.ran: list[str] = []
        runtime.component("/wait")(self._wait)
        runtime.component("/note")(self._note)

    async def _wait(self) -> None:
        self.started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    async def _note(self, name: str) -> str:
        self.ran.append(name)
        return name


WAITING: dict[str, Any] = {"id": "wait", "component": "/wait", "input": {}}
FLOW: dict[str, Any] = {
    "name": "waits",
    "steps": [
        WAITING,
        {"id": "forced", "component": "/note", "input": {"name": "forced"}, "after": ["wait"], "mustExecute": True},
        {"id": "replaced", **{key: WAITING[key] for key in ("component", "input")},
         "onError": {"action": "useDefault", "defaultValue": "replaced"}},
    ],
    "output": [{"$step": "wait"}, {"$step": "replaced"}],
}  # fmt: skip


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A stage of its own for each test."""
    async with StepflowRuntime() as runtime:
        yield Stage(runtime)


async def test_a_run_is_cancelled_when_the_request_returns(stage: Stage) -> None:
    """Its result is a failure with code 499, which `onError` does not replace."""
    run_id = await stage.runtime.submit(FLOW, None)
    await stage.started.wait()
    summary = await stage.runtime.cancel_run(run_id, "enough")
    assert summary.status == ExecutionStatus.CANCELLED
    error = (await stage.runtime.get_result(run_id)).error
    assert error is not None
    assert (error.code, error.kind) == (499, "cancelled")


async def test_a_running_component_is_cancelled(stage: Stage) -> None:
    """An async component gets CancelledError."""
    run_id = await stage.runtime.submit(FLOW, None)
    await stage.started.wait()
    await stage.runtime.cancel_run(run_id)
    await asyncio.wait_for(stage.cancelled.wait(), 5)


async def test_nothing_starts_after_a_cancellation(stage: Stage) -> None:
    """Steps that must execute do not start either."""
    run_id = await stage.runtime.submit(FLOW, None)
    await stage.started.wait()
    await stage.runtime.cancel_run(run_id)
    await stage.cancelled.wait()
    assert stage.ran == []


async def test_items_that_had_ended_keep_their_results(stage: Stage) -> None:
    """Only what had not ended is cancelled."""
    steps = [{**WAITING, "when": {"$input": "wait"}}]
    flow = {"name": "items", "steps": steps, "output": {"$coalesce": [{"$step": "wait"}, "done"]}}
    run_id = await stage.runtime.submit_batch(flow, [{"wait": False}, {"wait": True}], max_concurrency=1)
    await stage.started.wait()
    await stage.runtime.cancel_run(run_id)
    results = (await stage.runtime.get_batch(run_id)).results
    assert results[0].output == "done"
    assert results[1].error is not None
    assert results[1].error.code == 499
    assert (await stage.runtime.get_run(run_id)).status == ExecutionStatus.CANCELLED


async def test_flows_inside_are_cancelled_too(stage: Stage) -> None:
    """Sub-runs end with their parent."""
    inner = {"steps": [WAITING], "output": {"$step": "wait"}}
    step = {"id": "inner", "component": "/map", "input": {"items": [1], "workflow": {"$literal": inner}}}
    run_id = await stage.runtime.submit({"name": "outer", "steps": [step], "output": {"$step": "inner"}}, None)
    await stage.started.wait()
    await stage.runtime.cancel_run(run_id)
    await asyncio.wait_for(stage.cancelled.wait(), 5)
    runs = (await stage.runtime.list_runs(root_run_id=run_id)).runs
    assert {run.status for run in runs} == {ExecutionStatus.CANCELLED}
    assert len(runs) == 2


async def test_a_thread_is_abandoned_and_its_late_result_dropped(stage: Stage) -> None:
    """A plain component that does not look at `cancelled` keeps neither the run nor the runtime."""
    running, release = threading.Event(), threading.Event()

    @stage.runtime.component("/block")
    def block() -> str:
        running.set()
        release.wait(20)
        return "too late"

    step = {"id": "block", "component": "/block", "input": {}}
    run_id = await stage.runtime.submit({"name": "blocked", "steps": [step], "output": {"$step": "block"}}, None)
    await asyncio.to_thread(running.wait, 20)
    assert (await stage.runtime.cancel_run(run_id)).status == ExecutionStatus.CANCELLED
    release.set()
    result = await stage.runtime.get_result(run_id)
    assert result.error is not None
    assert result.error.code == 499


WAITS = {
    "a timer": {"id": "wait", "component": "/sleep", "input": {"duration_ms": 60_000}},
    "a retry": {"id": "wait", "component": "/fail", "input": {}, "retry": {"on": ["any"], "backoff": {"initial": 60}}},
}


@pytest.mark.parametrize("step", WAITS.values(), ids=WAITS)
async def test_what_is_due_later_goes_too(stage: Stage, step: dict[str, Any]) -> None:
    """Timers and retries end with their run."""
    attempts = asyncio.Semaphore(0)

    @stage.runtime.component("/fail")
    async def fail() -> None:
        attempts.release()
        raise ValueError("not yet")

    run_id = await stage.runtime.submit({"name": "later", "steps": [step], "output": {"$step": "wait"}}, None)
    if step["component"] == "/fail":
        await attempts.acquire()
    await stage.runtime.cancel_run(run_id)
    error = (await stage.runtime.get_result(run_id, timeout=5)).error
    assert error is not None
    assert error.code == 499


async def test_a_run_that_has_ended_cannot_be_cancelled(stage: Stage) -> None:
    """It is a conflict."""
    run_id = await stage.runtime.submit({"name": "short", "output": 1}, None)
    await stage.runtime.get_result(run_id)
    with pytest.raises(ConflictError):
        await stage.runtime.cancel_run(run_id)
