"""Whether diagnostics say where: in the document, by pointer and path, and in the text, by line and column."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stepflow_core import Diagnostic
from stepflow_core.diagnostics import to_path

_BREAK = re.compile("\r\n?|\n")


class Fault(AssertionError):
    """Something that has to hold does not."""


def demand(holds: object, text: str) -> None:
    """Raise `Fault` where it does not hold."""
    if not holds:
        raise Fault(text)


def check_places(document: Any, diagnostics: Sequence[Diagnostic]) -> None:
    """Each points to something in the document, or to what its parent lacks, and its path says the same."""
    for each in diagnostics:
        demand(each.text and each.kind and each.code, f"it says nothing: {each}")
        location = _location(document, each.pointer)
        demand(location is not None, f"the pointer leads nowhere: {each}")
        demand(
            to_path(location or ()) == each.path,
            f"the path {to_path(location or ())} is not that of the pointer: {each}",
        )


def _location(document: Any, pointer: str) -> tuple[str | int, ...] | None:
    location: tuple[str | int, ...] = ()
    parts = pointer.split("/")
    for number, raw in enumerate(parts[1:], 1):
        part = raw.replace("~1", "/").replace("~0", "~")
        key: str | int = int(part) if isinstance(document, list | tuple) and part.isdigit() else part
        location = (*location, key)
        found, document = _member(document, key)
        if not found:
            return location if number == len(parts) - 1 else None
    return None if parts[0] else location


def _member(container: Any, key: str | int) -> tuple[bool, Any]:
    if isinstance(container, Mapping):
        return key in container, container.get(key)
    if isinstance(container, list | tuple) and isinstance(key, int) and key < len(container):
        return True, container[key]
    return False, None


def check_positions(content: bytes, diagnostics: Sequence[Diagnostic]) -> None:
    """Each has a line and a column that are in the text."""
    lines = _BREAK.split(content.decode("utf-8", "replace").removeprefix("\ufeff"))
    for each in diagnostics:
        if each.line is None or each.column is None or each.file is None:
            raise Fault(f"it has no position: {each}")
        demand(1 <= each.line <= len(lines), f"the line is not in the text: {each}")
        demand(1 <= each.column <= len(lines[each.line - 1]) + 1, f"the column is not in the line: {each}")
