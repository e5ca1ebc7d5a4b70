"""The streams of a command: results go out, everything else is said on stderr."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Protocol

import msgspec

from .exits import UsageError

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}
# Control characters and those that change the direction of text, but for line breaks, tabs and our own styles.
_ACTING = re.compile("\x1b(?!\\[[0-9;]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_FOREIGN = re.compile(f"\x1b|{_ACTING.pattern}")
_C1 = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Text(Protocol):
    """The members of a text stream that are needed here."""

    def write(self, text: str, /) -> object:
        """Append text."""
        ...

    def flush(self) -> object:
        """Pass on what has been written."""
        ...

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        ...

    def fileno(self) -> int:
        """The descriptor below. Raises `OSError` where there is none."""
        ...


class Terminal:
    """Where a command writes and how much.

    `out` takes the bytes of results, `err` the text for people (or, with `json`, for programs).
    `colours` and `live` say whether stderr shows styles and can be redrawn; `pretty` whether results are
    laid out for reading; `abandoned` whether nobody reads them any more.
    """

    def __init__(
        self,
        out: BinaryIO,
        err: Text,
        *,
        quiet: bool = False,
        verbose: bool = False,
        json: bool = False,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        environment = os.environ if environ is None else environ
        self._environment = environment
        self.out = out
        self.err = err
        self.quiet = quiet
        self.verbose = verbose
        self.json = json
        self.pretty = _is_terminal(out)
        self.live = _is_terminal(err) and environment.get("TERM") != "dumb"
        self.colours = _has_colours(self.live, environment)
        self.abandoned = False
        self._printer: Callable[[str], None] | None = None

    @classmethod
    def of_process(cls, *, quiet: bool = False, verbose: bool = False, json: bool = False) -> Terminal:
        """The terminal made of the process's own streams."""
        # A process that was started without a stream (`>&-`) has None in its place.
        out = io.BytesIO() if sys.stdout is None else sys.stdout.buffer
        err = io.StringIO() if sys.stderr is None else sys.stderr
        return cls(out, err, quiet=quiet, verbose=verbose, json=json)

    @property
    def width(self) -> int:
        """Columns of the terminal; 80 where there is none."""
        return shutil.get_terminal_size().columns

    def page(self) -> Terminal:
        """The terminal for a report: what is said on it goes to stdout, with styles if those show there."""
        return Terminal(self.out, _Text(self), quiet=self.quiet, verbose=self.verbose, environ=self._environment)

    def print_through(self, printer: Callable[[str], None] | None) -> None:
        """Hand what is said to `printer`, which keeps it apart from what is being redrawn; `None` ends that."""
        self._printer = printer

    def say(self, text: str = "") -> None:
        """Write a line to stderr; nobody reading there is no reason to stop."""
        if self._printer is not None:
            self._printer(text)
            return
        self._to_err(f"{_ACTING.sub(_shown, text)}\n")

    def note(self, text: str) -> None:
        """Say something on the side: nothing where quiet is asked for, `{"note": …}` for programs."""
        if self.json:
            self.tell({"note": text})
        elif not self.quiet:
            self.say(text)

    def ask(self, question: str) -> None:
        """Write a question to stderr, to be answered on the same line."""
        self._to_err(question)

    def passing(self, text: str) -> None:
        """Show a line on the terminal until the next one takes its place; an empty one clears it."""
        if self.live and not self.quiet and not self.json:
            self._to_err(f"\r\x1b[2K{text[: self.width - 1]}")

    def tell(self, value: Any) -> None:
        """Write a line of JSON to stderr."""
        data = msgspec.json.encode(value)
        self._to_err(f"{(_inert(data) if self.live else data).decode()}\n")

    def write(self, data: bytes) -> None:
        """Write to stdout; a reader that has gone away (`| head`) is no error. Raises `UsageError` for others."""
        try:
            self.out.write(_inert(data) if self.pretty else data)
            self.out.flush()
        except BrokenPipeError:
            self.abandoned = True
            discard(self.out)
        except OSError as error:
            discard(self.out)
            raise UsageError(f"standard output cannot be written: {error.strerror}") from None

    def _to_err(self, text: str) -> None:
        try:
            self.err.write(text)
            self.err.flush()
        except OSError:
            discard(self.err)

    def style(self, text: str, *styles: str) -> str:
        """The text in the named styles (`bold`, `red`, …) where stderr shows them."""
        if not self.colours or not styles:
            return text
        return f"\x1b[{';'.join(_CODES[each] for each in styles)}m{text}\x1b[0m"


class _Text:
    """The stdout of a terminal as a stream of text in UTF-8, which leaves it open when it goes."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self.flush = terminal.out.flush
        self.isatty = terminal.out.isatty
        self.fileno = terminal.out.fileno

    def write(self, text: str, /) -> None:
        self._terminal.write(text.encode(errors="backslashreplace"))


def harmless(text: str) -> str:
    """A text from elsewhere with all that a terminal would act on spelled out."""
    return _FOREIGN.sub(_shown, text)


def _shown(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode()


def _inert(data: bytes) -> bytes:
    """JSON in UTF-8 with what a terminal acts on, and JSON does not escape by itself, as escapes of JSON."""
    if data.isascii():
        return data.replace(b"\x7f", b"\\u007f")
    return _C1.sub(lambda match: f"\\u{ord(match[0]):04x}", data.decode(errors="replace")).encode()


def discard(stream: BinaryIO | Text) -> None:
    """Send what is still written to a stream nowhere, so that flushing it at exit cannot fail either."""
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _is_terminal(stream: BinaryIO | Text) -> bool:
    try:
        return stream.isatty()
    except ValueError:
        return False


def _has_colours(live: bool, environment: Mapping[str, str]) -> bool:
    # https://no-color.org and https://force-color.org
    if environment.get("NO_COLOR"):
        return False
    return live or bool(environment.get("FORCE_COLOR"))
