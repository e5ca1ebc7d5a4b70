"""`stepflow flows`: listing, showing, storing and deleting flows."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from stepflow_cli.exits import UsageError
from stepflow_cli.flow_listing import listed
from stepflow_cli.flow_listing import report as report_flows
from stepflow_cli.flow_names import flow_id_of, single_flow_id_of
from stepflow_cli.flow_page import as_yaml, document_of, reported
from stepflow_cli.flow_page import report as report_flow
from stepflow_cli.flow_storing import delete, store_all
from stepflow_cli.flow_storing import report as report_stored
from stepflow_cli.remote_options import StoreOptions
from stepflow_core import NotFoundError
from stepflow_core.documents import read_text
from stepflow_runtime import StepflowRuntime

Stepflow = Callable[..., tuple[int, str, str]]
Write = Callable[[str, str | bytes], Path]
FLOW = """\
name: greet
description: Greets by name
version: "1.0"
schemas:
  variables:
    type: object
    properties:
      tone: {type: string, default: kind}
      key: {type: [string, "null"], is_secret: true, env_var: MY_KEY, default: hidden}
      any: {}
steps:
  - {id: a, component: /builtin/noop, input: {$input: name}}
  - id: b
    component: /builtin/noop
    input: [{$step: a}, {$variable: tone}, {$variable: key}, {$variable: any, default: 1}]
