"""Batches: many inputs, one flow; in order, within a limit, fed as they are needed."""

from __future__ import annotations

import asyncio
import gc
import threading
import tracemalloc
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import pytest
from stepflow_core import ExecutionStatus, InvalidInputError, ItemResult, RunTimeoutError
from stepflow_runtime import StepflowRuntime, starting
from stepflow_runtime.engine.journal import Journal

ECHO = {"name": "echo", "description": "Gives its input back.", "output": {"$input": "$"}}
PATIENCE = 30.0
"""Seconds after which a test gives up; no test takes that long unless it fails."""


def step(id: str, component: str, input: Any = None, **more: Any) -> dict[str, Any]:
    return {"id": id, "component": component, "input": {} if input is None else input, **more}


def flow(*steps: dict[str, Any], output: Any = None) -> dict[str, Any]:
    named = {"name": "test", "description": "a test", "steps": list(steps)}
    return {**named, "output": output if output is not None else {"$step": steps[-1]["id"]}}


def through(component: str, **more: Any) -> dict[str, Any]:
    """A flow that hands its input to a component as `n`."""
    return flow(step("a", component, {"n": {"$input": "$"}}, **more))


class Meter:
    """Counts how many calls are under way at the same time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.live = 0
        self.most = 0
        self.calls = 0

    def __enter__(self) -> None:
        with self.lock:
            self.live += 1
            self.calls += 1
            self.most = max(self.most, self.live)

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.live -= 1


async def turns(count: int = 3) -> None:
    """Let everything else have some turns of the loop."""
    for _ in range(count):
        await asyncio.sleep(0)


# ---- results


async def test_results_are_in_input_order_whatever_ends_first(runtime: StepflowRuntime) -> None:
    """The last input ends first here."""
    ended = [asyncio.Event() for _ in range(5)]

    @runtime.component
    async def after_the_next(n: int) -> int:
        if n < 4:
            await ended[n + 1].wait()
        ended[n].set()
        return n * 10

    batch = await runtime.run_batch(through("/after_the_next"), range(5))
    assert [each.output for each in batch.results] == [0, 10, 20, 30, 40]
    assert (batch.run.status, batch.run.items.completed) == (ExecutionStatus.COMPLETED, 5)


async def test_a_failure_leaves_the_others_alone(runtime: StepflowRuntime) -> None:
    """The run has failed, every other item has its result."""
    asked = flow(
        step("a", "/noop", {"$input": "n"}, when={"$input": "run"}),
        output={"$step": "a"},
    )
    inputs = [{"n": 1, "run": True}, {"run": True}, {"n": 3, "run": False}, {"n": 4, "run": True}]
    batch = await runtime.run_batch(asked, inputs)
    assert [str(each.status) for each in batch.results] == ["success", "failed", "skipped", "success"]
    counts = batch.run.items
    assert (counts.total, counts.completed, counts.failed, counts.skipped) == (4, 2, 1, 1)
    assert batch.run.status is ExecutionStatus.FAILED


async def test_a_batch_without_inputs_has_no_results(runtime: StepflowRuntime) -> None:
    """A list or an iterator."""
    for inputs in ([], iter([])):
        batch = await runtime.run_batch(ECHO, inputs)
        assert (batch.results, batch.run.status, batch.run.items.total) == ([], ExecutionStatus.COMPLETED, 0)


def _generator(count: int) -> Iterator[int]:
    yield from range(count)


@pytest.mark.parametrize("count", [1, 255, 256, 257, 1500])
async def test_any_iterable_will_do(runtime: StepflowRuntime, count: int) -> None:
    """Lists, tuples, ranges, generators; of any length."""
    makers: list[Iterable[int]] = [list(range(count)), tuple(range(count)), range(count), _generator(count)]
    for inputs in makers:
        batch = await runtime.run_batch(ECHO, inputs)
        assert [each.output for each in batch.results] == list(range(count))
        assert batch.run.items.total == count


@pytest.mark.parametrize("inputs", ["abc", b"abc", {"a": 1}, 5, None], ids=repr)
async def test_what_is_no_list_of_inputs_is_refused(runtime: StepflowRuntime, inputs: Any) -> None:
    """A text or mapping would be taken apart."""
    for member in (runtime.run_batch, runtime.submit_batch):
        with pytest.raises(InvalidInputError, match="the inputs of a batch are a list"):
            await member(ECHO, inputs)
    assert (await runtime.list_runs()).runs == []


@pytest.mark.parametrize("limit", [0, -1, 1.5, True, "2"], ids=repr)
async def test_a_limit_that_means_nothing_is_refused(runtime: StepflowRuntime, limit: Any) -> None:
    """It is an integer of at least 1."""
    with pytest.raises(InvalidInputError, match="max_concurrency"):
        await runtime.run_batch(ECHO, [1], max_concurrency=limit)


async def test_an_input_that_violates_its_schema_fails_alone(runtime: StepflowRuntime) -> None:
    """With code 400, kind `invalid_input` and the violations; its steps do not run."""
    ran: list[int] = []

    @runtime.component(inline=True)
    def note(n: int) -> int:
        ran.append(n)
        return n

    checked = {**through("/note"), "schemas": {"input": {"type": "integer", "maximum": 5}}}
    batch = await runtime.run_batch(checked, [1, 9, 3])
    assert [each.output for each in batch.results] == [1, None, 3]
    error = batch.results[1].error
    assert error is not None
    assert (error.code, error.kind) == (400, "invalid_input")
    assert [each["pointer"] for each in error.data["errors"]] == [""]
    assert ran == [1, 3]


# ---- inputs that are not JSON, iterators that fail


async def test_an_input_that_is_not_json_refuses_a_listed_batch(runtime: StepflowRuntime) -> None:
    """Nothing runs."""
    with pytest.raises(InvalidInputError, match="the input is not JSON"):
        await runtime.run_batch(ECHO, [1, {"a": {2}}])
    assert (await runtime.list_runs()).runs == []


async def test_an_input_that_is_not_json_ends_a_batch_that_is_fed(runtime: StepflowRuntime) -> None:
    """With the same error, as soon as it comes."""
    with pytest.raises(InvalidInputError, match="the input is not JSON: at /a"):
        await runtime.run_batch(ECHO, iter([1, {"a": {2}}, 3]))
    [run] = (await runtime.list_runs()).runs
    assert run.status is ExecutionStatus.CANCELLED


class Odd(BaseException):
    """Not even an `Exception`."""


@pytest.mark.parametrize("problem", [ValueError("no more"), Odd("odd"), SystemExit(3)], ids=repr)
async def test_an_iterator_that_fails_ends_the_run_and_is_raised(
    runtime: StepflowRuntime, problem: BaseException
) -> None:
    """To whoever waits for the run."""

    def inputs() -> Iterator[int]:
        yield 1
        raise problem

    with pytest.raises(type(problem)) as caught:
        await runtime.run_batch(ECHO, inputs())
    assert caught.value is problem
    [run] = (await runtime.list_runs()).runs
    assert run.status is ExecutionStatus.CANCELLED


async def test_items_of_an_iterator_that_failed_have_results(runtime: StepflowRuntime) -> None:
    """A batch that was submitted can still be looked at."""
    begun = asyncio.Event()
    fail = threading.Event()

    @runtime.component
    async def wait(n: int) -> None:
        begun.set()
        await asyncio.Event().wait()

    def inputs() -> Iterator[int]:
        yield 1
        fail.wait(PATIENCE)
        raise ValueError("no more")

    run_id = await runtime.submit_batch(through("/wait"), inputs())
    await begun.wait()
    fail.set()
    details = await runtime.get_run(run_id, wait=True)
    assert (details.status, details.items.cancelled) == (ExecutionStatus.CANCELLED, 1)
    [item] = (await runtime.get_run_items(run_id)).items
    assert item.result is not None
    assert item.result.error is not None
    assert item.result.error.message == "its inputs could not be read"


async def test_an_iterator_that_blocks_does_not_block_the_loop(runtime: StepflowRuntime) -> None:
    """Other runs go on meanwhile, and so do the items that came before."""
    release = threading.Event()

    def inputs() -> Iterator[int]:
        yield 1
        release.wait(PATIENCE)
        yield 2

    ended: list[int] = []
    first = asyncio.Event()

    def on_item(item: ItemResult) -> None:
        ended.append(item.index)
        first.set()

    batch = asyncio.create_task(runtime.run_batch(ECHO, inputs(), on_item=on_item))
    await asyncio.wait_for(first.wait(), PATIENCE)
    assert (await runtime.run(ECHO, "other")).output == "other"
    assert ended == [0]
    release.set()
    assert [each.output for each in (await batch).results] == [1, 2]


async def test_an_iterator_may_wait_for_what_became_of_its_items(runtime: StepflowRuntime) -> None:
    """The next input is made of the last result."""
    results: list[Any] = []
    more = threading.Semaphore(1)

    def inputs() -> Iterator[int]:
        while len(results) < 5:
            assert more.acquire(timeout=PATIENCE)
            yield (results[-1] if results else 1) * 2

    def on_item(item: ItemResult) -> None:
        assert item.result is not None
        results.append(item.result.output)
        more.release()

    batch = await runtime.run_batch(ECHO, inputs(), on_item=on_item)
    assert [each.output for each in batch.results][:5] == [2, 4, 8, 16, 32]


async def test_an_iterator_is_read_as_items_are_started(runtime: StepflowRuntime) -> None:
    """Not beyond what may be in flight."""
    read = 0
    entered = asyncio.Semaphore(0)
    release = asyncio.Event()

    def inputs() -> Iterator[int]:
        nonlocal read
        for n in range(1000):
            read += 1
            yield n

    @runtime.component
    async def wait(n: int) -> int:
        entered.release()
        await release.wait()
        return n

    batch = asyncio.create_task(runtime.run_batch(through("/wait"), inputs(), max_concurrency=3))
    for _ in range(3):
        await entered.acquire()
    await turns(10)
    assert read == 3
    release.set()
    assert [each.output for each in (await batch).results] == list(range(1000))


async def test_any_number_of_batches_can_be_fed(runtime: StepflowRuntime) -> None:
    """Those that find no thread to read in wait for one."""
    batches = await asyncio.gather(*(runtime.run_batch(ECHO, _generator(3)) for _ in range(200)))
    assert all([each.output for each in batch.results] == [0, 1, 2] for batch in batches)


async def test_an_iterator_that_blocks_is_let_go_with_its_run(runtime: StepflowRuntime) -> None:
    """However many of them there are, others can be read then."""
    release = threading.Event()

    def blocks() -> Iterator[int]:
        release.wait(PATIENCE)
        yield 1

    blocked = [await runtime.submit_batch(ECHO, blocks()) for _ in range(70)]
    for run_id in blocked:
        await runtime.cancel_run(run_id)
    assert len((await runtime.run_batch(ECHO, _generator(3))).results) == 3
    assert (await runtime.get_batch(blocked[0])).results == []
    release.set()


# ---- on_item


async def test_on_item_is_told_of_every_item_once(runtime: StepflowRuntime) -> None:
    """With its index, status and result, as it ends."""
    seen: list[ItemResult] = []
    asked = flow(step("a", "/noop", {"$input": "n"}))
    batch = await runtime.run_batch(asked, [{"n": 1}, {}, {"n": 3}], on_item=seen.append)
    by_index = sorted(seen, key=lambda each: each.index)
    assert [(each.index, each.item_index, str(each.status)) for each in by_index] == [
        (0, 0, "completed"),
        (1, 1, "failed"),
        (2, 2, "completed"),
    ]
    assert [each.result for each in by_index] == batch.results
    assert all(each.completed_at is not None for each in seen)


async def test_what_on_item_does_to_a_result_stays_there(runtime: StepflowRuntime) -> None:
    """The batch has its own."""

    def spoil(item: ItemResult) -> None:
        assert item.result is not None
        item.result.output.clear()

    batch = await runtime.run_batch(ECHO, [{"a": 1}], on_item=spoil)
    assert batch.results[0].output == {"a": 1}


@pytest.mark.parametrize("problem", [ValueError("no"), Odd("odd"), SystemExit(3), KeyboardInterrupt()], ids=repr)
async def test_what_on_item_raises_ends_the_run_and_is_raised(runtime: StepflowRuntime, problem: BaseException) -> None:
    """It is not called again, and no further item starts."""
    meter = Meter()
    calls = 0

    @runtime.component(inline=True)
    def count(n: int) -> int:
        with meter:
            return n

    def on_item(item: ItemResult) -> None:
        nonlocal calls
        calls += 1
        raise problem

    with pytest.raises(type(problem)) as caught:
        await runtime.run_batch(through("/count"), range(500), max_concurrency=1, on_item=on_item)
    assert caught.value is problem
    assert calls == 1
    assert meter.calls < 500
    [run] = (await runtime.list_runs()).runs
    assert run.status is ExecutionStatus.CANCELLED


async def test_on_item_may_raise_at_the_last_item(runtime: StepflowRuntime) -> None:
    """The run has ended by then, and it is raised nevertheless."""

    def on_item(item: ItemResult) -> None:
        if item.index == 2:
            raise ValueError("at the last")

    with pytest.raises(ValueError, match="at the last"):
        await runtime.run_batch(ECHO, [1, 2, 3], max_concurrency=1, on_item=on_item)


# ---- how many at a time


@pytest.mark.parametrize("limit", [1, 3, 40])
async def test_no_more_items_are_in_flight_than_allowed(runtime: StepflowRuntime, limit: int) -> None:
    """With async components: the first wait for as many as are allowed, and all of them give way for more to come."""
    meter = Meter()
    full = asyncio.Event()

    @runtime.component
    async def measured(n: int) -> int:
        with meter:
            if meter.live == limit:
                full.set()
            await full.wait()
            await turns()
        return n

    batch = await runtime.run_batch(through("/measured"), _generator(100), max_concurrency=limit)
    assert [each.output for each in batch.results] == list(range(100))
    assert meter.most == limit


async def test_the_limit_holds_for_plain_components(runtime: StepflowRuntime) -> None:
    """Two at a time meet at a barrier; a third never comes."""
    meter = Meter()
    pair = threading.Barrier(2)

    @runtime.component
    def measured(n: int) -> int:
        with meter:
            pair.wait(PATIENCE)
            return n

    batch = await runtime.run_batch(through("/measured"), range(10), max_concurrency=2)
    assert [each.output for each in batch.results] == list(range(10))
    assert meter.most == 2


async def test_more_plain_components_than_threads_wait_for_their_turn(runtime: StepflowRuntime) -> None:
    """All come to their end, no more than there are threads at a time."""
    meter = Meter()
    full = threading.Barrier(32)

    @runtime.component
    def measured(n: int) -> int:
        with meter:
            if n < 32:
                full.wait(PATIENCE)
            return n

    batch = await runtime.run_batch(through("/measured"), range(300))
    assert [each.output for each in batch.results] == list(range(300))
    assert meter.most == 32


async def test_a_limit_of_one_runs_items_in_order(runtime: StepflowRuntime) -> None:
    """One after the other."""
    order: list[int] = []

    @runtime.component
    async def note(n: int) -> None:
        order.append(n)
        await turns(n % 3)

    await runtime.run_batch(through("/note"), range(20), max_concurrency=1)
    assert order == list(range(20))


async def test_two_batches_take_turns(runtime: StepflowRuntime) -> None:
    """A long one that came first does not keep a short one waiting."""
    ended: list[str] = []

    @runtime.component(inline=True)
    def quick(n: int) -> int:
        return n

    async def batch(name: str, count: int) -> None:
        await runtime.run_batch(through("/quick"), range(count))
        ended.append(name)

    await asyncio.gather(batch("long", 5000), batch("short", 100))
    assert ended == ["short", "long"]


async def test_two_batches_share_the_threads(runtime: StepflowRuntime) -> None:
    """What waits for a thread gets one in the order in which it came: nobody is passed over."""
    started: list[str] = []
    gate = threading.Semaphore(0)

    @runtime.component
    def work(n: str) -> None:
        gate.acquire(timeout=PATIENCE)
        started.append(n)

    first = asyncio.create_task(runtime.run_batch(through("/work"), ["first"] * 200, max_concurrency=40))
    await turns(5)
    second = asyncio.create_task(runtime.run_batch(through("/work"), ["second"] * 200, max_concurrency=40))
    await turns(5)
    gate.release(400)
    await asyncio.gather(first, second)
    assert started.count("second") == 200
    # When the first is through with its items, the second is so with most of its own.
    assert started[: _last(started, "first")].count("second") > 100


def _last(names: list[str], name: str) -> int:
    return max(index for index, each in enumerate(names) if each == name)


async def test_a_long_batch_takes_bounded_memory(runtime: StepflowRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an item that has ended only the result stays; inputs and frames go with the journal's oldest entries."""
    monkeypatch.setattr(starting, "Journal", partial(Journal, 4))

    @runtime.component(inline=True)
    def size(n: dict[str, Any]) -> int:
        return len(n["text"])

    def inputs(count: int) -> Iterator[dict[str, Any]]:
        for n in range(count):
            yield {"text": f"{n:02000}"}

    await runtime.run_batch(through("/size"), inputs(10))
    gc.collect()
    tracemalloc.start()
    try:
        run_id = await runtime.submit_batch(through("/size"), inputs(20_000), max_concurrency=50)
        await runtime.get_run(run_id, wait=True)
        gc.collect()
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (await runtime.get_run(run_id)).items.completed == 20_000
    # The inputs alone are 40 MB; results, statuses and times of 20 000 items come to some 5 MB.
    assert kept < 8_000_000, kept
    assert peak < 10_000_000, peak


