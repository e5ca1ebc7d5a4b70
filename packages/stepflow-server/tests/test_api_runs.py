"""Operations on runs, over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from server_kit import API, ECHO, NEVER, NO_FLOW, WAITING, Client, Gate, Serve, Store, flow, step
from stepflow_runtime import StepflowRuntime

CHECKED = {
    "name": "checked",
    "description": "Demands a number.",
    "schemas": {"input": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}},
    "output": {"$input": "n"},
}


async def create(client: Client, flow_id: str, *inputs: Any, **more: Any) -> httpx.Response:
    return await client.post(f"{API}/runs", json={"flowId": flow_id, "input": list(inputs), **more})


async def run_of(client: Client, flow_id: str, *inputs: Any, **more: Any) -> str:
    response = await create(client, flow_id, *inputs, **more)
    assert response.status_code in {200, 202}, response.text
    return str(response.json()["runId"])


# ---- create_run


async def test_run_that_ends_is_answered_with_its_result(client: Client, store: Store) -> None:
    """A run of one item that has ended is 200, with its result and its place."""
    response = await create(client, await store(ECHO), {"x": 1})
    body = response.json()
    assert response.status_code == 200
    assert body.pop("runId") == response.headers["location"].removeprefix(f"{API}/runs/")
    result = {"outcome": "success", "result": {"x": 1}}
    assert body == {"itemCount": 1, "status": "completed", "debug": False, "result": result}


@pytest.mark.parametrize("text", ["12345678901234567890123456789", "1.0", "1e21", "-0.0", '"\\u00fc\\u0000"', "[[]]"])
async def test_values_come_back_as_they_were(client: Client, store: Store, text: str) -> None:
    """Numbers keep their kind and all their digits."""
    body = f'{{"flowId": "{await store(ECHO)}", "input": [{text}]}}'
    response = await client.post(f"{API}/runs", content=body, headers={"Content-Type": "application/json"})
    expected = {"1e21": "1e21", '"\\u00fc\\u0000"': '"ü\\u0000"'}.get(text, text)
    assert f'"result":{expected}}}' in response.text


async def test_failed_flow_is_a_result(client: Client, store: Store) -> None:
    """A flow that fails is an answer like any other."""
    flow_id = await store(flow(step("a", "/builtin/get_blob", {"blob_id": NO_FLOW})))
    result = (await create(client, flow_id, 1)).json()
    assert (result["status"], result["result"]["outcome"], result["result"]["error"]["code"]) == (
        "failed",
        "failed",
        500,
    )


async def test_skipped_flow_is_a_result(client: Client, store: Store) -> None:
    """A skipped flow says so, with its reason."""
    flow_id = await store(flow(step("a", "/noop", 1, when=False)))
    result = (await create(client, flow_id, 1)).json()["result"]
    assert result["outcome"] == "skipped"
    assert "a" in result["reason"]


async def test_batch_has_no_result_of_its_own(client: Client, store: Store) -> None:
    """A run of several items says how many; their results are its items'."""
    response = await create(client, await store(ECHO), 1, [2], None, maxConcurrency=2)
    assert response.status_code == 200
    assert response.json()["itemCount"] == 3
    assert "result" not in response.json()


async def test_run_by_name(client: Client) -> None:
    """A flow can be named, with a version."""
    await client.post(f"{API}/flows", json={"flow": {**ECHO, "version": "1"}})
    await client.post(f"{API}/flows", json={"flow": {**ECHO, "version": "2", "output": 2}})
    for name, expected in (("echo", 2), ("echo@1", 1)):
        response = await client.post(f"{API}/runs", json={"flowName": name, "input": [1]})
        assert response.json()["result"]["result"] == expected


async def test_run_that_is_not_waited_for(client: Client, store: Store, gate: Gate) -> None:
    """Without waiting the answer is 202, and the run goes on."""
    response = await create(client, await store(WAITING), 1, wait=False)
    assert (response.status_code, response.json()["status"]) == (202, "running")
    gate.open.set()
    done = await client.get(response.headers["location"], params={"wait": "true"})
    assert done.json()["status"] == "completed"


