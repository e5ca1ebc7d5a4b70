"""A client of the older API moves a run step by step."""

from __future__ import annotations

import pytest

from .older import BREAD, ECHO, NO_RUN, OlderClient


@pytest.fixture
def debugged(older: OlderClient) -> str:
    """The path of a run that moves step by step."""
    response = older.http.post("/runs", json={"flowId": older.stored(BREAD), "input": [{"loaf": "rye"}], "debug": True})
    assert response.status_code == 202
    run = response.json()
    assert (run["status"], run["debug"]) == ("paused", True)
    return f"/runs/{run['runId']}"


def test_a_debugged_run_moves_step_by_step(older: OlderClient, debugged: str) -> None:
    """Each request runs the next step and says what could run then; after the last one the run has ended."""
    found = older.get(debugged)
    assert (found["status"], found["pausedBy"], found["debugMode"]) == ("paused", "debug", True)
    first = older.post(f"{debugged}/debug/next")
    order = {"outcome": "success", "result": {"loaf": "rye"}}
    assert (first["stepId"], first["result"], first["ready"]) == ("order", order, ["bake"])
    last = older.post(f"{debugged}/debug/next")
    assert (last["stepId"], last["ready"]) == ("bake", [])
    assert older.get(debugged)["status"] == "completed"
    assert older.status("POST", f"{debugged}/debug/next") == 409


def test_a_debugged_run_can_be_looked_into(older: OlderClient, debugged: str) -> None:
    """What is to run, steps before and after they ran, and what an expression would give."""
    queued = older.get(f"{debugged}/debug/queue")
    assert queued["queued"] == [{"stepId": "order", "status": "runnable"}, {"stepId": "bake", "status": "blocked"}]
    assert queued["ready"] == ["order"]
    assert older.post(f"{debugged}/debug/queue", {"stepIds": ["bake"]})["ready"] == ["order"]
    before = older.get(f"{debugged}/debug/show/order")
    assert (before["stepId"], before["completed"], before["input"]) == ("order", False, {"loaf": "rye"})
    assert "result" not in before
    result = older.post(f"{debugged}/debug/eval", {"stepId": "order"})["result"]
    assert result == {"outcome": "success", "result": {"loaf": "rye"}}
    after = older.get(f"{debugged}/debug/show/order")
    assert (after["completed"], after["result"]) == (True, result)
    expression = {"expression": {"$step": "order", "path": "loaf"}}
    assert older.post(f"{debugged}/debug/eval", expression)["result"] == {"outcome": "success", "result": "rye"}


def test_a_debugged_run_can_run_to_its_end(older: OlderClient, debugged: str) -> None:
    """All that is queued one after the other."""
    ran = older.post(f"{debugged}/debug/run-queue")
    assert (ran["executedCount"], [each["stepId"] for each in ran["results"]]) == (2, ["order", "bake"])
    assert ran["results"][1]["result"]["result"] == {"loaf": "rye", "minutes": 40}
    [item] = older.get(f"{debugged}/items")["items"]
    assert (item["itemIndex"], item["result"]) == (0, ran["results"][1]["result"])


def test_a_debugged_run_can_be_let_go(older: OlderClient, debugged: str) -> None:
    """Then it goes on by itself."""
    assert older.post(f"{debugged}/debug/continue")["runId"] in debugged
    assert older.get(debugged, wait="true")["status"] == "completed"


def test_only_debugged_runs_move_step_by_step(older: OlderClient, rising: str) -> None:
    """Others, unknown steps and batches are refused."""
    assert older.status("POST", f"/runs/{rising}/debug/next") == 409
    assert older.status("GET", f"/runs/{NO_RUN}/debug/queue") == 404
    batch = {"flowName": "echo", "input": [1, 2], "debug": True}
    older.stored(ECHO)
    assert older.status("POST", "/runs", batch) == 400
