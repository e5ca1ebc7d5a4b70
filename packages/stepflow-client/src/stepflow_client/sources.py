"""Flows as callers give them: read here, or names and ids for the server."""

from __future__ import annotations

import os
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct
from stepflow_core import Diagnostic, DiagnosticLevel, Flow, FlowLoadError, FlowSource, InvalidInputError
from stepflow_core.canonical import NotJsonError, content_id, own
from stepflow_core.diagnostics import to_path, to_pointer

if TYPE_CHECKING:
    from stepflow_core.documents import Document

REMEMBERED_FILES = 256
REMEMBERED_FLOWS = 4096
"""How many files that were read, and ids of flows that were stored, are remembered."""

_ID = re.compile(r"[0-9a-f]{64}")
_SUFFIXES = (".yaml", ".yml", ".json")

Stamp: TypeAlias = tuple[int, int, int]


class Source(Struct, frozen=True, eq=False):
    """A flow: its content with the hash of it, or the id or name under which the server knows it."""

    content: dict[str, Any] | None = None
    hash: str = ""
    flow_id: str | None = None
    name: str | None = None
    document: Document | None = None

    def locate(self, diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
        """Diagnostics of the server with file, line and column, where the flow was read from a file."""
        if self.document is None:
            return list(diagnostics)
        return [self.document.locate(each) for each in diagnostics]


class Sources:
    """Reads flows; a file that has not changed is read once."""

    def __init__(self) -> None:
        self._files: OrderedDict[tuple[str, str], tuple[Stamp, Source]] = OrderedDict()

    def read(self, flow: FlowSource) -> Source:
        """What is given as a flow. Raises `FlowLoadError` for what cannot be read, `InvalidInputError` for no flow."""
        match flow:
            case Flow():
                return source_of(flow.to_dict())
            case Mapping():
                return source_of(dict(flow))
            case str() if _ID.fullmatch(flow):
                return Source(flow_id=flow)
            case str() if not _is_path(flow):
                return Source(name=str(flow))
            case str() | os.PathLike():
                return self._of_file(os.fspath(flow))
        kind = type(flow).__name__
        raise InvalidInputError(f"a flow is a mapping, a Flow, a path, an id or a stored name, not {kind}")

    def _of_file(self, path: str) -> Source:
        from stepflow_core.documents import read_file

        # The name that diagnostics show is the given one; where it leads depends on the working directory too.
        key = path, str(Path.cwd())
        stamp = _stamp(path)
        known = self._files.get(key)
        if known is not None and known[0] == stamp:
            self._files.move_to_end(key)
            return known[1]
        document = read_file(path)
        source = source_of(document.data, document)
        if stamp is not None:
            self._files[key] = stamp, source
            if len(self._files) > REMEMBERED_FILES:
                self._files.popitem(last=False)
        return source


def source_of(content: Any, document: Document | None = None) -> Source:
    """The source of a flow's content. Raises `FlowLoadError` where it is not JSON, or no object."""
    try:
        owned = own(content)
    except NotJsonError as error:
        raise _unreadable(error.message, error.location) from None
    if not isinstance(owned, dict):
        text = f"a flow must be a mapping, not {_KINDS.get(type(owned), 'a number')}"
        refused = _unreadable(text, (), "write its members: name, steps, output")
        raise FlowLoadError(diagnostics=Source(document=document).locate(refused.diagnostics))
    return Source(content=owned, hash=content_id(owned), document=document)


_KINDS = {list: "a list", str: "a text", bool: "a boolean", type(None): "null"}


def _unreadable(text: str, location: tuple[str | int, ...], hint: str | None = None) -> FlowLoadError:
    diagnostic = Diagnostic(
        code=3400,
        kind="parse",
        level=DiagnosticLevel.FATAL,
        text=text,
        path=to_path(location),
        pointer=to_pointer(location),
        hint=hint,
    )
    return FlowLoadError(diagnostics=[diagnostic])


def _is_path(text: str) -> bool:
    return "/" in text or os.sep in text or text.lower().endswith(_SUFFIXES)


def _stamp(path: str) -> Stamp | None:
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class StoredIds:
    """The ids under which a server has stored flows, by the hashes of their contents."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, str] = OrderedDict()

    def get(self, hash: str) -> str | None:
        """The id of a flow that was stored."""
        return self._ids.get(hash)

    def remember(self, hash: str, flow_id: str) -> None:
        """Keep the id of a flow; the oldest one is forgotten where there are too many."""
        self._ids[hash] = flow_id
        if len(self._ids) > REMEMBERED_FLOWS:
            self._ids.popitem(last=False)

    def forget(self, flow_id: str) -> None:
        """A flow is not stored any more."""
        for hash in [each for each, known in self._ids.items() if known == flow_id]:
            del self._ids[hash]
