"""Burr: a state machine of actions that read and write parts of a state; an application is one run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import import_module
from itertools import count, pairwise
from typing import Any

from ..sampling import Once
from ..workloads import Chain, Concurrent, Finished
from .peer import AT_ONCE, IN_MINUTES, NO_COMMAND, NO_FILES, Peer, check


def _plain(state: Any) -> Any:
    return state.update(x=state["x"] + 1)


async def _awaited(state: Any) -> Any:
    return state.update(x=state["x"] + 1)


def _line(steps: int, function: Callable[..., Any]) -> Any:
    """A graph of actions one after the other, which many applications can have."""
    library: Any = import_module("burr.core")
    action = library.action(reads=["x"], writes=["x"])(function)
    names = [f"s{number}" for number in range(steps)]
    builder = library.GraphBuilder().with_actions(**dict.fromkeys(names, action))
    moves = list(pairwise(names))
    return (builder.with_transitions(*moves) if moves else builder).build()


def _application(graph: Any) -> Any:
    builder: Any = import_module("burr.core").ApplicationBuilder()
    return builder.with_graph(graph).with_state(x=0).with_entrypoint("s0")


def _chain(work: Chain) -> Once:
    graph = _line(work.steps, _plain if work.kind == "inline" else _awaited)
    if work.kind == "inline":
        return _called(lambda: _application(graph).build(), work.steps)

    async def once() -> None:
        await _run(graph, work.steps)

    return once


def _called(build: Callable[[], Any], steps: int) -> Once:
    async def once() -> None:
        _, _, state = build().run(halt_after=[f"s{steps - 1}"])
        check(state["x"], steps)

    return once


async def _run(graph: Any, steps: int) -> None:
    application = await _application(graph).abuild()
    _, _, state = await application.arun(halt_after=[f"s{steps - 1}"])
    check(state["x"], steps)


def _concurrent(work: Concurrent) -> Once:
    graph = _line(work.steps, _plain if work.kind == "inline" else _awaited)

    async def together() -> None:
        await asyncio.gather(*(_run(graph, work.steps) for _ in range(work.runs)))

    return together


def _finished(work: Finished) -> Once:
    persister: Any = import_module("burr.core.persistence").InMemoryPersister()
    graph, numbers = _line(work.steps, _plain), count()

    def build() -> Any:
        application = _application(graph).with_identifiers(app_id=str(next(numbers)))
        return application.with_state_persister(persister).build()

    return _called(build, work.steps)


ENGINE = Peer(
    requirements=("burr==0.*", "msgspec"),
    libraries=("burr",),
    cannot={
        "chain/inline/10/file": NO_FILES,
        "chain/plain": "it calls no action in a thread",
        "fan-out": "a machine is in one state: its parallel actions are applications of their own",
        "map": "a machine is in one state: its parallel actions are applications of their own",
        "batch": "it has no batches",
        "load": NO_FILES,
        "concurrent/inline/10000": IN_MINUTES,
        "concurrent/async/10000": IN_MINUTES,
        "memory/feed": "it has no batches",
        "import/types": AT_ONCE,
        "import/engine": AT_ONCE,
        "start": NO_COMMAND,
    },
    imported="from burr.core import ApplicationBuilder",
    programs={Chain: _chain, Concurrent: _concurrent, Finished: _finished},
)
