"""Random flows, run and compared with the journal folded up."""

from __future__ import annotations

import asyncio
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from msgspec import Struct
from stepflow_core import RunEvent
from stepflow_runtime import ComponentError, StepContext, StepflowRuntime
from stepflow_runtime import runtime as runtime_module
from stepflow_runtime.engine import inner_frames, items
from stepflow_runtime.engine.frame import Frame
from stepflow_runtime.engine.project import fold
from stepflow_runtime.history import RunRecord
from stepflow_runtime.virtual_time import VirtualLoop, run_virtual

RUN_ID = "01900000-0000-7000-8000-000000000000"
INPUT = {"x": 1, "n": None, "no": False}
PLAIN = (0, "text", None, False, True, *({"$input": each} for each in ("$", "x", "n", "no", "missing")))
COMPONENTS = ("/ok", "/ok", "/ok", "/none", "/fail", "/flaky")
NESTING = ("/call", "/eval", "/map", "/switch", "/iterate", "/loop", "/loop")
DEFAULT = "the default"
MOST = 3
"""How often a flow goes round."""


# ---- flows


class Author:
    """Writes random flows. The same seed gives the same flow, so that a failing one is found again."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def flow(self, most: int, nested: int = 1) -> dict[str, Any]:
        """A flow of some steps, some of which run flows themselves."""
        ids: list[str] = []
        steps: list[dict[str, Any]] = []
        for index in range(self.random.randint((most + 1) // 2, most)):
            steps.append({"id": f"s{index}", **self._work(ids, nested), **self._options(ids)})
            ids.append(f"s{index}")
        return {"steps": steps, "output": self._expression(ids, 3)}

    def _expression(self, ids: list[str], depth: int = 2) -> Any:
        """An expression of any lazy or strict form, mostly over earlier steps."""
        choice = self.random.randrange(8) if depth else 0
        if choice < 4:
            return self._reference(ids) if ids and self.random.random() < 0.7 else self.random.choice(PLAIN)
        parts = [self._expression(ids, depth - 1) for _ in range(self.random.randint(1, 3))]
        if choice == 4:
            return parts
        if choice == 5:
            return {f"k{index}": each for index, each in enumerate(parts)}
        if choice == 6:
            return {"$coalesce": parts}
        first, *others = parts
        return {"$if": first, **dict(zip(("then", "else"), others or [1], strict=False))}

    def _reference(self, ids: list[str]) -> dict[str, Any]:
        forms: list[dict[str, Any]] = [{}, {}, {"path": "in"}, {"onSkip": {"action": "useDefault", "defaultValue": 7}}]
        return {"$step": self.random.choice(ids), **self.random.choice(forms)}

    def _work(self, ids: list[str], nested: int) -> dict[str, Any]:
        """What a step does: mostly a component of the test's own."""
        kind = self.random.choice(COMPONENTS + (NESTING if nested else ()))
        value = self._expression(ids)
        if kind in COMPONENTS:
            return {"component": kind, "input": value}
        inner = self.flow(3, nested - 1)
        if kind == "/call":
            return {"component": kind, "input": {"flow": inner, "input": value}}
        if kind == "/eval":
            return {"component": kind, "input": {"flow": {"$literal": inner}, "input": value}}
        if kind == "/switch":
            return {"component": kind, "input": self._switch(ids, inner)}
        if kind == "/iterate":
            inner["output"] = {self.random.choice(("next", "next", "result", "neither")): inner["output"]}
            input = {"flow": {"$literal": inner}, "initial_input": value, "max_iterations": MOST}
            return {"component": kind, "input": input}
        if kind == "/loop":
            return {"component": kind, "input": self._loop(ids, inner, value)}
        return {"component": kind, "input": {"workflow": {"$literal": inner}, "items": [value, INPUT]}}

    def _switch(self, ids: list[str], inner: dict[str, Any]) -> dict[str, Any]:
        """One that takes a case, its default, or finds none."""
        on = self.random.choice(({"$input": "x"}, {"$input": "no"}, "text", self._expression(ids)))
        cases = {key: {"flow": inner, "input": self._expression(ids)} for key in ("1", "text", "null")}
        del cases["text"]["input"]
        return {"on": on, "cases": cases, **({"default": {"flow": inner}} if self._perhaps() else {})}

    def _loop(self, ids: list[str], inner: dict[str, Any], value: Any) -> dict[str, Any]:
        """One that ends by itself, at its limit or by a text that fails; some of its texts name steps."""
        chosen: dict[str, Any] = {"flow": inner, "state": value, "until": self.random.choice(UNTIL)}
        if ids and self._perhaps():
            chosen["until"] = f"steps.{self.random.choice(ids)} is defined and iteration == 1"
        chosen |= {"max_iterations": MOST, "on_exhausted": self.random.choice(("fail", "last", "best"))}
        if chosen["on_exhausted"] == "best" or self._perhaps():
            chosen["score"] = self.random.choice(SCORES)
        if self._perhaps():
            chosen["next"] = "state"
        return chosen | ({"history": False} if self._perhaps() else {})

    def _options(self, ids: list[str]) -> dict[str, Any]:
        """How a step is run."""
        chosen: dict[str, Any] = {}
        if self._perhaps():
            chosen["when"] = self._expression(ids)
        if ids and self._perhaps():
            chosen["after"] = self.random.sample(ids, min(2, len(ids)))
        if self._perhaps():
            chosen["onError"] = {"action": "useDefault", "defaultValue": DEFAULT}
        if self._perhaps():
            chosen["retry"] = {"maxRetries": 1, "on": ["any"]}
        if self._perhaps():
            chosen["mustExecute"] = True
        return chosen

    def _perhaps(self) -> bool:
        return self.random.random() < 0.2


