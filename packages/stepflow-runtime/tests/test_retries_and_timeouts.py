"""Retries and timeouts under a clock that jumps: hours of waiting take no time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from stepflow_core import FlowResult, RunEvent, StepStatus
from stepflow_runtime import ComponentError, StepContext, StepflowRuntime
from stepflow_runtime.engine.plan import delay_before
from stepflow_runtime.failures import TransportError
from stepflow_runtime.language.model import Backoff
from stepflow_runtime.virtual_time import VirtualLoop, run_virtual

PATIENCE = 30.0
"""Seconds after which a test gives up; no test takes that long unless it fails."""


def step(id: str, component: str, input: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": {} if input is None else input, **more}


def flow(*steps: dict[str, Any], output: Any = None) -> dict[str, Any]:
    named = {"name": "test", "description": "a test", "steps": list(steps)}
    return {**named, "output": output if output is not None else {"$step": steps[-1]["id"]}}


def code_of(result: FlowResult) -> int | None:
    return None if result.error is None else result.error.code


class Bench:
    """A runtime under a jumping clock, with a component that fails as often as it is told."""

    def __init__(self, runtime: StepflowRuntime) -> None:
        self.runtime = runtime
        self.loop = asyncio.get_running_loop()
        self.began = self.loop.time()
        self.times: list[float] = []
        self.error: Exception = ValueError("no")
        self.good = 10**9
        runtime.component("/work")(self.work)

    @property
    def now(self) -> float:
        """Seconds since the bench was made."""
        return self.loop.time() - self.began

    async def work(self, ctx: StepContext) -> int:
        self.times.append(self.now)
        if ctx.attempt >= self.good:
            return ctx.attempt
        raise self.error

    async def run(self, asked: dict[str, Any]) -> FlowResult:
        return await self.runtime.run(asked)

    def delays(self) -> list[float]:
        """Seconds between the attempts."""
        return [round(later - earlier, 1) for earlier, later in zip(self.times, self.times[1:], strict=False)]


def with_bench(test: Callable[[Bench], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Run a test with a bench under a clock that does nothing but jump: real time has no say."""

    def run() -> None:
        async def main() -> None:
            async with StepflowRuntime() as runtime:
                await test(Bench(runtime))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(VirtualLoop, "time", lambda loop: loop._jumping.jumped)
            run_virtual(main())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def tried(**retry: Any) -> dict[str, Any]:
    backoff = {"jitter": 0, **retry.pop("backoff", {})}
    return flow(step("a", "/work", retry={"on": ["any"], "backoff": backoff, **retry}))


# ---- delays


@pytest.mark.parametrize(
    ("backoff", "delays"),
    [
        ({}, [1, 2, 4, 8, 10, 10]),
        ({"initial": 60, "max": "1h", "factor": 10}, [60, 600, 3600, 3600, 3600, 3600]),
        ({"factor": 1, "initial": 3}, [3, 3, 3, 3, 3, 3]),
        ({"type": "constant", "initial": "2h", "max": "3h"}, [7200] * 6),
        ({"type": "fibonacci", "initial": 1, "max": 100}, [1, 1, 2, 3, 5, 8]),
        ({"initial": 0}, [0] * 6),
        ({"initial": 50, "max": 5}, [5] * 6),
    ],
    ids=str,
)
def test_attempts_are_delayed_by_the_backoff(backoff: dict[str, Any], delays: list[float]) -> None:
    """Exponential, constant or by the Fibonacci numbers; never above the maximum."""

    @with_bench
    async def run(bench: Bench) -> None:
        assert code_of(await bench.run(tried(maxRetries=6, backoff=backoff))) == 500
        assert bench.delays() == pytest.approx(delays, abs=0.1)

    run()


def test_jitter_spreads_delays_within_its_bounds() -> None:
    """A tenth of the delay either way, not the same for every item."""

    @with_bench
    async def run(bench: Bench) -> None:
        asked = tried(maxRetries=1, backoff={"type": "constant", "initial": 100, "max": 100, "jitter": 0.1})
        run_id = await bench.runtime.submit_batch(asked, [None] * 40)
        await bench.runtime.get_batch(run_id)
        delays = [each.delay async for each in bench.runtime.events(run_id, event_types=["step_retrying"])]
        assert all(each is not None and 90 <= each <= 110 for each in delays)
        assert len(set(delays)) > 30

    run()


