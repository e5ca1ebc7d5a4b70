"""A client of the older API stores flows, checks them and looks at what there is."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

from .older import BREAD, ECHO, FAULTY, NO_FLOW, RISING, OlderClient, moment


def test_a_server_tells_that_it_is_well(older: OlderClient) -> None:
    """With the time and its version."""
    health = older.get("/health")
    assert health["status"] == "healthy"
    assert moment(health["timestamp"]).utcoffset() == timedelta(0)
    assert health["version"]


def test_components_are_listed_under_their_paths(older: OlderClient) -> None:
    """With their schemas, whose names have the older spelling, unless these are not wanted."""
    listed = {each["component"]: each for each in older.get("/components")["components"]}
    bake = listed["/bakery/bake"]
    assert bake["description"] == "Bakes a loaf"
    assert bake["input_schema"]["properties"]["loaf"] == {"type": "string"}
    assert bake["output_schema"]["type"] == "object"
    bare = older.get("/components", includeSchemas="false")["components"]
    assert {each["component"] for each in bare} == set(listed)
    assert not any({"input_schema", "output_schema"} & each.keys() for each in bare)


def test_a_flow_is_stored_once_and_given_back(older: OlderClient) -> None:
    """The same flow has the same id; what comes back is the flow, with its examples."""
    examples = [{"name": "rye", "input": {"loaf": "rye"}}]
    first = older.post("/flows", {"flow": {**BREAD, "examples": examples}})
    assert re.fullmatch("[0-9a-f]{64}", first["flowId"])
    assert (first["stored"], first["diagnostics"]["numFatal"], first["diagnostics"]["numError"]) == (True, 0, 0)
    assert older.post("/flows", {"flow": {**BREAD, "examples": examples}})["flowId"] == first["flowId"]
    found = older.get(f"/flows/{first['flowId']}")
    assert (found["flowId"], found["flow"]["name"], len(found["flow"]["steps"])) == (first["flowId"], "bread", 2)
    assert [(each["name"], each["input"]) for each in found["allExamples"]] == [("rye", {"loaf": "rye"})]


def test_a_flow_can_be_stored_under_another_name(older: OlderClient) -> None:
    """Runs can be made by that name."""
    name = f"loaf-{uuid4().hex}"
    assert older.post("/flows", {"flow": ECHO, "name": name})["stored"]
    run = older.post("/runs", {"flowName": name, "input": [5]})
    assert run["result"] == {"outcome": "success", "result": 5}


def test_a_dry_run_stores_nothing(older: OlderClient) -> None:
    """It tells what storing would have told."""
    flow = {**ECHO, "description": uuid4().hex, "output": {"$input": "$"}}
    answer = older.post("/flows", {"flow": flow, "dryRun": True})
    assert not answer["stored"]
    assert answer["diagnostics"]["numFatal"] == 0
    flow_id = answer.get("flowId", NO_FLOW)
    assert older.status("GET", f"/flows/{flow_id}") == 404


def test_a_faulty_flow_is_answered_with_its_faults(older: OlderClient) -> None:
    """That is no error of HTTP; each fault says what is wrong and where."""
    for dry_run in (False, True):
        answer = older.post("/flows", {"flow": FAULTY, "dryRun": dry_run})
        assert "flowId" not in answer
        assert not answer["stored"]
        found = answer["diagnostics"]
        assert (found["numFatal"], found["numError"], found["numWarning"]) == (2, 0, 0)
        assert {(each["code"], each["kind"], each["pointer"], each["path"]) for each in found["diagnostics"]} == {
            (3003, "undefinedStepReference", "/steps/0/input/$step", "$.steps[0].input.$step"),
            (3000, "duplicateStepId", "/steps/1/id", "$.steps[1].id"),
        }
        assert all(each["level"] == "fatal" and each["text"] for each in found["diagnostics"])


def test_warnings_do_not_keep_a_flow_from_being_stored(older: OlderClient) -> None:
    """They are told and counted."""
    answer = older.post("/flows", {"flow": {"output": {"$input": "$"}}})
    assert answer["stored"]
    assert (answer["diagnostics"]["numFatal"], answer["diagnostics"]["numWarning"]) == (0, 2)
    assert {each["level"] for each in answer["diagnostics"]["diagnostics"]} == {"warning"}


def test_a_flow_is_deleted_when_no_run_uses_it(older: OlderClient) -> None:
    """Until then that is refused; afterwards it is not there."""
    flow = {**RISING, "description": uuid4().hex}
    run = older.run(flow, {}, wait=False)
    path = f"/flows/{run_flow(older, run['runId'])}"
    assert older.status("DELETE", path) == 409
    older.post(f"/runs/{run['runId']}/cancel")
    older.http.delete(f"/runs/{run['runId']}")
    response = older.http.delete(path)
    assert (response.status_code, response.content) == (204, b"")
    assert [older.status(method, path) for method in ("GET", "DELETE")] == [404, 404]
    gone = {"flowId": path.removeprefix("/flows/"), "input": [{}]}
    assert older.status("POST", "/runs", gone) == 404


def run_flow(older: OlderClient, run_id: str) -> str:
    return str(older.get(f"/runs/{run_id}")["flowId"])