# ---- submit, get


async def test_a_batch_can_be_fetched_later(runtime: StepflowRuntime) -> None:
    """As often as one likes."""
    run_id = await runtime.submit_batch(ECHO, [1, 2, 3], max_concurrency=2, tags={"a": "b"})
    first, second = await runtime.get_batch(run_id), await runtime.get_batch(run_id)
    assert first.results == second.results
    assert [each.output for each in first.results] == [1, 2, 3]
    assert (first.run.run_id, first.run.tags, first.run.inputs) == (run_id, {"a": "b"}, [1, 2, 3])


async def test_get_batch_works_for_a_run_of_one_item(runtime: StepflowRuntime) -> None:
    """However it was started."""
    batch = await runtime.get_batch(await runtime.submit(ECHO, 1))
    assert [each.output for each in batch.results] == [1]


async def test_waiting_for_a_batch_can_be_limited(runtime: StepflowRuntime) -> None:
    """The run goes on."""
    release = asyncio.Event()

    @runtime.component
    async def wait(n: int) -> int:
        await release.wait()
        return n

    run_id = await runtime.submit_batch(through("/wait"), [1, 2])
    with pytest.raises(RunTimeoutError) as caught:
        await runtime.get_batch(run_id, timeout=0)
    assert (caught.value.run_id, caught.value.status) == (run_id, "running")
    release.set()
    assert len((await runtime.get_batch(run_id)).results) == 2


async def test_batches_take_variables_and_overrides(runtime: StepflowRuntime) -> None:
    """Like runs of one item."""
    asked = flow(step("a", "/noop", {"v": {"$variable": "v"}}))
    overrides = {"a": {"value": {"input": {"more": {"$input": "$"}}}}}
    batch = await runtime.run_batch(asked, [1, 2], variables={"v": 7}, overrides=overrides)
    assert [each.output for each in batch.results] == [{"v": 7, "more": 1}, {"v": 7, "more": 2}]
