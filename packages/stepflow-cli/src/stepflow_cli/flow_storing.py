"""`stepflow flows store` and `stepflow flows delete`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec import Struct
from stepflow_core import Diagnostic, DiagnosticLevel, FlowLoadError, StepflowExecutor

from .asking import check_wanted, counted
from .each import for_each
from .each import report as report_each
from .exits import Exit, UsageError
from .failures import Guard
from .flow_names import single_flow_id_of
from .options import ReportOptions
from .output import to_json
from .paths import name_of
from .remote import on_server
from .remote_options import DeleteOptions, ServerOptions, StoreOptions
from .source_view import SourceView
from .terminal import Terminal


class Stored(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What came of storing one file; `flow_id` is there too where it was only checked."""

    file: str
    flow_id: str | None = None
    stored: bool
    diagnostics: list[Diagnostic]


def store_flows(
    *files: Annotated[Path, Parameter(help="Flow files.", metavar="FILE")],
    server: ServerOptions = ServerOptions(),
    how: StoreOptions = StoreOptions(),
    show: ReportOptions = ReportOptions(),
) -> int:
    """Store flows as the command line asks; the exit code."""
    terminal = Terminal.of_process(quiet=show.quiet, verbose=show.verbose, json=show.json)
    with Guard(terminal) as guard:
        if not files:
            raise UsageError("no file is given: stepflow flows store FILE…")
        if how.name is not None and len(files) > 1:
            raise UsageError(f"--name is the name of one flow, and {len(files)} files are given; store it on its own")
        stored = on_server(server, lambda executor: store_all(executor, files, how))
        guard.exit = report(stored, terminal, dry_run=how.dry_run)
    return guard.exit


def delete_flows(
    *flows: Annotated[str, Parameter(help="The ids of flows, their names, or name@version.", metavar="FLOW")],
    server: ServerOptions = ServerOptions(),
    how: DeleteOptions = DeleteOptions(),
    show: ReportOptions = ReportOptions(),
) -> int:
    """Delete flows as the command line asks; the exit code."""
    terminal = Terminal.of_process(quiet=show.quiet, verbose=show.verbose, json=show.json)
    with Guard(terminal) as guard:
        if not flows:
            raise UsageError("no flow is given: stepflow flows delete FLOW…")
        check_wanted(f"Delete {counted(flows, 'flow')}?", terminal, yes=how.yes)
        outcomes = on_server(server, lambda executor: for_each(executor, flows, delete))
        guard.exit = report_each(outcomes, terminal)
    return guard.exit


async def delete(executor: StepflowExecutor, flow: str) -> str:
    """Delete a flow; its state after that. Raises `NotFoundError`, `ConflictError`, `UsageError`."""
    await executor.delete_flow(await single_flow_id_of(executor, flow))
    return "deleted"


async def store_all(executor: StepflowExecutor, files: Sequence[Path], how: StoreOptions) -> list[Stored]:
    """Store each file that can be, or with `dry_run` check it as the server does."""
    return [await _store(executor, each, how) for each in dict.fromkeys(files)]


def report(stored: list[Stored], terminal: Terminal, *, dry_run: bool) -> Exit:
    """Write what came of storing; the exit code: 2 where one could not be stored."""
    if terminal.json:
        terminal.write(to_json(stored, pretty=terminal.pretty))
    else:
        _draw([found for each in stored for found in each.diagnostics], terminal)
        _say([each for each in stored if each.flow_id is not None], terminal, dry_run=dry_run)
    return Exit.DONE if all(each.flow_id is not None for each in stored) else Exit.INVALID


async def _store(executor: StepflowExecutor, file: Path, how: StoreOptions) -> Stored:
    try:
        stored = await executor.store_flow(file, name=how.name, dry_run=how.dry_run)
    except FlowLoadError as error:
        return Stored(file=name_of(file), stored=False, diagnostics=error.diagnostics)
    return Stored(
        file=name_of(file), flow_id=stored.flow_id, stored=stored.stored, diagnostics=list(stored.diagnostics)
    )


def _draw(diagnostics: list[Diagnostic], terminal: Terminal) -> None:
    hidden = DiagnosticLevel.WARNING if terminal.quiet else None
    for line in SourceView(terminal).draw([each for each in diagnostics if each.level is not hidden]):
        terminal.say(line)


def _say(usable: list[Stored], terminal: Terminal, *, dry_run: bool) -> None:
    page = terminal.page()
    for each in usable:
        state = "can be stored" if dry_run else "stored"
        page.say(f"{each.file}  {state} as {each.flow_id}" if page.live else f"{each.flow_id}\t{each.file}")