@pytest.mark.parametrize("chance", [0.0, 0.25, 0.999])
@pytest.mark.parametrize("jitter", [0.0, 0.1, 1.0])
def test_no_delay_is_negative_or_beyond_its_jitter(chance: float, jitter: float) -> None:
    """Whatever the kind of back-off and the number of the attempt, however large."""
    for kind in ("exponential", "constant", "fibonacci"):
        backoff = Backoff(type=kind, initial=1, max=10, factor=2, jitter=jitter)
        for attempt in (2, 3, 10, 100, 5000):
            assert 0 <= delay_before(attempt, backoff, chance) <= 10 * (1 + jitter)


# ---- what is retried, and how often


@with_bench
async def test_a_step_succeeds_at_its_first_success(bench: Bench) -> None:
    """The attempts before leave their mark in the events only."""
    bench.good = 3
    run_id = await bench.runtime.submit(tried())
    assert (await bench.runtime.get_result(run_id)).output == 3
    events: list[RunEvent] = [each async for each in bench.runtime.events(run_id)]
    told = [(each.event, each.attempt) for each in events if each.step_id == "a"]
    assert told == [
        ("step_ready", None),
        ("step_started", 1),
        ("step_retrying", 1),
        ("step_started", 2),
        ("step_retrying", 2),
        ("step_started", 3),
        ("step_completed", 3),
    ]


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_the_budget_is_what_is_written(retries: int) -> None:
    """The first attempt is no retry; the last error is the step's."""

    @with_bench
    async def run(bench: Bench) -> None:
        assert code_of(await bench.run(tried(maxRetries=retries))) == 500
        assert len(bench.times) == retries + 1

    run()


@with_bench
async def test_the_default_budget_is_three(bench: Bench) -> None:
    """In `retry` as in the short form of `onError`."""
    await bench.run(tried())
    await bench.run(flow(step("a", "/work", onError={"action": "retry"})))
    assert len(bench.times) == 8


CAUSES: dict[str, tuple[dict[str, Any], Exception, int]] = {
    "a failure is not retried by itself": ({}, ValueError("no"), 1),
    "nor where only others are": ({"retry": {"on": [503, "timeout"]}}, ValueError("no"), 1),
    "by its code": ({"retry": {"on": [418]}}, ComponentError("tea", 418), 4),
    "by its kind": ({"retry": {"on": ["exception"]}}, ValueError("no"), 4),
    "by any": ({"retry": {"on": ["any"]}}, ComponentError("tea", 418), 4),
    "transport is retried by itself": ({}, TransportError("gone"), 4),
    "so is any failure with its code": ({}, ComponentError("gone", 503), 4),
    "unless it is switched off": ({"retry": {"maxRetries": 0}}, TransportError("gone"), 1),
    "with the budget that is written": ({"retry": {"maxRetries": 1, "on": []}}, TransportError("gone"), 2),
    "bad input never": ({"retry": {"on": ["any"]}}, ComponentError("bad", 500, {"kind": "invalid_input"}), 1),
    "nor what is not found": ({"retry": {"on": ["any", 500]}}, ComponentError("no", 500, {"kind": "not_found"}), 1),
    "nor what is not JSON": ({"retry": {"on": ["not_json"]}}, ComponentError("no", 503, {"kind": "not_json"}), 1),
    "nor a faulty flow": ({"retry": {"on": ["any"]}}, ComponentError("no", 500, {"kind": "invalid_flow"}), 1),
    "nor a cancellation": ({"retry": {"on": ["any"]}}, ComponentError("no", 499, {"kind": "cancelled"}), 1),
}


@pytest.mark.parametrize(("options", "error", "attempts"), CAUSES.values(), ids=CAUSES)
def test_what_is_retried(options: dict[str, Any], error: Exception, attempts: int) -> None:
    """Transport by default; other causes where `on` names them; some never."""

    @with_bench
    async def run(bench: Bench) -> None:
        bench.error = error
        result = await bench.run(flow(step("a", "/work", **options)))
        assert result.is_failed
        assert len(bench.times) == attempts

    run()


@with_bench
async def test_one_budget_is_for_all_causes(bench: Bench) -> None:
    """A timeout and a failure count alike."""
    attempts = 0

    @bench.runtime.component
    async def mixed(ctx: StepContext) -> None:
        nonlocal attempts
        attempts += 1
        if ctx.attempt % 2:
            await asyncio.Event().wait()
        raise TransportError("gone")

    asked = flow(step("a", "/mixed", timeout=5, retry={"maxRetries": 3, "on": ["timeout"]}))
    assert code_of(await bench.run(asked)) == 503
    assert attempts == 4


