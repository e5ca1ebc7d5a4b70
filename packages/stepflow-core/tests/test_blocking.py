"""Any executor can be used without `await`."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import inspect
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
import stepflow_core
from stepflow_core import BlockingExecutor, FlowResult, NotFoundError, StepflowError, StepflowExecutor, blocking

PROTOCOL = {
    name: member
    for name, member in inspect.getmembers_static(StepflowExecutor)
    if not name.startswith("_") and name not in {"close", "url"}
}
tenant: contextvars.ContextVar[str] = contextvars.ContextVar("tenant", default="nobody")


class Executor:
    """An executor that does nothing but what the tests look at."""

    url = "test://executor"

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.threads: set[str] = set()
        self.entered = 0
        self.left: list[Any] = []
        self.started = threading.Event()
        self.cancelled = threading.Event()
        self.closed_iterators = 0

    async def __aenter__(self) -> Executor:
        self.entered += 1
        self.threads.add(threading.current_thread().name)
        return self

    async def __aexit__(self, kind: Any, exception: Any, traceback: Any) -> None:
        self.left.append(kind)

    async def run(self, flow: Any, input: Any = None, overrides: Any = None, **more: Any) -> FlowResult:
        self.threads.add(threading.current_thread().name)
        return FlowResult.success([flow, input, tenant.get()])

    async def get_run(self, run_id: str, **more: Any) -> Any:
        raise NotFoundError(f"there is no run {run_id}")

    async def get_result(self, run_id: str, **more: Any) -> Any:
        self.started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    async def run_batch(self, flow: Any, inputs: Any, *, on_item: Any = None, **more: Any) -> Any:
        return [on_item(each) for each in inputs]

    async def events(self, run_id: str, **more: Any) -> AsyncIterator[Any]:
        if run_id == "missing":
            raise NotFoundError("there is no such run")
        try:
            for number in range(3):
                yield number
        finally:
            self.closed_iterators += 1

    async def leave_the_program(self) -> None:
        raise SystemExit(3)

    async def double(self, number: int) -> int:
        """Twice the number."""
        return 2 * number

    async def letters(self) -> AsyncIterator[str]:
        yield "a"
        yield "b"

    def soon(self, number: int) -> Any:
        return self.double(number)

    def component(self, function: Callable[..., Any]) -> Callable[..., Any]:
        self.calls.append(("component", {"function": function}))
        return function


@pytest.fixture
def executor() -> Executor:
    return Executor()


@pytest.fixture
def opened(executor: Executor) -> Iterator[Any]:
    with as_blocking(executor) as opened:
        yield opened


def as_blocking(executor: Any) -> Any:
    return blocking(cast("StepflowExecutor", executor))


def threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "stepflow-blocking"]


def test_members_are_plain_calls(executor: Executor) -> None:
    """Inside `with` the members are called without `await`, on a loop in a thread of its own."""
    with as_blocking(executor) as opened:
        assert opened.run("flow", 1).output == ["flow", 1, "nobody"]
        assert opened.url == "test://executor"
        assert (executor.entered, executor.left) == (1, [])
    assert (executor.entered, executor.left) == (1, [None])
    assert executor.threads == {"stepflow-blocking"}
    assert threads() == []


def test_failures_come_through(opened: Any) -> None:
    """What a member raises is raised where it was called."""
    with pytest.raises(NotFoundError, match="there is no run 7"):
        opened.get_run("7")


def test_what_leaves_the_block_reaches_the_executor(executor: Executor) -> None:
    """The executor is told what ended the block, and it goes on."""
    with pytest.raises(ZeroDivisionError), as_blocking(executor):
        raise ZeroDivisionError
    assert executor.left == [ZeroDivisionError]


def test_it_can_be_started_and_closed_without_a_block(executor: Executor) -> None:
    """`start` and `close` do what `with` does, and each may be called again."""
    opened = as_blocking(executor)
    assert opened.start() is opened
    assert opened.start() is opened
    with opened:
        assert opened.run("flow").is_success
    opened.close()
    assert (executor.entered, executor.left) == (1, [None])


def test_use_before_the_start_is_told(executor: Executor) -> None:
    """Before `with` only what needs no loop works."""
    waiting = as_blocking(executor)
    with pytest.raises(StepflowError, match=r"not open: write `with blocking\(executor\) as ex:`"):
        waiting.run("flow")
    assert waiting.url == "test://executor"
    assert waiting.component(len) is len


def test_use_after_the_end_is_told(executor: Executor) -> None:
    """Once closed, calls and iterators raise, and it cannot be opened again."""
    with as_blocking(executor) as opened:
        events = opened.events("run")
        next(events)
    for late in (lambda: opened.run("flow"), lambda: opened.events("run"), lambda: next(events), opened.start):
        with pytest.raises(StepflowError, match="has been closed"):
            late()
    events.close()
    opened.close()
    assert executor.closed_iterators == 1


def test_what_was_never_started_can_be_closed(executor: Executor) -> None:
    """Closing before the start touches the executor not at all, and is final."""
    never = as_blocking(executor)
    never.close()
    for late in (never.start, lambda: never.run("flow")):
        with pytest.raises(StepflowError, match="has been closed"):
            late()
    assert (executor.entered, executor.left) == (0, [])


def test_an_executor_that_cannot_be_entered_is_closed() -> None:
    """Without `__aenter__` and `__aexit__` the executor is used as it is and ended by `close`."""

    class Plain:
        closed = False

        async def list_components(self) -> list[str]:
            return ["a"]

        async def close(self) -> None:
            self.closed = True

    plain = Plain()
    with as_blocking(plain) as opened:
        assert opened.list_components() == ["a"]
        assert not plain.closed
    assert plain.closed


def test_what_the_executor_enters_as_is_used(executor: Executor) -> None:
    """As with `async with … as`, calls go to what entering gives."""

    class Wrapper:
        async def __aenter__(self) -> Executor:
            return executor

        async def __aexit__(self, *exception: object) -> None:
            executor.left.append("wrapper")

    with as_blocking(Wrapper()) as opened:
        assert opened.run("flow").is_success
    assert executor.left == ["wrapper"]


def test_an_executor_that_does_not_open_leaves_nothing_behind() -> None:
    """A failure to enter is raised, and the thread ends."""

    class Broken:
        async def __aenter__(self) -> None:
            raise ConnectionError("nobody there")

        async def __aexit__(self, *exception: object) -> None: ...

    with pytest.raises(ConnectionError, match="nobody there"), as_blocking(Broken()):
        pass
    assert threads() == []


def test_a_failure_to_close_is_raised_and_ends_the_thread() -> None:
    """What leaving raises is raised, and nothing goes on."""

    class Broken:
        async def close(self) -> None:
            raise ConnectionError("gone")

    with pytest.raises(ConnectionError, match="gone"), as_blocking(Broken()):
        pass
    assert threads() == []


async def test_it_works_under_a_running_loop(opened: Any) -> None:
    """In a notebook, where a loop runs already, calls work as well."""
    assert opened.run("flow", 2).output == ["flow", 2, "nobody"]
    assert list(opened.events("run")) == [0, 1, 2]


def test_several_threads_may_call_at_once(opened: Any) -> None:
    """Calls from many threads do not disturb each other."""
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda number: opened.run("flow", number).output[1], range(64)))
    assert results == list(range(64))


def test_context_variables_reach_the_executor(opened: Any) -> None:
    """A call sees the context of its caller."""
    token = tenant.set("orchard")
    try:
        assert opened.run("flow").output[2] == "orchard"
    finally:
        tenant.reset(token)
    assert opened.run("flow").output[2] == "nobody"


def test_closing_ends_the_calls_of_other_threads(executor: Executor) -> None:
    """A call that waits in another thread ends with an error when the executor is closed."""
    opened = as_blocking(executor).start()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(opened.get_result, "run")
        assert executor.started.wait(10)
        opened.close()
        with pytest.raises(StepflowError, match="cancelled"):
            waiting.result(10)
    assert executor.cancelled.is_set()


def test_a_call_that_refuses_to_end_is_let_go(executor: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing gives cancelled calls some time, and then its caller is not kept waiting."""
    monkeypatch.setattr("stepflow_core._blocking._loop.GRACE", 0.0)

    class Stubborn(Executor):
        async def get_result(self, run_id: str, **more: Any) -> Any:
            self.started.set()
            while not self.cancelled.is_set():
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    if self.left:
                        continue

    stubborn = Stubborn()
    opened = as_blocking(stubborn).start()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(opened.get_result, "run")
        assert stubborn.started.wait(10)
        opened.close()
        with pytest.raises(StepflowError, match="cancelled"):
            waiting.result(10)


