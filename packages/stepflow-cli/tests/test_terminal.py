"""The streams of a command."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pytest
from stepflow_cli.terminal import Terminal, harmless


@pytest.mark.parametrize(
    ("tty", "environ", "live", "colours"),
    [
        (True, {}, True, True),
        (False, {}, False, False),
        (True, {"NO_COLOR": "1"}, True, False),
        (False, {"FORCE_COLOR": "1"}, False, True),
        (True, {"TERM": "dumb"}, False, False),
    ],
)
def test_styles_show_on_terminals(screens: Any, tty: bool, environ: dict[str, str], live: bool, colours: bool) -> None:
    """Colours and redrawing are for terminals, as far as the environment lets them."""
    screen = screens(tty=tty, environ=environ)
    assert (screen.live, screen.colours) == (live, colours)
    assert screen.style("x", "bold", "red") == ("\x1b[1;31mx\x1b[0m" if colours else "x")


@pytest.mark.parametrize("acting", ["\x07", "\r", "\x1b]0;title", "\x9b2J", "\x7f", "\u202e", "\u2066", "\x1b[2J"])
def test_nothing_acts_on_the_terminal(screens: Any, acting: str) -> None:
    """Control characters in what is said are spelled out; our own styles, line breaks and other letters are not."""
    screen = screens(tty=True)
    for terminal in (screen, screen.page()):
        terminal.say(f"\x1b[1ma\x1b[0m\tä\n{acting}")
    spelled = f"\x1b[1ma\x1b[0m\tä\n{acting[0].encode('unicode_escape').decode()}{acting[1:]}\n"
    assert screen.said == screen.shown == spelled


def test_foreign_styles_are_spelled_out() -> None:
    """Text from elsewhere has no styles of its own."""
    assert harmless("a\n\x1b[8mb\x1b[0m") == "a\n\\x1b[8mb\\x1b[0m"


def test_json_does_not_act_on_the_terminal_either(screens: Any) -> None:
    """JSON on a terminal has escapes for what JSON allows and terminals act on; elsewhere it is as it is."""
    value = {"a": "\x7f\x9b\u202eä\x1b"}
    people, programs = screens(tty=True), screens()
    for screen in (people, programs):
        screen.write(msgspec.json.encode(value))
        screen.tell(value)
    assert people.shown == r'{"a":"\u007f\u009b\u202eä\u001b"}'
    assert people.said == f"{people.shown}\n"
    assert programs.shown == '{"a":"\x7f\x9b\u202eä\\u001b"}'
    assert json.loads(people.said) == json.loads(programs.said) == value
    people.write(b'"\x7f"')
    assert people.shown.endswith(r'"\u007f"')


def test_a_page_is_on_stdout(screens: Any) -> None:
    """A report is said on stdout, in UTF-8."""
    screen = screens()
    screen.page().say("ä")
    assert (screen.shown, screen.said) == ("ä\n", "")


def test_notes_suit_their_reader(screens: Any) -> None:
    """What is said on the side is left out where quiet is asked for, and JSON for programs."""
    plain, quiet, programs = screens(), screens(quiet=True), screens(json=True)
    for screen in (plain, quiet, programs):
        screen.note("hello")
    assert [plain.said, quiet.said, programs.said] == ["hello\n", "", '{"note":"hello"}\n']


def test_a_passing_line_is_for_terminals(screens: Any) -> None:
    """A line that goes away is not written into files, and is cut to the width."""
    plain, tty = screens(), screens(tty=True)
    plain.passing("x" * 500)
    tty.passing("x" * 500)
    assert plain.said == ""
    assert tty.said.startswith("\r\x1b[2K")
    assert len(tty.said) < 300


@pytest.mark.parametrize("stream", ["out", "err"])
def test_a_reader_that_goes_away_is_no_error(stream: str) -> None:
    """Writing into a closed pipe is quiet, and so is flushing it at the end."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        out: BinaryIO = pipe if stream == "out" else io.BytesIO()
        err = io.TextIOWrapper(pipe) if stream == "err" else io.StringIO()
        terminal = Terminal(out, err, environ={})
        terminal.write(b"x")
        terminal.say("x")
        terminal.say("y")
        terminal.write(b"y")


def test_missing_streams_are_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A process without stdout and stderr still has a terminal, which says nothing to nobody."""
    monkeypatch.setattr("sys.stdout", None)
    monkeypatch.setattr("sys.stderr", None)
    terminal = Terminal.of_process()
    terminal.say("x")
    terminal.write(b"x")
    assert (terminal.pretty, terminal.live, terminal.abandoned) == (False, False, False)
