"""Retries and timeouts, seen from the component that is tried again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from stepflow_core import NotFoundError
from stepflow_runtime import StepflowRuntime
from stepflow_runtime.component_model import ComponentError
from stepflow_runtime.context import StepContext

QUICK = {"type": "constant", "initial": 0.001, "jitter": 0}


class Bench:
    """A runtime with one component that fails as it is told and notes its attempts."""

    def __init__(self, runtime: StepflowRuntime) -> None:
        self.runtime = runtime
        self.attempts: list[tuple[int, str]] = []
        self.errors: list[Exception] = []
        runtime.component("/work")(self._work)
        runtime.component("/hang")(self._hang)

    async def _work(self, value: Any, ctx: StepContext) -> Any:
        self.attempts.append((ctx.attempt, ctx.idempotency_key))
        if self.errors:
            raise self.errors.pop(0)
        return value

    async def _hang(self, value: Any, ctx: StepContext) -> Any:
        self.attempts.append((ctx.attempt, ctx.idempotency_key))
        if len(self.attempts) <= value:
            await asyncio.Event().wait()
        return "done"

    async def run(self, component: str = "/work", value: Any = 1, **step: Any) -> Any:
        """Run one step of the given options."""
        flow = {
            "name": "bench",
            "steps": [{"id": "work", "component": component, "input": {"value": value}, **step}],
            "output": {"$step": "work"},
        }
        return await self.runtime.run(flow, None)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    """A bench of its own for each test."""
    async with StepflowRuntime() as runtime:
        yield Bench(runtime)


def failures(*codes: int, kind: str | None = None) -> list[Exception]:
    """Errors of a component, one per attempt."""
    return [ComponentError(f"failure {code}", code, {"kind": kind} if kind else None) for code in codes]


async def test_a_failure_of_the_component_is_not_retried_by_itself(bench: Bench) -> None:
    """Without `on` only the transport is tried again."""
    bench.errors = failures(42)
    result = await bench.run(retry={"maxRetries": 3, "backoff": QUICK})
    assert result.error.code == 42
    assert len(bench.attempts) == 1


async def test_any_failure_is_retried_where_on_says_any(bench: Bench) -> None:
    """Attempts are numbered from 1 and share one idempotency key."""
    bench.errors = failures(42, 500)
    assert (await bench.run(retry={"maxRetries": 3, "backoff": QUICK, "on": ["any"]})).output == 1
    assert [attempt for attempt, _ in bench.attempts] == [1, 2, 3]
    assert len({key for _, key in bench.attempts}) == 1


async def test_only_the_codes_that_are_named_are_retried(bench: Bench) -> None:
    """The first failure of another code stands."""
    bench.errors = failures(42, 42, 43, 42)
    result = await bench.run(retry={"maxRetries": 9, "backoff": QUICK, "on": [42]})
    assert result.error.code == 43
    assert len(bench.attempts) == 3


async def test_a_kind_may_be_named(bench: Bench) -> None:
    """An exception has the kind `exception`."""
    bench.errors = [ValueError("no"), ValueError("no")]
    assert (await bench.run(retry={"maxRetries": 2, "backoff": QUICK, "on": ["exception"]})).is_success
    assert len(bench.attempts) == 3


async def test_the_last_error_stands_when_the_retries_are_used_up(bench: Bench) -> None:
    """`maxRetries` counts the attempts after the first."""
    bench.errors = failures(41, 42, 43, 44)
    result = await bench.run(retry={"maxRetries": 2, "backoff": QUICK, "on": ["any"]})
    assert result.error.code == 43
    assert len(bench.attempts) == 3


async def test_transport_failures_are_retried_where_nothing_is_written(bench: Bench) -> None:
    """Code 503 is tried again, without a word about it in the step."""
    bench.errors = failures(503, kind="transport")
    assert (await bench.run()).is_success
    assert len(bench.attempts) == 2


async def test_no_retries_switches_off_those_of_the_transport_too(bench: Bench) -> None:
    """`maxRetries: 0` means one attempt."""
    bench.errors = failures(503, kind="transport")
    result = await bench.run(retry={"maxRetries": 0})
    assert result.error.code == 503
    assert len(bench.attempts) == 1


async def test_all_causes_share_one_budget(bench: Bench) -> None:
    """A transport failure uses up a retry that another failure would have had."""
    bench.errors = [*failures(503, kind="transport"), *failures(42, 42)]
    result = await bench.run(retry={"maxRetries": 2, "backoff": QUICK, "on": ["any"]})
    assert result.error.code == 42
    assert len(bench.attempts) == 3


async def test_retry_of_on_error_is_short_for_any_cause(bench: Bench) -> None:
    """`onError: {action: retry}` retries every failure."""
    bench.errors = failures(42)
    assert (await bench.run(onError={"action": "retry", "maxRetries": 1})).is_success
    assert len(bench.attempts) == 2


@pytest.mark.parametrize("kind", ["invalid_input", "not_found", "not_json", "invalid_flow"])
async def test_some_kinds_are_never_retried(bench: Bench, kind: str) -> None:
    """Trying again cannot help them."""
    bench.errors = failures(500, kind=kind)
    result = await bench.run(retry={"maxRetries": 3, "backoff": QUICK, "on": ["any"]})
    assert result.is_failed
    assert len(bench.attempts) == 1


async def test_an_output_that_is_not_json_is_not_retried(bench: Bench) -> None:
    """It would come out the same again; the error says where."""

    @bench.runtime.component("/odd")
    def odd() -> Any:
        bench.attempts.append((1, ""))
        return {"deep": [1, {2, 3}]}

    step = {"id": "odd", "component": "/odd", "input": {}, "retry": {"maxRetries": 3, "on": ["any"]}}
    result = await bench.runtime.run({"name": "odd", "steps": [step], "output": {"$step": "odd"}}, None)
    assert result.error is not None
    assert (result.error.code, result.error.kind) == (500, "not_json")
    assert "/deep/1" in str(result.error.data)
    assert len(bench.attempts) == 1


async def test_a_timeout_is_of_one_attempt(bench: Bench) -> None:
    """Each attempt has the whole time; 408 is retried only where `on` says so."""
    result = await bench.run("/hang", 2, timeout="20ms", retry={"maxRetries": 3, "backoff": QUICK, "on": ["timeout"]})
    assert result.output == "done"
    assert [attempt for attempt, _ in bench.attempts] == [1, 2, 3]


async def test_a_timeout_is_not_retried_by_itself(bench: Bench) -> None:
    """It fails the step with 408."""
    result = await bench.run("/hang", 9, timeout="20ms", retry={"maxRetries": 3, "backoff": QUICK})
    assert (result.error.code, result.error.kind) == (408, "timeout")
    assert len(bench.attempts) == 1


async def test_the_number_of_the_last_attempt_is_kept(bench: Bench) -> None:
    """A step run says how often it was tried."""
    bench.errors = failures(42)
    flow = {
        "name": "kept",
        "steps": [
            {
                "id": "work",
                "component": "/work",
                "input": {"value": 1},
                "retry": {"maxRetries": 1, "backoff": QUICK, "on": ["any"]},
            }
        ],
        "output": {"$step": "work"},
    }
    run_id = await bench.runtime.submit(flow, None)
    await bench.runtime.get_result(run_id)
    assert [each.attempt for each in (await bench.runtime.get_run_steps(run_id)).steps] == [2]
    assert (await bench.runtime.get_step(run_id, "work", attempt=2)).attempt == 2
    with pytest.raises(NotFoundError):
        await bench.runtime.get_step(run_id, "work", attempt=3)