async def test_waiting_has_an_end(client: Client, store: Store, gate: Gate) -> None:
    """When the time is up the answer is 202, and the run goes on."""
    response = await create(client, await store(WAITING), 1, timeoutSecs=0.01)
    assert (response.status_code, response.json()["status"]) == (202, "running")


async def test_default_wait_is_a_setting(runtime: StepflowRuntime, serve: Serve, gate: Gate) -> None:
    """A request that does not say how long it waits, waits as long as the settings say."""
    async with serve(runtime, default_wait=0.01) as client:
        stored = await client.post(f"{API}/flows", json={"flow": WAITING})
        assert (await create(client, stored.json()["flowId"], 1)).status_code == 202


async def test_overrides_in_both_shapes(client: Client, store: Store) -> None:
    """Overrides stand by themselves or under `steps`, and are shown with the run."""
    flow_id = await store(flow(step("a", "/noop", 1)))
    patch = {"a": {"value": {"input": 5}}}
    for overrides in (patch, {"steps": patch}, {"a": {"$type": "json_patch", "value": [REPLACE]}}):
        response = await create(client, flow_id, 0, overrides=overrides)
        assert response.json()["result"]["result"] == 5
        details = await client.get(response.headers["location"])
        assert details.json()["overrides"] == overrides


REPLACE = {"op": "replace", "path": "/input", "value": 5}


async def test_variables_and_tags(client: Client, store: Store) -> None:
    """Variables reach the flow, tags the listing."""
    flow_id = await store({**ECHO, "output": {"$variable": "who", "default": "nobody"}})
    response = await create(client, flow_id, 0, variables={"who": "Ada"}, tags={"team": "a:b"}, durability="none")
    assert response.json()["result"]["result"] == "Ada"
    assert (await client.get(response.headers["location"])).json()["tags"] == {"team": "a:b"}


async def test_null_is_as_good_as_absent(client: Client, store: Store) -> None:
    """Optional members may be null."""
    nulls = dict.fromkeys(["flowName", "overrides", "variables", "maxConcurrency", "timeoutSecs", "tags", "durability"])
    assert (await create(client, await store(ECHO), 1, **nulls)).status_code == 200


async def test_same_key_gives_the_same_run(client: Client, store: Store) -> None:
    """With an idempotency key a request that comes twice starts one run; another request with it is 422."""
    flow_id = await store(ECHO)
    headers = {"Idempotency-Key": "order-1"}
    answers = [
        await client.post(f"{API}/runs", json={"flowId": flow_id, "input": [value]}, headers=headers)
        for value in (1, 1, 2)
    ]
    assert [each.status_code for each in answers] == [200, 200, 422]
    assert answers[0].json()["runId"] == answers[1].json()["runId"]


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_keys_are_bounded(client: Client, store: Store, key: str) -> None:
    """An idempotency key is neither empty nor endless."""
    body = {"flowId": await store(ECHO), "input": [1]}
    response = await client.post(f"{API}/runs", json=body, headers={"Idempotency-Key": key})
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"input": {"x": 1}}, 422, "/input"),
        ({"input": None}, 422, "/input"),
        ({"inputs": []}, 422, "/inputs"),
        ({"flowName": "echo"}, 422, ""),
        ({"flowId": None}, 422, ""),
        ({"tags": {"a": 1}}, 422, "/tags"),
        ({"timeoutSecs": -1}, 422, "/timeoutSecs"),
        ({"wait": "yes"}, 422, "/wait"),
        ({"durability": "always"}, 422, "/durability"),
        ({"maxConcurrency": 1.5}, 422, "/maxConcurrency"),
        ({"variables": []}, 422, "/variables"),
        ({"input": []}, 400, None),
        ({"maxConcurrency": 0}, 400, None),
        ({"tags": {"a": "x" * 300}}, 400, None),
        ({"timeoutSecs": 1e300}, 422, "/timeoutSecs"),
        ({"overrides": {"nobody": {"value": {}}}}, 400, None),
        ({"flowId": NO_FLOW}, 404, None),
        ({"flowId": "echo"}, 404, None),
        ({"flowId": None, "flowName": "nobody"}, 404, None),
    ],
)
async def test_runs_that_are_refused(
    client: Client, store: Store, change: dict[str, Any], status: int, pointer: str | None
) -> None:
    """What violates the request's schema is 422 with its place; what cannot be is 400; what is not there 404."""
    body = {"flowId": await store(ECHO), "input": [1], **change}
    response = await client.post(f"{API}/runs", json=body)
    assert response.status_code == status, response.text
    if pointer is not None:
        assert pointer in {each["pointer"] for each in response.json()["errors"]}


