"""`stepflow flows list`: the named flows of a server."""

from __future__ import annotations

from stepflow_core import FlowSummary, StepflowExecutor

from .failures import Guard
from .options import ReportOptions
from .output import to_json
from .remote import on_server
from .remote_options import ServerOptions
from .tables import Column, table
from .terminal import Terminal

_COLUMNS = (
    Column("Name"),
    Column("Version", whole=True),
    Column("Flow", whole=True),
    Column("Description"),
)
_ID_SHOWN = 12
"""How many digits of an id people see; `flows show` has all."""


def list_flows(*, server: ServerOptions = ServerOptions(), show: ReportOptions = ReportOptions()) -> int:
    """List flows as the command line asks; the exit code."""
    terminal = Terminal.of_process(quiet=show.quiet, verbose=show.verbose, json=show.json)
    with Guard(terminal) as guard:
        report(on_server(server, listed), terminal)
    return guard.exit


async def listed(executor: StepflowExecutor) -> list[FlowSummary]:
    """The named flows, every version."""
    return await executor.list_flows()


def report(flows: list[FlowSummary], terminal: Terminal) -> None:
    """Write the flows."""
    if terminal.json:
        terminal.write(to_json({"flows": flows}, pretty=terminal.pretty))
        return
    page = terminal.page()
    if not flows:
        terminal.note("no flows are stored under a name; `stepflow flows store FILE` stores one")
        return
    for line in table(page, _COLUMNS, (_row(each, short=page.live) for each in flows)):
        page.say(line)


def _row(flow: FlowSummary, *, short: bool) -> list[str]:
    flow_id = flow.flow_id[:_ID_SHOWN] if short else flow.flow_id
    return [flow.name or "", flow.version or "", flow_id, flow.description or ""]
