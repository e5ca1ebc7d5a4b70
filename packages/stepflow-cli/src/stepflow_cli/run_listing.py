"""`stepflow runs list`: the runs of a server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from stepflow_core import ItemCounts, ListRunsResponse, RunSummary, StepflowExecutor

from .exits import UsageError
from .failures import Guard
from .flow_names import FLOW_ID, flow_id_of
from .inputs import tags_of
from .moments import moment, took
from .options import ReportOptions
from .output import to_json
from .remote import on_server
from .remote_options import RunFilters, ServerOptions
from .run_ids import check_run_ids, run_id_of
from .tables import Column, table
from .terminal import Terminal

PAGE = 1000
"""How many runs are asked for at once; servers give no more."""
_COLUMNS = (
    Column("Run", ids=True),
    Column("Flow"),
    Column("Status", whole=True, states=True),
    Column("Items"),
    Column("Created", whole=True),
    Column("Took", whole=True, right=True),
)


def list_runs(
    *,
    server: ServerOptions = ServerOptions(),
    filters: RunFilters = RunFilters(),
    show: ReportOptions = ReportOptions(),
) -> int:
    """List runs as the command line asks; the exit code."""
    terminal = Terminal.of_process(quiet=show.quiet, verbose=show.verbose, json=show.json)
    with Guard(terminal) as guard:
        check_run_ids(*filter(None, [filters.parent]))
        found = on_server(server, lambda executor: listed(executor, filters, datetime.now(UTC)))
        report(found, terminal)
    return guard.exit


async def listed(executor: StepflowExecutor, filters: RunFilters, now: datetime) -> ListRunsResponse:
    """The runs that pass the filters, the newest first; with a cursor where there are more."""
    asked = await _asked(executor, filters, now)
    found = ListRunsResponse(runs=[])
    cursor = None
    while len(found.runs) < filters.limit:
        limit = min(filters.limit - len(found.runs), PAGE)
        page = await executor.list_runs(**asked, limit=limit, cursor=cursor)
        cursor = page.next_cursor
        found = ListRunsResponse(runs=[*found.runs, *page.runs], next_cursor=cursor)
        if cursor is None:
            break
    return found


def report(found: ListRunsResponse, terminal: Terminal) -> None:
    """Write the runs, and that there are more where there are."""
    if terminal.json:
        terminal.write(to_json(found, pretty=terminal.pretty))
        return
    page = terminal.page()
    for line in table(page, _COLUMNS, (_row(each, page) for each in found.runs)):
        if found.runs:
            page.say(line)
    if not found.runs:
        terminal.note("there are no such runs")
    elif found.next_cursor is not None:
        terminal.note(f"these are the newest {len(found.runs)}; --limit N shows more")


def count_items(items: ItemCounts) -> str:
    """How many items have ended: `3/4, 1 failed`."""
    ended = items.completed + items.failed + items.skipped + items.cancelled
    failed = f", {items.failed} failed" if items.failed and items.total > 1 else ""
    return f"{ended}/{items.total}{failed}"


async def _asked(executor: StepflowExecutor, filters: RunFilters, now: datetime) -> dict[str, Any]:
    if filters.parent is not None and filters.sub_runs:
        raise UsageError("--parent and --sub-runs: the runs that a run has started are sub-runs anyway; keep --parent")
    asked: dict[str, Any] = {
        "status": filters.status,
        "parent_run_id": None if filters.parent is None else await run_id_of(executor, filters.parent),
        "roots_only": filters.parent is None and not filters.sub_runs,
        "tags": tags_of(filters.tag or []),
        "created_after": None if filters.since is None else _before(now, filters.since),
    }
    return asked | await _of_flow(executor, filters.flow)


async def _of_flow(executor: StepflowExecutor, flow: str | None) -> dict[str, str]:
    """What asks for the runs of a flow: of any version where its name alone is given."""
    if flow is None:
        return {}
    if "@" in flow or FLOW_ID.fullmatch(flow):
        return {"flow_id": await flow_id_of(executor, flow)}
    return {"flow_name": flow}


def _before(now: datetime, seconds: float) -> datetime:
    try:
        return now - timedelta(seconds=seconds)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def _row(run: RunSummary, page: Terminal) -> list[str]:
    return [
        run.run_id,
        run.flow_name or run.flow_id[:12],
        run.status,
        count_items(run.items),
        moment(run.created_at, page),
        took(run.created_at, run.completed_at),
    ]
