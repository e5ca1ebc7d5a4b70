"""The life of a runtime: its loop, its end, use without `await`, and the end of the process around it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from stepflow_core import (
    BlockingExecutor,
    ConflictError,
    ExecutionStatus,
    FlowResult,
    NotFoundError,
    ServerError,
    StepflowError,
    blocking,
)
from stepflow_runtime import StepflowRuntime, __version__, runtime_life
from stepflow_runtime.engine import steps
from stepflow_runtime.virtual_time import run_virtual

PATIENCE = 30.0
"""Seconds after which a test gives up; no test takes that long unless it fails."""

ECHO = {"name": "echo", "description": "Gives its input back.", "output": {"$input": "$"}}


def step(id: str, component: str, input: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": {} if input is None else input, **more}


def flow(*steps: dict[str, Any], output: Any = None) -> dict[str, Any]:
    named = {"name": "test", "description": "a test", "steps": list(steps)}
    return {**named, "output": output if output is not None else {"$step": steps[-1]["id"]}}


def code_of(result: FlowResult) -> int | None:
    return None if result.error is None else result.error.code


# ---- health, address


async def test_a_runtime_is_healthy_until_it_is_closed() -> None:
    """And tells its version and the time."""
    runtime = StepflowRuntime()
    health = await runtime.health_check()
    assert (health.status, health.version) == ("healthy", __version__)
    assert abs((datetime.now(UTC) - health.timestamp).total_seconds()) < 3600
    await runtime.close()
    assert (await runtime.health_check()).status == "unhealthy"


def test_every_runtime_has_an_address_of_its_own() -> None:
    """That says that it is in process."""
    first, second = StepflowRuntime(), StepflowRuntime()
    assert first.url.startswith("stepflow+local://")
    assert first.url != second.url
    assert first.url == first.url


# ---- closing


async def test_a_runtime_is_usable_without_entering_it() -> None:
    """And is ended by `close`, as often as one likes."""
    runtime = StepflowRuntime()
    assert (await runtime.run(ECHO, 1)).output == 1
    await runtime.close()
    await runtime.close()


async def test_a_runtime_that_was_never_used_can_be_closed() -> None:
    """Nothing was there to end; it is closed as any other."""
    runtime = StepflowRuntime()
    await runtime.close()
    with pytest.raises(ConflictError, match="closed"):
        await runtime.run(ECHO, 1)


async def test_after_the_end_every_call_raises() -> None:
    """Whatever it asks for."""
    async with StepflowRuntime() as runtime:
        run_id = await runtime.submit(ECHO, 1)
        await runtime.get_result(run_id)
    calls = [
        runtime.run(ECHO, 1),
        runtime.submit(ECHO, 1),
        runtime.get_result(run_id),
        runtime.run_batch(ECHO, [1]),
        runtime.submit_batch(ECHO, [1]),
        runtime.get_batch(run_id),
        runtime.validate(ECHO),
        runtime.list_components(),
        runtime.store_flow(ECHO),
        runtime.get_flow("0" * 64),
        runtime.delete_flow("0" * 64),
        runtime.list_flows(),
        runtime.get_flow_variables("0" * 64),
        runtime.get_flow_graph("0" * 64),
        runtime.create_run("0" * 64),
        runtime.get_run(run_id),
        runtime.list_runs(),
        runtime.get_run_items(run_id),
        runtime.get_run_steps(run_id),
        runtime.get_run_flow(run_id),
        runtime.get_step(run_id, "a"),
        runtime.put_blob(1),
        runtime.get_blob("0" * 64),
        runtime.cancel_run(run_id),
        runtime.delete_run(run_id),
    ]
    for call in calls:
        with pytest.raises(ConflictError, match="the runtime was closed"):
            await call
    with pytest.raises(ConflictError):
        runtime.events(run_id)
    with pytest.raises(ConflictError):
        runtime.component("/late")(lambda: 1)
    with pytest.raises(ConflictError):
        async with runtime:
            pass


async def test_running_steps_finish_when_a_runtime_is_closed() -> None:
    """Those that run; what would follow is cancelled."""
    entered, release, thread_entered, thread_release = (
        asyncio.Event(), asyncio.Event(), threading.Event(), threading.Event(),
    )  # fmt: skip
    finished: list[str] = []
    runtime = StepflowRuntime()

    @runtime.component
    async def slow() -> None:
        entered.set()
        await release.wait()
        finished.append("async")

    @runtime.component
    def blocks() -> None:
        thread_entered.set()
        thread_release.wait(PATIENCE)
        finished.append("plain")

    @runtime.component(inline=True)
    def never() -> None:
        finished.append("never")

    asked = flow(step("a", "/slow"), step("b", "/blocks"), step("c", "/never", {}, after=["a", "b"]))
    waiting = asyncio.create_task(runtime.run(asked))
    await entered.wait()
    await asyncio.to_thread(thread_entered.wait, PATIENCE)
    closing = asyncio.create_task(runtime.close())
    await asyncio.sleep(0)
    release.set()
    thread_release.set()
    await closing
    assert sorted(finished) == ["async", "plain"]
    result = await waiting
    assert result.error is not None
    assert (result.error.code, result.error.message) == (499, "the runtime was closed")


def test_what_does_not_finish_in_time_is_cancelled() -> None:
    """After the grace, in which nothing new starts."""

    async def main() -> None:
        cancelled = asyncio.Event()
        loop = asyncio.get_running_loop()
        async with StepflowRuntime() as runtime:

            @runtime.component
            async def never() -> None:
                try:
                    await asyncio.Event().wait()
                finally:
                    cancelled.set()

            waiting = asyncio.create_task(runtime.run(flow(step("a", "/never"))))
            await asyncio.sleep(0)
            began = loop.time()
        assert cancelled.is_set()
        assert code_of(await waiting) == 499
        assert runtime_life.GRACE <= loop.time() - began < 2 * runtime_life.GRACE

    run_virtual(main())


def test_every_kind_of_run_ends_with_its_runtime() -> None:
    """Batches, sub-runs, timers, retries: whoever waits is told."""

    async def main() -> None:
        async with StepflowRuntime() as runtime:

            @runtime.component
            async def fails() -> None:
                raise ValueError("no")

            inner = {"$literal": flow(step("s", "/sleep", {"duration_ms": 60_000}))}
            asked = [
                flow(step("a", "/sleep", {"duration_ms": 60_000})),
                flow(step("a", "/fails", retry={"on": ["any"], "backoff": {"initial": 60, "max": 60}})),
                flow(step("a", "/map", {"items": [1, 2], "workflow": inner})),
                flow(step("a", "/iterate", {"initial_input": 1, "flow": inner})),
            ]
            waiting = [asyncio.create_task(runtime.run(each)) for each in asked]
            batch = asyncio.create_task(runtime.run_batch(asked[0], [1, 2, 3], max_concurrency=1))
            await asyncio.sleep(1)
        assert [code_of(await each) for each in waiting] == [499] * 4
        ended = await batch
        assert [code_of(each) for each in ended.results] == [499] * 3
        assert ended.run.status is ExecutionStatus.CANCELLED

    run_virtual(main())


async def test_nothing_is_begun_while_a_runtime_is_closed() -> None:
    """It would never end."""
    entered, release = asyncio.Event(), asyncio.Event()
    runtime = StepflowRuntime()

    @runtime.component
    async def slow() -> None:
        entered.set()
        await release.wait()

    run_id = await runtime.submit(flow(step("a", "/slow")))
    await entered.wait()
    closing = [asyncio.create_task(runtime.close()) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(ConflictError):
        await runtime.run(ECHO, 1)
    assert (await runtime.get_run(run_id)).status is ExecutionStatus.RUNNING
    release.set()
    await asyncio.gather(*closing)


async def test_leaving_by_an_exception_closes_too() -> None:
    """And the exception goes on."""
    with pytest.raises(KeyError):
        async with StepflowRuntime() as runtime:
            raise KeyError("x")
    with pytest.raises(ConflictError):
        await runtime.run(ECHO, 1)


# ---- faults of the engine


async def test_a_fault_of_the_engine_ends_its_run_and_no_other(
    runtime: StepflowRuntime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever waits is told, what ran is cancelled, and the fault is logged."""
    original = steps.finish
    entered, cancelled = asyncio.Event(), asyncio.Event()

    def finish(tree: Any, frame: Any, index: int, state: int, value: Any) -> None:
        if frame.plan.ids[index] == "faulty":
            raise RuntimeError("a fault")
        original(tree, frame, index, state, value)

    @runtime.component
    async def waits() -> None:
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    @runtime.component
    async def after() -> None:
        await entered.wait()

    monkeypatch.setattr(steps, "finish", finish)
    asked = flow(step("w", "/waits"), step("faulty", "/after"), output=[{"$step": "w"}, {"$step": "faulty"}])
    other = asyncio.create_task(runtime.run(flow(step("s", "/sleep", {"duration_ms": 1}))))
    result = await runtime.run(asked)
    assert result.error is not None
    assert (result.error.code, result.error.message) == (500, "the engine failed: RuntimeError: a fault")
    await asyncio.wait_for(cancelled.wait(), PATIENCE)
    with pytest.raises(ServerError, match="a fault"):
        await runtime.run_batch(asked, [1, 2])
    assert (await other).is_success
    statuses = [str(each.status) for each in (await runtime.list_runs()).runs]
    assert sorted(statuses) == ["completed", "failed", "failed"]
    assert {each.levelname for each in caplog.records} == {"ERROR"}


