"""Reads flows, configs and data from files or text: strictly, within limits, and with positions.

YAML is read by the 1.2 core schema, JSON by RFC 8259; both give plain values (dict, list, str, int,
float, bool, None). Keys are text and unique. Whatever cannot be read raises `FlowLoadError` with one
diagnostic (code 3400) that says what is wrong, at which line and column, and how to mend it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..diagnostics import Diagnostic, DiagnosticLevel, to_path, to_pointer
from ..errors import FlowLoadError
from ._builder import Limits, Unreadable, line_and_column
from ._document import Document
from ._source import check_characters, content_of, decoded

if TYPE_CHECKING:
    from ._builder import Place

__all__ = ["Document", "Format", "Limits", "read_file", "read_text"]

Format: TypeAlias = Literal["yaml", "json"]
"""How a text is written."""

_DEFAULT_LIMITS = Limits()


def read_file(path: str | os.PathLike[str], *, limits: Limits = _DEFAULT_LIMITS) -> Document:
    """Read a file: as JSON where its name ends in `.json`, else as YAML. Raises `FlowLoadError`.

    Only regular files are read, no directories, pipes or devices.
    """
    name = os.fspath(path)
    file = name.encode("utf-8", "backslashreplace").decode()
    format: Format = "json" if name.lower().endswith(".json") else "yaml"
    try:
        content = content_of(name, limits.max_bytes)
    except Unreadable as problem:
        raise _refused(problem, file, "") from None
    return read_text(content, format=format, file=file, limits=limits)


def read_text(
    text: str | bytes, *, format: Format = "yaml", file: str | None = None, limits: Limits = _DEFAULT_LIMITS
) -> Document:
    """Read text, or the bytes of it in UTF-8. `file` is the name that diagnostics show.

    Raises `FlowLoadError`; `ValueError` where `format` is neither `yaml` nor `json`.
    """
    if format not in {"yaml", "json"}:
        raise ValueError(f'the format {format!r} is neither "yaml" nor "json"')
    plain: str | None = None
    try:
        plain = decoded(text, limits.max_bytes)
        data, place = _read(plain, format, limits)
    except Unreadable as problem:
        raise _refused(problem, file, text if plain is None else plain) from None
    return Document(data, place, file=file, format=format, text=plain)


def _read(text: str, format: Format, limits: Limits) -> tuple[Any, Place]:
    # The readers are imported where they are used: PyYAML is of no use to who reads JSON or nothing.
    check_characters(text, format)
    if format == "json":
        from ._json import read_json

        return read_json(text, limits)
    from ._yaml import read_yaml

    return read_yaml(text, limits)


def _refused(problem: Unreadable, file: str | None, text: str | bytes) -> FlowLoadError:
    line, column = _position(problem.offset, text)
    diagnostic = Diagnostic(
        code=3400,
        kind="parse",
        level=DiagnosticLevel.FATAL,
        text=problem.text,
        path=to_path(problem.location),
        pointer=to_pointer(problem.location),
        file=file,
        line=line,
        column=column,
        hint=problem.hint,
    )
    return FlowLoadError(diagnostics=[diagnostic])


def _position(offset: int | None, text: str | bytes) -> tuple[int, int] | tuple[None, None]:
    if offset is None:
        return None, None
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace").removeprefix("\ufeff")
    return line_and_column(text, offset)
