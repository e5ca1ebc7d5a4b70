"""Stepflow in process, used as any program uses it: `submit` and a reader that takes every event of every run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..sampling import Once
from ..workloads import Batch, Chain, Concurrent, FanOut, Feed, Finished, Import, Load, Map, Program, Start
from .stepflow_flows import PATHS, as_yaml, chain, fan_out, mapped

if TYPE_CHECKING:
    from stepflow_core import RunEvent
    from stepflow_runtime import StepflowRuntime

STATEMENTS = {
    "types": "import stepflow_core",
    "engine": "import stepflow_runtime",
    "executor": "from stepflow_runtime import StepflowRuntime",
}

KEPT = 20_000
"""How many ended runs the runtime remembers while the memory that each takes is measured."""


class Stepflow:
    """`StepflowRuntime` and the `stepflow` command."""

    requirements: tuple[str, ...] = ()
    libraries: tuple[str, ...] = (
        "stepflow-core", "stepflow-runtime", "stepflow-cli", "msgspec", "PyYAML", "Jinja2", "jsonschema-rs",
        "cyclopts", "rich",
    )  # fmt: skip
    cannot: Mapping[str, str] = {}

    @asynccontextmanager
    async def program(self, work: Program, folder: Path) -> AsyncIterator[Once]:
        """The work as a function that runs it on one runtime."""
        from stepflow_runtime import StepflowRuntime

        store = f"memory:?keep={KEPT}" if isinstance(work, Finished) else "memory:"
        async with StepflowRuntime(store=store) as runtime:
            _register(runtime)
            yield await _PROGRAMS[type(work)](runtime, work, folder)

    def statement(self, work: Import) -> str | None:
        """As a program would write it."""
        return STATEMENTS[work.part]

    def command(self, work: Start, folder: Path) -> list[str] | None:
        """The `stepflow` command, as a module so that no entry point has to be installed."""
        if work.action == "version":
            return ["-m", "stepflow_cli", "--version"]
        flow = folder / "flow.yaml"
        flow.write_text(as_yaml(chain(3, "/builtin/noop")), encoding="utf-8")
        return ["-m", "stepflow_cli", "run", str(flow), "--input-json", '{"x": 0}']


def _register(runtime: StepflowRuntime) -> None:
    """The work of a step, once for every way of being called."""

    def plain(x: int) -> dict[str, int]:
        return {"x": x + 1}

    async def awaited(x: int) -> dict[str, int]:
        return {"x": x + 1}

    runtime.component(PATHS["inline"], inline=True)(plain)
    runtime.component(PATHS["plain"])(plain)
    runtime.component(PATHS["async"])(awaited)


# ---- doing it once


async def _single(runtime: StepflowRuntime, flow: str, given: Any, expected: Any) -> None:
    """One run from its submission to its result, with all its events delivered."""
    run_id = await runtime.submit(flow, given)
    reader = asyncio.create_task(_read(runtime.events(run_id)))
    result = await runtime.get_result(run_id)
    await reader
    assert result.output == expected, result


async def _batch(runtime: StepflowRuntime, flow: str, inputs: Iterable[Any], last: int) -> None:
    """One run of many items, with all its events delivered."""
    run_id = await runtime.submit_batch(flow, inputs)
    reader = asyncio.create_task(_read(runtime.events(run_id)))
    batch = await runtime.get_batch(run_id)
    await reader
    assert batch.results[-1].output == last, batch.results[-1]


async def _read(events: AsyncIterator[RunEvent]) -> None:
    """Take every event of a run."""
    last = ""
    async for event in events:
        last = event.event
    assert last == "run_completed", last


# ---- programs


async def _stored(runtime: StepflowRuntime, flow: dict[str, Any]) -> str:
    stored = await runtime.store_flow(flow)
    assert stored.flow_id is not None, stored
    return stored.flow_id


async def _chain(runtime: StepflowRuntime, work: Chain, folder: Path) -> Once:
    flow = chain(work.steps, PATHS[work.kind])
    if work.source == "file":
        file = folder / "chain.yaml"
        file.write_text(as_yaml(flow), encoding="utf-8")
        return lambda: _single(runtime, str(file), {"x": 0}, work.steps)
    flow_id = await _stored(runtime, flow)
    return lambda: _single(runtime, flow_id, {"x": 0}, work.steps)


async def _fan_out(runtime: StepflowRuntime, work: FanOut, _: Path) -> Once:
    flow_id = await _stored(runtime, fan_out(work.steps, PATHS[work.kind]))
    return lambda: _single(runtime, flow_id, {"x": 0}, [1] * work.steps)


async def _map(runtime: StepflowRuntime, work: Map, _: Path) -> Once:
    flow_id = await _stored(runtime, mapped(chain(1, PATHS["inline"])))
    items = {"items": [{"x": item} for item in range(work.items)]}
    return lambda: _single(runtime, flow_id, items, work.items)


async def _run_batch(runtime: StepflowRuntime, work: Batch, _: Path) -> Once:
    flow_id = await _stored(runtime, chain(work.steps, PATHS["inline"]))
    inputs = [{"x": item} for item in range(work.items)]
    return lambda: _batch(runtime, flow_id, inputs, work.items - 1 + work.steps)


async def _feed(runtime: StepflowRuntime, work: Feed, _: Path) -> Once:
    flow_id = await _stored(runtime, chain(1, PATHS["inline"]))
    return lambda: _batch(runtime, flow_id, ({"x": item} for item in range(work.items)), work.items)


async def _concurrent(runtime: StepflowRuntime, work: Concurrent, _: Path) -> Once:
    flow_id = await _stored(runtime, chain(work.steps, PATHS[work.kind]))

    async def together() -> None:
        await asyncio.gather(*(_single(runtime, flow_id, {"x": 0}, work.steps) for _ in range(work.runs)))

    return together


async def _finished(runtime: StepflowRuntime, work: Finished, _: Path) -> Once:
    flow_id = await _stored(runtime, chain(work.steps, PATHS["inline"]))
    return lambda: _single(runtime, flow_id, {"x": 0}, work.steps)


async def _load(_: StepflowRuntime, work: Load, folder: Path) -> Once:
    from stepflow_runtime import StepflowRuntime

    file = folder / "flow.yaml"
    file.write_text(as_yaml(chain(work.steps, PATHS["inline"])), encoding="utf-8")

    async def load() -> None:
        # A new runtime each time: one that has read the file before need not read it again.
        async with StepflowRuntime() as runtime:
            _register(runtime)
            stored = await runtime.store_flow(str(file))
        assert stored.flow_id, stored

    return load


_PROGRAMS: dict[type, Callable[[Any, Any, Path], Awaitable[Once]]] = {
    Chain: _chain,
    FanOut: _fan_out,
    Map: _map,
    Batch: _run_batch,
    Feed: _feed,
    Concurrent: _concurrent,
    Finished: _finished,
    Load: _load,
}

ENGINE = Stepflow()
