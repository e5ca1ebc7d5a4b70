"""Runs flows by engines, in process and over HTTP, and compares what they say with the interpreter."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NamedTuple

from stepflow_client import StepflowClient
from stepflow_core import InvalidInputError, RunEvent, StepflowExecutor
from stepflow_runtime import ComponentError, StepContext, StepflowRuntime
from stepflow_runtime.virtual_time import VirtualLoop
from stepflow_runtime.wire import to_wire
from stepflow_server import Settings, serve

from .flows import Work
from .interpreter import interpreted, valid
from .ledger import Ledger
from .machinery import FAILURES
from .outcomes import Good, Outcome, Skipped, outcomes_agree

KEPT = "memory:?keep=2"
PATIENCE = 60.0

Calls = Counter[tuple[int, str]]
"""How often components were called, by item and address."""

REFUSED = "the run is refused"


class Disagreement(AssertionError):
    """An engine and the interpreter say different things."""


class Decided(NamedTuple):
    """What the interpreter says of one input."""

    outcome: Outcome
    ledger: Ledger


def register(runtime: StepflowRuntime, calls: Calls) -> None:
    """Give a runtime the components that flows are made of."""
    for name, (code, kind) in FAILURES.items():
        for until in ("", "1", "2"):
            runtime.component(f"/{name}{until}")(failing(calls, code, kind, int(until or 1_000_000)))

    @runtime.component("/ok")
    async def ok(input: Any, ctx: StepContext) -> Any:
        return echo(calls, input, ctx)

    @runtime.component("/change", inline=False)
    async def change(input: Any, ctx: StepContext) -> None:
        calls[ctx.item_index, ctx.address] += 1
        spoil(input)


def echo(calls: Calls, input: Any, ctx: StepContext) -> dict[str, Any]:
    """Count a call and give the input back."""
    calls[ctx.item_index, ctx.address] += 1
    return {"in": input, "count": calls[ctx.item_index, ctx.address]}


def failing(calls: Calls, code: int, kind: str | None, until: int) -> Any:
    """A component that fails up to an attempt."""

    async def fail(input: Any, ctx: StepContext) -> Any:
        if ctx.attempt > until:
            return echo(calls, input, ctx)
        calls[ctx.item_index, ctx.address] += 1
        await asyncio.sleep(0)
        if kind is not None:
            raise ValueError("boom")
        raise ComponentError(f"{ctx.address} failed", code)

    return fail


def spoil(value: Any) -> None:
    """Change a value in all its depth: it is the component's own."""
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        spoil(each)
    if isinstance(value, dict | list):
        value.clear()


# ---- engines


class Engine(NamedTuple):
    """An executor on a loop of its own, and the calls of its components."""

    name: str
    executor: StepflowExecutor
    calls: Calls
    runner: asyncio.Runner

    def check(self, work: Work) -> None:
        """Fail unless the engine says of a flow what the interpreter says."""
        self.runner.run(agrees(self, work))


@contextmanager
def in_process() -> Iterator[Engine]:
    """A runtime, whose delays take no time."""
    calls: Calls = Counter()
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runtime = StepflowRuntime(store=KEPT)
        register(runtime, calls)
        yield Engine("runtime", runtime, calls, runner)
        runner.run(runtime.close())


@contextmanager
def over_http() -> Iterator[Engine]:
    """A client of a served runtime."""
    calls: Calls = Counter()
    with asyncio.Runner() as runner:
        site = served(calls)
        client = runner.run(site.__aenter__())
        yield Engine("HTTP", client, calls, runner)
        runner.run(leave(site))


async def leave(site: Any) -> None:
    """End what is served."""
    await site.__aexit__(None, None, None)


@asynccontextmanager
async def served(calls: Calls) -> AsyncIterator[StepflowClient]:
    """A runtime on a loopback port, and a client of it."""
    url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    async with StepflowRuntime(store=KEPT) as runtime:
        register(runtime, calls)
        serving = asyncio.create_task(serve(Settings(port=0), executor=runtime, stop=stop, on_ready=url.set_result))
        async with StepflowClient(await url) as client:
            yield client
        stop.set()
        await serving


# ---- what has to agree


async def agrees(engine: Engine, work: Work) -> None:
    """Run a flow as a whole, and where it is a batch each input alone, too."""
    await run_agrees(engine, work)
    if len(work.inputs) > 1 and engine.name == "runtime":
        for each in work.inputs:
            await run_agrees(engine, work._replace(inputs=[each]))


