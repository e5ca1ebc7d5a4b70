"""The components of the digest: what format a log has, and what is in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from log_formats import FORMATS, Entry, format_of
from msgspec import Struct
from stepflow_runtime import ComponentError, component

SAMPLE = 200
"""How many lines are looked at to tell the format."""
LONGEST_LINE = 10_000
"""How many characters of a line count."""
MOST_KINDS = 10_000
"""How many different errors of one log are told apart."""


class Kind(Struct):
    """Errors that differ in their numbers only: one of them, how many, the first line, the last line of its trace."""

    message: str
    count: int
    line: int
    cause: str | None = None


class Scan(Struct):
    """What is in a log. `other_lines` belong to no entry of their own: traces, blanks, noise."""

    lines: int
    entries: int
    other_lines: int
    errors: int
    warnings: int
    labels: dict[str, int]
    first: str | None
    last: str | None
    top_errors: list[Kind]


@component("/detect", description="The format of a log file")
def detect(path: str) -> dict[str, Any]:
    """`format` is access, application, syslog or json lines, else null."""
    with _opened(path) as lines:
        return {"name": Path(path).name, "format": format_of(list(islice(lines, SAMPLE)))}


@component("/scan", description="Counts, time range and the most frequent errors of a log file")
def scan(path: str, format: str, top: int = 3) -> Scan:
    """One pass over the file, line by line: its size does not matter."""
    if format not in FORMATS:
        raise ComponentError(f"there is no format {format!r}: {', '.join(FORMATS)}", 422)
    tally = _Tally()
    with _opened(path) as lines:
        for number, line in enumerate(lines, 1):
            tally.add(number, line, FORMATS[format](line))
    return tally.result(top)


class _Tally:
    """The counts so far."""

    def __init__(self) -> None:
        self.lines = 0
        self.labels: Counter[str] = Counter()
        self.severities: Counter[str] = Counter()
        self.first: str | None = None
        self.last: str | None = None
        self.kinds: dict[str, Kind] = {}
        self._latest: Kind | None = None

    def add(self, number: int, line: str, entry: Entry | None) -> None:
        """Count a line and, where one begins with it, its entry."""
        self.lines = number
        if entry is None:
            self._add_to_trace(line)
            return
        self.labels[entry.label] += 1
        self.severities[entry.severity] += 1
        self.first = self.first or entry.time
        self.last = entry.time or self.last
        self._latest = self._kind_of(number, entry) if entry.severity == "error" else None

    def _kind_of(self, number: int, entry: Entry) -> Kind | None:
        key = re.sub(r"0x[0-9a-f]+|\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\d+", "#", entry.message)
        if key not in self.kinds and len(self.kinds) >= MOST_KINDS:
            return None
        kind = self.kinds.setdefault(key, Kind(entry.message[:200], 0, number))
        kind.count += 1
        return kind

    def _add_to_trace(self, line: str) -> None:
        """The last line of a trace that is not indented names the cause."""
        if self._latest is not None and line[:1].strip() and not line.startswith("Traceback"):
            self._latest.cause = line.strip()[:200]

    def result(self, top: int) -> Scan:
        """The counts, with the `top` most frequent errors."""
        entries = self.labels.total()
        ranked = sorted(self.kinds.values(), key=lambda kind: (-kind.count, kind.line))
        return Scan(
            lines=self.lines,
            entries=entries,
            other_lines=self.lines - entries,
            errors=self.severities["error"],
            warnings=self.severities["warning"],
            labels=dict(sorted(self.labels.items(), key=lambda each: (-each[1], each[0]))),
            first=self.first,
            last=self.last,
            top_errors=ranked[:top],
        )


@contextmanager
def _opened(path: str) -> Iterator[Iterator[str]]:
    """The lines of a file, without their ends, whatever its encoding; a file that cannot be read fails the step."""
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            yield (line.rstrip("\r\n")[:LONGEST_LINE] for line in file)
    except OSError as error:
        raise ComponentError(f"{path} cannot be read: {error.strerror}", 404) from None


COMPONENTS = (detect, scan)