async def test_everything_that_is_wrong_is_told(client: Client) -> None:
    """All violations are told together, with what was probably meant."""
    body = {"flowID": "x", "input": "x", "timeoutSecs": "1", "Tags": {}}
    response = await client.post(f"{API}/runs", json=body)
    assert response.status_code == 422
    errors = {each["pointer"]: each["message"] for each in response.json()["errors"]}
    assert set(errors) == {"/flowID", "/input", "/timeoutSecs", "/Tags"}
    assert "did you mean 'flowId'?" in errors["/flowID"]
    assert "nest it" in errors["/input"]


async def test_input_that_violates_the_flows_schema(client: Client, store: Store) -> None:
    """A run of one item whose input the flow refuses is 422, with every violation."""
    response = await create(client, await store(CHECKED), {"n": "x"})
    assert response.status_code == 422
    assert [each["pointer"] for each in response.json()["errors"]] == ["/n"]
    assert response.json()["details"] == {"kind": "invalid_input"}


async def test_variable_that_violates_the_flows_schema(client: Client, store: Store) -> None:
    """So is one whose variables it refuses."""
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["m"]}
    response = await create(client, await store({**ECHO, "schemas": {"variables": schema}}), 1, variables={"n": "x"})
    assert response.status_code == 422
    assert {each["pointer"] for each in response.json()["errors"]} == {"/n", "/m"}


async def test_flow_that_cannot_be_run(client: Client, store: Store) -> None:
    """Overrides that break a flow are 400, with the diagnostics."""
    flow_id = await store(flow(step("a", "/noop", 1)))
    response = await create(client, flow_id, 0, overrides={"a": {"value": {"input": {"$step": "b"}}}})
    body = response.json()
    assert response.status_code == 400
    assert body["type"].endswith("/flow-load")
    assert body["diagnostics"][0]["kind"] == "undefinedStepReference"
    assert body["errors"]


async def test_items_are_bounded(runtime: StepflowRuntime, serve: Serve) -> None:
    """A run has no more items than the settings allow."""
    async with serve(runtime, max_items=2) as client:
        flow_id = (await client.post(f"{API}/flows", json={"flow": ECHO})).json()["flowId"]
        assert (await create(client, flow_id, 1, 2)).status_code == 200
        refused = await create(client, flow_id, 1, 2, 3)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/input")


# ---- get_run, list_runs


async def test_run_is_shown_whole(client: Client, store: Store) -> None:
    """A run's details have every member of the contract."""
    response = await create(client, await store(ECHO), {"x": 1}, 2)
    body = (await client.get(response.headers["location"])).json()
    times = {body.pop(name)[-1] for name in ("createdAt", "completedAt")}
    assert times == {"Z"}
    run_id, flow_id = body.pop("runId"), body.pop("flowId")
    assert (body.pop("rootRunId"), len(flow_id)) == (run_id, 64)
    assert body == {
        "flowName": "echo",
        "status": "completed",
        "items": dict.fromkeys(["pending", "running", "waiting", "failed", "skipped", "cancelled"], 0)
        | {"total": 2, "completed": 2},
        "debugMode": False,
        "tags": {},
        "inputs": [{"x": 1}, 2],
        "pending": [],
    }


async def test_flow_without_a_name_is_shown_as_such(client: Client, store: Store) -> None:
    """`flowName` is there even where the flow has none."""
    run_id = await run_of(client, await store({"output": 1}), 1)
    assert (await client.get(f"{API}/runs/{run_id}")).json()["flowName"] is None
    assert (await client.get(f"{API}/runs")).json()["runs"][0]["flowName"] is None


