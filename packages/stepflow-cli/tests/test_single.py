"""Running a flow on one input, and cutting it short."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Callable
from typing import Any

import pytest
from stepflow_cli.exits import Exit
from stepflow_cli.interrupts import Interrupts
from stepflow_cli.output import Output
from stepflow_cli.requests import Request
from stepflow_cli.single import run_single
from stepflow_cli.supervise import Supervisor
from stepflow_core import ConflictError, ExecutionStatus, FlowResult, RunEvent

Make = Callable[..., RunEvent]
Tell = Callable[..., Any]
REQUEST = Request(flow="greet", variables={"v": 1}, tags={"t": "x"}, overrides={"a": {}})
CANCELLED = FlowResult.failed(499, "cancelled", {"kind": "cancelled"})


async def run(executor: Any, screen: Any, timeout: float | None = None) -> Exit:
    """Run the executor's story; the exit code."""
    with Interrupts() as interrupts, Output(screen, None) as output:
        supervisor = Supervisor(executor, screen, interrupts, timeout)
        return await run_single(executor, REQUEST, {"n": 1}, output, supervisor, screen)


async def test_shows_the_steps_and_writes_the_result(screen: Any, story: Tell, event: Make) -> None:
    """The steps are said on stderr, the result is on stdout; the request reaches the executor."""
    executor = story([event("run_created"), event("step_started", "a")], [FlowResult.success(1.0)])
    assert await run(executor, screen) is Exit.DONE
    assert screen.shown == '{"outcome":"success","result":1.0}\n'
    assert screen.said == "run_created run\nstep_started a\n"
    assert executor.calls[0] == ("submit", ("greet", {"n": 1}, {"a": {}}, {"variables": {"v": 1}, "tags": {"t": "x"}}))


async def test_quiet_says_nothing(screens: Any, story: Tell, event: Make) -> None:
    """With quiet there is the result alone, and events are not even asked for."""
    screen = screens(quiet=True)
    executor = story([event("run_created")], [FlowResult.skipped("why")])
    assert await run(executor, screen) is Exit.DONE
    assert (screen.shown, screen.said) == ('{"outcome":"skipped","reason":"why"}\n', "")
    assert "events" not in dict(executor.calls)


@pytest.mark.parametrize(
    ("status", "expected"), [(ExecutionStatus.FAILED, Exit.FAILED), (ExecutionStatus.CANCELLED, Exit.STOPPED)]
)
async def test_failures_have_exit_codes(screen: Any, story: Tell, status: ExecutionStatus, expected: Exit) -> None:
    """A flow that failed is 1, a run that somebody cancelled is 3; the result is written all the same."""
    executor = story([], [CANCELLED])
    executor.status = status
    assert await run(executor, screen) is expected
    assert json.loads(screen.shown)["error"]["code"] == 499


def until_cancelled(executor: Any) -> Callable[[RunEvent], Any]:
    """Holds the story up until the run is cancelled."""
    cancelled = asyncio.Event()
    cancel = executor.cancel_run

    async def cancel_run(run_id: str, reason: str | None = None) -> None:
        await cancel(run_id, reason)
        cancelled.set()

    executor.cancel_run = cancel_run
    return lambda event: cancelled.wait() if event.event == "run_completed" else None


@pytest.mark.parametrize(
    ("number", "expected", "reason"),
    [
        (signal.SIGINT, Exit.INTERRUPTED, "interrupted by the user"),
        (signal.SIGTERM, Exit.TERMINATED, "the process was asked to end"),
    ],
)
async def test_a_signal_cancels_the_run(
    screen: Any, story: Tell, event: Make, number: signal.Signals, expected: Exit, reason: str
) -> None:
    """Asked to end, the command cancels the run, writes what came of it, and ends with the signal's code."""
    executor = story([event("run_created"), event("run_completed", status="cancelled")], [CANCELLED])
    wait = until_cancelled(executor)

    def on_event(event: RunEvent) -> Any:
        if event.event == "run_completed":
            signal.raise_signal(number)
        return wait(event)

    executor.on_event = on_event
    assert await run(executor, screen) is expected
    assert ("cancel_run", ("run", reason)) in executor.calls
    assert "cancelling the run; once more ends at once" in screen.said
    assert '"code":499' in screen.shown


async def test_a_run_is_cancelled_when_its_time_is_up(screen: Any, story: Tell, event: Make) -> None:
    """After `--timeout` the run is cancelled and the exit code is 3."""
    executor = story([event("run_completed", status="cancelled")], [CANCELLED])
    executor.on_event = until_cancelled(executor)
    assert await run(executor, screen, timeout=0.001) is Exit.STOPPED
    assert ("cancel_run", ("run", "not ended within 1 ms")) in executor.calls
    assert "has not ended within 1 ms; cancelling it" in screen.said


async def test_a_run_that_ends_meanwhile_is_not_an_error(screen: Any, story: Tell, event: Make) -> None:
    """Where the run ends before it is cancelled, its result stands."""
    executor = story([event("run_completed")], [FlowResult.success(1)])
    ended = asyncio.Event()

    async def cancel_run(run_id: str, reason: str | None = None) -> None:
        ended.set()
        raise ConflictError("it has ended")

    executor.cancel_run = cancel_run
    executor.on_event = lambda event: ended.wait()
    assert await run(executor, screen, timeout=0.001) is Exit.STOPPED
    assert '"result":1' in screen.shown


async def test_handlers_are_put_back() -> None:
    """Afterwards signals do what they did before."""
    before = signal.getsignal(signal.SIGINT)
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


async def test_what_goes_wrong_is_raised(screen: Any, story: Tell, event: Make) -> None:
    """An error of the executor ends the waiting."""
    executor = story([event("run_created")])

    def fail(event: RunEvent) -> None:
        raise ConflictError("closed")

    executor.on_event = fail
    with pytest.raises(ConflictError):
        await run(executor, screen)
