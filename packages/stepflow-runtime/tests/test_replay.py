"""Random flows, run and compared: with the journal folded up, and with a plain evaluator of the language."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from msgspec import Struct
from stepflow_core import FlowResult, RunEvent
from stepflow_runtime import ComponentError, StepContext, StepflowRuntime
from stepflow_runtime import runtime as runtime_module
from stepflow_runtime.engine import inner_frames, items
from stepflow_runtime.engine.frame import Frame
from stepflow_runtime.engine.project import fold, step_result
from stepflow_runtime.history import RunRecord
from stepflow_runtime.virtual_time import VirtualLoop, run_virtual
from stepflow_runtime.wire import to_wire

RUN_ID = "01900000-0000-7000-8000-000000000000"
INPUT = {"x": 1, "n": None, "no": False}
PLAIN = (0, "text", None, False, True, *({"$input": each} for each in ("$", "x", "n", "no", "missing")))
COMPONENTS = ("/ok", "/ok", "/ok", "/none", "/fail", "/flaky")
NESTING = ("/call", "/eval", "/map", "/switch", "/iterate", "/loop", "/loop")
DEFAULT = "the default"
LONG_MESSAGE = re.compile(r"^(no case matches|`until` of iteration \d:) .*$")
"""What the engine says at length, and of which the beginning is enough here."""

MOST = 3
"""How often a flow goes round."""

Calls = Counter[str]
"""How often a component was called, by the address of its step."""


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
            chosen["score"] = self.random.choice(list(SCORES))
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
SCORES = {"iteration": [0, 1, 2], "0 - iteration": [0, -1, -2], "[2, 5, 5][iteration]": [2, 5, 5]}
seeds, sizes = st.integers(0, 2**32), st.integers(1, 9)


# ---- the plain evaluator


class Model:
    """Decides a flow on an input as one would by hand: each step when it is first asked for, and once."""

    def __init__(self, flow: dict[str, Any], input: Any, prefix: str, calls: Calls) -> None:
        self.steps = {each["id"]: each for each in flow["steps"]}
        self.input = input
        self.prefix = prefix
        self.calls = calls
        self.results: dict[str, FlowResult] = {}
        for each in flow["steps"]:
            if each.get("mustExecute"):
                self.decide(each["id"])
        self.output = self.evaluate(flow["output"])

    def decide(self, id: str) -> FlowResult:
        """What a step comes to."""
        if id not in self.results:
            self.results[id] = self._run(self.steps[id])
        return self.results[id]

    def _run(self, step: dict[str, Any]) -> FlowResult:
        for each in step.get("after", ()):
            self.decide(each)
        if step.get("when") is not None:
            gate = self.evaluate(step["when"])
            if not gate.is_success:
                return gate
            if gate.output is None or gate.output is False:
                return FlowResult.skipped("its `when` is false")
        result = self._work(step)
        if result.is_failed and "onError" in step and not isinstance(result, Inherited):
            return FlowResult.success(DEFAULT)
        return FlowResult.failed(result.error.code, result.error.message) if result.error else result

    def _work(self, step: dict[str, Any]) -> FlowResult:
        """The step's own work; what its input inherits is marked as such."""
        component, address = step["component"], self.prefix + step["id"]
        given = step["input"]
        if component == "/call":
            value = self.evaluate(given["input"])
        elif component in GIVEN:
            value = self.evaluate({"given": given[GIVEN[component]]})
        elif component == "/switch":
            value = self._taken(given)
        elif component == "/loop":
            value = self._beginning(given)
        else:
            value = self.evaluate(given)
        if value.error is not None:
            return Inherited(value.error)
        if value.is_skipped:
            return value
        return _DOES[component](self, step, address, value.output)

    def _taken(self, given: dict[str, Any]) -> FlowResult:
        """The case that a `switch` takes, with its input."""
        on = self.evaluate(given["on"])
        if not on.is_success:
            return on
        key = KEYS.get(type(on.output), str)(on.output)
        case, name = given["cases"].get(key), key
        if case is None:
            case, name = given.get("default"), "default"
        if case is None:
            return FlowResult.success(None)
        input = self.evaluate(case["input"]) if "input" in case else on
        return FlowResult.success((name, case["flow"], input.output)) if input.is_success else input

    def _beginning(self, given: dict[str, Any]) -> FlowResult:
        """The state of a `loop`, once the steps that its text names have ended, too; they are undefined if skipped."""
        state = self.evaluate(given["state"])
        if not given["until"].startswith("steps."):
            return FlowResult.success((state.output, None)) if state.is_success else state
        named = self.decide(given["until"].split()[0].removeprefix("steps."))
        for each in (state, named):
            if each.is_failed:
                return each
        return state if state.is_skipped else FlowResult.success((state.output, named.is_success))

    # ---- expressions

    def evaluate(self, expression: Any) -> FlowResult:
        """The value of an expression; asks for what it needs, and no more."""
        if isinstance(expression, list):
            return self._strict(enumerate(expression), list)
        if not isinstance(expression, dict):
            return FlowResult.success(expression)
        if "$if" in expression:
            condition = self.evaluate(expression["$if"])
            chosen = condition.is_success and condition.output is not None and condition.output is not False
            return self.evaluate(expression.get("then" if chosen else "else"))
        if "$coalesce" in expression:
            return self._coalesce(expression["$coalesce"])
        if "$step" in expression:
            return self._step(expression)
        if "$input" in expression:
            return self._input(expression["$input"])
        return self._strict(expression.items(), dict)

    def _strict(self, parts: Any, kind: type) -> FlowResult:
        found = [(key, self.evaluate(each)) for key, each in parts]
        for wrong in ("is_failed", "is_skipped"):
            for _, result in found:
                if getattr(result, wrong):
                    return result
        if kind is list:
            return FlowResult.success([result.output for _, result in found])
        return FlowResult.success({key: result.output for key, result in found})

    def _coalesce(self, elements: list[Any]) -> FlowResult:
        for each in elements:
            result = self.evaluate(each)
            if result.is_failed or (result.is_success and result.output is not None):
                return result
        return FlowResult.success(None)

    def _step(self, expression: dict[str, Any]) -> FlowResult:
        id, path = expression["$step"], expression.get("path")
        result = self.decide(id)
        if result.is_skipped:
            return FlowResult.success(7) if "onSkip" in expression else FlowResult.skipped(f"step {id!r} was skipped")
        if result.is_failed or path is None or result.output is None:
            return result
        if isinstance(result.output, dict) and path in result.output:
            return FlowResult.success(result.output[path])
        return FlowResult.failed(1, f"Path $.{path} not found")

    def _input(self, path: str) -> FlowResult:
        if path == "$":
            return FlowResult.success(self.input)
        if isinstance(self.input, dict) and path in self.input:
            return FlowResult.success(self.input[path])
        return FlowResult.failed(1, f"Input path $.{path} not found")

    # ---- components

    def _ok(self, step: dict[str, Any], address: str, value: Any) -> FlowResult:
        self.calls[address] += 1
        return FlowResult.success({"in": value})

    def _none(self, step: dict[str, Any], address: str, value: Any) -> FlowResult:
        self.calls[address] += 1
        return FlowResult.success(None)

    def _fail(self, step: dict[str, Any], address: str, value: Any) -> FlowResult:
        self.calls[address] += 2 if "retry" in step else 1
        return FlowResult.failed(418, f"{address} failed")

    def _flaky(self, step: dict[str, Any], address: str, value: Any) -> FlowResult:
        self.calls[address] += 2
        return FlowResult.success("at last")

    def _call(self, step: dict[str, Any], address: str, value: Any) -> FlowResult:
        output = Model(step["input"]["flow"], value, f"{address}/", self.calls).output
        if output.is_failed and "retry" in step:
            output = Model(step["input"]["flow"], value, f"{address}#2/", self.calls).output
        return output

    def _eval(self, step: dict[str, Any], address: str, value: Any) -> FlowResult:
        inner = Model(step["input"]["flow"]["$literal"], value["given"], f"{address}/", self.calls)
        return FlowResult.success({"result": to_wire(inner.output), "run_id": "…"})

    def _map(self, step: dict[str, Any], address: str, value: Any) -> FlowResult:
        workflow = step["input"]["workflow"]["$literal"]
        outputs = [
            Model(workflow, item, f"{address}[{index}]/", self.calls).output
            for index, item in enumerate(value["given"])
        ]
        return FlowResult.success({
            "results": [to_wire(each) for each in outputs],
            "successful": sum(each.is_success for each in outputs),
            "failed": sum(each.is_failed for each in outputs),
            "skipped": sum(each.is_skipped for each in outputs),
        })  # fmt: skip

    def _switch(self, step: dict[str, Any], address: str, value: Any) -> FlowResult:
        if value is None:
            return FlowResult.failed(400, "no case matches …")
        name, flow, input = value
        output = Model(flow, input, f"{address}[{name}]/", self.calls).output
        if output.is_failed and "retry" in step:
            output = Model(flow, input, f"{address}#2[{name}]/", self.calls).output
        return FlowResult.success({"case": name, "output": output.output}) if output.is_success else output

    def _iterate(self, step: dict[str, Any], address: str, value: Any) -> FlowResult:
        result = self._rounds(step, address, value["given"])
        return self._rounds(step, f"{address}#2", value["given"]) if result.is_failed and "retry" in step else result

    def _rounds(self, step: dict[str, Any], address: str, input: Any) -> FlowResult:
        for number in range(MOST):
            output = Model(step["input"]["flow"]["$literal"], input, f"{address}[{number}]/", self.calls).output
            if output.is_failed:
                return output
            if output.is_skipped or "neither" in output.output:
                return FlowResult.failed(400, "Workflow result must contain either 'result' or 'next' field")
            if "result" in output.output:
                found = {"result": output.output["result"], "iterations": number + 1, "terminated": False}
                return FlowResult.success(found)
            input = output.output["next"]
        return FlowResult.success({"result": input, "iterations": MOST, "terminated": True})

    def _loop(self, step: dict[str, Any], address: str, value: Any) -> FlowResult:
        result = self._iterations(step["input"], address, *value)
        return (
            self._iterations(step["input"], f"{address}#2", *value) if result.is_failed and "retry" in step else result
        )

    def _iterations(self, given: dict[str, Any], address: str, state: Any, named: bool | None) -> FlowResult:
        told: list[dict[str, Any]] = []
        for number in range(MOST):
            output = Model(given["flow"], state, f"{address}[{number}]/", self.calls).output
            if output.is_failed:
                return output
            if output.is_skipped:
                return FlowResult.failed(400, f"the flow of iteration {number} was skipped: {output.skipped_reason}")
            told.append({"output": output.output, "state": state})
            ends = _ends(given["until"], output.output, state, number, named)
            if ends is None:
                return FlowResult.failed(1, f"`until` of iteration {number}: …")
            if ends:
                return _came_to(given, told, number, exhausted=False)
            state = state if "next" in given else output.output
        if given["on_exhausted"] == "fail":
            return FlowResult.failed(400, f"`until` did not become true within {MOST} iterations")
        scores = SCORES[given["score"]] if given["on_exhausted"] == "best" else range(MOST)
        return _came_to(given, told, scores.index(max(scores)), exhausted=True)