output: {$step: b}
"""


@pytest.fixture
async def engine() -> AsyncIterator[StepflowRuntime]:
    """An engine without flows."""
    async with StepflowRuntime() as runtime:
        yield runtime


async def store(engine: StepflowRuntime, version: str = "1.0") -> str:
    """Store a version of the flow; its id."""
    stored = await engine.store_flow({"name": "greet", "description": "Greets", "version": version, "output": version})
    assert stored.flow_id is not None
    return stored.flow_id


async def test_lists_flows(engine: StepflowRuntime, screen: Any, screens: Any) -> None:
    """Each version is a line: name, version, id, description."""
    flow_id = await store(engine)
    report_flows(await listed(engine), screen)
    assert screen.shown == f"greet\t1.0\t{flow_id}\tGreets\n"
    programs = screens(json=True)
    report_flows(await listed(engine), programs)
    assert json.loads(programs.shown)["flows"][0]["flowId"] == flow_id
    people = screens(tty=True)
    report_flows(await listed(engine), people)
    assert "Description" in people.shown


async def test_no_flows(screen: Any) -> None:
    """That there are none is said, with how to store one."""
    report_flows([], screen)
    assert screen.shown == ""
    assert "stepflow flows store FILE" in screen.said


async def test_names_lead_to_flows(engine: StepflowRuntime) -> None:
    """A name is its latest version, `name@version` that one; an id is itself."""
    first, second = await store(engine, "1.0"), await store(engine, "1.1")
    assert await flow_id_of(engine, "greet") == second
    assert await flow_id_of(engine, "greet@1.0") == first
    assert await flow_id_of(engine, first) == first
    assert await single_flow_id_of(engine, first) == first
    assert await single_flow_id_of(engine, "greet@1.1") == second


async def test_ids_as_listings_show_them(engine: StepflowRuntime) -> None:
    """The first twelve digits of an id lead to the flow."""
    first, second = await store(engine), await store(engine, "2.0")
    assert [await flow_id_of(engine, each[:12]) for each in (first, second)] == [first, second]
    assert await single_flow_id_of(engine, first[:20]) == first
    with pytest.raises(NotFoundError):
        await flow_id_of(engine, "0123456789ab")


async def test_nothing_is_guessed_where_it_matters(engine: StepflowRuntime) -> None:
    """A name with several versions is refused where something is deleted."""
    await store(engine, "1.0")
    await store(engine, "1.1")
    with pytest.raises(UsageError, match=r"has 2 versions: say which, greet@1.0, greet@1.1"):
        await delete(engine, "greet")
    assert await delete(engine, "greet@1.0") == "deleted"
    assert await delete(engine, "greet") == "deleted"
    with pytest.raises(NotFoundError, match="no flow is stored under the name 'greet' \\(`stepflow flows list`"):
        await delete(engine, "greet")


async def test_names_that_are_not_there(engine: StepflowRuntime) -> None:
    """An unknown name leads to a similar one, an unknown version to those that are there."""
    await store(engine)
    with pytest.raises(NotFoundError, match="'gret'; did you mean 'greet'"):
        await flow_id_of(engine, "gret")
    with pytest.raises(NotFoundError, match=r"'greet' has no version '2'; versions stored: 1.0"):
        await flow_id_of(engine, "greet@2")


async def test_shows_a_flow(engine: StepflowRuntime, write: Write, screen: Any) -> None:
    """A flow is shown with its variables and with its steps and what they need; secrets have no default."""
    await engine.store_flow(write("greet.yaml", FLOW))
    report_flow(await reported(engine, "greet"), screen)
    lines = screen.shown.splitlines()
    assert {"Name         greet", "Version      1.0", "Description  Greets by name", "Steps        2"} <= set(lines)
    assert 'tone\tstring\t"kind"' in lines
    assert 'key\t["string","null"] (secret)\t\t$MY_KEY' in lines
    assert "any\tany" in lines
    assert "b\t/builtin/noop\ta" in lines


async def test_shows_a_flow_to_programs(engine: StepflowRuntime, write: Write, screens: Any) -> None:
    """With `--json` there are the flow, its variables and its graph."""
    await engine.store_flow(write("greet.yaml", FLOW))
    screen = screens(json=True)
    report_flow(await reported(engine, "greet"), screen)
    found = json.loads(screen.shown)
    assert set(found) == {"flowId", "flow", "variables", "graph"}
    assert found["flow"]["steps"][0]["id"] == "a"


async def test_a_flow_as_yaml(engine: StepflowRuntime) -> None:
    """A flow written as YAML reads as the same flow, whatever texts and numbers stand in it."""
    odd = ["on", "~", "1e3", "12:30", "a: b", "# no", "- x", "\x85\u202e\x00", "two\nlines\n", " ", "", "{}", "é漢😀"]
    output = {"odd": odd, "numbers": [1.0, 1e300, 2**70, -0.5], "none": [None, True, {}, []], "deep": [[{"a": [odd]}]]}
    flow_id = (await engine.store_flow({"name": "odd", "output": {"$literal": output}})).flow_id
    text = as_yaml(await document_of(engine, "odd"))
    read = read_text(text, format="yaml", file="odd.yaml").data
    assert (read["output"]["$literal"], text.isascii()) == (output, False)
    assert (await engine.store_flow(read)).flow_id == flow_id


def test_one_form_of_a_flow(stepflow: Stepflow, runtime: None) -> None:
    """YAML and JSON exclude each other."""
    for other in ("--json", "--document"):
        code, out, err = stepflow("flows", "show", "greet", "--yaml", other)
        assert (code, out) == (2, "")
        assert "--yaml and JSON exclude each other" in err


async def test_stores_flows(engine: StepflowRuntime, write: Write, screen: Any) -> None:
    """Each file is stored; a line has its id. What is wrong with one is drawn, and the others are stored."""
    good, bad = write("good.yaml", FLOW), write("bad.yaml", "name: b\ndescription: c\noutput: {$step: x}\n")
    missing = good.with_name("missing.yaml")
    stored = await store_all(engine, [good, bad, missing, good], StoreOptions())
    assert report_stored(stored, screen, dry_run=False) == 2
    assert screen.shown == f"{stored[0].flow_id}\t{good}\n"
    assert f"{bad}:3:17: fatal 3003" in screen.said
    assert f"{missing}: fatal 3400" in screen.said
    assert len(await engine.list_flows()) == 1


async def test_stores_under_a_name(engine: StepflowRuntime, write: Write) -> None:
    """A flow can be stored under another name than its own."""
    await store_all(engine, [write("a.yaml", FLOW)], StoreOptions(name="next"))
    assert [each.name for each in await engine.list_flows()] == ["next"]


async def test_checks_without_storing(engine: StepflowRuntime, write: Write, screens: Any) -> None:
    """A dry run says whether the flow could be stored, and under which id."""
    screen = screens(json=True)
    stored = await store_all(engine, [write("a.yaml", FLOW)], StoreOptions(dry_run=True))
    assert report_stored(stored, screen, dry_run=True) == 0
    [told] = json.loads(screen.shown)
    assert told["stored"] is False
    assert len(told["flowId"]) == 64
    assert await engine.list_flows() == []


def test_the_life_of_a_flow(stepflow: Stepflow, served: str, write: Write) -> None:
    """A flow is stored, listed, shown, run by its name and deleted on a server."""
    path = write("greet.yaml", FLOW)
    code, out, _ = stepflow("flows", "store", str(path), "--name", "life", "-q")
    flow_id = out.split("\t")[0]
    assert code == 0
    assert f"life\t1.0\t{flow_id}\tGreets by name\n" in stepflow("flows", "list")[1]
    assert flow_id in stepflow("flows", "show", "life")[1]
    document = stepflow("flows", "show", "life@1.0", "--document")[1]
    copy = write("copy.json", document)
    assert stepflow("flows", "store", str(copy), "--dry-run", "-q")[1].split("\t")[0] == flow_id
    assert stepflow("submit", "life", "--input-json", '{"name": 1}', "-q")[1].startswith('{"outcome":"success"')
    assert stepflow("flows", "delete", "life")[:2] == (0, "life\tdeleted\n")
    code, _, err = stepflow("flows", "show", "life")
    assert code == 2
    assert "no flow is stored under the name 'life'" in err


def test_faults_have_their_places(stepflow: Stepflow, served: str, write: Write) -> None:
    """What a server finds wrong is shown in the file that was stored."""
    path = write("bad.yaml", "name: b\ndescription: c\noutput: [{$step: x}, {$step: y}]\n")
    code, out, err = stepflow("flows", "store", str(path))
    assert (code, out) == (2, "")
    assert f"{path}:3:18: fatal 3003" in err
    assert f"{path}:3:30: fatal 3003" in err
