"""Following a run: its journal as a stream of events, from any place on, for any number of readers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace
from stepflow_core import RunEvent
from stepflow_core.arguments import check_integers, checked_types

from .engine.entries import Entry, RunCompleted, RunInfo, StepOutput
from .engine.journal import Journal, Reader
from .engine.project import event_of, run_of, timestamp

if TYPE_CHECKING:
    from .engine.run_state import RunState
    from .history import RunRecord


async def follow_run(
    record: RunRecord,
    run: RunState,
    since: int,
    follow: bool,
    event_types: Iterable[str] | None,
    include_results: bool,
) -> AsyncIterator[RunEvent]:
    """The events of a run and the runs below it; ends after its own `run_completed`.

    Raises `InvalidInputError` for an unknown type of event.
    """
    check_integers(since=since)
    types = checked_types(event_types)
    is_root, wanted_whole = run is record.root, include_results and types is None
    journal, reader = record.journal, Reader(record.journal, since)
    time, stamp = None, _NEVER
    while True:
        for number, entry in reader.read():
            if (number <= since and not _is_after(since, number, entry)) or not (
                is_root or _belongs(entry, run.info, record)
            ):
                continue
            if entry.time is not time:  # the entries of one transition share their time
                time, stamp = entry.time, timestamp(entry.time)
            event = event_of(number, stamp, entry)
            if wanted_whole:
                yield event
            elif types is None or event.event in types:
                yield event if include_results else replace(event, result=None)
            if type(entry) is RunCompleted and entry.run is run.info:
                return
        if not follow or journal.ended:
            return
        await more(journal)


_NEVER = timestamp(0.0)


def _is_after(since: int, number: int, entry: Entry) -> bool:
    """Whether an entry comes after number `since`, which may be one that there is not yet."""
    return number > since or (number == since and isinstance(entry, StepOutput))


def _belongs(entry: Entry, top: RunInfo, record: RunRecord) -> bool:
    """Whether an entry is of the run `top` or of one below it."""
    run = run_of(entry)
    while run is not top:
        if run.parent_id is None:
            return False
        run = record.runs[run.parent_id].info
    return True


async def more(journal: Journal) -> None:
    """Wait until there is more to read, or the journal has ended."""
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[None] = loop.create_future()
    journal.call_when_more(lambda: None if waiter.done() else waiter.set_result(None))
    await waiter
