"""Operations on components, flows, blobs and health, over HTTP."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from server_kit import API, ECHO, NO_FLOW, WAITING, Client, Gate, Serve, Store, flow, step
from stepflow_core import HealthResponse, ServerError, __version__
from stepflow_runtime import StepflowRuntime

# ---- health, components


async def test_health(client: Client) -> None:
    """A server that can work says so, and which version it is."""
    body = (await client.get(f"{API}/health")).json()
    assert (body["status"], body["version"], set(body)) == ("healthy", __version__, {"status", "timestamp", "version"})


class Ill:
    """An executor that cannot work."""

    url = "ill:"

    def __init__(self, health: HealthResponse | None) -> None:
        self._health = health

    async def health_check(self) -> HealthResponse:
        if self._health is None:
            raise ServerError("the store cannot be reached")
        return self._health


@pytest.mark.parametrize("raises", [True, False])
async def test_ill_health_is_503(serve: Serve, raises: bool) -> None:
    """A server whose executor cannot work is unhealthy, whether the executor says so or fails to."""
    health = HealthResponse(status="unhealthy", timestamp=datetime.now(UTC), version="1")
    async with serve(Ill(None if raises else health)) as client:
        response = await client.get(f"{API}/health")
    assert (response.status_code, response.json()["status"]) == (503, "unhealthy")


async def test_components(runtime: StepflowRuntime, client: Client) -> None:
    """Components are listed under `component`, with schemas in their older spelling, or without."""

    @runtime.component("/text/count", description="Counts")
    def count(text: str) -> int:
        return len(text)

    listed = {each["component"]: each for each in (await client.get(f"{API}/components")).json()["components"]}
    assert listed["/text/count"]["description"] == "Counts"
    assert listed["/text/count"]["input_schema"]["properties"]["text"]["type"] == "string"
    assert listed["/text/count"]["output_schema"] == {"type": "integer"}
    plain = (await client.get(f"{API}/components", params={"includeSchemas": "false"})).json()["components"]
    assert len(plain) == len(listed)
    assert not any("input_schema" in each or "output_schema" in each for each in plain)


# ---- flows


async def test_storing_and_getting(client: Client, store: Store) -> None:
    """What was stored comes back: the flow, its id, and its examples with its cases."""
    document = {
        **ECHO,
        "examples": [{"name": "one", "description": "the first", "input": 1}],
        "test": {"cases": [{"name": "two", "input": {"n": 2.0}}, {"name": "one", "input": 3}]},
    }
    flow_id = await store(document)
    body = (await client.get(f"{API}/flows/{flow_id}")).json()
    assert body["flowId"] == flow_id
    assert body["flow"]["test"] == document["test"]
    assert body["allExamples"] == [
        {"name": "one", "description": "the first", "input": 1},
        {"name": "two", "input": {"n": 2.0}},
    ]
    again = await client.post(f"{API}/flows", json={"flow": body["flow"]})
    assert again.json()["flowId"] == flow_id


async def test_faulty_flow_is_answered(client: Client) -> None:
    """A flow that cannot be stored is answered with everything that is wrong with it, and counts by level."""
    faulty = {"name": "x", "steps": [{"id": "a", "component": "/noop", "input": {"$step": "b"}}, {"id": "a"}]}
    response = await client.post(f"{API}/flows", json={"flow": faulty})
    body = response.json()
    assert (response.status_code, body["stored"], "flowId" in body) == (200, False, False)
    counted = body["diagnostics"]
    levels = [each["level"] for each in counted["diagnostics"]]
    assert (levels.count("fatal"), levels.count("warning")) == (counted["numFatal"], counted["numWarning"])
    assert counted["numFatal"] >= 2
    assert all({"code", "kind", "level", "text", "path", "pointer"} <= set(each) for each in counted["diagnostics"])


async def test_dry_run_stores_nothing(client: Client) -> None:
    """With `dryRun` a flow is only checked; its id is told."""
    body = (await client.post(f"{API}/flows", json={"flow": ECHO, "dryRun": True})).json()
    assert body["stored"] is False
    assert (await client.get(f"{API}/flows/{body['flowId']}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"flow": "greet.yaml"}, 422),
        ({"flow": []}, 422),
        ({"flow": None}, 422),
        ({}, 422),
        ([], 422),
        ({"flow": ECHO, "name": 1}, 422),
        ({"flow": ECHO, "dryrun": True}, 422),
        ({"flow": ECHO, "name": "a/b.yaml"}, 400),
        ({"flow": ECHO, "name": " "}, 400),
    ],
)
async def test_what_is_no_flow(client: Client, body: Any, status: int) -> None:
    """A flow is an object, never the name of a file of the server; its name is one that can be found again."""
    assert (await client.post(f"{API}/flows", json=body)).status_code == status


async def test_named_flows(client: Client) -> None:
    """Named flows are listed page by page, every version."""
    for name, version in (("b", "1"), ("a", "1"), ("a", "2")):
        document = {**ECHO, "name": name, "version": version}
        await client.post(f"{API}/flows", json={"flow": document})
    first = (await client.get(f"{API}/flows", params={"limit": 2})).json()
    second = (await client.get(f"{API}/flows", params={"limit": 2, "cursor": first["nextCursor"]})).json()
    assert [(each["name"], each["version"]) for each in first["flows"] + second["flows"]] == [
        ("a", "1"), ("a", "2"), ("b", "1"),
    ]  # fmt: skip
    assert "nextCursor" not in second
    for query in ("cursor=x", "cursor=-1", "limit=0", "lim=1", "cursor=" + "9" * 30):
        assert (await client.get(f"{API}/flows?{query}")).status_code == 400


async def test_deleting_a_flow(client: Client, store: Store, gate: Gate) -> None:
    """A flow that no run uses can be forgotten."""
    flow_id = await store(WAITING)
    run = await client.post(f"{API}/runs", json={"flowId": flow_id, "input": [1], "wait": False})
    assert (await client.delete(f"{API}/flows/{flow_id}")).status_code == 409
    gate.open.set()
    await client.get(run.headers["location"], params={"wait": "true"})
    assert (await client.delete(f"{API}/flows/{flow_id}")).status_code == 204
    assert (await client.delete(f"{API}/flows/{flow_id}")).status_code == 404


@pytest.mark.parametrize("path", ["", "/variables", "/graph"])
async def test_unknown_flows(client: Client, path: str) -> None:
    """What is no flow is not found: nothing, an id of another form, a blob that is something else."""
    blob_id = (await client.post(f"{API}/blobs", json={"data": [1]})).json()["blobId"]
    for flow_id in (NO_FLOW, "echo", NO_FLOW.replace("0", "A"), blob_id, "%00"):
        assert (await client.get(f"{API}/flows/{flow_id}{path}")).status_code == 404


async def test_variables_of_a_flow(client: Client, store: Store) -> None:
    """The variables that a flow declares, by name."""
    properties = {
        "key": {"type": "string", "is_secret": True, "env_var": "KEY"},
        "n": {"type": "integer", "default": 3},
    }
    flow_id = await store({**ECHO, "schemas": {"variables": {"type": "object", "properties": properties}}})
    variables = (await client.get(f"{API}/flows/{flow_id}/variables")).json()["variables"]
    assert (variables["key"]["isSecret"], variables["key"]["envVar"], variables["n"]["default"]) == (True, "KEY", 3)


async def test_graph_of_a_flow(client: Client, store: Store) -> None:
    """The graph names every step and what it needs, with the kind of each edge."""
    flow_id = await store(flow(step("a", "/noop", 1), step("b", "/noop", {"$step": "a"})))
    graph = (await client.get(f"{API}/flows/{flow_id}/graph")).json()
    assert {"a", "b"} <= {each["id"] for each in graph["nodes"]}
    assert {"source": "a", "target": "b", "kind": "data"} in graph["edges"]


# ---- blobs


async def test_blob_of_a_value(client: Client) -> None:
    """A value is stored under the hash of its JSON, and comes back as JSON or as the bytes that were hashed."""
    response = await client.post(f"{API}/blobs", json={"data": {"a": 1}})
    blob_id = response.json()["blobId"]
    assert (response.status_code, response.headers["location"]) == (201, f"{API}/blobs/{blob_id}")
    assert blob_id == sha256(b'{"a":1}').hexdigest()
    assert (await client.get(f"{API}/blobs/{blob_id}")).json() == {"data": {"a": 1}, "blobType": "data"}
    raw = await client.get(f"{API}/blobs/{blob_id}", headers={"Accept": "application/octet-stream"})
    assert (raw.content, raw.headers["content-type"]) == (b'{"a":1}', "application/octet-stream")
    assert raw.headers["x-content-type-options"] == "nosniff"


async def test_blob_of_bytes(client: Client) -> None:
    """Bytes are sent as they are or as base64 text, and come back in either form."""
    content = bytes(range(256))
    octets = {"Content-Type": "application/octet-stream"}
    raw = await client.post(f"{API}/blobs", content=content, headers=octets)
    text = base64.b64encode(content).decode()
    coded = await client.post(f"{API}/blobs", json={"data": text, "blobType": "binary"})
    blob_id = sha256(content).hexdigest()
    assert raw.json()["blobId"] == coded.json()["blobId"] == blob_id
    assert (await client.get(f"{API}/blobs/{blob_id}")).json() == {"data": text, "blobType": "binary"}
    back = await client.get(f"{API}/blobs/{blob_id}", headers={"Accept": "application/octet-stream, */*;q=0.1"})
    assert back.content == content


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"data": "no base64!", "blobType": "binary"}, 422),
        ({"data": 1, "blobType": "binary"}, 422),
        ({"data": 1, "blobType": "text"}, 422),
        ({"blobType": "data"}, 422),
        ({"data": 1, "type": "data"}, 422),
    ],
)
async def test_blobs_that_are_refused(client: Client, body: Any, status: int) -> None:
    """What is no blob is told why."""
    assert (await client.post(f"{API}/blobs", json=body)).status_code == status


async def test_unknown_blobs(client: Client) -> None:
    """A blob that is not there is 404."""
    for blob_id in (NO_FLOW, "x"):
        assert (await client.get(f"{API}/blobs/{blob_id}")).status_code == 404
