"""`stepflow runs`: listing, showing, following, cancelling and deleting runs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from stepflow_cli.each import for_each
from stepflow_cli.each import report as report_each
from stepflow_cli.remote_options import EventOptions, RunFilters, RunPart
from stepflow_cli.run_events import pass_on
from stepflow_cli.run_listing import listed
from stepflow_cli.run_listing import report as report_runs
from stepflow_cli.run_page import one_step, report_step, reported
from stepflow_cli.run_page import report as report_run
from stepflow_core import ConnectionFailedError, ListRunsResponse, NotFoundError
from stepflow_runtime import StepflowRuntime

Stepflow = Callable[..., tuple[int, str, str]]
NOW = datetime(2026, 1, 2, tzinfo=UTC)
UNKNOWN = f"{'0' * 8}-0000-7000-8000-{'0' * 12}"
FLOW = {
    "name": "greet",
    "description": "Greets",
    "steps": [
        {"id": "say", "component": "/builtin/noop", "input": {"$input": "name"}},
        {"id": "sub", "component": "/builtin/eval", "input": {"flow": {"$literal": {"output": 1}}, "input": None}},
    ],
    "output": [{"$step": "say"}, {"$step": "sub", "path": "result.result"}],
}
SLOW = {
    "name": "slow",
    "description": "Sleeps for an hour",
    "steps": [{"id": "nap", "component": "/builtin/sleep", "input": {"duration_ms": 3_600_000}}],
    "output": {"$step": "nap"},
}


@pytest.fixture
async def engine() -> AsyncIterator[StepflowRuntime]:
    """An engine with a flow that is named."""
    async with StepflowRuntime() as runtime:
        await runtime.store_flow(FLOW)
        yield runtime


# ---- list


async def test_lists_the_newest_first(engine: StepflowRuntime, screen: Any) -> None:
    """Each run is a line: id, flow, state, items, creation, time taken; sub-runs are left out."""
    first = await engine.submit("greet", {"name": "a"})
    await engine.get_result(first)
    batch = await engine.run_batch("greet", [{"name": "a"}, {}])
    report_runs(await listed(engine, RunFilters(), NOW), screen)
    rows = [line.split("\t") for line in screen.shown.splitlines()]
    assert [row[:4] for row in rows] == [
        [batch.run.run_id, "greet", "failed", "2/2, 1 failed"],
        [first, "greet", "completed", "1/1"],
    ]
    assert rows[0][4].endswith("Z")


async def test_filters(engine: StepflowRuntime) -> None:
    """Runs are chosen by state, flow, tag, age and parent."""
    run_id = await engine.submit("greet", {"name": "a"}, tags={"env": "prod"})
    await engine.get_result(run_id)
    await engine.run("greet", {})
    flow_id = (await engine.list_flows())[0].flow_id
    now = datetime.now(UTC)

    async def found(**filters: Any) -> list[str]:
        return [each.run_id for each in (await listed(engine, RunFilters(**filters), now)).runs]

    everything = await found()
    assert len(everything) == 2
    assert await found(status="completed") == [run_id]
    assert await found(tag=["env=prod"]) == [run_id]
    assert await found(flow="greet") == await found(flow=flow_id) == everything
    assert await found(flow="other") == []
    assert await found(since=3600.0) == everything
    assert await found(since=1e15) == everything
    assert [each.run_id for each in (await listed(engine, RunFilters(since=1), now + timedelta(1))).runs] == []
    children = await found(parent=run_id)
    assert len(children) == 1
    assert set(await found(sub_runs=True)) > {*everything, *children}
    with pytest.raises(NotFoundError, match="has no version '9'; versions stored: none"):
        await found(flow="greet@9")


async def test_pages_are_put_together(story: Any) -> None:
    """More runs than a server gives at once are asked for page by page, up to the limit."""
    executor = story()
    asked = []

    async def list_runs(*, limit: int, cursor: str | None, **options: Any) -> ListRunsResponse:
        asked.append((limit, cursor))
        run = await executor.get_run("run")
        return ListRunsResponse(runs=[run] * limit, next_cursor=str(len(asked)))

    executor.list_runs = list_runs
    found = await listed(executor, RunFilters(limit=2500), NOW)
    assert asked == [(1000, None), (1000, "1"), (500, "2")]
    assert len(found.runs) == 2500


async def test_says_that_there_are_more(engine: StepflowRuntime, screen: Any, screens: Any) -> None:
    """Where the limit leaves runs out that is said; programs get a cursor."""
    await engine.run("greet", {})
    await engine.run("greet", {})
    found = await listed(engine, RunFilters(limit=1), NOW)
    report_runs(found, screen)
    assert screen.said == "these are the newest 1; --limit N shows more\n"
    programs = screens(json=True)
    report_runs(found, programs)
    assert set(json.loads(programs.shown)) == {"runs", "nextCursor"}


async def test_no_runs(screen: Any) -> None:
    """That there are none is said on stderr."""
    report_runs(ListRunsResponse(runs=[]), screen)
    assert (screen.shown, screen.said) == ("", "there are no such runs\n")


# ---- show


async def test_shows_a_run(engine: StepflowRuntime, screen: Any) -> None:
    """A run of one item is shown with its input, steps and result."""
    run_id = await engine.submit("greet", {"name": "Ada"}, tags={"env": "prod"})
    await engine.get_result(run_id)
    report_run(await reported(engine, run_id), screen)
    lines = screen.shown.splitlines()
    assert lines[0] == f"Run      {run_id}"
    assert lines[1].startswith("Flow     greet (")
    assert {"Status   completed", 'Input    {"name":"Ada"}', "Tags     env=prod"} <= set(lines)
    assert [line.split("\t")[:4] for line in lines if "\t" in line] == [
        ["say", "/builtin/noop", "completed", "1"],
        ["sub", "/builtin/eval", "completed", "1"],
    ]
    assert lines[-1] == 'Result  {"outcome":"success","result":["Ada",1]}'


async def test_shows_a_batch(engine: StepflowRuntime, screen: Any) -> None:
    """A batch is shown with its items; the steps are those of the item that is asked for."""
    batch = await engine.run_batch("greet", [{"name": "a"}, {}])
    report_run(await reported(engine, batch.run.run_id), screen)
    rows = [line.split("\t") for line in screen.shown.splitlines() if "\t" in line]
    assert [[row[0], row[1], row[3]] for row in rows] == [
        ["0", "completed", '["a",1]'],
        ["1", "failed", "1 Input path $.name not found"],
    ]


async def test_shows_an_item(engine: StepflowRuntime, screen: Any) -> None:
    """One item of a batch is shown as a run of one is."""
    batch = await engine.run_batch("greet", [{"name": "a"}, {}])
    report_run(await reported(engine, batch.run.run_id, 1), screen)
    assert "Item     1" in screen.shown.splitlines()
    assert "say\t/builtin/noop\tfailed\t0\t\t1 Input path $.name not found" in screen.shown.splitlines()


async def test_an_item_that_is_not_there(engine: StepflowRuntime) -> None:
    """An index beyond the last is refused with the number of items."""
    batch = await engine.run_batch("greet", [{}, {}])
    with pytest.raises(Exception, match="--item 2: the run has 2 items, counted from 0"):
        await reported(engine, batch.run.run_id, 2)


async def test_long_batches_are_cut_for_people(engine: StepflowRuntime, screens: Any) -> None:
    """On a terminal the first items are shown and the others counted."""
    batch = await engine.run_batch("greet", [{}] * 120)
    terminal = screens(tty=True)
    report_run(await reported(engine, batch.run.run_id), terminal)
    assert "… and 20 more (--item INDEX shows one, --json all)" in terminal.shown


async def test_shows_a_run_to_programs(engine: StepflowRuntime, screens: Any) -> None:
    """With `--json` there are the run, its items and its steps, as the API has them."""
    run_id = await engine.submit("greet", {"name": 1.0})
    await engine.get_result(run_id)
    screen = screens(json=True)
    report_run(await reported(engine, run_id), screen)
    found = json.loads(screen.shown)
    assert found["run"]["runId"] == run_id
    assert found["items"][0]["result"] == {"outcome": "success", "result": [1.0, 1]}
    assert [each["stepId"] for each in found["steps"]] == ["say", "sub"]


async def test_shows_a_step(engine: StepflowRuntime, screen: Any, screens: Any) -> None:
    """A step is shown with the input that it got and, if it did not run, why."""
    run_id = await engine.submit("greet", {"name": "Ada"})
    await engine.get_result(run_id)
    step = await one_step(engine, run_id, RunPart(step="say", attempt=1))
    report_step(step, screen)
    assert 'Input      "Ada"' in screen.shown.splitlines()
    programs = screens(json=True)
    report_step(step, programs)
    assert json.loads(programs.shown)["input"] == "Ada"


# ---- events


async def test_shows_events(engine: StepflowRuntime, screen: Any) -> None:
    """Every event is a line with its number, time and item."""
    run_id = await engine.submit("greet", {"name": "Ada"})
    await engine.get_result(run_id)
    await pass_on(engine, run_id, EventOptions(), screen)
    lines = [line.split(maxsplit=2) for line in screen.shown.splitlines()]
    assert [line[0] for line in lines] == [str(number) for number in range(len(lines))]
    told = [line[2] for line in lines]
    assert told[0] == f"run_created {run_id}"
    assert "[0] steps_needed say, sub" in told
    assert "[0] step_started say /builtin/noop" in told
    assert told[-1] == "run_completed completed"


async def test_events_of_sub_runs_have_their_place(engine: StepflowRuntime, screens: Any) -> None:
    """Ends of sub-runs and their items are told by the address of their step, or by id where that is not known."""
    flow = {"output": {"$input": "$"}}
    step = {"id": "fan", "component": "/builtin/map", "input": {"items": [1, 2], "workflow": flow}}
    run_id = await engine.submit({"steps": [step], "output": {"$step": "fan"}})
    await engine.get_result(run_id)
    every, ends = screens(), screens()
    await pass_on(engine, run_id, EventOptions(), every)
    told = [line.split(maxsplit=2)[2] for line in every.shown.splitlines()]
    assert {"item_completed fan[0] completed", "item_completed fan[1] completed"} <= set(told)
    assert {"run_completed fan completed", "[0] item_completed completed", "run_completed completed"} <= set(told)
    [sub_run] = (await engine.list_runs(parent_run_id=run_id)).runs
    await pass_on(engine, run_id, EventOptions(type=["run_completed"]), ends)
    assert f"run_completed {sub_run.run_id} completed" in ends.shown


async def test_chooses_events(engine: StepflowRuntime, screens: Any) -> None:
    """Events are chosen by number and type; programs get them as JSON, without results if they wish."""
    run_id = await engine.submit("greet", {"name": "Ada"})
    await engine.get_result(run_id)
    screen = screens(json=True)
    await pass_on(engine, run_id, EventOptions(after=1, type=["step_completed"], results=False), screen)
    events = [json.loads(line) for line in screen.shown.splitlines()]
    assert {each["event"] for each in events} == {"step_completed"}
    assert all(each["sequenceNumber"] > 1 and "result" not in each for each in events)


async def test_follows_a_run(engine: StepflowRuntime, screen: Any) -> None:
    """With `--follow` the events that come are shown until the run has ended."""
    run_id = await engine.submit(SLOW)
    following = asyncio.ensure_future(pass_on(engine, run_id, EventOptions(follow=True), screen))
    async for event in engine.events(run_id):
        if event.event == "step_started":
            await engine.cancel_run(run_id)
    await following
    assert screen.shown.splitlines()[-1].endswith("run_completed cancelled")


async def test_stops_when_nobody_reads(engine: StepflowRuntime, screen: Any) -> None:
    """Following ends with its reader (`| head`)."""
    run_id = await engine.submit(SLOW)
    screen.abandoned = True
    await pass_on(engine, run_id, EventOptions(follow=True), screen)
    assert len(screen.shown.splitlines()) == 1


# ---- cancel and delete


async def test_some_go_wrong(screen: Any, screens: Any) -> None:
    """What goes wrong with one does not keep the others from it; the exit code is 2."""

    async def work(executor: Any, subject: str) -> str:
        if subject == "b":
            raise NotFoundError("no b")
        return "done"

    executor: Any = None
    outcomes = await for_each(executor, ["a", "b", "a", "c"], work)
    assert report_each(outcomes, screen) == 2
    assert (screen.shown, screen.said) == ("a\tdone\nc\tdone\n", "error: no b\n")
    programs = screens(json=True)
    assert report_each(outcomes, programs) == 2
    assert json.loads(programs.shown) == [
        {"id": "a", "state": "done"},
        {"id": "b", "error": {"message": "no b", "code": 404}},
        {"id": "c", "state": "done"},
    ]


async def test_what_all_would_meet_is_told_once() -> None:
    """A server that does not answer ends it all."""

    async def work(executor: Any, subject: str) -> str:
        raise ConnectionFailedError("gone")

    executor: Any = None
    with pytest.raises(ConnectionFailedError):
        await for_each(executor, ["a", "b"], work)


# ---- against a server


def test_the_life_of_a_run(stepflow: Stepflow, served: str, tmp_path: Path) -> None:
    """A run is submitted, listed, shown, followed, cancelled and deleted on a server."""
    (tmp_path / "slow.json").write_text(json.dumps(SLOW))
    code, out, _ = stepflow("submit", str(tmp_path / "slow.json"), "--no-wait", "--tag", "test=life")
    run_id = out.strip()
    assert code == 0
    assert stepflow("runs", "list", "--tag", "test=life")[1].split("\t")[:3] == [run_id, "slow", "running"]
    assert stepflow("runs", "delete", run_id)[0] == 2
    assert stepflow("runs", "cancel", run_id, "--reason", "no more")[:2] == (0, f"{run_id}\tcancelled\n")
    code, out, err = stepflow("runs", "cancel", run_id)
    assert (code, out) == (2, "")
    assert "has ended: it is cancelled" in err
    code, out, _ = stepflow("runs", "show", run_id)
    assert code == 0
    assert "499 no more" in out
    code, out, _ = stepflow("runs", "events", run_id, "--follow", "--json")
    assert json.loads(out.splitlines()[-1])["event"] == "run_completed"
    assert json.loads(stepflow("runs", "show", run_id, "--step", "nap", "--json")[1])["status"] == "cancelled"
    assert stepflow("runs", "delete", run_id)[:2] == (0, f"{run_id}\tdeleted\n")
    assert stepflow("runs", "list", "--tag", "test=life")[1] == ""


@pytest.mark.parametrize("command", ["show", "events", "cancel", "delete"])
def test_unknown_runs(stepflow: Stepflow, served: str, command: str) -> None:
    """A run that is not there is told; the exit code is 2."""
    code, out, err = stepflow("runs", command, UNKNOWN)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert UNKNOWN in err


def test_following_is_interrupted(stepflow: Stepflow, served: str, tmp_path: Path) -> None:
    """Ctrl-C ends the following with 130 and leaves the run alone."""
    (tmp_path / "slow.json").write_text(json.dumps(SLOW))
    run_id = stepflow("submit", str(tmp_path / "slow.json"), "--no-wait")[1].strip()
    command = [sys.executable, "-m", "stepflow_cli", "runs", "events", run_id, "--follow"]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ) as process:
        assert process.stdout is not None
        assert b"run_created" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert stepflow("runs", "cancel", run_id)[0] == 0