# ---- loops


def test_a_runtime_belongs_to_one_loop() -> None:
    """Another one is refused, and the first is not harmed."""
    runtime = StepflowRuntime()

    async def main() -> None:
        assert (await runtime.run(ECHO, 1)).output == 1
        with ThreadPoolExecutor(1) as pool:
            for call in (runtime.run(ECHO, 2), runtime.close()):
                other = pool.submit(asyncio.run, call)
                with pytest.raises(ConflictError, match="another event loop"):
                    await asyncio.wrap_future(other)
        assert (await runtime.run(ECHO, 3)).output == 3
        await runtime.close()

    asyncio.run(main())


def test_a_runtime_may_outlive_its_loop() -> None:
    """It can be closed on another one: what ran has ended with the loop."""
    runtime = StepflowRuntime()
    assert asyncio.run(runtime.run(ECHO, 1)).output == 1
    with pytest.raises(ConflictError, match="another event loop"):
        asyncio.run(runtime.run(ECHO, 2))
    asyncio.run(runtime.close())
    assert asyncio.run(runtime.health_check()).status == "unhealthy"


def test_a_loop_that_ended_in_the_middle_of_a_run_does_not_matter() -> None:
    """The runtime can be closed all the same."""
    runtime = StepflowRuntime()

    async def main() -> None:
        await runtime.submit(flow(step("a", "/sleep", {"duration_ms": 60_000})))

    asyncio.run(main())
    asyncio.run(runtime.close())


