"""Tables and fields: aligned on a terminal, else rows of tab-separated values that other programs take apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .terminal import Terminal
from .tree import one_line

STATUS_STYLES = {
    "completed": ("green",),
    "failed": ("bold", "red"),
    "cancelled": ("yellow",),
    "paused": ("yellow",),
    "running": ("cyan",),
    "waiting": ("cyan",),
    "runnable": ("cyan",),
    "skipped": ("dim",),
    "unneeded": ("dim",),
    "blocked": ("dim",),
    "pending": ("dim",),
}
"""How the words for states are drawn."""


ROOMY = 24
"""How far columns are narrowed before ids are shortened."""
NARROW = 6
"""How far columns are narrowed at most; lines that are too long even so are left to the terminal."""
SHORT_ID = 13
"""How much of an id is shown where there is no room: its last twelve characters, which tell runs apart."""
_GAP = "  "


class Column(NamedTuple):
    """A column: `whole` ones are never shortened, `right` ones aligned there, `states` drawn in colours.

    `ids` are shortened at their beginning, since those of one hour begin alike.
    """

    title: str
    whole: bool = False
    right: bool = False
    states: bool = False
    ids: bool = False


def table(page: Terminal, columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table: with titles on a terminal, else the cells of each row between tabs."""
    clean = ([_indent(cell) + one_line(cell) for cell in row] for row in rows)
    if page.live:
        yield from _drawn(page, columns, clean)
    else:
        yield from ("\t".join(row).rstrip() for row in clean)


def _indent(cell: str) -> str:
    return cell[: len(cell) - len(cell.lstrip(" "))]


def fields(page: Terminal, pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A line for each name and value; those without a value are left out."""
    there = [(name, one_line(value)) for name, value in pairs if value]
    width = max((len(name) for name, _ in there), default=0)
    for name, value in there:
        yield f"{page.style(name.ljust(width), 'bold')}  {value}"


def _drawn(page: Terminal, columns: Sequence[Column], rows: Iterable[list[str]]) -> Iterator[str]:
    from rich.cells import cell_len

    lines = list(rows)
    used = [index for index in range(len(columns)) if any(row[index] for row in lines)]
    shown = [columns[index] for index in used]
    cells = [[row[index] for index in used] for row in lines]
    natural = [max(map(cell_len, (each.title, *column))) for each, *column in zip(shown, *cells, strict=True)]
    widths = _fitting(shown, natural, page.width - len(_GAP) * (len(shown) - 1))
    yield _line((_cell(each.title, each, width) for each, width in zip(shown, widths, strict=True)), page, "bold")
    for row in cells:
        yield _line(
            (_styled(text, each, width, page) for text, each, width in zip(row, shown, widths, strict=True)), page
        )


def _line(cells: Iterable[str], page: Terminal, *styles: str) -> str:
    return page.style(_GAP.join(cells).rstrip(), *styles)


def _styled(text: str, column: Column, width: int, page: Terminal) -> str:
    return page.style(_cell(text, column, width), *(STATUS_STYLES.get(text, ()) if column.states else ()))


def _cell(text: str, column: Column, width: int) -> str:
    """The text in exactly that many cells, but for those of the last column, which needs no filling."""
    from rich.cells import cell_len, set_cell_size

    length = cell_len(text)
    if length > width:
        return f"…{text[1 - width :]}" if column.ids else f"{set_cell_size(text, width - 1)}…"
    filling = " " * (width - length)
    return filling + text if column.right else text + filling


def _fitting(columns: Sequence[Column], natural: Sequence[int], room: int) -> list[int]:
    """The widths of columns in a room: texts are narrowed somewhat, then ids, then texts as far as may be."""
    widths = list(natural)
    texts = [index for index, each in enumerate(columns) if not (each.whole or each.ids)]
    _narrow(widths, texts, ROOMY, room)
    if sum(widths) > room:
        widths = [min(width, SHORT_ID) if each.ids else width for width, each in zip(widths, columns, strict=True)]
    _narrow(widths, texts, NARROW, room)
    return widths


def _narrow(widths: list[int], indexes: Sequence[int], least: int, room: int) -> None:
    """Take from the widest of some columns until all fit, or none of those is wider than `least`."""
    for _ in range(max(sum(widths) - room, 0)):
        widest = max(indexes, key=widths.__getitem__, default=None)
        if widest is None or widths[widest] <= least:
            return
        widths[widest] -= 1
