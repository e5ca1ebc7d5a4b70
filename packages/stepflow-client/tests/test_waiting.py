"""Waiting for runs: by their events or in requests of bounded length, for as long as it takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from stepflow_client import ConflictError, ExecutionStatus, InvalidInputError, RunTimeoutError, StepflowClient

FLOW_ID = "ab" * 32
RUN_ID = "0190a6d8-5c1e-7c3a-8d3f-0123456789ab"
DONE = {"outcome": "success", "result": 1}

Response = Callable[..., httpx.Response]


def items(result: Any = None, count: int = 1) -> httpx.Response:
    """The first item of a run."""
    item = {"index": 0, "itemIndex": 0, "status": "running" if result is None else "completed"}
    row = item if result is None else {**item, "result": result}
    return httpx.Response(200, json={"itemCount": count, "items": [row]})


async def test_a_short_run_is_one_request(stub: Any, client: StepflowClient, created: Response) -> None:
    """Its answer has the result."""
    stub.on("POST /runs", created(DONE))
    assert (await client.run(FLOW_ID)).output == 1
    assert stub.operations() == ["POST /runs"]


def end_of_stream() -> httpx.Response:
    """A stream of events with the end of the run."""
    end = f'{{"sequenceNumber":9,"timestamp":"2026-01-02T03:04:05Z","event":"run_completed","runId":"{RUN_ID}"}}'
    return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, text=f"id: 9\ndata: {end}\n\n")


@pytest.mark.parametrize("status", ["running", "paused"])
async def test_a_long_run_is_followed(
    stub: Any, client: StepflowClient, created: Response, run: Response, status: str
) -> None:
    """To its end; the request that made it is held back for a while, and the client waits as much longer for it."""
    stub.on("POST /runs", created(status=status))
    stub.on(f"GET /runs/{RUN_ID}/items", items(), items(DONE))
    stub.on(f"GET /runs/{RUN_ID}", run(status), run("completed"))
    stub.on(f"GET /runs/{RUN_ID}/events", end_of_stream())
    assert (await client.run(FLOW_ID)).output == 1
    assert stub.body(stub.seen[0])["timeoutSecs"] == 25
    assert stub.seen[0].extensions["timeout"]["read"] == 30.0 + 25.0
    assert stub.operations().count(f"GET /runs/{RUN_ID}/events") == 1
    assert "wait=true" not in "".join(str(each.url) for each in stub.seen)


async def test_a_run_whose_events_cannot_be_had_is_asked_for(
    stub: Any, client: StepflowClient, run: Response, problem: Response, pauses: list[float]
) -> None:
    """In requests that are held back for a while; where they are not, with growing pauses between them."""
    stub.on(f"GET /runs/{RUN_ID}/items", items(), items(DONE))
    stub.on(f"GET /runs/{RUN_ID}/events", problem(501))
    stub.on(f"GET /runs/{RUN_ID}", run("running"), run("running"), run("paused"), run("completed"))
    assert (await client.get_result(RUN_ID)).output == 1
    polls = [each for each in stub.seen if each.url.path.endswith(RUN_ID)][1:]
    assert [dict(each.url.params) for each in polls] == [{"wait": "true", "timeoutSecs": "25.0"}] * 3
    assert {each.extensions["timeout"]["read"] for each in polls} == {30.0 + 25.0}
    assert polls[0].extensions["timeout"]["connect"] == 30.0
    assert [0.1 <= pauses[0] <= 0.2, 0.2 <= pauses[1] <= 0.4, len(pauses)] == [True, True, 2]


async def test_a_time_that_is_up_is_told(stub: Any, client: StepflowClient, run: Response) -> None:
    """With the run, its status, and the time as it was given."""
    stub.on(f"GET /runs/{RUN_ID}/items", items())
    stub.on(f"GET /runs/{RUN_ID}", run("running"))
    for wait in (client.get_result, client.get_batch):
        with pytest.raises(RunTimeoutError, match="within 0 s") as caught:
            await wait(RUN_ID, timeout=0)
        assert (caught.value.run_id, caught.value.status) == (RUN_ID, "running")


async def test_a_batch_has_no_single_result(stub: Any, client: StepflowClient) -> None:
    """That is told before it has ended."""
    stub.on(f"GET /runs/{RUN_ID}/items", items(count=2))
    with pytest.raises(ConflictError, match="get_batch"):
        await client.get_result(RUN_ID)


async def test_an_item_that_never_began_was_cancelled(stub: Any, client: StepflowClient, run: Response) -> None:
    """With its run."""
    stub.on(f"GET /runs/{RUN_ID}/items", items())
    stub.on(f"GET /runs/{RUN_ID}", run("cancelled"))
    error = (await client.get_result(RUN_ID)).error
    assert error is not None
    assert error.code == 499


async def test_create_run_waits_for_as_long_as_it_takes(
    stub: Any, client: StepflowClient, created: Response, run: Response, pauses: list[float]
) -> None:
    """Where no time was given; the answer has the result then. A paused run is at rest."""
    stub.on("POST /runs", created(status="running"), created(status="running"), created(status="paused"))
    stub.on(f"GET /runs/{RUN_ID}", run("running"), run("completed"), run("paused"))
    stub.on(f"GET /runs/{RUN_ID}/items", items(DONE))
    ended = await client.create_run(FLOW_ID, 1)
    assert (ended.status, ended.result and ended.result.output) == (ExecutionStatus.COMPLETED, 1)
    for _ in range(2):
        paused = await client.create_run(FLOW_ID, 1)
        assert (paused.status, paused.result) == (ExecutionStatus.PAUSED, None)


async def test_create_run_need_not_wait(stub: Any, client: StepflowClient, created: Response) -> None:
    """Neither at all nor longer than it is told to."""
    stub.on("POST /runs", created(status="running"))
    assert (await client.create_run(FLOW_ID, 1, wait=False)).status is ExecutionStatus.RUNNING
    assert (await client.create_run(FLOW_ID, 1, timeout_secs=0)).status is ExecutionStatus.RUNNING
    assert [stub.body(each)["wait"] for each in stub.seen] == [False, False]


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf"), "5", True], ids=repr)
async def test_a_time_that_is_none_is_refused(stub: Any, client: StepflowClient, timeout: Any) -> None:
    """Before anything is sent."""
    for call in (
        client.run(FLOW_ID, timeout=timeout),
        client.get_result(RUN_ID, timeout=timeout),
        client.get_batch(RUN_ID, timeout=timeout),
        client.create_run(FLOW_ID, timeout_secs=timeout),
        client.get_run(RUN_ID, timeout_secs=timeout),
    ):
        with pytest.raises(InvalidInputError):
            await call
    assert stub.seen == []