# ---- without await


def test_a_runtime_is_used_without_await() -> None:
    """Every member; components on its own loop and threads."""
    with StepflowRuntime() as ex:
        assert isinstance(ex, BlockingExecutor)

        @ex.component
        async def double(n: int) -> int:
            return n * 2

        asked = flow(step("a", "/double", {"n": {"$input": "$"}}))
        assert ex.run(asked, 4).output == 8
        batch = ex.run_batch(asked, (n for n in range(5)))
        assert [each.output for each in batch.results] == [0, 2, 4, 6, 8]
        run_id = ex.submit(asked, 1)
        assert ex.get_result(run_id).output == 2
        assert [each.event for each in ex.events(run_id)][-1] == "run_completed"
        stored = ex.store_flow(asked)
        assert ex.create_run(stored.flow_id, 3).result.output == 6
        assert ex.get_blob(ex.put_blob({"a": 1})) == {"a": 1}
        assert ex.health_check().status == "healthy"
        assert ex.url.startswith("stepflow+local://")
        with pytest.raises(NotFoundError):
            ex.run("unknown")
    with pytest.raises(StepflowError):
        ex.run(asked, 4)


def test_a_runtime_is_used_from_many_threads() -> None:
    """Each gets its own results."""
    with blocking(StepflowRuntime()) as ex, ThreadPoolExecutor(8) as pool:
        asked = flow(step("a", "/noop", {"$input": "$"}))
        assert list(pool.map(lambda n: ex.run(asked, n).output, range(64))) == list(range(64))


