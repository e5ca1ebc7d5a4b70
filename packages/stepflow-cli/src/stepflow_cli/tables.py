"""Tables and fields: aligned on a terminal, else rows of tab-separated values that other programs take apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .terminal import Terminal
from .tree import one_line

if TYPE_CHECKING:
    from rich.text import Text

STATUS_STYLES = {
    "completed": "green",
    "failed": "bold red",
    "cancelled": "yellow",
    "paused": "yellow",
    "running": "cyan",
    "waiting": "cyan",
    "runnable": "cyan",
    "skipped": "dim",
    "unneeded": "dim",
    "blocked": "dim",
    "pending": "dim",
    "ok": "green",
    "warning": "yellow",
}
"""How the words for states are drawn."""


class Column(NamedTuple):
    """A column: `whole` ones are never shortened, `right` ones are aligned there, `states` are drawn in colours."""

    title: str
    whole: bool = False
    right: bool = False
    states: bool = False


def table(page: Terminal, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table: with titles on a terminal, else the cells of each row between tabs."""
    clean = ([one_line(cell) for cell in row] for row in rows)
    if page.live:
        yield from _drawn(page, columns, clean)
    else:
        yield from ("\t".join(row).rstrip() for row in clean)


def fields(page: Terminal, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A line for each name and value; those without a value are left out."""
    there = [(name, one_line(value)) for name, value in pairs if value]
    width = max((len(name) for name, _ in there), default=0)
    for name, value in there:
        yield f"{page.style(name.ljust(width), 'bold')}  {value}"


def _drawn(page: Terminal, columns: Sequence[Column], rows: Iterable[list[str]]) -> Iterator[str]:
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table

    lines = list(rows)
    drawn = Table(header_style="bold", box=None, pad_edge=False)
    for index, each in enumerate(columns):
        drawn.add_column(
            each.title,
            no_wrap=True,
            overflow="ellipsis",
            justify="right" if each.right else "left",
            min_width=max((cell_len(row[index]) for row in lines), default=0) if each.whole else None,
        )
    for row in lines:
        drawn.add_row(*(_cell(text, column) for text, column in zip(row, columns, strict=True)))
    console = Console(width=page.width, force_terminal=True, no_color=not page.colours, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(drawn)
    yield from (line.rstrip() for line in captured.get().splitlines())


def _cell(text: str, column: Column) -> Text:
    from rich.text import Text

    return Text(text, style=STATUS_STYLES.get(text, "") if column.states else "")
