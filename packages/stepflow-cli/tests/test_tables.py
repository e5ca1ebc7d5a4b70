"""Tables and fields."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from stepflow_cli.moments import moment, took
from stepflow_cli.pages import MOST_TEXT, say_parts, shown
from stepflow_cli.tables import Column, fields, table

COLUMNS = (Column("Id", whole=True), Column("State", states=True), Column("N", right=True))
WHEN = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def test_rows_for_programs(screen: Any) -> None:
    """Where nobody looks on, rows have tabs between their cells, no titles, and nothing that breaks a line."""
    rows = [["a\nb", "failed", "1\t2"], ["c", "", ""]]
    assert list(table(screen.page(), COLUMNS, rows)) == ["a b\tfailed\t1 2", "c"]


def test_a_table_for_people(screens: Any) -> None:
    """On a terminal there are titles, aligned columns and colours for states."""
    lines = list(table(screens(tty=True).page(), COLUMNS, [["abc", "failed", "1"], ["d", "completed", "20"]]))
    assert "Id" in lines[0]
    assert lines[1].startswith("abc  \x1b[1;31mfailed   \x1b[0m")
    assert lines[1].endswith(" 1")
    assert "\x1b[32mcompleted" in lines[2]


def test_ids_are_whole(screens: Any, monkeypatch: Any) -> None:
    """On a narrow terminal it is other columns that are shortened."""
    monkeypatch.setenv("COLUMNS", "46")
    identity = "x" * 36
    lines = list(table(screens(tty=True).page(), (Column("Id", whole=True), Column("Text")), [[identity, "y" * 50]]))
    assert identity in lines[1]
    assert lines[1].split()[1] in {"y" * 8, "yyyyyyy…"}


def test_ids_are_shortened_last(screens: Any, monkeypatch: Any) -> None:
    """Where texts cannot be narrowed any more, ids are told by their ends; columns without a value are left out."""
    monkeypatch.setenv("COLUMNS", "40")
    columns = (Column("Run", ids=True), Column("Flow"), Column("None"), Column("Status", whole=True))
    lines = list(table(screens(tty=True).page(), columns, [["0123456789abcdef", "é漢" * 30, "", "completed"]]))
    assert lines[1] == "…456789abcdef  é漢é漢é漢é漢é…  completed"
    assert "None" not in lines[0]


def test_branches_stay_indented(screens: Any) -> None:
    """What stands below something begins further in."""
    lines = list(table(screens(tty=True).page(), (Column("Step"), Column("N")), [["a", "1"], ["  b\n", "2"]]))
    assert lines[1:] == ["a     1", "  b   2"]


def test_fields_are_aligned(screen: Any) -> None:
    """Names and values stand under one another; what has no value is left out."""
    assert list(fields(screen.page(), [("Run", "1"), ("None", ""), ("Status", "a\nb")])) == ["Run     1", "Status  a b"]


def test_moments(screen: Any, screens: Any) -> None:
    """Programs get times in UTC, people those of their clock."""
    assert moment(WHEN, screen.page()) == "2026-01-02T03:04:05.678Z"
    assert moment(WHEN, screens(tty=True).page()) == WHEN.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    assert moment(None, screen.page()) == ""


def test_times_taken() -> None:
    """The time between two points; a clock that was set back has taken none."""
    assert took(WHEN, WHEN + timedelta(seconds=1.5)) == "1.50 s"
    assert took(WHEN, WHEN - timedelta(seconds=1)) == "0 ms"
    assert (took(WHEN, None), took(None, WHEN)) == ("", "")


def test_long_values_are_cut() -> None:
    """A value is shown as JSON, no more of it than people read."""
    assert shown({"a": 1.0}) == '{"a":1.0}'
    assert len(shown("x" * 10_000)) == MOST_TEXT


def test_parts_are_apart_on_a_terminal(screen: Any, screens: Any) -> None:
    """For people an empty line stands between parts; a part without lines is none."""
    parts = [["a"], [], ["b", "c"]]
    say_parts(screen.page(), parts)
    assert screen.shown == "a\nb\nc\n"
    terminal = screens(tty=True)
    say_parts(terminal.page(), parts)
    assert terminal.shown == "a\n\nb\nc\n"
