"""Debug mode over HTTP: what is asked for, and what is made of the answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from stepflow_client import (
    DebugNext,
    DebugQueue,
    DebugQueued,
    DebugQueuedStep,
    DebugRunQueue,
    DebugStepResult,
    DebugView,
    ExecutionStatus,
    FlowResult,
    InvalidInputError,
    NotFoundError,
    ServerError,
    StepflowClient,
    StepStatus,
)

RUN_ID = "0190a6d8-5c1e-7c3a-8d3f-0123456789ab"
DEBUG = f"/runs/{RUN_ID}/debug"
ONE = {"outcome": "success", "result": 1}

Response = Callable[..., httpx.Response]


def answer(body: Any) -> httpx.Response:
    return httpx.Response(200, json=body)


async def test_the_queue_is_added_to_and_shown(stub: Any, client: StepflowClient) -> None:
    """By the ids of steps."""
    stub.on(f"POST {DEBUG}/queue", answer({"queued": ["a", "b"], "ready": ["a"]}))
    stub.on(f"GET {DEBUG}/queue", answer({"queued": [{"stepId": "a", "status": "runnable"}], "ready": ["a"]}))
    assert await client.debug_queue(RUN_ID, (each for each in ["b"])) == DebugQueue(queued=["a", "b"], ready=["a"])
    queued = DebugQueued(queued=[DebugQueuedStep(step_id="a", status=StepStatus.RUNNABLE)], ready=["a"])
    assert await client.debug_queued(RUN_ID) == queued
    assert stub.body(stub.seen[0]) == {"stepIds": ["b"]}


@pytest.mark.parametrize("given", ["b", b"b", 5, None, {"b": 1}, ["a", 5]], ids=repr)
async def test_what_is_no_list_of_steps_is_refused(stub: Any, client: StepflowClient, given: Any) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidInputError):
        await client.debug_queue(RUN_ID, given)
    assert stub.seen == []


async def test_steps_are_run_one_by_one_or_all(stub: Any, client: StepflowClient) -> None:
    """With their results; they may take longer than other answers, and are not asked for twice."""
    stub.on(f"POST {DEBUG}/next", answer({"stepId": "a", "result": ONE, "ready": []}), answer({"ready": []}))
    stub.on(f"POST {DEBUG}/run-queue", answer({"executedCount": 1, "results": [{"stepId": "a", "result": ONE}]}))
    one = FlowResult.success(1)
    assert await client.debug_next(RUN_ID) == DebugNext(step_id="a", result=one, ready=[])
    assert await client.debug_next(RUN_ID) == DebugNext(ready=[])
    ran = DebugRunQueue(executed_count=1, results=[DebugStepResult(step_id="a", result=one)])
    assert await client.debug_run_queue(RUN_ID) == ran
    assert min(each.extensions["timeout"]["read"] for each in stub.seen) > 600
    assert not any("Idempotency-Key" in each.headers for each in stub.seen)


async def test_steps_and_expressions_are_evaluated(stub: Any, client: StepflowClient) -> None:
    """`null` is an expression too."""
    failed = {"outcome": "failed", "error": {"code": 1, "message": "no", "data": {"a": None}}}
    skipped = {"outcome": "skipped", "reason": "why"}
    stub.on(f"POST {DEBUG}/eval", *[answer({"result": each}) for each in (ONE, failed, skipped)])
    assert await client.debug_eval(RUN_ID, step_id="a") == FlowResult.success(1)
    assert await client.debug_eval(RUN_ID, expression={"$step": "a"}) == FlowResult.failed(1, "no", {"a": None})
    assert await client.debug_eval(RUN_ID, expression=None) == FlowResult.skipped("why")
    sent = [stub.body(each) for each in stub.seen]
    assert sent == [{"stepId": "a"}, {"expression": {"$step": "a"}}, {"expression": None}]
    for given in ({}, {"step_id": "a", "expression": 1}, {"expression": float("nan")}):
        with pytest.raises(InvalidInputError):
            await client.debug_eval(RUN_ID, **given)


@pytest.mark.parametrize(
    ("step_id", "path"),
    [
        ("a", "a"),
        ("a/b c", "a%2Fb%20c"),
        ("..", "%2E%2E"),
        (".", "%2E"),
        ("...", "..."),
        ("../a", "..%2Fa"),
        ("%2E", "%252E"),
        ("größe", "gr%C3%B6%C3%9Fe"),
    ],
)
async def test_a_step_is_shown(stub: Any, client: StepflowClient, step_id: str, path: str) -> None:
    """Whatever it is called."""
    stub.on(f"GET {DEBUG}/show/{path}", answer({"stepId": step_id, "completed": False, "input": [1]}))
    assert await client.debug_show(RUN_ID, step_id) == DebugView(step_id=step_id, completed=False, input=[1])
    assert stub.seen[0].extensions["timeout"]["read"] == 30.0


async def test_a_step_that_cannot_be_one_is_not_asked_for(stub: Any, client: StepflowClient) -> None:
    """What is no text is refused, what is not Unicode is not found."""
    given: Any
    for given, refusal in ((5, InvalidInputError), (None, InvalidInputError), ("\ud800", NotFoundError)):
        with pytest.raises(refusal):
            await client.debug_show(RUN_ID, given)
    assert stub.seen == []


async def test_debug_mode_is_ended(stub: Any, client: StepflowClient, run: Response) -> None:
    """The run goes on."""
    stub.on(f"POST {DEBUG}/continue", run("running"))
    assert (await client.debug_continue(RUN_ID)).status is ExecutionStatus.RUNNING


async def test_an_answer_of_another_shape_is_a_failure_of_the_server(stub: Any, client: StepflowClient) -> None:
    """As with all members."""
    stub.on(f"POST {DEBUG}/next", answer({"result": {"outcome": "maybe"}}), answer([]))
    for _ in range(2):
        with pytest.raises(ServerError):
            await client.debug_next(RUN_ID)