UNTIL = ("false", "false", "iteration == 1", "out", "out == none", "state.x.y.z")
SCORES = ("iteration", "0 - iteration", "[2, 5, 5][iteration]")
seeds, sizes = st.integers(0, 2**32), st.integers(1, 9)


# ---- what really runs


class Seen(Struct):
    """One run as it went: its frames as they were in memory, its events, its record."""

    frames: list[Frame]
    events: list[RunEvent]
    record: RunRecord


async def _run(flow: dict[str, Any], turns: int | None) -> Seen:
    frames: list[Frame] = []

    class Recorded(Frame):
        """A frame that is remembered."""

        __slots__ = ()

        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            frames.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(items, "Frame", Recorded)
        patch.setattr(inner_frames, "Frame", Recorded)
        async with StepflowRuntime() as runtime:
            _register(runtime)
            run_id = await runtime.submit(flow, INPUT)
            record = runtime._history.find(run_id)[0]
            if turns is not None:
                await _cancel_after(runtime, run_id, turns)
            await runtime.get_result(run_id)
            events = [each async for each in runtime.events(run_id)]
    return Seen(frames, events, record)


async def _cancel_after(runtime: StepflowRuntime, run_id: str, turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
    if not (await runtime.get_run(run_id)).status.is_terminal:
        await runtime.cancel_run(run_id, "enough")


def _register(runtime: StepflowRuntime) -> None:
    @runtime.component
    async def ok(input: Any) -> Any:
        return {"in": input}

    @runtime.component(inline=True)
    def none(input: Any) -> None:
        pass

    @runtime.component
    async def fail(input: Any, ctx: StepContext) -> None:
        await asyncio.sleep(0)
        raise ComponentError(f"{ctx.address} failed", 418)

    @runtime.component
    async def flaky(input: Any, ctx: StepContext) -> str:
        if ctx.attempt == 1:
            raise ComponentError("not yet", 503)
        return "at last"


def run(flow: dict[str, Any], turns: int | None = None) -> Seen:
    """Run a flow; with `turns`, cancel it after so many turns of the loop. The same seed goes the same way."""
    with pytest.MonkeyPatch.context() as patch:
        # Neither real time nor the id of the run, on which the jitter of retries depends, has a say in anything.
        patch.setattr(VirtualLoop, "time", lambda loop: loop._jumping.jumped)
        patch.setattr(runtime_module, "new_run_id", lambda now, random_bits: RUN_ID)
        return run_virtual(_run(flow, turns))


# ---- what holds


def check_journal(seen: Seen) -> None:
    """Folding the journal gives what the frames held at the end."""
    live = {id(frame.info): frame for frame in seen.frames}
    for each in seen.record.runs.values():
        for record in fold(seen.record.journal.entries(), each.info):
            frame = live.pop(id(record.info))
            assert bytes(step.state for step in record.steps) == bytes(frame.status[:-1])
            for step in record.steps:
                assert step.value == frame.values[step.step]
                assert step.attempt == (frame.attempt(step.step) if step.started is not None else 0)
    assert all(not any(frame.status[:-1]) for frame in live.values())


def check_events(seen: Seen) -> None:
    """Numbers are dense, every beginning has one end, and the end of the run is the last."""
    events = seen.events
    assert [each.sequence_number for each in events] == list(range(len(events)))
    attempts: dict[tuple[Any, ...], list[str]] = {}
    for each in events:
        if each.event in ("step_started", "step_retrying") or each.duration_ms is not None:
            told_as = each.status if each.event == "step_completed" else each.event
            attempts.setdefault((each.run_id, each.address, each.attempt), []).append(str(told_as))
    for begun, *ended in attempts.values():
        assert begun == "step_started"
        # A step can be cancelled in the delay after an attempt that has ended.
        assert len(ended) == 1 or ended == ["step_retrying", "cancelled"]
    finals = Counter((each.run_id, each.address) for each in events if each.event == "step_completed")
    assert set(finals.values()) <= {1}
    created = [each.run_id for each in events if each.event in ("run_created", "sub_run_created")]
    completed = [each.run_id for each in events if each.event == "run_completed"]
    assert sorted(created) == sorted(completed)
    assert (events[-1].event, events[-1].run_id) == ("run_completed", seen.record.root.info.id)


@given(seeds, sizes)
@settings(max_examples=400)
def test_the_journal_knows_what_ran(seed: int, size: int) -> None:
    """The states of random flows are as the journal has them."""
    flow = Author(seed).flow(size)
    note(repr(flow))
    seen = run(flow)
    check_journal(seen)
    check_events(seen)


@given(seeds, sizes, st.integers(0, 12))
@settings(max_examples=150)
def test_the_journal_of_a_cancelled_run_is_complete(seed: int, size: int, turns: int) -> None:
    """At whatever moment it was cancelled."""
    flow = Author(seed).flow(size)
    note(repr(flow))
    seen = run(flow, turns)
    check_journal(seen)
    check_events(seen)
    assert all(each.status.is_terminal for each in seen.record.runs.values())


@given(seeds)
@settings(max_examples=50)
def test_a_flow_runs_the_same_every_time(seed: int) -> None:
    """The same events in the same order."""
    flow = Author(seed).flow(6)

    def shape(seen: Seen) -> list[Any]:
        return [(each.event, each.address, each.attempt, each.status, each.step_ids) for each in seen.events]

    assert shape(run(flow)) == shape(run(flow))
