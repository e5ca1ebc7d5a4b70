"""No engine at all: the same functions called by hand on a bare asyncio loop. What the work itself costs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ..sampling import Once
from ..workloads import Batch, Chain, Concurrent, FanOut, Import, Kind, Map, Program, Start

Step = Callable[[int], Awaitable[dict[str, int]]]


class ByHand:
    """Functions, awaits and `gather`."""

    requirements: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    cannot: Mapping[str, str] = dict.fromkeys(
        ("chain/inline/10/file", "load", "memory", "import", "start"), "it is no more than functions that are called"
    )

    @asynccontextmanager
    async def program(self, work: Program, folder: Path) -> AsyncIterator[Once]:
        """The work as a coroutine function."""
        yield lambda: _PROGRAMS[type(work)](work)

    def statement(self, work: Import) -> str | None:
        """Nothing is imported."""
        return None

    def command(self, work: Start, folder: Path) -> list[str] | None:
        """There is no command."""
        return None


def add(x: int) -> dict[str, int]:
    """The work of a step."""
    return {"x": x + 1}


async def _inline(x: int) -> dict[str, int]:
    return add(x)


async def _async(x: int) -> dict[str, int]:
    return await _inline(x)


async def _plain(x: int) -> dict[str, int]:
    return await asyncio.get_running_loop().run_in_executor(None, add, x)


_STEPS: dict[Kind, Step] = {"inline": _inline, "async": _async, "plain": _plain}


async def _chain(steps: int, kind: Kind, x: int = 0) -> int:
    step = _STEPS[kind]
    for _ in range(steps):
        x = (await step(x))["x"]
    return x


async def _run_chain(work: Chain) -> None:
    assert await _chain(work.steps, work.kind) == work.steps


async def _run_fan_out(work: FanOut) -> None:
    step = _STEPS[work.kind]
    results = await asyncio.gather(*(step(0) for _ in range(work.steps)))
    assert [each["x"] for each in results] == [1] * work.steps


async def _run_map(work: Map) -> None:
    results = await asyncio.gather(*(_chain(1, "inline", item) for item in range(work.items)))
    assert results[-1] == work.items


async def _run_batch(work: Batch) -> None:
    results = await asyncio.gather(*(_chain(work.steps, "inline", item) for item in range(work.items)))
    assert results[-1] == work.items - 1 + work.steps


async def _run_concurrent(work: Concurrent) -> None:
    results = await asyncio.gather(*(_chain(work.steps, work.kind) for _ in range(work.runs)))
    assert results == [work.steps] * work.runs


_PROGRAMS: dict[type, Callable[[Any], Awaitable[None]]] = {
    Chain: _run_chain,
    FanOut: _run_fan_out,
    Map: _run_map,
    Batch: _run_batch,
    Concurrent: _run_concurrent,
}

ENGINE = ByHand()
