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


class AtomicFile:
    """A file that is written beside its place and moved there on leaving, if all went well.

    Whoever reads it never sees a half, and the one that was there before stays until then. Opening,
    writing and leaving raise `OSError`.
    """

    def __init__(self, path: Path) -> None:
        self._target = path.resolve()
        folder = self._target.parent
        descriptor, beside = tempfile.mkstemp(prefix=f".{self._target.name}.", dir=folder)
        self._beside = Path(beside)
        self._beside.chmod(_mode(self._target))
        self.file: BinaryIO = os.fdopen(descriptor, "wb")

    def __enter__(self) -> BinaryIO:
        return self.file

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.file.close()  # which may write what is left
            if kind is None:
                self._beside.replace(self._target)
        finally:
            self._beside.unlink(missing_ok=True)


class Output:
    """Where the results of a command go: stdout, or the file of `--output`.

    A file is written whole or not at all; a device or a pipe (`/dev/stdout`) is written to as it is.
    Entering raises `UsageError` where the file cannot be written.
    """

    def __init__(self, terminal: Terminal, path: Path | None) -> None:
        self._terminal = terminal
        self._path = path
        self._target: AtomicFile | BinaryIO | None = None
        self._file: BinaryIO | None = None

    @property
    def pretty(self) -> bool:
        """Whether a single result is laid out for reading: on a terminal and in a file."""
        return self._path is not None or self._terminal.pretty

    def __enter__(self) -> Output:
        if self._path is not None:
            try:
                self._target = _opened(self._path)
                self._file = self._target.__enter__()
            except OSError as error:
                raise self._unwritable(error) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._target is None:
            return
        try:
            self._target.__exit__(kind, error, trace)
        except OSError as failed:
            raise self._unwritable(failed) from None

    def write(self, data: bytes) -> None:
        """Append bytes. Raises `UsageError` where they cannot be written."""
        if self._file is None:
            self._terminal.write(data)
            return
        try:
            self._file.write(data)
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(f"--output: cannot write {self._path}: {error.strerror}")


def _opened(path: Path) -> AtomicFile | BinaryIO:
    return path.open("wb") if path.exists() and not path.is_file() else AtomicFile(path)


def _mode(target: Path) -> int:
    """The permissions of the file that is there, or those that a new file gets."""
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