async def test_waiting_for_a_run(client: Client, store: Store, gate: Gate) -> None:
    """`wait` answers when the run has ended or the time is up."""
    run_id = await run_of(client, await store(WAITING), 1, wait=False)
    early = await client.get(f"{API}/runs/{run_id}", params={"wait": "true", "timeoutSecs": "0.01"})
    assert (early.status_code, early.json()["status"]) == (200, "running")
    waiting = asyncio.create_task(client.get(f"{API}/runs/{run_id}?wait=true&timeoutSecs=100"))
    await gate.entered.wait()
    gate.open.set()
    assert (await waiting).json()["status"] == "completed"


async def test_secrets_are_not_shown(client: Client, store: Store) -> None:
    """Inputs are shown with their secrets redacted."""
    schema = {"type": "object", "properties": {"key": {"type": "string", "is_secret": True}}}
    run_id = await run_of(client, await store({**ECHO, "schemas": {"input": schema}}), {"key": "hunter2hunter2"})
    assert (await client.get(f"{API}/runs/{run_id}")).json()["inputs"] == [{"key": "[REDACTED]"}]


@pytest.mark.parametrize(
    "path", ["", "/flow", "/items", "/steps", "/events", "/step?address=a", "?wait=true&timeoutSecs=1"]
)
@pytest.mark.parametrize("run_id", [NEVER, "nonsense", "%00", NEVER.upper().replace("0", "A"), "%ff", "a%2Fb"])
async def test_unknown_runs(client: Client, run_id: str, path: str) -> None:
    """What asks about a run that is not there is 404, however the id is written."""
    assert (await client.get(f"{API}/runs/{run_id}{path}")).status_code == 404


async def test_runs_newest_first(client: Client, store: Store) -> None:
    """The listing begins with the newest run and goes on where its cursor says."""
    flow_id = await store(ECHO)
    made = [await run_of(client, flow_id, each) for each in range(5)]
    first = (await client.get(f"{API}/runs", params={"limit": 2})).json()
    second = (await client.get(f"{API}/runs", params={"limit": 9, "cursor": first["nextCursor"]})).json()
    skipped = (await client.get(f"{API}/runs", params={"limit": 2, "offset": 1})).json()
    assert [each["runId"] for each in first["runs"] + second["runs"]] == made[::-1]
    assert "nextCursor" not in second
    assert [each["runId"] for each in skipped["runs"]] == made[3:1:-1]
    assert "inputs" not in first["runs"][0]


async def test_filters_of_the_listing(client: Client, store: Store) -> None:
    """Every filter leaves out what it should."""
    sub = {"flow": {"$literal": ECHO}, "input": 1}
    outer_id, echo_id = await store(flow(step("a", "/builtin/eval", sub), name="outer")), await store(ECHO)
    outer = await run_of(client, outer_id, 1, tags={"team": "a", "kind": "x:y"})
    echo = await run_of(client, echo_id, 1, tags={"team": "a"})
    sub_run = next(each for each in await _runs(client) if each["runId"] not in {outer, echo})
    inner = sub_run["runId"]
    for query, expected in {
        "rootsOnly=true": {outer, echo},
        f"parentRunId={outer}": {inner},
        f"rootRunId={outer}": {outer, inner},
        "maxDepth=0": {outer, echo},
        "flowName=outer": {outer},
        f"flowId={echo_id}": {echo, inner},
        "tag=team:a": {outer, echo},
        "tag=team:a&tag=kind:x:y": {outer},
        "status=failed": set(),
        "status=completed": {outer, echo, inner},
        "createdAfter=2000-01-01T00:00:00Z": {outer, echo, inner},
        "createdBefore=2000-01-01T00:00:00%2B01:00": set(),
    }.items():
        assert {each["runId"] for each in await _runs(client, query)} == expected, query
    assert (sub_run["parentRunId"], sub_run["rootRunId"]) == (outer, outer)


