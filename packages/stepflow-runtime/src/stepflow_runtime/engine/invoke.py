"""Calling components: on the loop, as tasks, or in threads; and letting go of those not waited for."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from stepflow_core.canonical import own

from ..component_model import Component, Kind
from ..context import StepContext
from ..failures import ComponentSkipped, to_error
from ..threads import DaemonThreads, Job
from ..values import copy_json
from . import ticks
from .commands import StartStep
from .feeding import Feeders

if TYPE_CHECKING:
    from ..context import Services
    from .driver import Execution

log = logging.getLogger("stepflow")

GRACE = 5.0
"""Seconds that a cancelled async component has to come to its end."""


class Running(Protocol):
    """A component at work. `context` is what it was given, by which one attempt is told from the next."""

    context: StepContext

    def stop(self) -> None:
        """Let go of it: its result is not wanted any more."""
        ...


class RunningTask:
    """An async component at work."""

    __slots__ = ("_invoker", "context", "task")

    def __init__(self, invoker: Invoker, context: StepContext) -> None:
        self._invoker = invoker
        self.context = context
        self.task: asyncio.Task[None]

    def stop(self) -> None:
        """Cancel it; what swallows that is reported after a grace."""
        self.context.cancelled = True
        self._invoker.cancel(self.task, self.context.address)


class RunningJob:
    """A plain component at work."""

    __slots__ = ("_invoker", "_job", "context")

    def __init__(self, invoker: Invoker, job: Job, context: StepContext) -> None:
        self._invoker = invoker
        self._job = job
        self.context = context

    def stop(self) -> None:
        """Tell it, and leave it to itself."""
        self.context.cancelled = True
        self._invoker.abandon(self._job)


class Invoker:
    """Calls components and posts what became of them. `services` gives what their contexts offer."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, thread_limit: int, services: Callable[[Execution], Services]
    ) -> None:
        self._loop = loop
        self._services = services
        self._tasks: set[asyncio.Task[None] | None] = set()
        self.threads = DaemonThreads(thread_limit, loop.call_soon_threadsafe)
        self.feeders = Feeders(loop)
        self._jobs = 0
        self._idle: asyncio.Event | None = None
        # A loop with a virtual clock has to know what goes on outside of it.
        self._begin_outside: Callable[[], None] = getattr(loop, "begin_outside", _nothing)
        self._end_outside: Callable[[], None] = getattr(loop, "end_outside", _nothing)
        self._post: Callable[[Execution, ticks.Tick], None]

    def connect(self, post: Callable[[Execution, ticks.Tick], None], on_room: Callable[[], None]) -> None:
        """Where results go, and who is told that a thread came free."""
        self._post = post
        self.threads.on_room = on_room

    def reserve(self) -> bool:
        """Whether a plain component can be called now; if so, there is room for it until `invoke` or `release`."""
        if not self.threads.has_room:
            return False
        self.threads.reserve()
        return True

    def release(self, component: Component) -> None:
        """Give back the room of a component that will not be called."""
        if component.kind is Kind.PLAIN:
            self.threads.release()

    def invoke(self, execution: Execution, command: StartStep) -> None:
        """Call a component for which there is room; its result comes as a tick."""
        frame, step = command.frame, command.step
        if not frame.is_waiting(step, command.attempt):
            self.release(command.component)
            return
        info = frame.info
        planned = frame.plan.steps[step]
        deadline = None if planned.timeout is None else execution.tree.now + planned.timeout
        context = StepContext(
            execution.services or self._services(execution), info.run.id, planned.id, info.address(step),
            info.root_item, command.attempt, planned.component_path, deadline, (execution, frame, step),
        )  # fmt: skip
        _CALLERS[command.component.kind](self, execution, command, context)

    def _inline(self, execution: Execution, command: StartStep, context: StepContext) -> None:
        component = command.component
        try:
            value = execution.context.run(component.call, command.input, context)
            if not component.trusted:
                value = own(value)
        except BaseException as problem:  # a component may raise anything
            self._failed(execution, command, problem)
            if isinstance(problem, KeyboardInterrupt):
                raise
        else:
            self._post(execution, ticks.StepSucceeded(command.frame, command.step, command.attempt, value))

    def _task(self, execution: Execution, command: StartStep, context: StepContext) -> None:
        running = RunningTask(self, context)
        execution.running[command.frame, command.step] = running
        work = self._awaited(execution, command, context)
        running.task = task = self._loop.create_task(work, context=execution.context.copy())
        if not task.done():
            self._tasks.add(task)

    def cancel(self, task: asyncio.Task[None], address: str) -> None:
        """Cancel an async component's call; what swallows that is reported after a grace."""
        task.cancel()
        complaint = self._loop.call_later(GRACE, _complain, task, address)

        def ended(task: asyncio.Task[None]) -> None:
            # One that has not begun will not tell of its end itself.
            self._task_ended(task)
            complaint.cancel()

        task.add_done_callback(ended)

    def _task_ended(self, task: asyncio.Task[Any] | None) -> None:
        self._tasks.discard(task)
        self._look_idle()

    async def _awaited(self, execution: Execution, command: StartStep, context: StepContext) -> None:
        component = command.component
        task = asyncio.current_task()
        try:
            value = own(await component.call(copy_json(command.input), context))
        except asyncio.CancelledError:
            self._ended(execution, command, context, None, _cancelled_itself(component))
        except BaseException as problem:  # a component may raise anything
            if self._loop.is_closed():
                raise
            self._ended(execution, command, context, None, problem)
            if isinstance(problem, KeyboardInterrupt):
                raise
        else:
            self._ended(execution, command, context, value, None)
        finally:
            self._task_ended(task)

    def _thread(self, execution: Execution, command: StartStep, context: StepContext) -> None:
        component, input = command.component, copy_json(command.input)

        def done(value: Any, problem: BaseException | None) -> None:
            # One more round of the loop, so that chunks which the component emitted before come first.
            if context._emitted:
                self._loop.call_soon(returned, value, problem)
            else:
                returned(value, problem)

        def returned(value: Any, problem: BaseException | None) -> None:
            if self._ended(execution, command, context, value, problem):
                self._job_ended()

        self._jobs += 1
        self._begin_outside()
        call = partial(_called, component, input, context)
        job = execution.context.copy().run(self.threads.start, call, done, reserved=True)
        execution.running[command.frame, command.step] = RunningJob(self, job, context)

    def abandon(self, job: Job) -> None:
        """Let go of a thread's call."""
        self._job_ended()
        self.threads.abandon(job)

    def _job_ended(self) -> None:
        self._jobs -= 1
        self._end_outside()
        self._look_idle()

    def _look_idle(self) -> None:
        if self._idle is not None and not self._jobs and not self._tasks:
            self._idle.set()

    def _ended(
        self,
        execution: Execution,
        command: StartStep,
        context: StepContext,
        value: Any,
        problem: BaseException | None,
    ) -> bool:
        """A component came to its end; whether it was still wanted: another attempt may have its place by now."""
        place = command.frame, command.step
        running = execution.running.get(place)
        if running is None or running.context is not context:
            return False
        del execution.running[place]
        if problem is None:
            self._post(execution, ticks.StepSucceeded(command.frame, command.step, command.attempt, value))
        else:
            self._failed(execution, command, problem)
        return True

    def _failed(self, execution: Execution, command: StartStep, problem: BaseException) -> None:
        if isinstance(problem, ComponentSkipped):
            self._post(execution, ticks.StepSkipped(command.frame, command.step, command.attempt, problem.reason))
            return
        path = command.frame.plan.steps[command.step].component_path
        error = to_error(problem, path, execution.tree.hide)
        self._post(execution, ticks.StepFailed(command.frame, command.step, command.attempt, error))

    async def quiet(self, grace: float) -> None:
        """Wait until nothing is running, for up to `grace` seconds."""
        if self._jobs or self._tasks:
            self._idle = self._idle or asyncio.Event()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), grace)

    async def close(self, grace: float) -> None:
        """End what is still running."""
        tasks = [task for task in self._tasks if task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=grace)
        self.threads.close()
        self.feeders.close()


def _called(component: Component, input: Any, context: StepContext) -> Any:
    return own(component.call(input, context))


def _cancelled_itself(component: Component) -> RuntimeError:
    return RuntimeError(f"{component.path} was cancelled from inside")


def _nothing() -> None:
    pass


def _complain(task: asyncio.Task[None], step: str) -> None:
    if not task.done():
        log.warning("the component of step %s goes on although it was cancelled %g s ago", step, GRACE)


_CALLERS: dict[Kind, Callable[[Invoker, Execution, StartStep, StepContext], None]] = {
    Kind.INLINE: Invoker._inline,
    Kind.ASYNC: Invoker._task,
    Kind.PLAIN: Invoker._thread,
}