async def run_agrees(engine: Engine, work: Work) -> None:
    """Run a flow once, and compare all that is told of the run with what the interpreter says."""
    engine.calls.clear()
    decided = [decide(work, each) for each in work.inputs]
    run_id = await begun(engine, work)
    if run_id == REFUSED:
        return
    batch = await engine.executor.get_batch(run_id, timeout=PATIENCE)
    for index, (each, result) in enumerate(zip(decided, batch.results, strict=True)):
        if not outcomes_agree(each.outcome, to_wire(result)):
            raise Disagreement(f"{engine.name}, item {index}: {to_wire(result)}, not {each.outcome}")
    expected = {(index, each): n for index, item in enumerate(decided) for each, n in item.ledger.calls.items()}
    same(engine, "calls", expected, dict(engine.calls))
    events = [each async for each in engine.executor.events(run_id)]
    check_stream(engine, events, run_id)
    check_steps(engine, events, decided)
    await check_listing(engine, events, run_id)


def decide(work: Work, input: Any) -> Decided:
    """What the interpreter says of one input."""
    ledger = Ledger()
    return Decided(interpreted(work.effective, input, work.variables, ledger), ledger)


async def begun(engine: Engine, work: Work) -> str:
    """Start a run; its id, or that it is refused, as it has to be where its one input violates the schema."""
    more: dict[str, Any] = {"overrides": work.overrides or None, "variables": work.variables}
    refused = len(work.inputs) == 1 and not valid((work.flow.get("schemas") or {}).get("input"), work.inputs[0])
    try:
        if len(work.inputs) == 1:
            run_id = await engine.executor.submit(work.flow, work.inputs[0], **more)
        else:
            run_id = await engine.executor.submit_batch(work.flow, work.inputs, **more)
    except InvalidInputError as error:
        if not refused:
            raise Disagreement(f"{engine.name}: the run is refused: {error}") from error
        return REFUSED
    if refused:
        raise Disagreement(f"{engine.name}: an input that violates its schema is taken")
    return run_id


def same(engine: Engine, what: str, model: Any, real: Any) -> None:
    """Fail where two are not equal."""
    if model != real:
        raise Disagreement(f"{engine.name}, {what}: {real}, not {model}")


def check_stream(engine: Engine, events: list[RunEvent], run_id: str) -> None:
    """Numbers are dense, every run ends once, and the end of the root is the last event."""
    same(engine, "numbers of events", list(range(len(events))), [each.sequence_number for each in events])
    ends = Counter(each.run_id for each in events if each.event == "run_completed")
    begins = Counter(each.run_id for each in events if each.event in ("run_created", "sub_run_created"))
    same(engine, "ends of runs", begins, ends)
    same(engine, "repeated ends", set(), {each for each, count in ends.items() if count > 1})
    same(engine, "last event", ("run_completed", run_id), (events[-1].event, events[-1].run_id))


def check_steps(engine: Engine, events: list[RunEvent], decided: list[Decided]) -> None:
    """The steps that came to an end are those that are needed, each once, with its outcome and attempts."""
    ended = [each for each in events if each.event == "step_completed"]
    real = {(each.item_index or 0, str(each.address)): each for each in ended}
    needed = {(index, key): each for index, item in enumerate(decided) for key, each in item.ledger.executed.items()}
    same(engine, "steps", sorted(needed), sorted((each.item_index or 0, str(each.address)) for each in ended))
    started = Counter((each.item_index or 0, each.address) for each in events if each.event == "step_started")
    for key, execution in needed.items():
        same(engine, f"attempts of {key}", execution.attempts, started[key])
        result = real[key].result
        told = to_wire(result) if result is not None else {}
        if not told or not outcomes_agree(execution.outcome, told):
            raise Disagreement(f"{engine.name}, step {key}: {told}, not {execution.outcome}")
        same(engine, f"status of {key}", status_of(execution.outcome), str(real[key].status))


def status_of(outcome: Outcome) -> str:
    """The status of a step that came to this."""
    return "completed" if isinstance(outcome, Good) else "skipped" if isinstance(outcome, Skipped) else "failed"


async def check_listing(engine: Engine, events: list[RunEvent], run_id: str) -> None:
    """The steps of the run are listed as the events tell them; what was not needed says so."""
    listed = (await engine.executor.get_run_steps(run_id)).steps
    told = {
        (each.item_index or 0, each.address): (str(each.status), each.attempt or 0, each.result)
        for each in events
        if each.event == "step_completed" and each.run_id == run_id
    }
    executed = {
        (each.item_index, each.address): (str(each.status), each.attempt, each.result)
        for each in listed
        if each.status != "unneeded"
    }
    same(engine, "listed steps", told, executed)
