"""A client of the older API runs flows, and looks at items and steps by their older names."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from .older import BREAD, ECHO, NESTED, RISING, SUMMARY, OlderClient, assert_problem, moment


def test_a_run_is_answered_with_its_result_when_it_has_ended(older: OlderClient) -> None:
    """Without being asked to wait; `Location` leads to the run."""
    body = {"flowId": older.stored(BREAD), "input": [{"loaf": "rye"}]}
    response = older.http.post("/runs", json=body)
    assert response.status_code == 200
    run = response.json()
    assert (run["itemCount"], run["status"], run["debug"]) == (1, "completed", False)
    assert run["result"] == {"outcome": "success", "result": {"loaf": "rye", "minutes": 40}}
    found = older.http.get(response.headers["location"].removeprefix("/api/v1")).json()
    assert (found["runId"], found["status"]) == (run["runId"], "completed")


def test_failures_and_skips_are_results(older: OlderClient) -> None:
    """Of requests that went well."""
    failed = older.run(BREAD, {"loaf": "burnt"})
    assert failed["status"] == "failed"
    error = failed["result"]["error"]
    assert (failed["result"]["outcome"], error["code"], error["message"]) == ("failed", 8, "smoke in the oven")
    assert error["data"]["loaf"] == "burnt"
    skipped = older.run(BREAD, {"loaf": "rye", "open": False})
    assert (skipped["status"], skipped["result"]["outcome"]) == ("completed", "skipped")
    assert "bake" in skipped["result"]["reason"]


@pytest.mark.parametrize("asked", [{"wait": False}, {"timeoutSecs": 0}, {"wait": True, "timeoutSecs": 0.01}], ids=str)
def test_a_run_that_goes_on_is_accepted(older: OlderClient, asked: dict[str, Any]) -> None:
    """When it is not waited for, or the time is up: 202, without a result."""
    response = older.http.post("/runs", json={"flowId": older.stored(RISING), "input": [{}], **asked})
    assert response.status_code == 202
    run = response.json()
    assert (run["status"], run["itemCount"]) == ("running", 1)
    assert "result" not in run
    assert older.get(f"/runs/{run['runId']}", wait="true", timeoutSecs=0)["status"] == "running"
    assert older.post(f"/runs/{run['runId']}/cancel")["status"] == "cancelled"


def test_a_nested_array_is_one_item(older: OlderClient) -> None:
    """The outer array has one element per item."""
    run = older.run(ECHO, [1, 2, 3])
    assert (run["itemCount"], run["result"]) == (1, {"outcome": "success", "result": [1, 2, 3]})
    assert older.get(f"/runs/{run['runId']}")["inputs"] == [[1, 2, 3]]


def test_a_batch_has_a_result_per_item(older: OlderClient) -> None:
    """In the order of the inputs, found by `itemIndex`; the run itself has none."""
    inputs = [{"loaf": loaf} for loaf in ("rye", "burnt", "spelt")] + [{"loaf": "oat", "open": False}]
    run = older.run(BREAD, *inputs, maxConcurrency=2, variables={"minutes": 7})
    assert (run["itemCount"], run["status"]) == (4, "failed")
    assert "result" not in run
    found = older.get(f"/runs/{run['runId']}/items")
    assert found["itemCount"] == 4
    items = {each["itemIndex"]: each for each in found["items"]}
    assert list(items) == [0, 1, 2, 3]
    assert [each["status"] for each in items.values()] == ["completed", "failed", "completed", "skipped"]
    assert items[2]["result"] == {"outcome": "success", "result": {"loaf": "spelt", "minutes": 7}}
    assert all(moment(each["completedAt"]) for each in items.values())
    assert [each["itemIndex"] for each in older.get(f"/runs/{run['runId']}/items", status="failed")["items"]] == [1]
    counts = older.get(f"/runs/{run['runId']}")["items"]
    assert counts == {"total": 4, "pending": 0, "running": 0, "waiting": 0, "completed": 2, "failed": 1,
                      "skipped": 1, "cancelled": 0}  # fmt: skip


MERGE = {"$type": "merge_patch", "value": {"input": {"minutes": 55}}}
JSON_PATCH = {"$type": "json_patch", "value": [{"op": "replace", "path": "/input/minutes", "value": 55}]}


@pytest.mark.parametrize("patch", [MERGE, JSON_PATCH, {"value": MERGE["value"]}], ids=["merge", "json", "plain"])
@pytest.mark.parametrize("shape", [lambda patch: {"bake": patch}, lambda patch: {"steps": {"bake": patch}}])
def test_overrides_have_two_shapes(older: OlderClient, shape: Any, patch: dict[str, Any]) -> None:
    """Steps by name, at the top or under `steps`; the run shows that it has some."""
    run = older.run(BREAD, {"loaf": "rye"}, overrides=shape(patch))
    assert run["result"]["result"] == {"loaf": "rye", "minutes": 55}
    assert older.get(f"/runs/{run['runId']}")["overrides"]
    assert "overrides" not in older.get(f"/runs/{older.run(ECHO, 1)['runId']}")


def test_a_key_makes_one_run(older: OlderClient) -> None:
    """The same request with it is answered with the same run, another one is refused."""
    body, headers = {"flowId": older.stored(ECHO), "input": [1]}, {"Idempotency-Key": uuid4().hex}
    first, again = (older.ok(older.http.post("/runs", json=body, headers=headers)) for _ in range(2))
    assert first == again
    other = older.http.post("/runs", json={**body, "input": [2]}, headers=headers)
    assert other.status_code == 422
    assert_problem(other)


def test_a_run_is_shown_with_all_that_is_known(older: OlderClient) -> None:
    """Ids, names, times, counts, tags, inputs, and that it waits for nothing."""
    run = older.run(BREAD, {"loaf": "rye"}, tags={"shift": "night"})
    found = older.get(f"/runs/{run['runId']}")
    assert found.keys() >= {*SUMMARY, "completedAt", "inputs", "pending"}
    assert (found["flowName"], found["rootRunId"], found["debugMode"]) == ("bread", run["runId"], False)
    assert moment(found["createdAt"]) <= moment(found["completedAt"])
    assert (found["inputs"], found["tags"], found["pending"]) == ([{"loaf": "rye"}], {"shift": "night"}, [])
    assert "parentRunId" not in found


def test_steps_are_shown_by_item(older: OlderClient) -> None:
    """With their place in the flow and in the batch, their state and result; those that were not needed too."""
    run = older.run(BREAD, {"loaf": "rye"}, {"loaf": "burnt"})
    path = f"/runs/{run['runId']}/steps"
    steps = older.get(path)["steps"]
    assert [(each["itemIndex"], each["stepIndex"], each["stepId"], each["status"]) for each in steps] == [
        (0, 0, "order", "completed"),
        (0, 1, "bake", "completed"),
        (1, 0, "order", "completed"),
        (1, 1, "bake", "failed"),
    ]
    assert [(each["component"], each["attempt"], each["address"]) for each in steps[:2]] == [
        ("/builtin/noop", 1, "order"),
        ("/bakery/bake", 1, "bake"),
    ]
    assert steps[0]["result"] == {"outcome": "success", "result": {"loaf": "rye"}}
    assert moment(steps[0]["startedAt"]) <= moment(steps[0]["completedAt"])
    assert [each["stepId"] for each in older.get(path, itemIndex=1, status="failed")["steps"]] == ["bake"]
    pages = [older.get(path, limit=3)]
    pages.append(older.get(path, limit=3, cursor=pages[0]["nextCursor"]))
    assert [each for page in pages for each in page["steps"]] == steps
    assert "nextCursor" not in pages[1]


def test_items_come_in_pages(older: OlderClient) -> None:
    """Each page says where the next one begins, and the last one that there is none."""
    run = older.run(ECHO, *range(5))
    path, seen, query = f"/runs/{run['runId']}/items", list[int](), {"limit": 2}
    while True:
        page = older.get(path, **query)
        assert len(page["items"]) <= 2
        seen += [each["result"]["result"] for each in page["items"]]
        if "nextCursor" not in page:
            break
        query = {**query, "cursor": page["nextCursor"]}
    assert seen == [0, 1, 2, 3, 4]


def test_a_run_has_its_flow(older: OlderClient) -> None:
    """A run inside another has its own, wherever that came from."""
    run = older.run(NESTED, 1)
    found = older.get(f"/runs/{run['runId']}/flow")
    assert (found["flow"]["name"], found["flowId"]) == ("nested", older.stored(NESTED))
    [inner] = older.get("/runs", parentRunId=run["runId"])["runs"]
    assert older.get(f"/runs/{inner['runId']}/flow")["flow"]["name"] == "echo"
