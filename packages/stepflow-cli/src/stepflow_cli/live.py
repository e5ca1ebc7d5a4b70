"""Drawing on a terminal while work goes on: the tree of a run, the bar of a batch."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import IO, cast

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text
from stepflow_core import RunEvent

from .durations import spell
from .terminal import Terminal
from .tree import Node, RunTree

REDRAWS_PER_SECOND = 10
_BAR_CELLS = 20
_KEPT_LINES = 4
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_ASCII_SPINNER = "-\\|/"
_STYLES = {
    "pending": "dim",
    "running": "cyan",
    "retrying": "yellow",
    "completed": "green",
    "failed": "bold red",
    "skipped": "dim",
    "cancelled": "yellow",
}
_SIGNS = {"pending": "·", "retrying": "↻", "completed": "✓", "failed": "✗", "skipped": "⊘", "cancelled": "■"}
_ASCII_SIGNS = {"pending": ".", "retrying": "~", "completed": "+", "failed": "x", "skipped": "-", "cancelled": "!"}


class Redrawn:
    """A part of the terminal that is drawn again ten times a second, by a task of the running loop.

    `render` gives what it shows now. What is said meanwhile appears above it.
    """

    def __init__(self, terminal: Terminal, render: Callable[[Console], RenderableType], *, keep: bool = True) -> None:
        self._terminal = terminal
        self._render = render
        self._console = Console(
            file=cast("IO[str]", terminal.err), force_terminal=True, no_color=not terminal.colours, highlight=False
        )
        self._live = Live(
            console=self._console, auto_refresh=False, transient=not keep, redirect_stdout=terminal.pretty
        )
        self._task: asyncio.Task[None] | None = None

    def __enter__(self) -> Redrawn:
        self._live.start()
        self._terminal.print_through(lambda text: self._console.print(Text.from_ansi(text)))
        self._task = asyncio.get_running_loop().create_task(self._redraw())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
        self._terminal.print_through(None)
        self._draw()
        self._live.stop()

    async def _redraw(self) -> None:
        while True:
            self._draw()
            await asyncio.sleep(1 / REDRAWS_PER_SECOND)

    def _draw(self) -> None:
        self._live.update(self._render(self._console), refresh=True)


class LiveTree:
    """The steps of a run with their state, attempt and time; sub-flows as branches, maps as bars."""

    def __init__(self, terminal: Terminal, title: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._tree = RunTree(title)
        self._clock = clock
        self._area = Redrawn(terminal, lambda console: render(self._tree.root, clock(), console))

    def __enter__(self) -> LiveTree:
        self._area.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._area.__exit__(kind, error, trace)

    def show(self, event: RunEvent) -> None:
        """Take in the next event; it is seen at the next redraw."""
        self._tree.apply(event, self._clock())


def render(root: Node, now: float, console: Console) -> RenderableType:
    """The tree as lines, no more than the terminal has."""
    pen = _Pen(now, ascii_only=not console.encoding.lower().startswith("utf"))
    rows = [(0, root), *_rows(root, 1)]
    shown = _most_important(rows, max(console.height - _KEPT_LINES, 8))
    lines = [pen.line(depth, node) for depth, node in shown]
    if len(shown) < len(rows):
        lines.append(Text(f"  {'...' if pen.ascii_only else '…'} and {len(rows) - len(shown)} more", style="dim"))
    return Group(*lines)


def bar(share: float, *, ascii_only: bool = False) -> str:
    """A bar of fixed length, filled by a share from 0 to 1."""
    filled = int(share * _BAR_CELLS)
    full, empty = ("#", "-") if ascii_only else ("━", "╌")
    return full * filled + empty * (_BAR_CELLS - filled)


def _rows(node: Node, depth: int) -> Iterable[tuple[int, Node]]:
    for child in node.children.values():
        yield depth, child
        yield from _rows(child, depth + 1)


def _most_important(rows: list[tuple[int, Node]], limit: int) -> list[tuple[int, Node]]:
    """Where there are too many: what is active or failed, then what stands around the last of that; in order."""
    if len(rows) <= limit:
        return rows
    urgent = [index for index, (_, node) in enumerate(rows) if any(map(_is_urgent, node.walk()))][:limit]
    active = [index for index in urgent if rows[index][1].is_active]
    centre = active[-1] if len(active) > 1 else len(rows) - 1  # the root alone says nothing of where it is
    around = (index for far in range(len(rows)) for index in (centre - far, centre + far) if 0 <= index < len(rows))
    kept = set(urgent)
    while len(kept) < limit:
        kept.add(next(around))
    return [rows[index] for index in sorted(kept)]


def _is_urgent(node: Node) -> bool:
    return node.is_active or node.state == "failed"


class _Pen:
    """Writes the line of a node at one moment."""

    def __init__(self, now: float, *, ascii_only: bool) -> None:
        self._now = now
        self.ascii_only = ascii_only
        self._signs = _ASCII_SIGNS if ascii_only else _SIGNS
        self._spinner = _ASCII_SPINNER if ascii_only else _SPINNER

    def line(self, depth: int, node: Node) -> Text:
        """Sign, name, then what there is: bar, attempt, time, note."""
        line = Text("  " * depth, no_wrap=True, overflow="crop" if self.ascii_only else "ellipsis")
        line.append(self._sign(node), style=_STYLES.get(node.state, ""))
        line.append(f" {self._written(node.label)}", style="bold" if depth == 0 else "")
        for part in filter(None, (self._progress(node), self._attempt(node), self._time(node))):
            line.append(f"  {part}", style="dim")
        if node.note:
            line.append(f"  {self._written(node.note)}", style="red" if node.state == "failed" else "dim")
        return line

    def _written(self, text: str) -> str:
        """The text in what the terminal can show, so that its length is the one on the screen."""
        return text.encode("ascii", "backslashreplace").decode() if self.ascii_only else text

    def _sign(self, node: Node) -> str:
        if node.state == "running":
            return self._spinner[int(self._now * REDRAWS_PER_SECOND) % len(self._spinner)]
        return self._signs.get(node.state, "?")

    def _progress(self, node: Node) -> str:
        if not node.total:
            return ""
        failed = f", {node.failed_items} failed" if node.failed_items else ""
        return f"{bar(node.done / node.total, ascii_only=self.ascii_only)} {node.done}/{node.total}{failed}"

    def _attempt(self, node: Node) -> str:
        return f"attempt {node.attempt}" if node.attempt > 1 else ""

    def _time(self, node: Node) -> str:
        if node.seconds is not None:
            return spell(node.seconds)
        return spell(self._now - node.started) if node.started is not None else ""


class LiveCount:
    """How many of a batch's items have ended, as a bar."""

    def __init__(self, terminal: Terminal, title: str, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._root = Node(title, state="running", started=clock(), total=total)
        self._area = Redrawn(terminal, lambda console: render(self._root, clock(), console))
        self._clock = clock
        self._cancelled = False

    def __enter__(self) -> LiveCount:
        self._area.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._root.seconds = self._clock() - (self._root.started or 0)
        self._root.state = self._ended()
        self._area.__exit__(kind, error, trace)

    def show(self, event: RunEvent) -> None:
        """Take in the end of an item."""
        self._root.done += 1
        self._root.failed_items += event.status == "failed"
        self._cancelled = self._cancelled or event.status == "cancelled"

    def _ended(self) -> str:
        if self._root.failed_items:
            return "failed"
        return "cancelled" if self._cancelled or self._root.done < self._root.total else "completed"
