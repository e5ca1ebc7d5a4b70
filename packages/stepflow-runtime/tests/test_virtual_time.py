"""The clock that jumps: what waits only for time takes none, what waits for anything else takes what it takes."""

from __future__ import annotations

import asyncio
import socket
import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from stepflow_runtime import StepContext, StepflowRuntime
from stepflow_runtime.virtual_time import VirtualLoop, run_virtual

PATIENCE = 30.0
"""Seconds after which a test gives up; no test takes that long unless it fails."""

DAY = 86_400.0


def step(id: str, component: str, input: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": {} if input is None else input, **more}


def flow(*steps: dict[str, Any], output: Any = None) -> dict[str, Any]:
    named = {"name": "test", "description": "a test", "steps": list(steps)}
    return {**named, "output": output if output is not None else {"$step": steps[-1]["id"]}}


def test_sleeps_take_no_time() -> None:
    """Days of them; the loop's clock and the time of day have moved."""

    async def main() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        began, day = loop.time(), loop.wall_clock()
        await asyncio.sleep(365 * DAY)
        return loop.time() - began, loop.wall_clock() - day

    passed, later = run_virtual(main())
    assert 365 * DAY <= passed < 366 * DAY
    assert later == pytest.approx(passed, abs=60)


def test_timers_go_off_in_their_order() -> None:
    """Whatever the order in which they were set."""
    order: list[int] = []

    async def sleeper(hours: int) -> None:
        await asyncio.sleep(hours * 3600)
        order.append(hours)

    async def main() -> None:
        await asyncio.gather(*(sleeper(hours) for hours in (5, 1, 24, 3)))

    run_virtual(main())
    assert order == [1, 3, 5, 24]


def test_timeouts_go_off_in_their_time() -> None:
    """Between shorter and longer sleeps."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(3600), 600)
        assert await asyncio.wait_for(asyncio.sleep(600, "slept"), 3600) == "slept"
        return loop.time() - began

    assert run_virtual(main()) == pytest.approx(1200, abs=60)


def test_what_is_ready_comes_first() -> None:
    """Time does not move while anybody has something to do."""

    async def main() -> list[str]:
        order: list[str] = []

        async def busy() -> None:
            for _ in range(50):
                await asyncio.sleep(0)
            order.append("busy")

        async def sleeps() -> None:
            await asyncio.sleep(3600)
            order.append("slept")

        await asyncio.gather(sleeps(), busy())
        return order

    assert run_virtual(main()) == ["busy", "slept"]


def test_a_function_in_a_thread_takes_its_time() -> None:
    """The clock does not jump over a timer while it runs."""
    release = threading.Event()

    async def main() -> list[str]:
        order: list[str] = []

        async def sleeps() -> None:
            await asyncio.sleep(DAY)
            order.append("slept")

        sleeping = asyncio.create_task(sleeps())
        running = asyncio.create_task(asyncio.to_thread(release.wait, PATIENCE))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(threading.Thread(target=release.set).start)
        await running
        order.append("returned")
        await sleeping
        return order

    assert run_virtual(main()) == ["returned", "slept"]


def test_a_plain_component_does_not_make_the_clock_jump() -> None:
    """Its timeout does not go off while it works, however far away the next timer is."""
    entered, release = threading.Event(), threading.Event()

    async def main() -> list[Any]:
        async with StepflowRuntime() as runtime:

            @runtime.component
            def works() -> str:
                entered.set()
                release.wait(PATIENCE)
                return "done"

            running = asyncio.create_task(runtime.run(flow(step("a", "/works", timeout="1d"))))
            sleeping = asyncio.create_task(runtime.run(flow(step("s", "/sleep", {"duration_ms": DAY * 500}))))
            await asyncio.to_thread(entered.wait, PATIENCE)
            asleep = not sleeping.done()
            release.set()
            result = await running
            return [asleep, sleeping.done(), result.output, (await sleeping).is_success]

    assert run_virtual(main()) == [True, False, "done", True]


def test_inputs_that_are_read_in_a_thread_do_not_make_the_clock_jump() -> None:
    """The iterator of a batch may take its time."""
    release = threading.Event()

    def inputs() -> Any:
        release.wait(PATIENCE)
        yield 1

    async def main() -> bool:
        async with StepflowRuntime() as runtime:
            batch = asyncio.create_task(runtime.run_batch({"output": {"$input": "$"}}, inputs()))
            sleeping = asyncio.create_task(asyncio.sleep(DAY))
            for _ in range(10):
                await asyncio.sleep(0)
            asleep = not sleeping.done()
            release.set()
            assert [each.output for each in (await batch).results] == [1]
            await sleeping
            return asleep

    assert run_virtual(main())


def test_what_reads_for_a_run_that_has_ended_does_not_hold_up_the_clock() -> None:
    """Its iterator may go on to block."""
    release = threading.Event()

    def inputs() -> Any:
        release.wait(PATIENCE)
        yield 1

    async def main() -> float:
        loop = asyncio.get_running_loop()
        async with StepflowRuntime() as runtime:
            run_id = await runtime.submit_batch({"output": {"$input": "$"}}, inputs())
            await runtime.cancel_run(run_id)
            began = loop.time()
            await asyncio.sleep(DAY)
            return loop.time() - began

    assert run_virtual(main()) >= DAY
    release.set()


def test_after_threads_have_ended_time_jumps_again() -> None:
    """Those that were abandoned too, though they go on."""
    release = threading.Event()

    async def main() -> float:
        loop = asyncio.get_running_loop()
        async with StepflowRuntime() as runtime:

            @runtime.component
            def quick(ctx: StepContext) -> str:
                ctx.emit("chunk")
                return "done"

            @runtime.component
            def hangs() -> None:
                release.wait(PATIENCE)

            assert (await runtime.run(flow(step("a", "/quick")))).output == "done"
            late = await runtime.run(flow(step("a", "/hangs", timeout="10ms")))
            assert late.error is not None
            began = loop.time()
            await asyncio.sleep(DAY)
            return loop.time() - began

    assert run_virtual(main()) >= DAY
    release.set()


def test_files_of_others_are_waited_for() -> None:
    """A connection may have something to say: time is real while it is open."""

    async def main() -> bytes:
        here, there = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=here)
        timer = asyncio.create_task(asyncio.sleep(3600))
        threading.Thread(target=there.sendall, args=(b"hello",)).start()
        data = await reader.readexactly(5)
        asleep = not timer.done()
        writer.close()
        there.close()
        timer.cancel()
        return data if asleep else b""

    assert run_virtual(main()) == b"hello"


def test_the_times_of_a_run_are_those_of_the_clock() -> None:
    """A run that slept for a day took one."""

    async def main() -> None:
        before = datetime.now(UTC)
        async with StepflowRuntime() as runtime:
            run_id = await runtime.submit(flow(step("s", "/sleep", {"duration_ms": DAY * 1000})))
            details = await runtime.get_run(run_id, wait=True)
            assert details.completed_at is not None
            assert (details.completed_at - details.created_at).total_seconds() == pytest.approx(DAY, abs=60)
            assert (details.created_at - before).total_seconds() < 3600
            [found] = (await runtime.get_run_steps(run_id)).steps
            assert found.started_at is not None
            assert found.completed_at is not None
            assert (found.completed_at - found.started_at).total_seconds() == pytest.approx(DAY, abs=60)
            seen: list[float | None] = []
            runtime.component("/deadline")(_noting(seen))
            await runtime.run(flow(step("d", "/deadline", timeout="1h")))
            assert seen[0] is not None
            assert seen[0] - details.completed_at.timestamp() == pytest.approx(3600, abs=60)

    run_virtual(main())


def _noting(seen: list[float | None]) -> Any:
    async def deadline(ctx: StepContext) -> None:
        seen.append(ctx.deadline)

    return deadline


def test_what_the_coroutine_raises_is_raised() -> None:
    """As by `asyncio.run`."""

    async def main() -> None:
        await asyncio.sleep(DAY)
        raise KeyError("x")

    with pytest.raises(KeyError):
        run_virtual(main())
