"""Log lines of known formats, taken apart: access logs, application logs, syslog, JSON lines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from msgspec import Struct


class Entry(Struct, frozen=True):
    """One entry of a log: `label` is its level or status code, `severity` is error, warning or other."""

    label: str
    severity: str
    message: str
    time: str | None = None


_ACCESS = re.compile(
    r'(?P<host>\S+) \S+ \S+ \[(?P<time>[^\]]+)\] "(?P<method>[A-Z]+) (?P<path>\S+)[^"]*" (?P<status>\d{3}) (?:\d+|-)'
)
_APPLICATION = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?) "
    r"\[?(?P<level>TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL)\]? +(?P<message>.*)"
)
_SYSLOG = re.compile(
    r"(?P<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?P<host>\S+) (?P<program>[\w./-]+)(?:\[\d+\])?: (?P<message>.*)"
)
_SYSLOG_ERROR = re.compile(r"\b(error|fail(ed|ure)?|fatal|panic|critical|denied|segfault|killed)\b", re.IGNORECASE)
_SYSLOG_WARNING = re.compile(r"\bwarn(ing)?\b|\btimed out\b|\bretry", re.IGNORECASE)

_SEVERITY = MappingProxyType({
    "ERROR": "error", "CRITICAL": "error", "FATAL": "error", "WARN": "warning", "WARNING": "warning",
})  # fmt: skip


def severity_of(level: str) -> str:
    """The severity of a level."""
    return _SEVERITY.get(level.upper(), "other")


def access_entry(line: str) -> Entry | None:
    """A line of a web server's access log, common or combined."""
    match = _ACCESS.match(line)
    if match is None:
        return None
    status = match["status"]
    severity = "error" if status >= "500" else "warning" if status >= "400" else "other"
    return Entry(status, severity, f"{match['method']} {match['path'].partition('?')[0]}", _access_time(match["time"]))


def _access_time(text: str) -> str | None:
    try:
        return datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z").isoformat()
    except ValueError:
        return None


def application_entry(line: str) -> Entry | None:
    """The first line of an entry of an application's log: time, level, message."""
    match = _APPLICATION.match(line)
    if match is None:
        return None
    level = "WARNING" if match["level"] == "WARN" else match["level"]
    return Entry(level, severity_of(level), match["message"], match["time"].replace(" ", "T").replace(",", "."))


def syslog_entry(line: str) -> Entry | None:
    """A line of syslog in its classic form, which has neither a level nor a year."""
    match = _SYSLOG.match(line)
    if match is None:
        return None
    message = match["message"]
    is_error, is_warning = _SYSLOG_ERROR.search(message), _SYSLOG_WARNING.search(message)
    severity = "error" if is_error else "warning" if is_warning else "other"
    return Entry(severity if severity != "other" else "info", severity, f"{match['program']}: {message}", match["time"])


def json_entry(line: str) -> Entry | None:
    """A line that is a JSON object with a level and a message, by any of their usual names."""
    if not line.startswith("{"):
        return None
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    level, message = _first(record, ("level", "severity", "lvl")), _first(record, ("message", "msg", "event"))
    if level is None or message is None:
        return None
    time = _first(record, ("time", "timestamp", "ts", "@timestamp"))
    name = level.upper()
    return Entry("WARNING" if name == "WARN" else name, severity_of(name), message, time)


def _first(record: Any, names: Sequence[str]) -> str | None:
    found = next((record[name] for name in names if name in record), None)
    return None if found is None else str(found)


FORMATS: Mapping[str, Callable[[str], Entry | None]] = MappingProxyType({
    "access": access_entry,
    "application": application_entry,
    "syslog": syslog_entry,
    "json lines": json_entry,
})  # fmt: skip
"""Format -> what takes a line of it apart; `None` for a line that begins no entry."""

ENOUGH = 0.2
"""The share of lines that have to be of a format: stack traces can make up most of a log."""


def format_of(lines: Sequence[str]) -> str | None:
    """The format that most of the lines are of, if enough of them are."""
    full = [line for line in lines if line.strip()]
    counts = {name: sum(1 for line in full if parse(line)) for name, parse in FORMATS.items()}
    best = max(counts, key=lambda name: counts[name])
    return best if full and counts[best] >= max(1, ENOUGH * len(full)) else None
