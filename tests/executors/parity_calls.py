"""Odd calls of the members of the protocol: what is asked of every executor to be answered alike."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

from stepflow_core import ExecutionStatus, Flow, StepflowExecutor

Odd: TypeAlias = Any
"""Calls are made as no type checker would let them be."""

ECHO: dict[str, Any] = {"name": "echo", "description": "Gives its input back.", "output": {"$input": "$"}}
CHECKED = {
    **ECHO,
    "name": "checked",
    "schemas": {
        "input": {"type": "object", "required": ["n"]},
        "variables": {"type": "object", "properties": {"v": {"type": "integer"}}},
    },
}
STEPS: dict[str, Any] = {
    "name": "steps",
    "description": "Two steps.",
    "steps": [
        {"id": "a", "component": "/builtin/noop", "input": {"$input": "$"}},
        {"id": "b", "component": "/builtin/noop", "input": {"$step": "a"}},
    ],
    "output": {"$step": "b"},
}
FAULTY = {**STEPS, "output": {"$step": "nowhere"}}
WAITING = {
    "name": "waiting",
    "description": "Waits for a blob that never comes.",
    "steps": [{"id": "w", "component": "/kit/gate", "input": {"blob_id": "0" * 64}}],
    "output": {"$step": "w"},
}
NO_RUN = "00000000-0000-7000-8000-000000000000"
NO_FLOW = "0" * 64
HALF = "\ud800"
"""Half of a surrogate pair: a text of Python that no encoding of Unicode has."""


@dataclass(frozen=True)
class World:
    """An executor with flows and runs to ask for."""

    executor: Odd
    echo: str
    checked: str
    run: str
    batch: str
    waiting: str
    debugged: str


async def made(executor: StepflowExecutor) -> World:
    """The same flows and runs on any executor."""
    ids = [str((await executor.store_flow(each)).flow_id) for each in (ECHO, CHECKED, STEPS)]
    run, batch = await executor.submit(STEPS, {"n": 1}), await executor.submit_batch(STEPS, [1, 2, 3])
    await executor.get_result(run)
    await executor.get_batch(batch)
    debugged = (await executor.create_run(ids[2], 1, debug=True)).run_id
    return World(executor, ids[0], ids[1], run, batch, await executor.submit(WAITING), debugged)


Call: TypeAlias = "Callable[[World], Awaitable[Any]]"
Argument: TypeAlias = "Callable[[World, Any], Awaitable[Any]]"


def nested(depth: int) -> list[Any]:
    """A list in lists."""
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


async def all_of(events: AsyncIterator[Any]) -> list[Any]:
    """The events to their end."""
    return [each async for each in events]


# ---- values that are JSON, or nearly

VALUES: dict[str, Any] = {
    "null": None,
    "a tuple": (1, (2,)),
    "a set": {1},
    "NaN": math.nan,
    "an infinity inside": {"a": [math.inf]},
    "bytes": b"x",
    "a date": date(2020, 1, 1),
    "a time": datetime(2020, 1, 1, tzinfo=UTC),
    "a decimal": Decimal("1.5"),
    "a UUID": UUID(int=1),
    "an enum": ExecutionStatus.RUNNING,
    "a Flow": Flow(output=1),
    "a path": Path("x"),
    "an object": object,
    "a range": range(3),
    "keys that are integers": {1: 2},
    "a key that is null": {None: 1},
    "half a surrogate pair": HALF,
    "half a surrogate pair inside": {"a": [HALF]},
    "half a surrogate pair as a key": {HALF: 1},
    "a NUL character": "a\0b",
    "a NUL character as a key": {"a\0": 1},
    "an integer of 1 000 digits": 10**1000,
    "an integer of 5 000 digits": 10**5000,
    "a negative zero": -0.0,
    "the smallest float": 5e-324,
    "as deep as can be": nested(128),
    "too deep": nested(129),
    "far too deep": nested(5000),
    "what looks like an expression": {"$input": "x", "$literal": 1},
    "an empty key": {"": 1, "__proto__": 2},
}
TAKERS: dict[str, Argument] = {
    "the input of a run": lambda w, v: w.executor.run(ECHO, v),
    "the input of a started run": lambda w, v: w.executor.submit(ECHO, v),
    "the input of an item": lambda w, v: w.executor.run_batch(ECHO, [v, 1]),
    "the input of a created run": lambda w, v: w.executor.create_run(w.echo, v),
    "the inputs of a batch": lambda w, v: w.executor.submit_batch(ECHO, v),
    "a variable": lambda w, v: w.executor.run(ECHO, 1, variables={"v": v}),
    "the variables": lambda w, v: w.executor.run(ECHO, 1, variables=v),
    "an override": lambda w, v: w.executor.run(STEPS, 1, {"a": {"value": {"input": v}}}),
    "a flow": lambda w, v: w.executor.run(v, 1),
    "a flow to validate": lambda w, v: w.executor.validate(v),
    "a part of a flow": lambda w, v: w.executor.run({**ECHO, "output": {"$literal": v}}),
    "a blob": lambda w, v: w.executor.put_blob(v),
    "bytes": lambda w, v: w.executor.put_blob(v, "binary"),
    "an expression": lambda w, v: w.executor.debug_eval(w.debugged, expression=v),
}


# ---- what names something

NAMES: dict[str, Any] = {
    "null": None,
    "an integer": 5,
    "nothing": "",
    "a blank": " ",
    "a NUL character": "a\0",
    "half a surrogate pair": HALF,
    "nobody's": "nobody",
    "an unknown id of a run": NO_RUN,
    "an unknown id of a flow": NO_FLOW,
    "a way up": "../x",
    "dots": "..",
    "a query": "a?b#c",
    "an escape": "%00",
    "very long": "x" * 5000,
    "bytes": b"x",
    "a list": [],
    "a mapping": {"a": 1},
}
RUN_MEMBERS = [
    "get_result",
    "get_batch",
    "get_run",
    "get_run_items",
    "get_run_steps",
    "get_run_flow",
    "cancel_run",
    "delete_run",
    "debug_next",
    "debug_queued",
    "debug_continue",
    "debug_run_queue",
]
FLOW_MEMBERS = ["get_flow", "delete_flow", "get_flow_variables", "get_flow_graph"]


def _member(name: str) -> Argument:
    return lambda w, v: getattr(w.executor, name)(v)


async def _events(world: World, run_id: Any, **options: Any) -> list[Any]:
    return await all_of(world.executor.events(run_id, **options))


NAMED: dict[str, Argument] = {
    **{name: _member(name) for name in [*RUN_MEMBERS, *FLOW_MEMBERS, "get_blob"]},
    "events": _events,
    "get_step of a run": lambda w, v: w.executor.get_step(v, "a"),
    "get_step of an address": lambda w, v: w.executor.get_step(w.run, v),
    "create_run of an id": lambda w, v: w.executor.create_run(v, 1),
    "create_run of a name": lambda w, v: w.executor.create_run(flow_name=v, input=1),
    "store_flow under a name": lambda w, v: w.executor.store_flow(ECHO, name=v, dry_run=True),
    "list_runs by flow_name": lambda w, v: w.executor.list_runs(flow_name=v, flow_id=NO_FLOW),
    "list_runs by flow_id": lambda w, v: w.executor.list_runs(flow_id=v, flow_name="nobody"),
    "list_runs by root_run_id": lambda w, v: w.executor.list_runs(root_run_id=v, flow_name="nobody"),
    "list_runs by parent_run_id": lambda w, v: w.executor.list_runs(parent_run_id=v, flow_name="nobody"),
    "list_runs by status": lambda w, v: w.executor.list_runs(status=v, flow_name="nobody"),
    "get_run_items by status": lambda w, v: w.executor.get_run_items(w.batch, status=v),
    "get_run_steps by status": lambda w, v: w.executor.get_run_steps(w.batch, status=v),
    "list_runs from a cursor": lambda w, v: w.executor.list_runs(cursor=v, flow_name="nobody"),
    "get_run_items from a cursor": lambda w, v: w.executor.get_run_items(w.batch, cursor=v),
    "list_flows from a cursor": lambda w, v: w.executor.list_flows(cursor=v),
    "types of events": lambda w, v: _events(w, w.run, event_types=v),
    "a type of events": lambda w, v: _events(w, w.run, event_types=[v]),
    "the steps to queue": lambda w, v: w.executor.debug_queue(w.debugged, v),
    "a durability": lambda w, v: w.executor.run(ECHO, 1, durability=v),
    "an idempotency key": lambda w, v: w.executor.submit(ECHO, 1, idempotency_key=v),
    "the type of a blob": lambda w, v: w.executor.put_blob(1, v),
    "the reason of a cancellation": lambda w, v: w.executor.cancel_run(w.run, v),
    "tags": lambda w, v: w.executor.run(ECHO, 1, tags=v),
    "the value of a tag": lambda w, v: w.executor.run(ECHO, 1, tags={"a": v}),
    "tags to look for": lambda w, v: w.executor.list_runs(tags=v, flow_name="nobody"),
    "a function for items": lambda w, v: w.executor.run_batch(ECHO, [1], on_item=v),
}


UNSENDABLE = {"nothing", "a NUL character", "half a surrogate pair", "very long"}
STEP_NAMES = {name: value for name, value in NAMES.items() if name not in UNSENDABLE}
"""Without those that no path of a URL can hold: of them nobody says which steps there are."""

DEBUGGED: dict[str, Argument] = {
    "the step to debug": lambda w, v: w.executor.debug_show(w.debugged, v),
    "the step to evaluate": lambda w, v: w.executor.debug_eval(w.debugged, step_id=v),
}


# ---- numbers and times

NUMBERS: dict[str, Any] = {
    "-1": -1,
    "0": 0,
    "1": 1,
    "1.5": 1.5,
    "text": "1",
    "true": True,
    "2**31": 2**31,
    "2**63": 2**63,
    "10**30": 10**30,
    "10**5000": 10**5000,
    "NaN": math.nan,
    "a list": [],
}
COUNTED: dict[str, Argument] = {
    "list_runs limit": lambda w, v: w.executor.list_runs(limit=v, flow_name="nobody"),
    "list_runs max_depth": lambda w, v: w.executor.list_runs(max_depth=v, flow_name="nobody"),
    "get_run_items limit": lambda w, v: w.executor.get_run_items(w.batch, limit=v),
    "get_run_steps limit": lambda w, v: w.executor.get_run_steps(w.batch, limit=v),
    "list_flows limit": lambda w, v: w.executor.list_flows(limit=v),
    "get_run_steps item_index": lambda w, v: w.executor.get_run_steps(w.batch, item_index=v),
    "get_step item_index": lambda w, v: w.executor.get_step(w.batch, "a", item_index=v),
    "get_step attempt": lambda w, v: w.executor.get_step(w.batch, "a", attempt=v),
    "run_batch max_concurrency": lambda w, v: w.executor.run_batch(ECHO, [1, 2], max_concurrency=v),
    "create_run max_concurrency": lambda w, v: w.executor.create_run(w.echo, [1, 2], max_concurrency=v),
    "events since": lambda w, v: _events(w, w.run, since=v),
}
TIMES: dict[str, Any] = {
    "0": 0,
    "-0.0": -0.0,
    "the smallest": 5e-324,
    "-1": -1,
    "NaN": math.nan,
    "an infinity": math.inf,
    "text": "1",
    "true": True,
    "1e300": 1e300,
    "10**30": 10**30,
    "a list": [],
}
TIMED: dict[str, Argument] = {
    "run in time": lambda w, v: w.executor.run(WAITING, timeout=v),
    "get_result in time": lambda w, v: w.executor.get_result(w.waiting, timeout=v),
    "get_result of a run that has ended": lambda w, v: w.executor.get_result(w.run, timeout=v),
    "get_batch in time": lambda w, v: w.executor.get_batch(w.waiting, timeout=v),
    "get_run in time": lambda w, v: w.executor.get_run(w.waiting, wait=True, timeout_secs=v),
    "create_run in time": lambda w, v: w.executor.create_run(w.echo, 1, wait=False, timeout_secs=v),
}
MOMENTS: dict[str, Any] = {
    "without a zone": datetime(2020, 1, 1),  # noqa: DTZ001
    "a date": date(2020, 1, 1),
    "text": "2020-01-01T00:00:00Z",
    "a number": 1.5,
    "the last": datetime.max.replace(tzinfo=UTC),
    "the first": datetime.min.replace(tzinfo=UTC),
    "in another zone": datetime(2200, 1, 1, tzinfo=timezone(-timedelta(hours=5, minutes=30))),
}


# ---- whole calls


def _failing_inputs() -> Iterator[int]:
    yield 1
    raise KeyError("mine")


def _failing_follower(_: object) -> None:
    raise ZeroDivisionError


async def _async_follower(_: object) -> None:
    """Nobody would await it."""


async def _twice(world: World, key: str, *inputs: Any) -> bool:
    ids = {await world.executor.submit(ECHO, each, idempotency_key=key) for each in inputs}
    return len(ids) == 1


WHOLE: dict[str, Call] = {
    "an input that is absent": lambda w: w.executor.run(ECHO),
    "an input of a created run that is absent": lambda w: w.executor.create_run(w.echo),
    "no inputs of a batch": lambda w: w.executor.run_batch(w.echo, []),
    "a created batch of none": lambda w: w.executor.create_run(w.echo, [], batch=True),
    "a created batch of one": lambda w: w.executor.create_run(w.echo, 1, batch=True),
    "a debugged batch": lambda w: w.executor.create_run(w.echo, [1], batch=True, debug=True),
    "no inputs of a created run": lambda w: w.executor.create_run(w.echo, []),
    "an input against its schema": lambda w: w.executor.run(CHECKED, {}),
    "an input of a created run against its schema": lambda w: w.executor.create_run(w.checked, [{}]),
    "two inputs against their schema": lambda w: w.executor.run_batch(CHECKED, [{}, 1]),
    "a variable against its schema": lambda w: w.executor.run(CHECKED, {"n": 1}, variables={"v": "x"}),
    "a variable of a batch against its schema": lambda w: w.executor.run_batch(CHECKED, [1, 2], variables={"v": 1.5}),
    "inputs that fail": lambda w: w.executor.submit_batch(ECHO, list(_failing_inputs())),
    "a follower that fails": lambda w: w.executor.run_batch(ECHO, [1, 2], on_item=_failing_follower),
    "a follower that is async": lambda w: w.executor.run_batch(ECHO, [1], on_item=_async_follower),
    "a faulty flow": lambda w: w.executor.run(FAULTY),
    "a faulty flow to store": lambda w: w.executor.store_flow(FAULTY),
    "a faulty flow to validate": lambda w: w.executor.validate(FAULTY),
    "a flow to store again by its id": lambda w: w.executor.store_flow(w.echo, dry_run=True),
    "a name that reads as a version": lambda w: w.executor.store_flow(ECHO, name="a@1"),
    "a name that reads as a path": lambda w: w.executor.store_flow(ECHO, name="a/b"),
    "a name that reads as a file": lambda w: w.executor.store_flow(ECHO, name="a.YAML"),
    "a name that reads as an id": lambda w: w.executor.store_flow(ECHO, name="a" * 64),
    "a version that is not there": lambda w: w.executor.run("echo@9", 1),
    "a name that is not there": lambda w: w.executor.run("ecko", 1),
    "a file that is not there": lambda w: w.executor.run("/nowhere/flow.yaml"),
    "a directory": lambda w: w.executor.run("/"),
    "a path with a NUL character": lambda w: w.executor.run("a\0.yaml"),
    "an id as a name": lambda w: w.executor.create_run(flow_name=NO_FLOW, input=1),
    "a name as an id": lambda w: w.executor.create_run("echo", 1),
    "an id and a name": lambda w: w.executor.create_run(w.echo, 1, flow_name="echo"),
    "neither an id nor a name": lambda w: w.executor.create_run(),
    "a batch to debug": lambda w: w.executor.create_run(w.echo, [1, 2], debug=True),
    "a run to debug that is not for that": lambda w: w.executor.debug_next(w.run),
    "nothing to evaluate": lambda w: w.executor.debug_eval(w.debugged),
    "two things to evaluate": lambda w: w.executor.debug_eval(w.debugged, step_id="a", expression=1),
    "the result of a batch": lambda w: w.executor.get_result(w.batch),
    "the results of a single run": lambda w: w.executor.get_batch(w.run),
    "a run that has ended to cancel": lambda w: w.executor.cancel_run(w.run),
    "a run that goes on to delete": lambda w: w.executor.delete_run(w.waiting),
    "an override of nothing": lambda w: w.executor.run(STEPS, 1, {"z": {"value": {"input": 1}}}),
    "an override of a kind that is not": lambda w: w.executor.run(STEPS, 1, {"a": {"$type": "x", "value": {}}}),
    "an override that makes faulty": lambda w: w.executor.run(STEPS, 1, {"a": {"value": {"input": {"$step": "z"}}}}),
    "a key for one input twice": lambda w: _twice(w, "same", 1, 1),
    "a key for two inputs": lambda w: _twice(w, "other", 1, 2),
    "a key for 1 and 1.0": lambda w: _twice(w, "kind", 1, 1.0),
    "a key that is too long": lambda w: w.executor.submit(ECHO, 1, idempotency_key="k" * 256),
    "a tag that is too long": lambda w: w.executor.run(ECHO, 1, tags={"a": "x" * 257}),
    "tags of other alphabets": lambda w: w.executor.list_runs(tags={"größe": "L & XL\n"}),
    "an unknown type of events that is nearly one": lambda w: _events(w, w.run, event_types=["step_complete"]),
    "no types of events": lambda w: _events(w, w.run, event_types=[]),
    "events beyond the end": lambda w: _events(w, w.run, since=10**6),
    "a run": lambda w: w.executor.get_run(w.batch),
    "steps": lambda w: w.executor.get_run_steps(w.batch),
    "items": lambda w: w.executor.get_run_items(w.batch),
    "a step": lambda w: w.executor.get_step(w.run, "b"),
    "a step that runs": lambda w: w.executor.get_step(w.waiting, "w"),
    "all events": lambda w: _events(w, w.run),
    "a graph": lambda w: w.executor.get_flow_graph(w.checked),
    "declared variables": lambda w: w.executor.get_flow_variables(w.checked),
    "a stored flow": lambda w: w.executor.get_flow(w.checked),
    "components": lambda w: w.executor.list_components(),
}


def with_each(argument: Argument, values: Mapping[str, Any]) -> dict[str, Call]:
    """A call with every value."""
    return {name: _with(argument, value) for name, value in values.items()}


def _with(argument: Argument, value: Any) -> Call:
    return lambda world: argument(world, value)


def _between(kind: str) -> Argument:
    return lambda w, v: w.executor.list_runs(**{kind: v}, flow_name="nobody")


CALLS: dict[str, dict[str, Call]] = {
    **{what: with_each(argument, VALUES) for what, argument in TAKERS.items()},
    **{what: with_each(argument, NAMES) for what, argument in NAMED.items()},
    **{what: with_each(argument, STEP_NAMES) for what, argument in DEBUGGED.items()},
    **{what: with_each(argument, NUMBERS) for what, argument in COUNTED.items()},
    **{what: with_each(argument, TIMES) for what, argument in TIMED.items()},
    **{kind: with_each(_between(kind), MOMENTS) for kind in ("created_after", "created_before")},
    **{what: {"once": call} for what, call in WHOLE.items()},
}
"""By what is odd about them."""
