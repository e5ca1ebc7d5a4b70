"""Questions before something is gone."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest
from stepflow_cli.asking import check_wanted, counted
from stepflow_cli.exits import UsageError


class Keyboard(io.StringIO):
    """What somebody types, at a terminal or not."""

    def __init__(self, typed: str, *, tty: bool = True) -> None:
        super().__init__(typed)
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


@pytest.mark.parametrize("answer", ["y\n", "YES\n", " yes"])
def test_yes_goes_on(screens: Any, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """Who says yes gets what was asked for."""
    monkeypatch.setattr(sys, "stdin", Keyboard(answer))
    screen = screens(tty=True)
    check_wanted("Delete \x1b[2Jit?", screen, yes=False)
    assert screen.said == "Delete \\x1b[2Jit? [y/N] "


@pytest.mark.parametrize("answer", ["n\n", "\n", "", "yeah\n"])
def test_anything_else_does_not(screens: Any, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """Any other answer, and none, leaves everything as it is."""
    monkeypatch.setattr(sys, "stdin", Keyboard(answer))
    with pytest.raises(UsageError, match="nothing is deleted"):
        check_wanted("Delete it?", screens(tty=True), yes=False)


@pytest.mark.parametrize(
    ("options", "yes", "stdin"),
    [
        ({"tty": True}, True, Keyboard("n\n")),
        ({"tty": True, "json": True}, False, Keyboard("n\n")),
        ({"tty": False}, False, Keyboard("n\n")),
        ({"tty": True}, False, Keyboard("n\n", tty=False)),
        ({"tty": True}, False, None),
    ],
    ids=["--yes", "--json", "no screen", "no keyboard", "no stdin"],
)
def test_nobody_is_asked(
    screens: Any, monkeypatch: pytest.MonkeyPatch, options: dict[str, bool], yes: bool, stdin: Any
) -> None:
    """Programs, and who has said yes already, are not asked."""
    monkeypatch.setattr(sys, "stdin", stdin)
    screen = screens(**options)
    check_wanted("Delete it?", screen, yes=yes)
    assert screen.said == ""


def test_what_is_counted() -> None:
    """One thing is named, several are counted."""
    assert counted(("a",), "flow") == "the flow a"
    assert counted(("a", "b"), "flow") == "2 flows"
