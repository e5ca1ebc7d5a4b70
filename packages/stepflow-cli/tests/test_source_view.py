"""Diagnostics under the source lines that they speak of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stepflow_cli.source_view import MAX_SHOWN, SourceView
from stepflow_core import Diagnostic, DiagnosticLevel

Write = Callable[[str, str | bytes], Path]


def diagnostic(file: Path | str | None = None, line: int | None = None, column: int | None = None, **more: Any) -> Any:
    """A fault."""
    more = {"code": 3003, "kind": "undefinedStepReference", "text": "there is no step", **more}
    level = more.pop("level", DiagnosticLevel.FATAL)
    return Diagnostic(level=level, file=str(file) if file else None, line=line, column=column, **more)


def drawn(screen: Any, *diagnostics: Diagnostic) -> list[str]:
    """The lines of the drawing."""
    return list(SourceView(screen).draw(diagnostics))


def test_draws_a_caret_under_the_place(screen: Any, write: Write) -> None:
    """The line stands below the message, with a caret under the column, then the hint."""
    path = write("a.yaml", "steps:\n  - id: a\n    input: {$step: b}\n")
    found = diagnostic(path, 3, 12, path="$.steps[0].input", hint="did you mean `c`?")
    assert drawn(screen, found) == [
        f"{path}:3:12: fatal 3003 undefinedStepReference: there is no step ($.steps[0].input)",
        "  3 |     input: {$step: b}",
        "    |            ^",
        "  hint: did you mean `c`?",
    ]


def test_what_has_no_place_is_said_in_a_line(screen: Any) -> None:
    """Without a file there is the message alone."""
    assert drawn(screen, diagnostic(text="it is empty")) == ["fatal 3003 undefinedStepReference: it is empty"]


def test_files_that_are_gone_are_left_out(screen: Any, tmp_path: Path) -> None:
    """A source that cannot be read any more, or has no such line, is not shown."""
    missing = diagnostic(tmp_path / "gone.yaml", 1, 1)
    assert len(drawn(screen, missing)) == 1


def test_a_line_beyond_the_end_is_left_out(screen: Any, write: Write) -> None:
    """A file that became shorter meanwhile is no problem."""
    assert len(drawn(screen, diagnostic(write("a.yaml", "x"), 5, 1))) == 1


def test_sorts_by_place(screen: Any, write: Write) -> None:
    """What is higher up in the file comes first."""
    path = write("a.yaml", "one\ntwo\n")
    lines = drawn(screen, diagnostic(path, 2, 1, text="second"), diagnostic(path, 1, 1, text="first"))
    assert ["first" in lines[0], "second" in lines[3]] == [True, True]


@pytest.mark.parametrize(
    ("line", "column", "shown", "caret"),
    [
        ("\tkey: x", 2, " key: x", 1),
        ("漢字: x", 5, "漢字: x", 6),
        ("e\u0301: x", 4, "e\u0301: x", 2),
        ("a\x1b[31mb", 7, "a\ufffd[31mb", 6),
        ("short", 40, "short", 5),
    ],
)
def test_the_caret_counts_cells(screen: Any, write: Write, line: str, column: int, shown: str, caret: int) -> None:
    """Wide and combining characters are counted as the terminal shows them, control characters not passed on."""
    path = write("a.yaml", line)
    _, text, mark = drawn(screen, diagnostic(path, 1, column))
    assert text == f"  1 | {shown}"
    assert mark == f"    | {' ' * caret}^"


def test_long_lines_are_cut_around_the_place(screen: Any, write: Write) -> None:
    """Of a line that is too long the part around the column is shown."""
    path = write("a.json", "x" * 100_000 + "HERE" + "y" * 100_000)
    _, text, mark = drawn(screen, diagnostic(path, 1, 100_001))
    assert len(text) < 100
    assert text[mark.index("^") :].startswith("HERE")


def test_styles_show_on_terminals(screens: Any, write: Write) -> None:
    """On a terminal the level has a colour."""
    found = diagnostic(write("a.yaml", "x"), 1, 1, level=DiagnosticLevel.WARNING)
    assert "\x1b[1;33mwarning\x1b[0m" in drawn(screens(tty=True), found)[0]


def test_texts_are_made_safe(screen: Any) -> None:
    """What a document holds cannot act on the terminal, and a long path is cut."""
    [line, hint] = drawn(screen, diagnostic(text="a\x1b[2Jb", hint="c\rd", path="$." + "x" * 500))
    assert "a\ufffd[2Jb" in line
    assert len(line) < 250
    assert hint == "  hint: c\ufffdd"


def test_many_are_counted(screen: Any) -> None:
    """Beyond a number they are counted only."""
    lines = drawn(screen, *[diagnostic(text=str(each)) for each in range(MAX_SHOWN + 5)])
    assert lines[-1] == "… and 5 more"
    assert len(lines) == MAX_SHOWN + 1
