"""A client of the older API finds runs, cancels and deletes them."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from .older import BREAD, NESTED, SUMMARY, OlderClient


def test_runs_are_listed_newest_first(older: OlderClient) -> None:
    """By tag, status, name and id of the flow, time; in pages by offset or cursor."""
    mark = uuid4().hex
    flow = {**BREAD, "name": f"bread-{mark}"}
    loaves = ["rye", "burnt", "spelt"]
    ids = [older.run(flow, {"loaf": loaf}, tags={"mark": mark, "loaf": loaf})["runId"] for loaf in loaves]
    ids.reverse()

    def listed(**query: Any) -> list[str]:
        return [each["runId"] for each in older.get("/runs", **query)["runs"]]

    assert listed(tag=f"mark:{mark}") == listed(flowName=flow["name"]) == listed(flowId=older.stored(flow)) == ids
    assert listed(flowName=flow["name"], status="failed") == [ids[1]]
    assert listed(tag=[f"mark:{mark}", "loaf:rye"]) == [ids[2]]
    assert listed(flowName=flow["name"], limit=1, offset=1) == [ids[1]]
    page = older.get("/runs", flowName=flow["name"], limit=2)
    assert [each["runId"] for each in page["runs"]] == ids[:2]
    assert all(each.keys() >= SUMMARY for each in page["runs"])
    assert listed(flowName=flow["name"], limit=2, cursor=page["nextCursor"]) == ids[2:]
    created = [each["createdAt"] for each in older.get("/runs", flowName=flow["name"])["runs"]]
    assert ids[0] in listed(flowName=flow["name"], createdAfter=created[1])
    assert ids[0] not in listed(flowName=flow["name"], createdBefore=created[1])


def test_runs_of_runs_are_found_by_their_place(older: OlderClient) -> None:
    """Under their parent or their root; or left out."""
    mark = uuid4().hex
    run = older.run({**NESTED, "name": mark}, 1)["runId"]

    def depth_of(**query: Any) -> list[bool]:
        return [each["runId"] == run for each in older.get("/runs", rootRunId=run, **query)["runs"]]

    assert sorted(depth_of()) == [False, True]
    assert depth_of(rootsOnly="true") == depth_of(maxDepth=0) == [True]
    [inner] = older.get("/runs", parentRunId=run)["runs"]
    assert (inner["parentRunId"], inner["rootRunId"]) == (run, run)


@pytest.mark.parametrize("body", [None, {}, {"reason": "no flour"}], ids=str)
def test_a_run_is_cancelled(older: OlderClient, rising: str, body: Any) -> None:
    """With a reason or without; once, since then it has ended."""
    summary = older.post(f"/runs/{rising}/cancel", body)
    assert summary.keys() >= SUMMARY
    assert (summary["runId"], summary["status"], summary["items"]["cancelled"]) == (rising, "cancelled", 1)
    [item] = older.get(f"/runs/{rising}/items")["items"]
    assert (item["itemIndex"], item["status"]) == (0, "cancelled")
    assert older.status("POST", f"/runs/{rising}/cancel") == 409


def test_a_run_is_deleted_when_it_has_ended(older: OlderClient, rising: str) -> None:
    """Then it is gone with all that it had."""
    assert older.status("DELETE", f"/runs/{rising}") == 409
    run_id = older.run(NESTED, 1)["runId"]
    response = older.http.delete(f"/runs/{run_id}")
    assert (response.status_code, response.content) == (204, b"")
    paths = [f"/runs/{run_id}{rest}" for rest in ("", "/items", "/steps", "/flow")]
    assert [older.status("GET", path) for path in paths] == [404] * 4
    assert older.status("DELETE", paths[0]) == 404
    assert older.get("/runs", rootRunId=run_id)["runs"] == []