def _ends(until: str, out: Any, state: Any, iteration: int, named: bool | None) -> bool | None:
    """Whether a loop ends by one of these texts; `None` where it fails."""
    if named is not None:
        return named and iteration == 1
    if until == "state.x.y.z":
        return None
    truths = {"out": out is not None and out is not False, "out == none": out is None, "iteration == 1": iteration == 1}
    return truths.get(until, False)


def _came_to(given: dict[str, Any], told: list[dict[str, Any]], number: int, *, exhausted: bool) -> FlowResult:
    value = {**told[number], "iterations": len(told), "exhausted": exhausted}
    if given.get("history") is not False:
        value["history"] = [{"iteration": index, "output": each["output"]} for index, each in enumerate(told)]
        if "score" in given:
            for each, score in zip(value["history"], SCORES[given["score"]], strict=False):
                each["score"] = score
    return FlowResult.success(value)


class Inherited(FlowResult, frozen=True):
    """A failure that a step got with its input, which nothing covers."""

    cause: Any

    @property
    def status(self) -> Any:
        return FlowResult.failed(1, "").status

    @property
    def error(self) -> Any:
        return self.cause


_DOES: dict[str, Any] = {
    "/ok": Model._ok, "/none": Model._none, "/fail": Model._fail, "/flaky": Model._flaky,
    "/call": Model._call, "/eval": Model._eval, "/map": Model._map, "/switch": Model._switch,
    "/iterate": Model._iterate, "/loop": Model._loop,
}  # fmt: skip
GIVEN = {"/eval": "input", "/map": "items", "/iterate": "initial_input"}
KEYS: dict[type, Any] = {bool: lambda value: str(value).lower(), type(None): lambda value: "null"}


