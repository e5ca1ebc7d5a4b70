"""Writing results: as JSON on stdout, or into a file that is either whole or not there."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import msgspec

from .exits import UsageError
from .terminal import Terminal


def to_json(value: Any, *, pretty: bool = False) -> bytes:
    """A result or any answer as a line of JSON, or laid out over several; numbers keep their spelling."""
    compact = msgspec.json.encode(value)
    return (msgspec.json.format(compact, indent=2) if pretty else compact) + b"\n"


class Output:
    """Where the results of a command go: stdout, or the file of `--output`.

    A file is written beside its place and moved there by `__exit__` if all went well, so that whoever
    reads it never sees a half. Raises `UsageError` on entering where the file cannot be written.
    """

    def __init__(self, terminal: Terminal, path: Path | None) -> None:
        self._terminal = terminal
        self._path = path
        self._file: BinaryIO | None = None
        self._beside: str | None = None

    @property
    def pretty(self) -> bool:
        """Whether a single result is laid out for reading: on a terminal and in a file."""
        return self._path is not None or self._terminal.pretty

    def __enter__(self) -> Output:
        if self._path is not None:
            try:
                self._open(self._path)
            except OSError as error:
                raise UsageError(f"--output: cannot write {self._path}: {error.strerror}") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        self._file.close()
        if self._beside is not None:
            self._settle(keep=kind is None)

    def write(self, data: bytes) -> None:
        """Append bytes."""
        if self._file is None:
            self._terminal.write(data)
        else:
            self._file.write(data)

    def _open(self, path: Path) -> None:
        if path.exists() and not path.is_file():
            self._file = _open_special(path)
            return
        target = path.resolve()
        descriptor, self._beside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.fchmod(descriptor, _mode(target))
        self._file = os.fdopen(descriptor, "wb")

    def _settle(self, *, keep: bool) -> None:
        assert self._path is not None
        assert self._beside is not None
        if keep:
            os.replace(self._beside, self._path.resolve())
        else:
            os.unlink(self._beside)


def _open_special(path: Path) -> BinaryIO:
    """A device or a pipe (`/dev/stdout`, a FIFO) is written to as it is; a folder raises OSError."""
    return path.open("wb")


def _mode(target: Path) -> int:
    """The permissions of the file that is there, or those that a new file gets."""
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def replace_text(path: Path, text: str) -> None:
    """Put a text in the place of a file's, whole or not at all. Raises `OSError`."""
    target = path.resolve()
    descriptor, beside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        os.fchmod(descriptor, _mode(target))
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.replace(beside, target)
    except BaseException:
        os.unlink(beside)
        raise
