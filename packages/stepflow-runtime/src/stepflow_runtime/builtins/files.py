"""`load_file`: the content of a file of the working directory."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from msgspec import Struct
from stepflow_core import FlowLoadError

from ..component_model import Component, Kind
from ..failures import BadInputError, KnownFailure, MissingError
from .members import Members

if TYPE_CHECKING:
    from ..context import StepContext

MAX_BYTES = 32 * 1024 * 1024
"""How large a file may be."""

LONGEST_NAME = 200
"""How many characters of a file's name messages show."""

FORMATS = ("json", "yaml", "text")

_EXTENSIONS = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}


class FileLoader(Struct, frozen=True):
    """Reads files below `directory`; without one it refuses to."""

    directory: Path | None
    max_bytes: int = MAX_BYTES

    def load(self, input: Any, context: StepContext) -> Any:
        """`{data, metadata: {resolved_path, size_bytes, format}}` of the file at `path`.

        The format is that given, else that of the extension; a file that has none of the known ones is text.
        """
        members = Members(input)
        name, format = members.text("path"), members.optional_text("format", among=FORMATS)
        members.check()
        if self.directory is None:
            raise MissingError("files are not read here: set `workingDirectory` in the configuration", pointer="/path")
        path = _resolved(self.directory, name)
        content = self._read(path, name)
        known = format or _EXTENSIONS.get(Path(name).suffix.lower(), "text")
        metadata = {"resolved_path": _shown(str(path)), "size_bytes": len(content), "format": known}
        return {"data": _parse(content, known, name), "metadata": metadata}

    def _read(self, path: Path, name: str) -> bytes:
        try:
            _check_regular(path.stat().st_mode, name)
            # Should it have become a link or a pipe by now, opening it fails instead of leading elsewhere or waiting.
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(descriptor, "rb") as file:
                _check_regular(os.fstat(descriptor).st_mode, name)
                content = file.read(self.max_bytes + 1)
        except (OSError, ValueError) as error:
            raise _unreadable(name, error) from None
        if len(content) > self.max_bytes:
            raise _bad(f"the file {_named(name)} has more than the limit of {self.max_bytes:,} bytes")
        return content


def _resolved(directory: Path, name: str) -> Path:
    """The file itself, links followed. It has to lie in the directory."""
    try:
        root = directory.resolve(strict=True)
        path = Path(os.path.realpath(root / name))
    except (OSError, ValueError, RuntimeError) as error:
        raise _unreadable(name, error) from None
    if not path.is_relative_to(root):
        raise _bad(f"the file {_named(name)} is outside of the working directory")
    return path


def _parse(content: bytes, format: str, name: str) -> Any:
    if format == "text":
        return _decode(content, name)
    from stepflow_core.documents import read_text

    try:
        return read_text(content, format=cast(Literal["json", "yaml"], format), file=_clipped(name)).data
    except FlowLoadError as error:
        raise _bad(f"the file is no {format.upper()}: {_first(error)}") from None


def _first(error: FlowLoadError) -> str:
    first = error.diagnostics[0]
    place = ":".join(str(part) for part in (first.file, first.line, first.column) if part is not None)
    return f"{place}: {first.text}"


def _decode(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _bad(f"the file {_named(name)} is not text in UTF-8: see byte {error.start}") from None


def _check_regular(mode: int, name: str) -> None:
    if not stat.S_ISREG(mode):
        kind = "a directory" if stat.S_ISDIR(mode) else "no regular file"
        raise _bad(f"{_named(name)} is {kind}")


def _unreadable(name: str, error: Exception) -> KnownFailure:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return MissingError(f"there is no file {_named(name)} in the working directory", pointer="/path")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return _bad(f"the file {_named(name)} cannot be read: {reason}")


def _bad(message: str) -> BadInputError:
    return BadInputError(message, pointer="/path")


def _shown(name: str) -> str:
    """A file's name as text that can be printed and stored, which not every name on a disk is."""
    return name.encode(errors="backslashreplace").decode()


def _named(name: str) -> str:
    """How messages name a file."""
    return repr(_clipped(name))


def _clipped(name: str) -> str:
    return _shown(name[:LONGEST_NAME]) + ("…" if len(name) > LONGEST_NAME else "")


def load_file(loader: FileLoader) -> Component:
    """The component that reads by `loader`."""
    return Component(
        path="/load_file",
        name="load_file",
        kind=Kind.PLAIN,
        call=loader.load,
        description="Reads a JSON, YAML or text file of the working directory.",
        input_schema={
            "type": "object",
            "properties": {
                "path": {"type": "string", "description": "relative to the working directory, and inside it"},
                "format": {"enum": [*FORMATS, None], "description": "by default as the file's extension says"},
            },
            "required": ["path"],
        },
        output_schema={
            "type": "object",
            "properties": {
                "data": {},
                "metadata": {
                    "type": "object",
                    "properties": {
                        "resolved_path": {"type": "string"},
                        "size_bytes": {"type": "integer"},
                        "format": {"enum": list(FORMATS)},
                    },
                    "required": ["resolved_path", "size_bytes", "format"],
                },
            },
            "required": ["data", "metadata"],
        },
    )
