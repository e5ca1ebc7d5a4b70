"""Showing a run while it goes on: as lines, as JSON for programs, as a tree on a terminal, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Protocol

import msgspec
from stepflow_core import RunEvent

from .durations import spell
from .terminal import Terminal
from .tree import one_line, reason_of

MAX_CHUNK = 200
"""How many characters of a chunk of output are shown."""


class Display(Protocol):
    """Shows the events of one run, from entering to leaving it."""

    def __enter__(self) -> Display: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, event: RunEvent) -> None:
        """Take in the next event."""
        ...


def display_for(terminal: Terminal, title: str) -> Display | None:
    """The display that suits the terminal; `None` where nothing is to be shown."""
    if terminal.json:
        return JsonLines(terminal)
    if terminal.quiet:
        return None
    if terminal.live:
        from .live import LiveTree

        return LiveTree(terminal, title)
    return PlainLines(terminal)


def batch_display_for(terminal: Terminal, title: str, total: int) -> Display | None:
    """The display of a batch of `total` items, which is shown the ends of its items only."""
    if terminal.json:
        return JsonLines(terminal)
    if terminal.quiet:
        return None
    if terminal.live:
        from .live import LiveCount

        return LiveCount(terminal, title, total)
    return FailedItems(terminal)


class _Lines:
    """A display that writes lines and has nothing to open or close."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def __enter__(self) -> _Lines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, event: RunEvent) -> None:
        """Write the event as a line."""
        line = self.line(event)
        if line is not None:
            self._terminal.say(line)

    def line(self, event: RunEvent) -> str | None:
        """The line of an event, if it has one."""
        raise NotImplementedError


class JsonLines(_Lines):
    """Every event as one line of JSON, as the event stream over HTTP has them."""

    def show(self, event: RunEvent) -> None:
        """Write the event."""
        self._terminal.tell(event)


class PlainLines(_Lines):
    """A line for every change of a step's state: the event's name, the address, what there is to say."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(terminal)
        self._sub_runs: set[str] = set()
        self._tellers = {**_TELLERS, "step_output": _output} if terminal.verbose else _TELLERS

    def line(self, event: RunEvent) -> str | None:
        """The line of an event; `None` for those that change nothing, and for the ends of sub-runs."""
        if event.event == "sub_run_created":
            self._sub_runs.add(event.run_id)
        teller = self._tellers.get(event.event)
        if teller is None or (event.event == "run_completed" and event.run_id in self._sub_runs):
            return None
        return " ".join(filter(None, (event.event, one_line(event.address or ""), teller(event))))


class FailedItems(_Lines):
    """A line for every item that failed: of a long batch only those are worth one."""

    def line(self, event: RunEvent) -> str | None:
        """The line of a failed item."""
        if event.status != "failed":
            return None
        return f"{event.event} {event.item_index} failed: {reason_of(event.result)}"


def _started(event: RunEvent) -> str:
    again = f"attempt {event.attempt} " if (event.attempt or 1) > 1 else ""
    return f"{again}{event.component or ''}".rstrip()


def _retrying(event: RunEvent) -> str:
    reason = f": {event.error.code} {one_line(event.error.message)}" if event.error else ""
    return f"attempt {event.attempt or 1} failed, again in {spell(event.delay or 0)}{reason}"


def _output(event: RunEvent) -> str:
    text = event.chunk if isinstance(event.chunk, str) else msgspec.json.encode(event.chunk).decode()
    return f"{event.kind or 'data'}: {one_line(text)[:MAX_CHUNK]}"


def _completed(event: RunEvent) -> str:
    took = f" {spell(event.duration_ms / 1000)}" if event.duration_ms is not None else ""
    cached = " (cached)" if event.cached else ""
    reason = reason_of(event.result)
    return f"{event.status or 'completed'}{took}{cached}{': ' if reason else ''}{reason}"


def _sub_run(event: RunEvent) -> str:
    return f"{event.item_count or 1} {'item' if event.item_count == 1 else 'items'}"


_TELLERS: dict[str, Callable[[RunEvent], str]] = {
    "run_created": lambda event: event.run_id,
    "step_started": _started,
    "step_retrying": _retrying,
    "step_completed": _completed,
    "sub_run_created": _sub_run,
    "run_paused": lambda event: event.paused_by or "",
    "run_resumed": lambda event: "",
    "run_completed": lambda event: event.status or "",
}