@with_bench
async def test_an_unknown_component_is_not_retried(bench: Bench) -> None:
    """It would not be found again either."""
    result = await bench.run(flow(step("a", "/nowhere", retry={"on": ["any"]})))
    assert code_of(result) == 404
    assert bench.now < 1


@with_bench
async def test_a_default_covers_the_last_failure(bench: Bench) -> None:
    """After all attempts."""
    default = {"action": "useDefault", "defaultValue": "instead"}
    result = await bench.run(flow(step("a", "/work", retry={"on": ["any"]}, onError=default)))
    assert result.output == "instead"
    assert len(bench.times) == 4


@with_bench
async def test_engine_steps_are_retried_too(bench: Bench) -> None:
    """Each attempt with a sub-run of its own."""
    bench.good = 1
    failing = flow(step("x", "/work"), output={"$input": "missing"})
    retry = {"maxRetries": 2, "on": [1], "backoff": {"type": "constant", "initial": 60, "max": 60}}
    asked = flow(step("m", "/iterate", {"initial_input": {}, "flow": {"$literal": failing}}, retry=retry))
    run_id = await bench.runtime.submit(asked)
    assert code_of(await bench.runtime.get_result(run_id)) == 1
    created = [each.address async for each in bench.runtime.events(run_id, event_types=["sub_run_created"])]
    assert created == ["m[0]", "m#2[0]", "m#3[0]"]
    assert bench.now >= 108


# ---- timeouts


@with_bench
async def test_a_timeout_is_for_each_attempt_of_a_component(bench: Bench) -> None:
    """Code 408, with the time in words; the component is cancelled."""
    cancelled = 0

    @bench.runtime.component
    async def hangs() -> None:
        nonlocal cancelled
        try:
            await asyncio.Event().wait()
        finally:
            cancelled += 1

    retry = {"maxRetries": 2, "on": ["timeout"], "backoff": {"type": "constant", "initial": 0}}
    asked = flow(step("a", "/hangs", timeout="1h30m", retry=retry))
    error = (await bench.run(asked)).error
    assert error is not None
    assert (error.code, error.message, error.kind) == (408, "timed out after 5400 s", "timeout")
    await asyncio.sleep(0)
    assert cancelled == 3
    assert 3 * 5400 <= bench.now < 3 * 5400 + 10


@with_bench
async def test_a_timeout_is_not_retried_by_itself(bench: Bench) -> None:
    """Only where `on` names it."""

    @bench.runtime.component
    async def hangs() -> None:
        await asyncio.Event().wait()

    for on in ([], ["any"], [408], ["timeout"]):
        before = bench.now
        retry = {"maxRetries": 1, "on": on, "backoff": {"initial": 0}}
        assert code_of(await bench.run(flow(step("a", "/hangs", timeout=60, retry=retry)))) == 408
        assert bench.now - before == pytest.approx(120 if on else 60, abs=1)


@with_bench
async def test_the_delay_before_an_attempt_does_not_count(bench: Bench) -> None:
    """For components the clock starts with the attempt."""
    bench.good = 3
    backoff = {"type": "constant", "initial": 3600, "max": 3600}
    result = await bench.run(flow(step("a", "/work", timeout=60, retry={"on": ["any"], "backoff": backoff})))
    assert result.output == 3


@with_bench
async def test_a_timeout_is_for_the_whole_of_an_engine_step(bench: Bench) -> None:
    """All its attempts and the delays between them, and it is not tried again."""
    failing = flow(step("x", "/work"))
    retry = {"maxRetries": 9, "on": ["any"], "backoff": {"type": "constant", "initial": 60, "max": 60, "jitter": 0}}
    asked = flow(step("m", "/call", {"flow": failing}, retry=retry, timeout=150))
    assert code_of(await bench.run(asked)) == 408
    assert len(bench.times) == 3
    assert bench.now == pytest.approx(150, abs=1)


@with_bench
async def test_a_sleep_can_time_out(bench: Bench) -> None:
    """Or end just before."""
    late = await bench.run(flow(step("s", "/sleep", {"duration_ms": 61_000}, timeout=60)))
    assert code_of(late) == 408
    intime = await bench.run(flow(step("s", "/sleep", {"duration_ms": 59_000}, timeout=60)))
    assert intime.output == {"duration_ms": 59_000}


