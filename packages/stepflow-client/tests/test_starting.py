"""Starting runs: what is stored, what is asked for, and what is asked for again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from stepflow_client import FlowLoadError, InvalidInputError, NotFoundError, StepflowClient

FLOW = {"name": "echo", "output": {"$input": "$"}}
FLOW_ID = "ab" * 32
DONE = {"outcome": "success", "result": 1}

Response = Callable[..., httpx.Response]


async def test_a_flow_is_stored_once_for_each_content(
    stub: Any, client: StepflowClient, stored: httpx.Response, created: Response
) -> None:
    """However often and in whichever way it is run; another content is another flow."""
    stub.on("POST /flows", stored)
    stub.on("POST /runs", created(DONE))
    for _ in range(3):
        assert (await client.run(dict(FLOW), 1)).output == 1
    await client.submit(FLOW, 2)
    await client.submit_batch(FLOW, [1, 2])
    assert stub.operations() == ["POST /flows", *["POST /runs"] * 5]
    await client.run({**FLOW, "name": "other"}, 1)
    assert stub.operations().count("POST /flows") == 2


async def test_a_flow_that_is_run_is_stored_without_its_name(
    stub: Any, client: StepflowClient, stored: httpx.Response, created: Response
) -> None:
    """What a name stands for is changed by storing alone."""
    stub.on("POST /flows", stored)
    stub.on("POST /runs", created(DONE))
    await client.run(FLOW, 1)
    await client.store_flow(FLOW)
    await client.store_flow(FLOW, named=False)
    sent = [stub.body(each) for each in stub.seen if each.url.path.endswith("/flows")]
    assert [each["named"] for each in sent] == [False, True, False]


async def test_a_file_is_read_and_stored_again_when_it_changes(
    stub: Any, client: StepflowClient, stored: httpx.Response, created: Response, tmp_path: Path
) -> None:
    """Its content is what counts."""
    stub.on("POST /flows", stored)
    stub.on("POST /runs", created(DONE))
    path = tmp_path / "flow.yaml"
    for text in ("name: a\n", "name: a\n", "name: longer\n"):
        path.write_text(text, "utf-8")
        await client.run(path)
    sent = [stub.body(each)["flow"] for each in stub.seen if each.url.path.endswith("/flows")]
    assert sent == [{"name": "a"}, {"name": "longer"}]


async def test_a_flow_that_the_server_has_forgotten_is_stored_again(
    stub: Any, client: StepflowClient, stored: httpx.Response, created: Response, problem: Response
) -> None:
    """As after a restart; only once, so that there is an end to it."""
    stub.on("POST /flows", stored)
    stub.on("POST /runs", created(DONE), problem(404), created(DONE), problem(404))
    await client.run(FLOW)
    await client.run(FLOW)
    assert stub.operations() == ["POST /flows", "POST /runs", "POST /runs", "POST /flows", "POST /runs"]
    with pytest.raises(NotFoundError):
        await client.run(FLOW)


async def test_names_and_ids_are_left_to_the_server(stub: Any, client: StepflowClient, created: Response) -> None:
    """Nothing is stored for them."""
    stub.on("POST /runs", created(DONE))
    await client.run(FLOW_ID, 1)
    await client.run("orders@2", 1)
    bodies = [stub.body(each) for each in stub.seen]
    assert [(each.get("flowId"), each.get("flowName")) for each in bodies] == [(FLOW_ID, None), (None, "orders@2")]


async def test_a_faulty_file_is_refused_with_its_lines(
    stub: Any, client: StepflowClient, problem: Response, tmp_path: Path
) -> None:
    """The server knows the place in the flow, the client the place in the file."""
    fault = {"code": 3003, "kind": "k", "level": "fatal", "text": "t", "path": "$.output", "pointer": "/output"}
    counts = {"numFatal": 1, "numError": 0, "numWarning": 0}
    stub.on(
        "POST /flows",
        httpx.Response(200, json={"stored": False, "diagnostics": {"diagnostics": [fault], **counts}}),
    )
    path = tmp_path / "flow.yaml"
    path.write_text("name: a\noutput: {$step: nowhere}\n", "utf-8")
    with pytest.raises(FlowLoadError) as caught:
        await client.run(path)
    [diagnostic] = caught.value.diagnostics
    assert (diagnostic.code, diagnostic.file, diagnostic.line) == (3003, str(path), 2)
    validated = await client.validate(path)
    assert (validated.valid, validated.diagnostics) == (False, [diagnostic])


async def test_a_flow_that_cannot_be_run_is_refused_with_its_lines(
    stub: Any, client: StepflowClient, stored: httpx.Response, problem: Response, tmp_path: Path
) -> None:
    """Also where the server refuses the run, not the flow; overrides change the flow, and its lines mean nothing."""
    fault = {"code": 2002, "kind": "k", "level": "error", "text": "t", "path": "$.output", "pointer": "/output"}
    stub.on("POST /flows", stored)
    stub.on("POST /runs", problem(400, diagnostics=[fault]))
    path = tmp_path / "flow.yaml"
    path.write_text("name: a\noutput: 1\n", "utf-8")
    for overrides, line in ((None, 2), ({"a": {"value": {}}}, None)):
        with pytest.raises(FlowLoadError) as caught:
            await client.run(path, None, overrides)
        assert [each.line for each in caught.value.diagnostics] == [line]


@pytest.mark.parametrize("content", ["- 1\n", "just text\n", ""], ids=["a list", "a text", "nothing"])
async def test_a_file_without_a_flow_is_not_sent(
    stub: Any, client: StepflowClient, tmp_path: Path, content: str
) -> None:
    """It is refused here, with its place."""
    path = tmp_path / "flow.yaml"
    path.write_text(content, "utf-8")
    with pytest.raises(FlowLoadError, match="must be a mapping") as caught:
        await client.run(path)
    assert (caught.value.diagnostics[0].file, caught.value.diagnostics[0].line) == (str(path), 1)
    assert stub.seen == []


async def test_a_mapping_that_is_not_json_is_not_sent(stub: Any, client: StepflowClient) -> None:
    """The refusal has the place."""
    with pytest.raises(FlowLoadError) as caught:
        await client.run({"output": [float("nan")]})
    assert [(each.code, each.pointer) for each in caught.value.diagnostics] == [(3400, "/output/0")]
    assert (await client.validate({"output": object()})).valid is False
    assert stub.seen == []


async def test_a_run_is_asked_for_with_a_key_of_its_own(
    stub: Any, client: StepflowClient, created: Response, pauses: list[float]
) -> None:
    """The same one for every attempt, another one for every run; a given one is used."""
    stub.on("POST /runs", httpx.ReadError("reset"), created(DONE))
    await client.run(FLOW_ID)
    await client.run(FLOW_ID)
    await client.submit(FLOW_ID, idempotency_key="mine")
    keys = [each.headers["Idempotency-Key"] for each in stub.seen]
    assert keys[0] == keys[1] != keys[2]
    assert keys[3] == "mine"
    assert len(pauses) == 1


async def test_what_changes_something_without_a_key_is_asked_for_once(
    stub: Any, client: StepflowClient, problem: Response
) -> None:
    """To cancel twice is not to cancel once."""
    run_id = "0190a6d8-5c1e-7c3a-8d3f-0123456789ab"
    stub.on(f"POST /runs/{run_id}/cancel", problem(503))
    with pytest.raises(Exception, match="no"):
        await client.cancel_run(run_id)
    assert len(stub.seen) == 1


async def test_options_are_sent_as_the_api_has_them(stub: Any, client: StepflowClient, created: Response) -> None:
    """Those that were not given are left out."""
    stub.on("POST /runs", created(status="running", items=2))
    overrides = {"a": {"value": {"input": 1}}}
    await client.submit_batch(
        FLOW_ID, (each for each in (1, [2])), max_concurrency=3, overrides=overrides, variables={"v": 2**70},
        tags={"t": "x"}, durability="run",
    )  # fmt: skip
    assert stub.body(stub.seen[0]) == {
        "flowId": FLOW_ID, "input": [1, [2]], "maxConcurrency": 3, "overrides": overrides, "variables": {"v": 2**70},
        "tags": {"t": "x"}, "durability": "run", "debug": False, "batch": True, "wait": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    "inputs",
    ["text", b"bytes", {"a": 1}, 5],
    ids=["text", "bytes", "a mapping", "a number"],
)
async def test_inputs_that_are_no_batch_are_refused(stub: Any, client: StepflowClient, inputs: Any) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidInputError):
        await client.submit_batch(FLOW_ID, inputs)
    assert stub.seen == []


async def test_a_batch_has_an_end(stub: Any, client: StepflowClient) -> None:
    """Inputs without end are read up to the limit and refused."""

    def endless() -> Any:
        while True:
            yield 1

    with pytest.raises(InvalidInputError, match="100,000"):
        await client.submit_batch(FLOW_ID, endless())
    assert stub.seen == []
