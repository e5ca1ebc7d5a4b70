"""`stepflow runs show`: one run with its items and steps, or one of its steps."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from stepflow_core import FlowResult, ItemResult, RunDetails, StepflowExecutor, StepRun

from .exits import UsageError
from .failures import Guard
from .moments import moment, took
from .options import ReportOptions
from .output import to_json
from .pages import say_parts, shown
from .remote import on_server
from .remote_options import RunPart, ServerOptions
from .run_ids import RunId, check_run_ids, run_id_of
from .run_listing import count_items
from .sub_runs import all_steps, step_at
from .tables import Column, fields, table
from .terminal import Terminal
from .tree import reason_of

PAGE = 1000
"""How many items are asked for at once; servers give no more."""
MOST_ITEMS = 100
"""How many items of a batch are shown to people."""
_ITEM_COLUMNS = (
    Column("Item", whole=True, right=True),
    Column("Status", whole=True, states=True),
    Column("Ended", whole=True),
    Column("Result"),
)
_STEP_COLUMNS = (
    Column("Step"),
    Column("Component"),
    Column("Status", whole=True, states=True),
    Column("Attempt", whole=True, right=True),
    Column("Took", whole=True, right=True),
    Column("Note"),
)


class RunReport(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A run with its items (or the one that was asked for) and, of one item, the steps.

    Steps are followed by those of the run that they have started; `more_steps` says that some of these are left out.
    """

    run: RunDetails
    items: list[ItemResult]
    steps: list[StepRun] | None = None
    more_steps: bool = False


def show_run(
    run: RunId,
    /,
    *,
    server: ServerOptions = ServerOptions(),
    part: RunPart = RunPart(),
    show: ReportOptions = ReportOptions(),
) -> int:
    """Show a run as the command line asks; the exit code."""
    terminal = Terminal.of_process(quiet=show.quiet, verbose=show.verbose, json=show.json)
    with Guard(terminal) as guard:
        check_run_ids(run)
        if part.attempt is not None and part.step is None:
            raise UsageError("--attempt is about a step; it goes with --step")
        if part.step is not None:
            report_step(on_server(server, lambda executor: one_step(executor, run, part)), terminal)
        else:
            report(on_server(server, lambda executor: reported(executor, run, part.item)), terminal)
    return guard.exit


async def one_step(executor: StepflowExecutor, run_id: str, part: RunPart) -> StepRun:
    """The step that is asked for. Raises `NotFoundError`."""
    run_id = await run_id_of(executor, run_id)
    return await step_at(executor, run_id, part.step or "", part.item or 0, part.attempt)


async def reported(executor: StepflowExecutor, run_id: str, item: int | None = None) -> RunReport:
    """A run with its items and, where it has one or one is asked for, the steps of that. Raises `NotFoundError`."""
    run_id = await run_id_of(executor, run_id)
    run = await executor.get_run(run_id)
    items = [await _item(executor, run, item)] if item is not None else (await executor.get_run_items(run_id)).items
    if len(items) != 1:
        return RunReport(run=run, items=items)
    steps, more = await all_steps(executor, run_id, items[0].index)
    return RunReport(run=run, items=items, steps=steps, more_steps=more)


def report(found: RunReport, terminal: Terminal) -> None:
    """Write a run."""
    if terminal.json:
        terminal.write(to_json(found, pretty=terminal.pretty))
        return
    page = terminal.page()
    parts = [fields(page, _run_fields(found, page))]
    if found.steps is None:
        parts.append(_item_rows(found, page))
    else:
        parts.append(_step_rows(found, page))
        parts.append(fields(page, _result_fields(found.items[0].result)))
    say_parts(page, parts)


def report_step(step: StepRun, terminal: Terminal) -> None:
    """Write a step."""
    if terminal.json:
        terminal.write(to_json(step, pretty=terminal.pretty))
        return
    page = terminal.page()
    say_parts(page, [fields(page, _step_fields(step, page))])