@pytest.mark.skipif(sys.platform == "win32", reason="signals reach no single thread there")
def test_control_c_cancels_the_call(executor: Executor) -> None:
    """Ctrl-C ends the waiting and cancels what was waited for; the executor can be used on."""
    main = threading.main_thread().ident or 0

    def interrupt() -> None:
        assert executor.started.wait(10)
        signal.pthread_kill(main, signal.SIGINT)

    with as_blocking(executor) as opened:
        thread = threading.Thread(target=interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            opened.get_result("run")
        thread.join()
        assert executor.cancelled.wait(10)
        assert opened.run("flow").is_success


def test_a_task_that_leaves_the_program_ends_its_own_call_only(opened: Any) -> None:
    """`SystemExit` in a call is raised to its caller, and the loop goes on for the others."""
    with pytest.raises(SystemExit):
        opened.leave_the_program()
    assert opened.run("flow").is_success


def test_callbacks_cannot_wait_for_their_own_executor(opened: Any) -> None:
    """A call, a close or an iterator inside a callback, which would wait for ever, is refused."""

    def on_item(item: str) -> str:
        member = {"run": lambda: opened.run("flow"), "close": opened.close, "events": lambda: opened.events("run")}
        with pytest.raises(StepflowError, match="a callback cannot wait"):
            member[item]()
        return item

    assert opened.run_batch("flow", ["run", "close", "events"], on_item=on_item) == ["run", "close", "events"]
    assert opened.run("flow").is_success


def test_events_are_a_plain_iterator(opened: Any, executor: Executor) -> None:
    """The events are iterated without `await`, to their end."""
    events = opened.events("run", since=3)
    assert iter(events) is events
    assert list(events) == [0, 1, 2]
    assert list(events) == []
    assert executor.closed_iterators == 1
    with pytest.raises(NotFoundError):
        next(opened.events("missing"))


def test_an_iterator_can_be_ended_early(opened: Any, executor: Executor) -> None:
    """`close`, leaving a `with` and letting go of it end the executor's side too."""
    events = opened.events("run")
    assert next(events) == 0
    events.close()
    events.close()
    assert (executor.closed_iterators, list(events)) == (1, [])
    with opened.events("run") as events:
        assert next(events) == 0
    assert executor.closed_iterators == 2
    assert next(iter(opened.events("run"))) == 0
    gc.collect()
    opened.run("flow")  # which the loop does after what it was given before
    assert executor.closed_iterators == 3


def test_an_iterator_without_an_end_of_its_own_is_just_dropped() -> None:
    """Async iterators need not have `aclose`."""

    class Numbers:
        def __aiter__(self) -> Numbers:
            return self

        async def __anext__(self) -> int:
            return 7

    class Plain:
        def events(self, run_id: str, **more: Any) -> Numbers:
            return Numbers()

        async def close(self) -> None: ...

    with as_blocking(Plain()) as opened, opened.events("run") as events:
        assert next(events) == 7


def test_further_members_are_there_too(opened: Any, executor: Executor) -> None:
    """What only this executor has can be used: coroutines, iterators, decorators and plain values."""
    assert opened.double(4) == 8
    assert opened.double.__doc__ == "Twice the number."
    assert opened.soon(5) == 10
    assert list(opened.letters()) == ["a", "b"]

    @opened.component
    def shout(text: str) -> str:
        return text.upper()

    assert shout("a") == "A"
    assert executor.calls[-1][1]["function"] is shout
    assert opened.entered == 1
    with pytest.raises(AttributeError, match="nothing"):
        opened.nothing  # noqa: B018
    with pytest.raises(AttributeError, match="_private"):
        opened._private  # noqa: B018


def test_it_tells_what_it_wraps(executor: Executor) -> None:
    """The representation names the executor."""
    assert repr(as_blocking(executor)) == f"blocking({executor!r})"


@pytest.mark.parametrize("name", sorted(PROTOCOL))
def test_every_member_of_the_protocol_is_mirrored(name: str) -> None:
    """Each member takes what the protocol's takes, by the same names, and hands it on."""
    signature = inspect.signature(PROTOCOL[name])
    mirrored = inspect.signature(getattr(BlockingExecutor, name))
    assert mirrored.parameters == signature.parameters
    expected = signature.return_annotation.replace("AsyncIterator", "BlockingIterator")
    assert mirrored.return_annotation == expected
    given = {each: object() for each in signature.parameters if each != "self"}
    received: dict[str, Any] = {}

    class Recorder:
        async def close(self) -> None: ...

    async def record(self: Recorder, *args: Any, **kwargs: Any) -> str:
        received.update(signature.bind(self, *args, **kwargs).arguments)
        return name

    def iterate(self: Recorder, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        received.update(signature.bind(self, *args, **kwargs).arguments)
        return Executor().letters()

    setattr(Recorder, name, iterate if name == "events" else record)
    with as_blocking(Recorder()) as opened:
        result = getattr(opened, name)(**given)
        assert list(result) == ["a", "b"] if name == "events" else result == name
    del received["self"]
    assert received == given


def test_the_function_stays_a_function() -> None:
    """However its module gets imported, `stepflow_core.blocking` is what is called."""
    assert stepflow_core.blocking is blocking
    assert isinstance(as_blocking(Executor()), stepflow_core.BlockingExecutor)