def anonymous(value: Any) -> Any:
    """A value without the ids of runs, which the evaluator cannot know."""
    if isinstance(value, dict):
        return {key: "…" if key == "run_id" else anonymous(each) for key, each in value.items()}
    return [anonymous(each) for each in value] if isinstance(value, list) else value


def told(result: FlowResult) -> tuple[Any, ...]:
    """What of a result the evaluator knows as well."""
    if result.error is not None:
        return "failed", result.error.code, LONG_MESSAGE.sub(r"\1 …", result.error.message)
    return (str(result.status), anonymous(result.output), result.skipped_reason)


# ---- what really runs


class Seen(Struct):
    """One run as it went: its frames as they were in memory, its calls, its events, its record."""

    frames: list[Frame]
    calls: Calls
    events: list[RunEvent]
    record: RunRecord
    result: FlowResult
    statuses: dict[str, str]


async def _run(flow: dict[str, Any], turns: int | None) -> Seen:
    frames: list[Frame] = []
    calls: Calls = Counter()

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
            _register(runtime, calls)
            run_id = await runtime.submit(flow, INPUT)
            record = runtime._history.find(run_id)[0]
            if turns is not None:
                await _cancel_after(runtime, run_id, turns)
            result = await runtime.get_result(run_id)
            events = [each async for each in runtime.events(run_id)]
            statuses = {each.address: str(each.status) for each in (await runtime.get_run_steps(run_id)).steps}
    return Seen(frames, calls, events, record, result, statuses)