async def _item(executor: StepflowExecutor, run: RunDetails, index: int) -> ItemResult:
    """The item of an index; pages are in input order, so it is found without reading those behind it."""
    if index >= run.items.total:
        raise UsageError(f"--item {index}: the run has {run.items.total} items, counted from 0")
    cursor = None
    while True:
        page = await executor.get_run_items(run.run_id, limit=PAGE, cursor=cursor)
        for each in page.items:
            if each.index == index:
                return each
        cursor = page.next_cursor
        if cursor is None:
            raise UsageError(f"--item {index}: the server does not have this item of the run")


def _run_fields(found: RunReport, page: Terminal) -> Iterator[tuple[str, str]]:
    run = found.run
    yield "Run", run.run_id
    yield "Flow", f"{run.flow_name} ({run.flow_id})" if run.flow_name else run.flow_id
    yield "Status", f"{run.status}{f' by {run.paused_by}' if run.paused_by else ''}"
    yield "Items", count_items(run.items) if run.items.total != 1 else ""
    yield "Created", moment(run.created_at, page)
    yield "Took", took(run.created_at, run.completed_at)
    yield "Parent", run.parent_run_id or ""
    yield "Tags", " ".join(f"{name}={value}" for name, value in run.tags.items())
    yield "Overrides", shown(run.overrides) if run.overrides else ""
    if len(found.items) == 1 and found.items[0].index < len(run.inputs):
        yield "Item", str(found.items[0].index) if run.items.total != 1 else ""
        yield "Input", shown(run.inputs[found.items[0].index])


def _item_rows(found: RunReport, page: Terminal) -> Iterator[str]:
    if not found.items:
        return
    shown_items = found.items[:MOST_ITEMS] if page.live else found.items
    yield from table(page, _ITEM_COLUMNS, (_item_row(each, page) for each in shown_items))
    if len(shown_items) < len(found.items):
        yield f"… and {len(found.items) - len(shown_items)} more (--item INDEX shows one, --json all)"


def _item_row(item: ItemResult, page: Terminal) -> list[str]:
    return [
        str(item.index),
        item.status,
        moment(item.completed_at, page),
        shown(item.result.output) if item.result is not None and item.result.is_success else reason_of(item.result),
    ]


def _step_rows(found: RunReport, page: Terminal) -> Iterator[str]:
    if not found.steps:
        return
    yield from table(page, _STEP_COLUMNS, (_step_row(each, page) for each in found.steps))
    if found.more_steps and page.live:
        yield f"… and more (stepflow runs list --parent {found.run.run_id})"


def _step_row(step: StepRun, page: Terminal) -> list[str]:
    return [
        _branch(step.address) if page.live else step.address,
        step.component,
        step.status,
        "" if page.live and not step.attempt else str(step.attempt),
        took(step.started_at, step.completed_at),
        reason_of(step.result) or step.reason or "",
    ]


def _branch(address: str) -> str:
    """An address below that of the step around it: `fan[2]/each` is `[2]/each`, indented."""
    around, inside, name = address.rpartition("/")
    part = around[around.rfind("[") :] if around.endswith("]") else ""
    return f"{'  ' * address.count('/')}{part}{inside if part else ''}{name}"


def _step_fields(step: StepRun, page: Terminal) -> Iterator[tuple[str, str]]:
    yield "Step", step.address
    yield "Component", step.component
    yield "Item", str(step.item_index) if step.item_index else ""
    yield "Status", step.status
    yield "Reason", step.reason or ""
    yield "Attempt", str(step.attempt or "")
    yield "Started", moment(step.started_at, page)
    yield "Took", took(step.started_at, step.completed_at)
    yield "Input", "" if step.input is None else shown(step.input)
    yield from _result_fields(step.result)


def _result_fields(result: FlowResult | None) -> Iterator[tuple[str, str]]:
    if result is not None:
        yield "Result", shown(result)
