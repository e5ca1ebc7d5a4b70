"""The driver: the part of the engine that touches the world.

It feeds ticks to the reducer, appends what happened to the journal and only then carries out what follows:
components are called, timers kept, waiters told. One driver serves all runs of a runtime, in turns, on one
event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import copy_context
from itertools import islice
from typing import TYPE_CHECKING, Any

from stepflow_core import FlowError, ServerError

from ..component_model import Kind
from . import cancelling, commands, ticks
from .invoke import Invoker, Running
from .journal import Journal
from .reducer import begin, reduce
from .run_state import Scratch

if TYPE_CHECKING:
    from ..context import Services
    from .frame import Frame
    from .plan import Plan
    from .run_state import RunState, Tree

log = logging.getLogger("stepflow")

TICKS_PER_TURN = 200
"""How much of one run is done before the others get their turn."""

RUNS_PER_TURN = 32
"""How many runs are worked on in one turn of the loop before further ones begin their steps."""

NEW_PER_TURN = 4
"""How many begin all the same."""


class Execution:
    """A tree of runs at work: the ticks and the steps to start that wait, its timers, and who waits for it."""

    __slots__ = (
        "active", "context", "failure", "feeds", "journal", "on_item", "queue", "running", "services",
        "timers", "tree", "waiters",
    )  # fmt: skip

    def __init__(self, tree: Tree, journal: Journal) -> None:
        self.tree = tree
        self.journal = journal
        self.active = False
        self.queue: deque[ticks.Tick | commands.StartStep] = deque()
        self.timers: dict[tuple[Frame, int], dict[str, asyncio.TimerHandle]] = {}
        self.running: dict[tuple[Frame, int], Running] = {}
        self.feeds: dict[RunState, Iterator[Any]] = {}
        self.waiters: dict[RunState, list[asyncio.Future[None]]] = {}
        self.on_item: Callable[[RunState, int], object] | None = None
        self.failure: BaseException | None = None
        self.services: Services | None = None
        # A component sees the context variables of who started the run; what it sets is seen by no other.
        self.context = copy_context()


class Driver:
    """Runs trees of runs. `resolve_flow` finds or reads a flow for a step; `clock` gives the time."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float],
        invoker: Invoker,
        resolve_flow: Callable[[Any], Plan | FlowError],
        on_end: Callable[[Execution], None],
    ) -> None:
        self.loop = loop
        self.clock = clock
        self.invoker = invoker
        self.scratch = Scratch()
        self.executions: dict[Tree, Execution] = {}
        self._resolve_flow = resolve_flow
        self._on_end = on_end
        self._turns: deque[Execution] = deque()
        # Runs whose steps have not begun: finishing what has begun first keeps what is alive at a time small.
        self._new: deque[Execution] = deque()
        self._room = RUNS_PER_TURN
        self._worked = 0
        self._scheduled = False
        self._turning = False
        self._held: deque[tuple[Execution, commands.StartStep]] = deque()
        self.closing = False
        invoker.connect(self.resume, self._room_appeared)

    def start(self, execution: Execution) -> None:
        """Take on a tree of runs and begin it."""
        self.executions[execution.tree] = execution
        if self._room:
            self.resume(execution, ticks.RunStarted())
            # One that has ended takes nobody's room.
            self._room -= not execution.tree.root.ended
            return
        self._take_in(execution, ticks.RunStarted())
        self._append(execution)
        execution.active = True
        self._new.append(execution)
        self._schedule()

    def post(self, execution: Execution, tick: ticks.Tick) -> None:
        """Have a tick taken in. Only on the loop's thread."""
        execution.queue.append(tick)
        self._activate(execution)

    def resume(self, execution: Execution, tick: ticks.Tick) -> None:
        """Have a tick taken in now, unless ticks are being taken in already."""
        execution.queue.append(tick)
        if not execution.active:
            execution.active = True
            self._turns.append(execution)
        if not self._turning:
            self._turn()

    def _activate(self, execution: Execution) -> None:
        if not execution.active:
            execution.active = True
            self._turns.append(execution)
            if not self._turning:
                self._schedule()

    def _scheduled_turn(self) -> None:
        self._scheduled = False
        self._room = max(NEW_PER_TURN, RUNS_PER_TURN - self._worked - len(self._turns))
        self._worked = 0
        new = self._new
        while new and self._room:
            self._room -= 1
            self._turns.append(new.popleft())
        self._turn()

    def _turn(self) -> None:
        """Let every tree that has something to do go on a little."""
        turns = self._turns
        self._turning = True
        try:
            for _ in range(len(turns)):
                execution = turns.popleft()
                self._worked += 1
                # What stops the turn, such as Ctrl-C, must not stop the tree.
                more = True
                try:
                    more = self._work(execution)
                except Exception as fault:  # a fault of the engine must not make anybody wait for ever
                    more = False
                    self._break_off(execution, fault)
                finally:
                    if more:
                        turns.append(execution)
                    else:
                        execution.active = False
        finally:
            self._turning = False
            if turns or self._new:
                self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self.loop.call_soon(self._scheduled_turn)

    def _work(self, execution: Execution) -> bool:
        """Some ticks and effects of one tree; whether there are more."""
        queue, tree = execution.queue, execution.tree
        for _ in range(TICKS_PER_TURN):
            if not queue:
                break
            next_ = queue.popleft()
            if isinstance(next_, commands.StartStep):
                if tree.entries:
                    self._append(execution)
                self.invoker.invoke(execution, next_)
            else:
                self._take_in(execution, next_)
        if tree.entries:
            self._append(execution)
        if tree.root.ended and not queue:
            self._end(execution)
            return False
        return bool(queue)

    def _break_off(self, execution: Execution, fault: Exception) -> None:
        """End a tree of runs that the engine could not go on with, so that all who wait are told."""
        tree = execution.tree
        log.error("the run %s ends because of a fault in the engine", tree.root.info.id, exc_info=fault)
        self._drop_work(execution)
        execution.failure = execution.failure or ServerError(f"the engine failed: {type(fault).__name__}: {fault}")
        error = FlowError(500, str(execution.failure), {"kind": "exception", "type": type(fault).__name__})
        for run in reversed(list(tree.runs.values())):
            if not run.ended:
                cancelling.break_off(tree, run, error)
        tree.wakeups.clear()
        tree.fills.clear()
        self._append(execution)
        for run in list(execution.waiters):
            self.run_ended(execution, commands.RunEnded(run))
        self._end(execution)

    def _drop_work(self, execution: Execution) -> None:
        """Forget what is to be done and let go of what runs."""
        for each in execution.queue:
            if isinstance(each, commands.StartStep):
                self.invoker.release(each.component)
        execution.queue.clear()
        for running in execution.running.values():
            running.stop()
        execution.running.clear()

    def _append(self, execution: Execution) -> None:
        entries = execution.tree.entries
        execution.journal.append(entries)
        entries.clear()

    def _take_in(self, execution: Execution, tick: ticks.Tick) -> None:
        tree = execution.tree
        tree.now = self.clock()
        # Carrying out a command may add further ones behind it: a step that begins may want a timer.
        for command in reduce(tree, tick):
            _CARRY_OUT[type(command)](self, execution, command)

    # ---- commands

    def start_step(self, execution: Execution, command: commands.StartStep) -> None:
        """Begin a step, or hold it until there is room for it: behind those that wait already."""
        plain = command.component.kind is Kind.PLAIN
        if self.closing or (plain and (self._held or not self.invoker.reserve())):
            self._held.append((execution, command))
            return
        self._begin(execution, command)

    def _begin(self, execution: Execution, command: commands.StartStep) -> None:
        begin(execution.tree, command.frame, command.step)
        execution.queue.append(command)

    def _room_appeared(self) -> None:
        held = self._held
        while held and not self.closing:
            execution, command = held[0]
            wanted = command.frame.is_waiting(command.step, command.attempt)
            if wanted and not self.invoker.reserve():
                return
            held.popleft()
            if not wanted:
                continue
            tree = execution.tree
            tree.now, tree.commands = self.clock(), []
            self._begin(execution, command)
            for following in tree.commands:
                _CARRY_OUT[type(following)](self, execution, following)
            self._activate(execution)

    def held_steps(self) -> set[tuple[Frame, int]]:
        """The steps that are ready and wait for room."""
        return {(command.frame, command.step) for _, command in self._held}

    def stop_step(self, execution: Execution, command: commands.StopStep) -> None:
        """Let go of a component that is not waited for any more."""
        self._stop_timers(execution, command)
        stop = execution.running.pop((command.frame, command.step), None)
        if stop is not None:
            stop.stop()

    def start_timer(self, execution: Execution, command: commands.StartTimer) -> None:
        """Post a tick after a while."""
        tick = ticks.TimerFired(command.frame, command.step, command.attempt, command.purpose)
        handle = self.loop.call_later(command.delay, self._fire, execution, tick)
        execution.timers.setdefault((command.frame, command.step), {})[command.purpose] = handle

    def _fire(self, execution: Execution, tick: ticks.TimerFired) -> None:
        place = tick.frame, tick.step
        handles = execution.timers[place]
        del handles[tick.purpose]
        if not handles:
            del execution.timers[place]
        self.post(execution, tick)

    def _stop_timers(self, execution: Execution, command: commands.StopTimer | commands.StopStep) -> None:
        for handle in execution.timers.pop((command.frame, command.step), {}).values():
            handle.cancel()

    def _find_flow(self, execution: Execution, command: commands.ResolveFlow) -> None:
        found = self._resolve_flow(command.source)
        plan, error = (None, found) if isinstance(found, FlowError) else (found, None)
        self.post(execution, ticks.FlowResolved(command.frame, command.step, command.attempt, plan, error))

    def _begin_round(self, execution: Execution, command: commands.BeginRound) -> None:
        self.post(execution, ticks.RoundDue(command.frame, command.step, command.attempt))

    def feed_items(self, execution: Execution, command: commands.FeedItems) -> None:
        """Bring a run further inputs; an iterator is read in a thread of its own, as reading it may block."""
        run, feed = command.run, execution.feeds.get(command.run)
        if not command.count or feed is None:
            self.post(execution, ticks.ItemsArrived(run, [], feed is None))
            return
        arrived: deque[Any] = deque()

        def read() -> int:
            count = 0
            for each in islice(feed, command.count):
                count += 1
                arrived.append(each)
                # Items start as they come: the next one may be long in coming, or wait for what becomes of this one.
                if len(arrived) == 1:
                    self.loop.call_soon_threadsafe(hand_over)
            return count

        def hand_over() -> None:
            inputs = _taken(arrived)
            if inputs:
                self.post(execution, ticks.ItemsArrived(run, inputs, False, more=True))

        def done(count: int, problem: BaseException | None) -> None:
            if problem is not None:
                execution.failure = problem
                self.post(execution, ticks.CancelRequested(run, "its inputs could not be read"))
            else:
                self.post(execution, ticks.ItemsArrived(run, _taken(arrived), count < command.count))

        self.invoker.feeders.read(execution, read, done)

    def item_ended(self, execution: Execution, command: commands.ItemEnded) -> None:
        """Tell who follows the items; what they raise ends the run."""
        if execution.on_item is None or command.run is not execution.tree.root:
            return
        try:
            execution.on_item(command.run, command.item)
        except BaseException as problem:  # a caller's function may raise anything; it is raised where the caller waits
            execution.on_item = None
            execution.failure = problem
            self.post(execution, ticks.CancelRequested(command.run, "the function that follows the items failed"))

    def run_ended(self, execution: Execution, command: commands.RunEnded) -> None:
        """Tell who waits for the run."""
        for waiter in execution.waiters.pop(command.run, ()):
            if not waiter.done():
                waiter.set_result(None)

    def _end(self, execution: Execution) -> None:
        for handles in execution.timers.values():
            for handle in handles.values():
                handle.cancel()
        execution.timers.clear()
        if execution.feeds:
            self.invoker.feeders.stop(execution)
        # What comes late, such as a chunk of output, finds the tree at its end once more.
        if self.executions.pop(execution.tree, None) is not None:
            execution.journal.end()
            self._on_end(execution)

    # ---- waiting

    def wait_for(self, execution: Execution | None, run: RunState, timeout: float | None) -> asyncio.Future[None]:
        """A future that is done when the run has ended, or when `timeout` seconds are over."""
        waiter: asyncio.Future[None] = self.loop.create_future()
        if run.ended or execution is None:
            waiter.set_result(None)
            return waiter
        execution.waiters.setdefault(run, []).append(waiter)
        if timeout is not None:
            handle = self.loop.call_later(timeout, _give_up, waiter)
            waiter.add_done_callback(lambda _: _forget(execution, run, waiter, handle))
        return waiter

    def take_in(self, execution: Execution, tick: ticks.Tick) -> None:
        """Take a tick in; when this returns it has had its effect on the run's state."""
        self._take_in(execution, tick)
        self._append(execution)
        self._activate(execution)

    def cancel(self, execution: Execution, run: RunState, reason: str | None) -> None:
        """Cancel a run; when this returns it is cancelled."""
        self.take_in(execution, ticks.CancelRequested(run, reason))

    async def close(self, grace: float) -> None:
        """Let running steps finish for up to `grace` seconds, then end every run."""
        self.closing = True
        await self.invoker.quiet(grace)
        for execution in list(self.executions.values()):
            self.cancel(execution, execution.tree.root, "the runtime was closed")
        self._turns.extend(self._new)
        self._new.clear()
        while self._turns:
            self._turn()
        await self.invoker.close(grace)


def _forget(execution: Execution, run: RunState, waiter: asyncio.Future[None], handle: asyncio.TimerHandle) -> None:
    handle.cancel()
    waiters = execution.waiters.get(run, [])
    if waiter in waiters:
        waiters.remove(waiter)


def _taken(arrived: deque[Any]) -> list[Any]:
    """What a thread has put there so far; it may go on meanwhile."""
    taken = []
    while arrived:
        taken.append(arrived.popleft())
    return taken


def _give_up(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


_CARRY_OUT: dict[type, Callable[[Driver, Execution, Any], None]] = {
    commands.StartStep: Driver.start_step,
    commands.StopStep: Driver.stop_step,
    commands.StartTimer: Driver.start_timer,
    commands.StopTimer: Driver._stop_timers,
    commands.ResolveFlow: Driver._find_flow,
    commands.BeginRound: Driver._begin_round,
    commands.FeedItems: Driver.feed_items,
    commands.ItemEnded: Driver.item_ended,
    commands.RunEnded: Driver.run_ended,
}
