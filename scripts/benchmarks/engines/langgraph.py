"""LangGraph: graphs of nodes whose state is a dict, without a checkpointer unless runs are to be remembered."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Awaitable, Callable
from importlib import import_module
from itertools import count
from typing import Annotated, Any, TypedDict

from ..sampling import Once
from ..workloads import Batch, Chain, Concurrent, FanOut, Finished, Kind, Map
from .peer import AT_ONCE, IN_MINUTES, NO_COMMAND, NO_FILES, Peer, check


class State(TypedDict):
    """What nodes of a chain hand on."""

    x: int


class Gathered(TypedDict):
    """What nodes side by side are given, and what they gave."""

    x: int
    items: list[int]
    found: Annotated[list[int], operator.add]


def _plain(state: State) -> dict[str, int]:
    return {"x": state["x"] + 1}


async def _awaited(state: State) -> dict[str, int]:
    return {"x": state["x"] + 1}


async def _one(state: Gathered) -> dict[str, list[int]]:
    return {"found": [state["x"] + 1]}


_NODES: dict[Kind, Callable[..., Any]] = {"inline": _plain, "async": _awaited, "plain": _plain}


def _line(steps: int, node: Callable[..., Any], **options: Any) -> Any:
    """A compiled chain of nodes."""
    library: Any = import_module("langgraph.graph")
    graph, before = library.StateGraph(State), library.START
    for number in range(steps):
        graph.add_node(f"s{number}", node)
        graph.add_edge(before, f"s{number}")
        before = f"s{number}"
    graph.add_edge(before, library.END)
    return graph.compile(**options)


def _limit(steps: int) -> dict[str, Any]:
    return {"recursion_limit": steps + 5}


def _chain(work: Chain) -> Once:
    graph, limit = _line(work.steps, _NODES[work.kind]), _limit(work.steps)

    async def called() -> None:
        check(graph.invoke({"x": 0}, limit)["x"], work.steps)

    async def awaited() -> None:
        check((await graph.ainvoke({"x": 0}, limit))["x"], work.steps)

    # A function is called directly by `invoke`, in a thread by `ainvoke`.
    return called if work.kind == "inline" else awaited


def _concurrent(work: Concurrent) -> Once:
    graph, limit = _line(work.steps, _awaited), _limit(work.steps)

    async def together() -> None:
        found = await asyncio.gather(*(graph.ainvoke({"x": 0}, limit) for _ in range(work.runs)))
        check([each["x"] for each in found], [work.steps] * work.runs)

    return together


def _fan_out(work: FanOut) -> Once:
    library: Any = import_module("langgraph.graph")
    graph = library.StateGraph(Gathered)
    for number in range(work.steps):
        graph.add_node(f"s{number}", _one)
        graph.add_edge(library.START, f"s{number}")
        graph.add_edge(f"s{number}", library.END)
    return _gathered(graph.compile(), {"x": 0, "found": []}, [1] * work.steps)


def _map(work: Map) -> Once:
    library: Any = import_module("langgraph.graph")
    send: Any = import_module("langgraph.types").Send
    graph = library.StateGraph(Gathered)
    graph.add_node("each", _one)
    graph.add_conditional_edges(library.START, lambda state: [send("each", {"x": x}) for x in state["items"]], ["each"])
    graph.add_edge("each", library.END)
    items = list(range(work.items))
    return _gathered(graph.compile(), {"items": items, "found": []}, [x + 1 for x in items])


def _gathered(graph: Any, given: dict[str, Any], expected: list[int]) -> Callable[[], Awaitable[None]]:
    async def once() -> None:
        check((await graph.ainvoke(given))["found"], expected)

    return once


def _batch(work: Batch) -> Once:
    graph = _line(work.steps, _plain)
    inputs = [{"x": item} for item in range(work.items)]

    async def once() -> None:
        check(graph.batch(inputs)[-1]["x"], work.items - 1 + work.steps)

    return once


def _finished(work: Finished) -> Once:
    saver: Any = import_module("langgraph.checkpoint.memory").InMemorySaver()
    graph, limit, numbers = _line(work.steps, _plain, checkpointer=saver), _limit(work.steps), count()

    async def once() -> None:
        config = {**limit, "configurable": {"thread_id": str(next(numbers))}}
        check(graph.invoke({"x": 0}, config)["x"], work.steps)

    return once


NOT_INLINE = "beside others a plain function goes to a thread: see the async steps"

ENGINE = Peer(
    requirements=("langgraph==1.*", "msgspec"),
    libraries=("langgraph",),
    cannot={
        "chain/inline/10/file": NO_FILES,
        "chain/plain/10000": IN_MINUTES,
        "chain/async/10000": IN_MINUTES,
        "chain/inline/10000": IN_MINUTES,
        "load": NO_FILES,
        "fan-out/inline": NOT_INLINE,
        "concurrent/inline": NOT_INLINE,
        "concurrent/async/10000": IN_MINUTES,
        "memory/feed": "its batches are lists, not generators",
        "import/types": AT_ONCE,
        "import/engine": AT_ONCE,
        "start": NO_COMMAND,
    },
    imported="from langgraph.graph import StateGraph",
    programs={
        Chain: _chain, Concurrent: _concurrent, FanOut: _fan_out, Map: _map, Batch: _batch, Finished: _finished,
    },
)  # fmt: skip