async def _runs(client: Client, query: str = "") -> list[dict[str, Any]]:
    response = await client.get(f"{API}/runs?{query}")
    assert response.status_code == 200, response.text
    runs: list[dict[str, Any]] = response.json()["runs"]
    return runs


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("limit=0", {"/limit"}),
        ("limit=1001", {"/limit"}),
        ("limit=x&offset=-1", {"/limit", "/offset"}),
        ("limit=1&limit=2", {"/limit"}),
        ("status=done", {"/status"}),
        ("status=null", {"/status"}),
        ("status=", {"/status"}),
        ("maxDepth=null", {"/maxDepth"}),
        ("limt=1", {"/limt"}),
        ("tag=x", {"/tag"}),
        ("tag=:x", {"/tag"}),
        ("tag=a:1&tag=a:2", {"/tag"}),
        ("createdAfter=yesterday", {"/createdAfter"}),
        ("createdAfter=2000-01-01T00:00:00", {"/createdAfter"}),
        ("rootsOnly=maybe", {"/rootsOnly"}),
        ("maxDepth=-1", {"/maxDepth"}),
        ("offset=1&cursor=2", {"/offset"}),
        ("cursor=x", {"/cursor"}),
        ("createdAfter=5", {"/createdAfter"}),
        ("flowName=%00", {"/flowName"}),
        ("flowName=%ff&status=%zz", {"/flowName", "/status"}),
        ("%ff=1", {"/\ufffd"}),
        ("&".join(["tag=a:b"] * 200), set()),
    ],
)
async def test_queries_that_are_refused(client: Client, query: str, names: set[str]) -> None:
    """A query that cannot be used is 400, naming what is wrong with it."""
    response = await client.get(f"{API}/runs?{query}")
    assert response.status_code == 400
    assert {each["pointer"] for each in response.json().get("errors", [])} == names


# ---- items, steps, flow


async def test_items(client: Client, store: Store) -> None:
    """Items come in the order of the inputs, with both names of their index."""
    run_id = await run_of(client, await store(CHECKED), {"n": 1}, {"n": "x"}, {"n": 3})
    body = (await client.get(f"{API}/runs/{run_id}/items")).json()
    assert body["itemCount"] == 3
    assert [each["index"] for each in body["items"]] == [each["itemIndex"] for each in body["items"]] == [0, 1, 2]
    assert [each["status"] for each in body["items"]] == ["completed", "failed", "completed"]
    assert body["items"][2]["result"] == {"outcome": "success", "result": 3}
    failed = (await client.get(f"{API}/runs/{run_id}/items", params={"status": "failed"})).json()
    assert [each["index"] for each in failed["items"]] == [1]
    page = (await client.get(f"{API}/runs/{run_id}/items", params={"limit": 2})).json()
    rest = (await client.get(f"{API}/runs/{run_id}/items", params={"limit": 2, "cursor": page["nextCursor"]})).json()
    assert [len(each["items"]) for each in (page, rest)] == [2, 1]
    assert "nextCursor" not in rest


async def test_steps(client: Client, store: Store) -> None:
    """Steps come in the order of the flow, those that were not needed too, for all items or one."""
    flow_id = await store(flow(step("a", "/noop", {"$input": "$"}), step("b", "/noop"), output={"$step": "a"}))
    run_id = await run_of(client, flow_id, 1, 2)
    steps = (await client.get(f"{API}/runs/{run_id}/steps")).json()["steps"]
    assert [(each["itemIndex"], each["stepId"], each["status"]) for each in steps] == [
        (0, "a", "completed"), (0, "b", "unneeded"), (1, "a", "completed"), (1, "b", "unneeded"),
    ]  # fmt: skip
    one = (await client.get(f"{API}/runs/{run_id}/steps?itemIndex=1&status=completed&limit=1")).json()["steps"]
    assert [(each["address"], each["attempt"], each["result"]["result"]) for each in one] == [("a", 1, 2)]


async def test_one_step(client: Client, store: Store) -> None:
    """One step is shown with its input; one that does not exist is 404."""
    run_id = await run_of(client, await store(flow(step("a", "/noop", {"v": {"$input": "$"}}))), 1, 2)
    path = f"{API}/runs/{run_id}/step"
    shown = (await client.get(path, params={"address": "a", "itemIndex": 1, "attempt": 1})).json()
    assert (shown["input"], shown["component"], shown["stepIndex"]) == ({"v": 2}, "/noop", 0)
    for query in ("address=b", "address=a&itemIndex=7", "address=a&attempt=2", "address=%00"):
        assert (await client.get(f"{path}?{query}")).status_code in {400, 404}
    missing = await client.get(path)
    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) == (400, "/address")