@with_bench
async def test_the_timeout_is_for_the_whole_where_the_route_depends_on_the_input(bench: Bench) -> None:
    """A builtin that only some inputs lead to is an engine step like any other."""
    condition = {"path": "$.initial_input", "value": 1}
    config = {
        "plugins": {"builtin": {"type": "builtin"}},
        "routes": {
            "/{*component}": [{"plugin": "builtin"}],
            "/some/{*component}": [{"plugin": "builtin", "conditions": [condition]}],
        },
    }
    async with StepflowRuntime(config) as runtime:
        runtime.component("/work")(bench.work)
        retry = {"maxRetries": 9, "on": ["any"], "backoff": {"type": "constant", "initial": 60, "max": 60, "jitter": 0}}
        given = {"initial_input": 1, "flow": {"$literal": flow(step("x", "/work"))}}
        asked = flow(step("m", "/some/iterate", given, retry=retry, timeout=150))
        assert code_of(await runtime.run(asked)) == 408
        assert len(bench.times) == 3


@with_bench
async def test_a_default_covers_a_timeout(bench: Bench) -> None:
    """Of a component and of an engine step."""
    default = {"action": "useDefault", "defaultValue": "late"}

    @bench.runtime.component
    async def hangs() -> None:
        await asyncio.Event().wait()

    for name, given in (("/hangs", {}), ("/sleep", {"duration_ms": 9e9})):
        assert (await bench.run(flow(step("a", name, given, timeout=60, onError=default)))).output == "late"


@with_bench
async def test_a_step_that_ends_in_time_leaves_no_timer(bench: Bench) -> None:
    """The clock does not move on for it."""

    @bench.runtime.component
    async def quick() -> str:
        return "quick"

    inner = flow(step("q", "/quick", timeout="1d"))
    asked = flow(step("m", "/map", {"items": [1, 2], "workflow": {"$literal": inner}}, timeout="1d"))
    run_id = await bench.runtime.submit(asked)
    await bench.runtime.get_result(run_id)
    await asyncio.sleep(10)
    assert bench.now == pytest.approx(10, abs=1)


@with_bench
async def test_timers_that_went_off_are_let_go(bench: Bench) -> None:
    """A long batch keeps none of them, nor the frames that they belong to."""
    inner = flow(step("s", "/sleep", {"duration_ms": 1000}), step("w", "/work", {}, after=["s"]))
    inner["steps"][1].update(retry={"on": ["any"], "maxRetries": 1}, timeout=60)
    inner["steps"].append(step("last", "/sleep", {"duration_ms": {"$input": "$"}}, after=["w"]))
    inner["output"] = {"$step": "last"}
    run_id = await bench.runtime.submit_batch(inner, [3_600_000, *[0] * 50])
    await asyncio.sleep(600)
    [execution] = bench.runtime._driver_here().executions.values()
    assert len(execution.timers) == 1
    assert len(execution.tree.root.frames) == 1
    await bench.runtime.cancel_run(run_id)
    assert execution.timers == {}


# ---- plain components


async def test_a_plain_component_that_never_returns_times_out(runtime: StepflowRuntime) -> None:
    """And others go on, though more of them hang than there are threads."""
    release = threading.Event()

    @runtime.component
    def hangs() -> None:
        release.wait(PATIENCE)

    @runtime.component
    def quick(n: int) -> int:
        return n

    batch = await runtime.run_batch(flow(step("a", "/hangs", timeout="50ms")), [0] * 70)
    assert {code_of(each) for each in batch.results} == {408}
    assert (await runtime.run(flow(step("a", "/quick", {"n": 5})))).output == 5
    others = await runtime.run_batch(flow(step("a", "/quick", {"n": {"$input": "$"}})), range(100))
    assert [each.output for each in others.results] == list(range(100))
    release.set()


async def test_a_plain_component_is_tried_again_after_its_timeout(runtime: StepflowRuntime) -> None:
    """In another thread; the late result of the first attempt is dropped."""
    release = threading.Event()
    returned = threading.Event()

    @runtime.component
    def first_hangs(ctx: StepContext) -> int:
        if ctx.attempt == 1:
            release.wait(PATIENCE)
            returned.set()
        return ctx.attempt

    retry = {"on": [408], "backoff": {"type": "constant", "initial": 0}}
    run_id = await runtime.submit(flow(step("a", "/first_hangs", timeout="100ms", retry=retry)))
    attempt = (await runtime.get_result(run_id)).output
    assert attempt >= 2
    release.set()
    assert await asyncio.to_thread(returned.wait, PATIENCE)
    [found] = (await runtime.get_run_steps(run_id)).steps
    assert (found.status, found.attempt) == (StepStatus.COMPLETED, attempt)
