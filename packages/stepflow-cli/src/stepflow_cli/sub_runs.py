"""The steps of a run together with those of the runs that it has started, which a server keeps apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from stepflow_core import NotFoundError, StepflowExecutor, StepRun

PAGE = 1000
"""How many steps are asked for at once; servers give no more."""
MOST_STEPS = 1000
"""How many steps of sub-runs are asked for; of large maps nobody reads more."""

_ROUND = re.compile(r"\[[^/\[\]]*\]\Z")


class SubRun(NamedTuple):
    """A run that a step has started: its id, that of the run of the step, the step's address and item there."""

    run_id: str
    parent: str
    address: str
    item: int


async def sub_runs_of(executor: StepflowExecutor, run_id: str, item: int) -> list[SubRun]:
    """The runs below one item of a run, each before those that it started. Of attempts the last counts."""
    found: dict[str, SubRun] = {}
    below = {run_id}
    async for event in executor.events(run_id, follow=False, event_types=("sub_run_created",), include_results=False):
        each = SubRun(event.run_id, event.parent_run_id or run_id, event.address or "", event.item_index or 0)
        if each.parent not in below or (each.parent == run_id and each.item != item):
            continue
        below.add(each.run_id)
        found[each.address] = each
    return list(found.values())


async def step_at(
    executor: StepflowExecutor, run_id: str, address: str, item: int = 0, attempt: int | None = None
) -> StepRun:
    """A step of an item of a run, or of a run below it. Raises `NotFoundError`."""
    try:
        return await executor.get_step(run_id, address, item_index=item, attempt=attempt)
    except NotFoundError:
        owner = _owner(await sub_runs_of(executor, run_id, item), address) if "/" in address else None
        if owner is None:
            raise
    # Addresses tell items of sub-runs apart, so that servers count these steps to the item of the run at the top.
    return await executor.get_step(owner.run_id, address, item_index=item, attempt=attempt)


async def all_steps(executor: StepflowExecutor, run_id: str, item: int) -> tuple[list[StepRun], bool]:
    """The steps of an item, each followed by those of the run that it has started; and whether some are left out."""
    own, _ = await _steps(executor, run_id, None, item=item)
    below: dict[str, list[StepRun]] = {}
    room = MOST_STEPS
    more = False
    for each in await sub_runs_of(executor, run_id, item):
        if room == 0:
            return list(_in_order(own, below)), True
        steps, cut = await _steps(executor, each.run_id, room)
        below.setdefault(_ROUND.sub("", each.address), []).extend(steps)
        room -= len(steps)
        more = more or cut
    return list(_in_order(own, below)), more


async def _steps(
    executor: StepflowExecutor, run_id: str, most: int | None, item: int | None = None
) -> tuple[list[StepRun], bool]:
    """At most so many steps of a run, and whether it has more."""
    found: list[StepRun] = []
    cursor = None
    while most is None or len(found) < most:
        limit = PAGE if most is None else min(most - len(found), PAGE)
        page = await executor.get_run_steps(run_id, item_index=item, limit=limit, cursor=cursor)
        found += page.steps
        cursor = page.next_cursor
        if cursor is None:
            break
    return found, cursor is not None


def _in_order(steps: list[StepRun], below: dict[str, list[StepRun]]) -> Iterator[StepRun]:
    for each in steps:
        yield each
        yield from _in_order(below.pop(each.address, []), below)


def _owner(sub_runs: list[SubRun], address: str) -> SubRun | None:
    """The innermost run that an address leads into."""
    inside = [each for each in sub_runs if address.startswith((f"{each.address}/", f"{each.address}["))]
    return max(inside, key=lambda each: len(each.address), default=None)