async def test_step_that_does_not_run_says_why(client: Client, store: Store, gate: Gate) -> None:
    """A step that waits for another one names it."""
    run_id = await run_of(
        client, await store(flow(step("a", "/wait"), step("b", "/noop", {"$step": "a"}))), 1, wait=False
    )
    await gate.entered.wait()
    shown = (await client.get(f"{API}/runs/{run_id}/step?address=b")).json()
    assert shown["status"] == "blocked"
    assert "a" in shown["reason"]


async def test_flow_of_a_run(client: Client, store: Store) -> None:
    """A run's flow is shown with its id, a sub-run's too."""
    sub = {"flow": {"$literal": ECHO}, "input": 1}
    outer = await run_of(client, await store(flow(step("a", "/builtin/eval", sub))), 1)
    inner = (await _runs(client, f"parentRunId={outer}"))[0]
    shown = (await client.get(f"{API}/runs/{inner['runId']}/flow")).json()
    assert shown["flowId"] == inner["flowId"] == await store(ECHO)
    assert shown["flow"]["name"] == "echo"


# ---- cancel, delete


async def test_cancelling(client: Client, store: Store, gate: Gate) -> None:
    """A run is cancelled when the answer comes; once more is 409."""
    run_id = await run_of(client, await store(WAITING), 1, wait=False)
    cancelled = await client.post(f"{API}/runs/{run_id}/cancel", json={"reason": "not needed"})
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert (await client.post(f"{API}/runs/{run_id}/cancel")).status_code == 409
    result = (await client.get(f"{API}/runs/{run_id}/items")).json()["items"][0]["result"]
    assert (result["error"]["code"], "not needed" in result["error"]["message"]) == (499, True)


async def test_cancelling_without_a_body(client: Client, store: Store, gate: Gate) -> None:
    """The reason may be left out, and so may the body; what is sent is checked."""
    run_id = await run_of(client, await store(WAITING), 1, wait=False)
    path = f"{API}/runs/{run_id}/cancel"
    assert (await client.post(path, json={"why": "x"})).status_code == 422
    assert (await client.post(path, json=[])).status_code == 422
    assert (await client.post(path, content=b"x", headers={"Content-Type": "text/plain"})).status_code == 415
    assert (await client.post(path, headers={"Content-Type": "application/json"})).status_code == 200
    assert (await client.post(f"{API}/runs/{NEVER}/cancel")).status_code == 404


async def test_waiting_ends_when_the_run_is_cancelled(client: Client, store: Store, gate: Gate) -> None:
    """Who waits for a run that is cancelled is told at once."""
    waiting = asyncio.create_task(create(client, await store(WAITING), 1))
    await gate.entered.wait()
    run_id = (await _runs(client))[0]["runId"]
    await client.post(f"{API}/runs/{run_id}/cancel")
    response = await waiting
    assert (response.status_code, response.json()["status"]) == (200, "cancelled")


async def test_deleting(client: Client, store: Store, gate: Gate) -> None:
    """A run that has ended can be forgotten, with all that belongs to it; one that goes on is 409."""
    run_id = await run_of(client, await store(WAITING), 1, wait=False)
    assert (await client.delete(f"{API}/runs/{run_id}")).status_code == 409
    gate.open.set()
    await client.get(f"{API}/runs/{run_id}?wait=true")
    assert (await client.delete(f"{API}/runs/{run_id}")).status_code == 204
    for path in ("", "/items", "/steps", "/events", "/flow"):
        assert (await client.get(f"{API}/runs/{run_id}{path}")).status_code == 404
    assert (await client.delete(f"{API}/runs/{run_id}")).status_code == 404


async def test_a_batch_may_have_one_item_or_none(client: Client) -> None:
    """An input that the schema refuses fails its item; without `batch` it refuses the run, and so does no input."""
    demanding = {"name": "demanding", "schemas": {"input": {"type": "integer"}}, "output": {"$input": "$"}}
    flow_id = (await client.post(f"{API}/flows", json={"flow": demanding})).json()["flowId"]
    for inputs, refusal, status in ((["no"], 422, "failed"), ([], 400, "completed")):
        request = {"flowId": flow_id, "input": inputs}
        assert (await client.post(f"{API}/runs", json=request)).status_code == refusal
        run = (await client.post(f"{API}/runs", json={**request, "batch": True})).json()
        assert (run["status"], run["itemCount"]) == (status, len(inputs))
