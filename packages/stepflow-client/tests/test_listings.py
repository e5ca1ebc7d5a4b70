"""Listings of any length, and what is asked of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from stepflow_client import (
    ExecutionStatus,
    InvalidInputError,
    NotFoundError,
    StepflowClient,
    StepStatus,
)

RUN_ID = "0190a6d8-5c1e-7c3a-8d3f-0123456789ab"
FLOW_ID = "ab" * 32

Response = Callable[..., httpx.Response]


def rows(name: str, make: Callable[[int], Any], total: int) -> Callable[[httpx.Request], httpx.Response]:
    """A listing of so many rows, in pages."""

    def page(request: httpx.Request) -> httpx.Response:
        begin = int(request.url.params.get("cursor", 0))
        end = min(begin + int(request.url.params["limit"]), total)
        following = {"nextCursor": str(end)} if end < total else {}
        count = {"itemCount": total} if name == "items" else {}
        return httpx.Response(200, json={name: [make(each) for each in range(begin, end)], **count, **following})

    return page


def item(index: int) -> dict[str, Any]:
    return {"index": index, "itemIndex": index, "status": "pending"}


def step(index: int) -> dict[str, Any]:
    return {
        "address": f"s{index}", "stepId": f"s{index}", "stepIndex": index, "itemIndex": 0, "component": "/c",
        "status": "blocked", "attempt": 0,
    }  # fmt: skip


def named(index: int) -> dict[str, Any]:
    return {"flowId": FLOW_ID, "name": f"f{index}"}


async def test_a_listing_is_whole_where_no_limit_is_given(stub: Any, client: StepflowClient) -> None:
    """However many pages that takes."""
    stub.on(f"GET /runs/{RUN_ID}/items", rows("items", item, 2500))
    stub.on(f"GET /runs/{RUN_ID}/steps", rows("steps", step, 1001))
    stub.on("GET /flows", rows("flows", named, 1000))
    items = await client.get_run_items(RUN_ID)
    assert ([each.index for each in items.items], items.item_count) == (list(range(2500)), 2500)
    assert items.next_cursor is None
    assert len((await client.get_run_steps(RUN_ID)).steps) == 1001
    assert len(await client.list_flows()) == 1000
    assert len(stub.seen) == 3 + 2 + 1


async def test_a_limit_is_kept(stub: Any, client: StepflowClient) -> None:
    """One that is larger than a page too; the cursor is where the rest begins."""
    stub.on(f"GET /runs/{RUN_ID}/items", rows("items", item, 2500))
    some = await client.get_run_items(RUN_ID, limit=1500, cursor="10")
    assert ([each.index for each in some.items], some.next_cursor) == (list(range(10, 1510)), "1510")
    assert [each.url.params["limit"] for each in stub.seen] == ["1000", "500"]


async def test_filters_are_sent_as_the_api_has_them(stub: Any, client: StepflowClient) -> None:
    """Those that were not given are left out."""
    stub.on("GET /runs", httpx.Response(200, json={"runs": []}))
    moment = datetime(2026, 1, 2, tzinfo=timezone(timedelta(hours=1)))
    await client.list_runs(
        status=ExecutionStatus.PAUSED, flow_name="größe", flow_id=FLOW_ID, root_run_id="r", parent_run_id="p",
        max_depth=0, roots_only=True, tags={"team": "a:b", "x": ""}, created_after=moment,
        created_before=moment.astimezone(UTC), limit=7, cursor="c",
    )  # fmt: skip
    await client.list_runs()
    sent = [sorted(each.url.params.multi_items()) for each in stub.seen]
    assert sent[0] == sorted(
        {
            "status": "paused", "flowName": "größe", "flowId": FLOW_ID, "rootRunId": "r", "parentRunId": "p",
            "maxDepth": "0", "rootsOnly": "true", "createdAfter": "2026-01-02T00:00:00+01:00",
            "createdBefore": "2026-01-01T23:00:00+00:00", "limit": "7", "offset": "0", "cursor": "c",
        }.items() | {("tag", "team:a:b"), ("tag", "x:")}
    )  # fmt: skip
    assert sent[1] == [("limit", "50"), ("offset", "0"), ("rootsOnly", "false")]


async def test_filters_of_items_and_steps(stub: Any, client: StepflowClient) -> None:
    """A status is an enum or a text."""
    stub.on(f"GET /runs/{RUN_ID}/items", rows("items", item, 0))
    stub.on(f"GET /runs/{RUN_ID}/steps", rows("steps", step, 0))
    await client.get_run_items(RUN_ID, status="failed")
    await client.get_run_steps(RUN_ID, item_index=0, status=StepStatus.UNNEEDED)
    assert [dict(each.url.params) for each in stub.seen] == [
        {"limit": "1000", "status": "failed"},
        {"limit": "1000", "status": "unneeded", "itemIndex": "0"},
    ]


BAD_FILTERS: dict[str, dict[str, Any]] = {
    "an unknown status": {"status": "done"},
    "a status that is no text": {"status": 5},
    "no rows": {"limit": 0},
    "a limit that is no integer": {"limit": "5"},
    "a time without a zone": {"created_after": datetime(2026, 1, 2)},  # noqa: DTZ001 (that is the fault)
    "a time that is none": {"created_before": "2026-01-02"},
    "a tag without a name": {"tags": {"": "x"}},
    "a tag with a colon": {"tags": {"a:b": "x"}},
    "a tag that is no text": {"tags": {"a": 1}},
    "tags that are no mapping": {"tags": ["a"]},
}


@pytest.mark.parametrize("filters", BAD_FILTERS.values(), ids=BAD_FILTERS)
async def test_filters_that_mean_nothing_are_refused(
    stub: Any, client: StepflowClient, filters: dict[str, Any]
) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidInputError):
        await client.list_runs(**filters)
    assert stub.seen == []


@pytest.mark.parametrize("given", ["", ".", "..", "a/b", "a b", "a?b", "\x00", "ä", "\ud800", None], ids=ascii)
async def test_an_id_that_cannot_be_one_is_not_found(stub: Any, client: StepflowClient, given: Any) -> None:
    """No other path is asked for in its place."""
    for call in (
        client.get_run(given),
        client.get_result(given),
        client.get_run_items(given),
        client.get_step(given, "a"),
        client.cancel_run(given),
        client.delete_run(given),
        client.get_flow(given),
        client.delete_flow(given),
        client.get_blob(given),
        client.debug_next(given),
    ):
        with pytest.raises(NotFoundError):
            await call
    with pytest.raises(NotFoundError):
        client.events(given)
    assert stub.seen == []


async def test_a_step_is_asked_for_by_its_address(stub: Any, client: StepflowClient) -> None:
    """Whatever that is."""
    stub.on(f"GET /runs/{RUN_ID}/step", httpx.Response(200, json={**step(0), "input": None}))
    await client.get_step(RUN_ID, "fan[0]/a%2Fb&c", item_index=2, attempt=3)
    assert dict(stub.seen[0].url.params) == {"address": "fan[0]/a%2Fb&c", "itemIndex": "2", "attempt": "3"}


async def test_a_name_is_looked_up_where_its_content_is_needed(stub: Any, client: StepflowClient) -> None:
    """The newest version where none is named."""
    versions = [{"flowId": c * 64, "name": "orders", "version": c} for c in "12"]
    stub.on("GET /flows", httpx.Response(200, json={"flows": versions}))
    for version in "12":
        flow = {"name": "orders", "version": version}
        stub.on(f"GET /flows/{version * 64}", httpx.Response(200, json={"flow": flow, "flowId": version * 64}))
    counts = {"numFatal": 0, "numError": 0, "numWarning": 0}
    stub.on("POST /flows", httpx.Response(200, json={"stored": False, "diagnostics": {"diagnostics": [], **counts}}))
    for name in ("orders", "orders@1"):
        assert (await client.validate(name)).valid
    sent = [stub.body(each) for each in stub.seen if each.method == "POST"]
    assert [(each["flow"]["version"], each["dryRun"]) for each in sent] == [("2", True), ("1", True)]
    for name in ("unknown", "orders@3"):
        with pytest.raises(NotFoundError, match=name.partition("@")[0]):
            await client.validate(name)
