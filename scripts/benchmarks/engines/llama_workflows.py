"""LlamaIndex Workflows: a class whose methods take one kind of event and give the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module
from itertools import pairwise
from typing import Any

from ..sampling import Once
from ..workloads import Chain, Concurrent, FanOut, Kind, Map
from .peer import AT_ONCE, IN_MINUTES, NO_COMMAND, NO_FILES, Peer, check

WORKERS = 100
"""How many of one kind of step may run side by side."""


def _chain_of(steps: int, kind: Kind) -> Any:
    """A workflow of as many steps."""
    events: Any = import_module("workflows.events")
    between = [_event(f"After{number}") for number in range(steps - 1)]
    kinds = [events.StartEvent, *between, events.StopEvent]
    make = _plain if kind == "plain" else _awaited
    return _workflow({
        f"s{number}": _declared(make(gives), f"s{number}", {"ev": given, "return": gives})
        for number, (given, gives) in enumerate(pairwise(kinds))
    })  # fmt: skip


def _awaited(gives: Any) -> Callable[..., Any]:
    key = _key(gives)

    async def step(self: Any, ev: Any) -> Any:
        return gives(**{key: ev.x + 1})

    return step


def _plain(gives: Any) -> Callable[..., Any]:
    key = _key(gives)

    def step(self: Any, ev: Any) -> Any:
        return gives(**{key: ev.x + 1})

    return step


def _key(gives: Any) -> str:
    return "result" if gives.__name__ == "StopEvent" else "x"


def _event(name: str) -> Any:
    return type(name, (import_module("workflows.events").Event,), {"__annotations__": {"x": int}})


def _declared(function: Callable[..., Any], name: str, annotations: dict[str, Any], **options: Any) -> Any:
    """A function as a step, which is told apart by its name and its annotations."""
    function.__name__, function.__qualname__ = name, f"Workflow.{name}"  # bare functions are refused
    function.__annotations__ = annotations
    step: Any = import_module("workflows").step
    return step(**options)(function) if options else step(function)


def _workflow(steps: dict[str, Any]) -> Any:
    return type("Made", (import_module("workflows").Workflow,), steps)(timeout=None)


def _chain(work: Chain) -> Once:
    workflow = _chain_of(work.steps, work.kind)

    async def once() -> None:
        check(await workflow.run(x=0), work.steps)

    return once


def _concurrent(work: Concurrent) -> Once:
    workflow = _chain_of(work.steps, work.kind)

    async def one() -> object:
        return await workflow.run(x=0)

    async def together() -> None:
        check(await asyncio.gather(*(one() for _ in range(work.runs))), [work.steps] * work.runs)

    return together


def _side_by_side(items: list[int]) -> Once:
    """A step that sends an event for each item, one that takes each of them, and one that waits for them all."""
    events: Any = import_module("workflows.events")
    context: Any = import_module("workflows").Context
    item, done = _event("Item"), _event("Done")

    async def spread(self: Any, ctx: Any, ev: Any) -> Any:
        for x in items:
            ctx.send_event(item(x=x))

    async def each(self: Any, ev: Any) -> Any:
        return done(x=ev.x + 1)

    async def gather(self: Any, ctx: Any, ev: Any) -> Any:
        found = ctx.collect_events(ev, [done] * len(items))
        return None if found is None else events.StopEvent(result=[each.x for each in found])

    workflow = _workflow({
        "spread": _declared(spread, "spread", {"ctx": context, "ev": events.StartEvent, "return": item | None}),
        "each": _declared(each, "each", {"ev": item, "return": done}, num_workers=WORKERS),
        "gather": _declared(gather, "gather", {"ctx": context, "ev": done, "return": events.StopEvent | None}),
    })  # fmt: skip

    async def once() -> None:
        check(sorted(await workflow.run()), [x + 1 for x in items])

    return once


def _fan_out(work: FanOut) -> Once:
    return _side_by_side([0] * work.steps)


def _map(work: Map) -> Once:
    return _side_by_side(list(range(work.items)))


SLOWER = "a step costs more the more steps the workflow has: such a run would take it half a minute and more"

NOT_INLINE = "it calls no step directly: see the async steps"

ENGINE = Peer(
    requirements=("llama-index-workflows==2.*", "msgspec"),
    libraries=("llama-index-workflows",),
    cannot={
        "chain/inline": NOT_INLINE,
        "fan-out/inline": NOT_INLINE,
        "chain/async/1000": SLOWER,
        "chain/plain/1000": SLOWER,
        "batch": "it has no batches",
        "load": NO_FILES,
        "concurrent/inline": NOT_INLINE,
        "concurrent/async/1000": IN_MINUTES,
        "memory/finished": "it does not remember runs that have ended",
        "memory/feed": "it has no batches",
        "import/types": AT_ONCE,
        "import/engine": AT_ONCE,
        "start": NO_COMMAND,
    },
    imported="from workflows import Workflow",
    programs={Chain: _chain, Concurrent: _concurrent, FanOut: _fan_out, Map: _map},
)