async def test_a_runtime_is_used_without_await_where_a_loop_runs() -> None:
    """As in a notebook."""
    with StepflowRuntime() as ex:
        assert ex.run(ECHO, 1).output == 1


# ---- what ends the process


def run_script(code: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own."""
    script = "import asyncio, sys, threading\nfrom stepflow_runtime import StepflowRuntime\n" + textwrap.dedent(code)
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)


def test_a_program_ends_though_a_component_never_returns() -> None:
    """Its thread is left behind; the exit code is clean and nothing is printed."""
    done = run_script("""
        from stepflow_runtime import runtime_life
        runtime_life.GRACE = 0.0
        entered = threading.Event()
        async def main():
            async with StepflowRuntime() as runtime:
                @runtime.component
                def never():
                    entered.set()
                    threading.Event().wait()
                step = {"id": "a", "component": "/never", "input": {}}
                run_id = await runtime.submit({"steps": [step], "output": {"$step": "a"}})
                await asyncio.to_thread(entered.wait)
            print("closed")
        asyncio.run(main())
    """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "closed\n", "")


def test_a_program_ends_without_closing_its_runtime() -> None:
    """Whatever was running."""
    done = run_script("""
        entered = threading.Event()
        async def main():
            runtime = StepflowRuntime()
            @runtime.component
            def never():
                entered.set()
                threading.Event().wait()
            @runtime.component
            async def waits():
                await asyncio.Event().wait()
            steps = [{"id": each, "component": "/" + each, "input": {}} for each in ("never", "waits")]
            await runtime.submit({"steps": steps, "output": [{"$step": "never"}, {"$step": "waits"}]})
            await asyncio.to_thread(entered.wait)
        asyncio.run(main())
    """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_exit_code_is_the_programs_own() -> None:
    """Leaving the runtime by `sys.exit` closes it."""
    done = run_script("""
        with StepflowRuntime() as ex:
            print(ex.run({"output": 1}).output)
            sys.exit(7)
    """)
    assert (done.returncode, done.stdout, done.stderr) == (7, "1\n", "")


def test_ctrl_c_ends_a_program_that_waits_for_a_run() -> None:
    """The run is cancelled on the way out."""
    done = run_script("""
        import os, signal
        async def main():
            async with StepflowRuntime() as runtime:
                @runtime.component
                async def waits():
                    os.kill(os.getpid(), signal.SIGINT)
                    try:
                        await asyncio.Event().wait()
                    finally:
                        print("component ended")
                from stepflow_runtime import runtime_life
                runtime_life.GRACE = 0.01
                step = {"id": "a", "component": "/waits", "input": {}}
                await runtime.run({"steps": [step], "output": {"$step": "a"}})
        try:
            asyncio.run(main())
        except KeyboardInterrupt:
            print("interrupted")
    """)
    assert (done.returncode, done.stdout, done.stderr) == (0, "component ended\ninterrupted\n", "")