async def _cancel_after(runtime: StepflowRuntime, run_id: str, turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
    if not (await runtime.get_run(run_id)).status.is_terminal:
        await runtime.cancel_run(run_id, "enough")


def _register(runtime: StepflowRuntime, calls: Calls) -> None:
    @runtime.component
    async def ok(input: Any, ctx: StepContext) -> Any:
        calls[ctx.address] += 1
        return {"in": input}

    @runtime.component(inline=True)
    def none(input: Any, ctx: StepContext) -> None:
        calls[ctx.address] += 1

    @runtime.component
    async def fail(input: Any, ctx: StepContext) -> None:
        calls[ctx.address] += 1
        await asyncio.sleep(0)
        raise ComponentError(f"{ctx.address} failed", 418)

    @runtime.component
    async def flaky(input: Any, ctx: StepContext) -> str:
        calls[ctx.address] += 1
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


def check_model(flow: dict[str, Any], seen: Seen) -> None:
    """What ran is what the plain evaluator needs, and came to the same."""
    calls: Calls = Counter()
    model = Model(flow, INPUT, "", calls)
    assert told(seen.result) == told(model.output)
    assert seen.calls == calls
    needed = {id for id, status in seen.statuses.items() if "/" not in id and status != "unneeded"}
    assert needed == set(model.results)
    [root] = [each for each in seen.frames if each.info.prefix == "" and each.parent is None]
    for index, id in enumerate(root.plan.ids):
        if id in needed:
            assert told(step_result(root.status[index], root.values[index])) == told(model.results[id])


@given(seeds, sizes)
@settings(max_examples=400)
def test_what_runs_is_what_is_needed_and_the_journal_knows_it(seed: int, size: int) -> None:
    """Random flows: results, calls and needs as a plain evaluator has them; states as the journal has them."""
    flow = Author(seed).flow(size)
    note(repr(flow))
    seen = run(flow)
    check_journal(seen)
    check_events(seen)
    check_model(flow, seen)


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
