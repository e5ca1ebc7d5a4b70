"""`stepflow runs events`: what happened in a run, and what happens."""

from __future__ import annotations

from datetime import datetime

from stepflow_core import RunEvent, StepflowExecutor

from .displays import PlainLines
from .failures import Guard
from .options import ReportOptions
from .output import to_json
from .remote import on_server
from .remote_options import EventOptions, ServerOptions
from .run_ids import RunId, check_run_ids, run_id_of
from .terminal import Terminal
from .tree import one_line


def show_events(
    run: RunId,
    /,
    *,
    server: ServerOptions = ServerOptions(),
    events: EventOptions = EventOptions(),
    show: ReportOptions = ReportOptions(),
) -> int:
    """Show the events of a run as the command line asks; the exit code."""
    terminal = Terminal.of_process(quiet=show.quiet, verbose=show.verbose, json=show.json)
    with Guard(terminal) as guard:
        check_run_ids(run)
        on_server(server, lambda executor: pass_on(executor, run, events, terminal))
    return guard.exit


async def pass_on(executor: StepflowExecutor, run_id: str, options: EventOptions, terminal: Terminal) -> None:
    """Write the events as they come, each on a line, until nobody reads them. Raises `NotFoundError`."""
    run_id = await run_id_of(executor, run_id)
    page = terminal.page()
    lines = EventLines(page, run_id)
    async for event in executor.events(
        run_id,
        since=max(options.after, -1),
        follow=options.follow,
        event_types=options.type,
        include_results=options.results,
    ):
        if terminal.json:
            terminal.write(to_json(event))
        else:
            page.say(lines.line(event))
        if terminal.abandoned:
            return


_ENDS = ("item_completed", "run_completed")


class EventLines:
    """Every event as a line: its number and time, its item where it has one, then what happened."""

    def __init__(self, page: Terminal, run_id: str) -> None:
        self._page = page
        self._run_id = run_id
        self._plain = PlainLines(page)
        self._around: dict[str, str] = {}

    def line(self, event: RunEvent) -> str:
        """The line of an event."""
        if event.event == "sub_run_created":
            self._around[event.run_id] = event.address or ""
        inside = self._is_inside(event)
        happened = (None if inside else self._plain.line(event)) or self._other(event)
        item = f"[{event.item_index}] " if event.item_index is not None and not inside else ""
        place = f"{event.sequence_number:>4} {_clock(event.timestamp, self._page)}"
        return f"{self._page.style(place, 'dim')} {item}{happened}"

    def _is_inside(self, event: RunEvent) -> bool:
        """Whether it is the end of an item, or of all, of a sub-run: the items of those are told by their address."""
        return event.run_id != self._run_id and event.event in _ENDS

    def _other(self, event: RunEvent) -> str:
        """What is said of events that `stepflow run` passes over."""
        address = event.address or (self._address(event) if self._is_inside(event) else "")
        told = (event.event, one_line(address), event.status or "", ", ".join(map(one_line, event.step_ids or ())))
        return " ".join(filter(None, told))

    def _address(self, event: RunEvent) -> str:
        index = "" if event.item_index is None else f"[{event.item_index}]"
        return f"{self._around.get(event.run_id, event.run_id)}{index}"


def _clock(when: datetime, page: Terminal) -> str:
    return (when.astimezone() if page.live else when).strftime("%H:%M:%S.%f")[:-3]
