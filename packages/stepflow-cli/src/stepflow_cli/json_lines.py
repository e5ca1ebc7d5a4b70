"""A file with one JSON value per line: checked as a whole first, then read again line by line as it is needed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import msgspec
from msgspec.structs import replace
from stepflow_core import Diagnostic, FlowLoadError

from .exits import UsageError
from .inputs import MAX_BYTES, STDIN, parse, standard_input, unreadable

MAX_PROBLEMS = 20
"""How many bad lines are told of before checking ends."""
_MARK = b"\xef\xbb\xbf"


class JsonLinesFile:
    """The values of a JSON Lines file (or of standard input, for `-`); blank lines do not count.

    Entering it checks every line, so that nothing runs on half a file; iterating it then reads one line at
    a time, so that the file may be larger than memory. `count` is the number of values. Entering raises
    `FlowLoadError` naming the bad lines, `UsageError` where there is no value at all.
    """

    def __init__(self, source: str, stdin: BinaryIO | None = None) -> None:
        self.name = "<stdin>" if source == STDIN else source
        self.count = 0
        self._source = source
        self._stdin = stdin
        self._file: BinaryIO | None = None

    def __enter__(self) -> JsonLinesFile:
        self._file = self._opened()
        try:
            self._check(self._file)
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def __iter__(self) -> Iterator[Any]:
        if self._file is None:
            raise ValueError("the file is not open")
        decode = msgspec.json.Decoder().decode
        for _, line in _lines(self._file):
            yield decode(line)

    def _opened(self) -> BinaryIO:
        if self._source == STDIN:
            return _spooled(self._stdin or standard_input())
        try:
            file = Path(self._source).open("rb")  # noqa: SIM115  # closed by __exit__
        except OSError as error:
            raise FlowLoadError(diagnostics=[unreadable(self._source, _reason(error))]) from None
        if file.seekable():
            return file
        with file:
            return _spooled(file)

    def _check(self, file: BinaryIO) -> None:
        problems = []
        for number, line in _lines(file):
            self.count += 1
            problems.extend(_problem(line, number, self.name))
            if len(problems) == MAX_PROBLEMS:
                break
        if problems:
            raise FlowLoadError(diagnostics=problems)
        if self.count == 0:
            raise UsageError(f"--inputs: {self.name} holds no value; it takes one JSON value per line")


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers from 1; one that is too long is cut at the limit."""
    file.seek(0)
    number = 0
    while line := file.readline(MAX_BYTES + 2):
        number += 1
        text = line.removeprefix(_MARK) if number == 1 else line
        if not text.isspace() and text:
            yield number, text.rstrip()
        while len(line) > MAX_BYTES + 1 and not line.endswith(b"\n"):
            line = file.readline(MAX_BYTES + 2)


def _problem(line: bytes, number: int, name: str) -> list[Diagnostic]:
    try:
        parse(line, "json", name)
    except FlowLoadError as error:
        return [_at(each, number) for each in error.diagnostics]
    return []


def _at(problem: Diagnostic, number: int) -> Diagnostic:
    """What is wrong with a line read alone, as something wrong in that line of the file."""
    here = f"line {number},"
    hint = None if problem.hint is None else problem.hint.replace("line 1,", here)
    if problem.text.startswith("a comment"):
        hint = "delete it; each line is a JSON value (one input in YAML: --input)"
    return replace(problem, line=number, text=problem.text.replace("line 1,", here), hint=hint)


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "it is a directory, not a file"
    return f"it cannot be read: {(error.strerror or '').lower()}"


def _spooled(stream: BinaryIO) -> BinaryIO:
    """What a stream holds, as a file that can be read twice and is gone when it is closed."""
    spool = tempfile.TemporaryFile()  # noqa: SIM115  # closed by JsonLinesFile.__exit__
    shutil.copyfileobj(stream, spool)
    return spool
