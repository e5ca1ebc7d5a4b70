"""Runs with the runs that they have started: their steps in one tree, addresses that lead into them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from stepflow_cli import sub_runs
from stepflow_cli.remote_options import RunPart
from stepflow_cli.run_page import one_step, report, reported
from stepflow_cli.sub_runs import all_steps, step_at, sub_runs_of
from stepflow_core import NotFoundError
from stepflow_runtime import StepflowRuntime


def mapped(items: list[Any], step: dict[str, Any]) -> dict[str, Any]:
    """A step that maps a flow of one step."""
    flow = {"steps": [step], "output": {"$step": step["id"]}}
    return {"id": "m", "component": "/builtin/map", "input": {"items": items, "workflow": {"$literal": flow}}}


NESTED = {
    "name": "nested",
    "description": "Maps in a map, and rounds",
    "steps": [
        mapped([1, 2], mapped([1, 2], {"id": "deep", "component": "/builtin/noop", "input": {"$input": "$"}})),
        {
            "id": "rounds",
            "component": "/builtin/iterate",
            "input": {
                "initial_input": 0,
                "max_iterations": 2,
                "flow": {
                    "$literal": {
                        "steps": [{"id": "again", "component": "/builtin/noop"}],
                        "output": {"next": {"$step": "again"}},
                    }
                },
            },
        },
    ],
    "output": [{"$step": "m"}, {"$step": "rounds"}],
}


@pytest.fixture
async def engine() -> AsyncIterator[StepflowRuntime]:
    async with StepflowRuntime() as runtime:
        await runtime.store_flow(NESTED)
        yield runtime


async def ended(engine: StepflowRuntime, inputs: list[Any]) -> str:
    """The id of a batch that has ended."""
    return (await engine.run_batch("nested", inputs)).run.run_id


async def test_steps_follow_the_step_that_started_them(engine: StepflowRuntime) -> None:
    """The steps of an item come with those of maps and rounds, at any depth, in order."""
    steps, more = await all_steps(engine, await ended(engine, [None, None]), 1)
    assert not more
    assert [each.address for each in steps] == [
        "m", "m[0]/m", "m[0]/m[0]/deep", "m[0]/m[1]/deep", "m[1]/m", "m[1]/m[0]/deep", "m[1]/m[1]/deep",
        "rounds", "rounds[0]/again", "rounds[1]/again",
    ]  # fmt: skip
    assert {each.item_index for each in steps} == {1}


async def test_only_the_runs_of_the_item(engine: StepflowRuntime) -> None:
    """Runs that other items have started are left aside."""
    run = await ended(engine, [None, None])
    first, second = await sub_runs_of(engine, run, 0), await sub_runs_of(engine, run, 1)
    assert len(first) == len(second) == 5
    assert not {each.run_id for each in first} & {each.run_id for each in second}


async def test_many_steps_are_cut(engine: StepflowRuntime, monkeypatch: pytest.MonkeyPatch, screens: Any) -> None:
    """Of large maps the first steps are shown; that there are more is told."""
    monkeypatch.setattr(sub_runs, "MOST_STEPS", 3)
    run = await ended(engine, [None])
    steps, more = await all_steps(engine, run, 0)
    assert (len(steps), more) == (5, True)
    people, programs = screens(tty=True), screens(json=True)
    found = await reported(engine, run)
    report(found, people)
    report(found, programs)
    assert f"… and more (stepflow runs list --parent {run})" in people.shown
    assert '"moreSteps":true' in programs.shown


async def test_steps_are_drawn_as_a_tree(engine: StepflowRuntime, screens: Any) -> None:
    """On a terminal steps stand indented below the one that started them, under what is left of their address."""
    people = screens(tty=True)
    report(await reported(engine, await ended(engine, [None])), people)
    names = [line.partition("/builtin")[0].rstrip() for line in people.shown.splitlines() if "/builtin/" in line]
    assert names == [
        "m", "  [0]/m", "    [0]/deep", "    [1]/deep", "  [1]/m", "    [0]/deep", "    [1]/deep",
        "rounds", "  [0]/again", "  [1]/again",
    ]  # fmt: skip


@pytest.mark.parametrize("address", ["m", "m[1]/m", "m[1]/m[0]/deep", "rounds[1]/again"])
async def test_any_step_by_its_address(engine: StepflowRuntime, address: str) -> None:
    """The address that is shown for a step leads to it, wherever it stands."""
    step = await one_step(engine, await ended(engine, [None, None]), RunPart(step=address, item=1))
    assert (step.address, step.item_index) == (address, 1)


@pytest.mark.parametrize("address", ["x", "x/y", "m[1]/x", "m[9]/m[0]/deep", "rounds[7]/again"])
async def test_no_such_step(engine: StepflowRuntime, address: str) -> None:
    """An address that leads nowhere is told."""
    with pytest.raises(NotFoundError, match="has no step at"):
        await step_at(engine, await ended(engine, [None]), address)
