"""A bench for the reducer: a tree of runs without driver, loop, clock or I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from stepflow_core import FlowResult
from stepflow_runtime.component_model import Component, Kind
from stepflow_runtime.engine import commands, ticks
from stepflow_runtime.engine.entries import RunInfo
from stepflow_runtime.engine.frame import Frame
from stepflow_runtime.engine.plan import Plan
from stepflow_runtime.engine.project import event_of, timestamp
from stepflow_runtime.engine.reducer import begin, reduce
from stepflow_runtime.engine.run_state import RunState, Tree
from stepflow_runtime.language.model import FlowModel
from stepflow_runtime.language.parse import load_flow
from stepflow_runtime.language.variables import Variables

ENGINE = ("eval", "map", "iterate", "call", "switch", "loop", "sleep")
RUN_ID = "01900000-0000-7000-8000-000000000000"


class FixedComponents:
    """Engine components under their names; everything else is a component that the test answers for."""

    def resolve(self, path: str, input: Any) -> Component | None:
        """`/none/…` leads nowhere."""
        if path.startswith("/none"):
            return None
        name = path.removeprefix("/")
        kind = Kind.ENGINE if name in ENGINE else Kind.INLINE
        return Component(path=path, kind=kind, call=lambda input, context: input, name=name)

    def fixed(self, path: str) -> bool:
        """The input never matters."""
        return True

    def compile(self, model: FlowModel) -> Plan:
        """A plan with these components."""
        return Plan(model, self)


class Bench:
    """One tree and what the reducer has said of it so far."""

    def __init__(self, flow: Mapping[str, Any], inputs: list[Any], limit: int | None = None) -> None:
        loaded = load_flow({"name": "test", "description": "a test", **flow})
        assert loaded.model is not None, loaded.diagnostics
        self.plan = FixedComponents().compile(loaded.model)
        self.tree = Tree()
        root = RunState(RunInfo(RUN_ID, self.plan, RUN_ID), Variables({}), inputs=inputs, limit=limit)
        self.tree.root = self.tree.runs[RUN_ID] = root
        self.root = root
        self.waiting: list[commands.Command] = []
        self.rounds = 0

    def tick(self, tick: ticks.Tick) -> list[commands.Command]:
        """Reduce a tick, and those by which further rounds begin; the commands are kept in `waiting` too."""
        found: list[commands.Command] = []
        due = deque([tick])
        while due:
            self.tree.now += 1.0
            for command in reduce(self.tree, due.popleft()):
                if isinstance(command, commands.BeginRound):
                    self.rounds += 1
                    due.append(ticks.RoundDue(command.frame, command.step, command.attempt))
                else:
                    found.append(command)
        self.waiting += found
        return found

    def start(self) -> list[commands.Command]:
        """Begin the root run."""
        return self.tick(ticks.RunStarted())

    def starts(self) -> list[commands.StartStep]:
        """The steps that are to be started and have not been answered."""
        return [each for each in self.waiting if isinstance(each, commands.StartStep)]

    def begin(self, address: str) -> commands.StartStep:
        """Tell the reducer that a step has begun."""
        command = self._take(address)
        self.tree.now += 1.0
        self.tree.commands = []
        begin(self.tree, command.frame, command.step)
        self.waiting += self.tree.commands
        return command

    def _take(self, address: str) -> commands.StartStep:
        for each in self.starts():
            if each.frame.info.address(each.step) == address:
                self.waiting.remove(each)
                return each
        raise AssertionError(f"{address} is not to be started: {self.to_start()}")

    def to_start(self) -> list[str]:
        """The addresses of the steps that are to be started."""
        return [each.frame.info.address(each.step) for each in self.starts()]

    def succeed(self, address: str, value: Any = None) -> list[commands.Command]:
        """Begin a step and have it give a value."""
        command = self.begin(address)
        return self.tick(ticks.StepSucceeded(command.frame, command.step, command.attempt, value))

    def fail(self, address: str, code: int = 500, message: str = "broken", data: Any = None) -> list[commands.Command]:
        """Begin a step and have it fail."""
        command = self.begin(address)
        error = FlowResult.failed(code, message, data).error
        return self.tick(ticks.StepFailed(command.frame, command.step, command.attempt, error))

    def fire(self, purpose: str) -> list[commands.Command]:
        """Let the first timer of that purpose end."""
        for each in self.waiting:
            if isinstance(each, commands.StartTimer) and each.purpose == purpose:
                self.waiting.remove(each)
                return self.tick(ticks.TimerFired(each.frame, each.step, each.attempt, each.purpose))
        raise AssertionError(f"no timer for {purpose}: {self.waiting}")

    def timers(self) -> list[tuple[str, float]]:
        """Purpose and delay of the timers that were started."""
        return [(each.purpose, each.delay) for each in self.waiting if isinstance(each, commands.StartTimer)]

    def frame(self, item: int = 0) -> Frame:
        """The frame of an item in flight."""
        return self.root.frames[item]

    def events(self) -> list[tuple[str, str | None]]:
        """Type and address of what happened so far."""
        shown = [event_of(number, timestamp(entry.time), entry) for number, entry in enumerate(self.tree.entries)]
        return [(each.event, each.address) for each in shown]

    def result(self, item: int = 0) -> FlowResult | None:
        """What became of an item."""
        return self.root.results[item]


@pytest.fixture
def bench() -> Callable[..., Bench]:
    """Makes benches: `bench(flow, input)` or `bench(flow, inputs=[…], limit=n)`, already begun."""

    def make(flow: Mapping[str, Any], input: Any = None, **more: Any) -> Bench:
        made = Bench(flow, more.get("inputs", [input]), more.get("limit"))
        made.start()
        return made

    return make
