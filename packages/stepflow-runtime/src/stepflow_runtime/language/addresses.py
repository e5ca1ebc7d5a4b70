"""Addresses: the stable name of one step execution, the same in events, journal, waits and traces.

`<step>` for a step of the flow itself; below a step `<step>/…` (call, eval), `<step>[<index>]/…` (map, iterate,
loop) and `<step>[<case>]/…` (switch); `#<n>` names an attempt, from 1. In ids `% / [ ] # :` are percent-encoded.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from msgspec import Struct

_ESCAPES = MappingProxyType(str.maketrans({sign: f"%{ord(sign):02X}" for sign in "%/[]#:"}))
_ESCAPED = re.compile(r"%(25|2F|5B|5D|23|3A)", re.IGNORECASE)
_SEGMENT = re.compile(r"(?P<step>[^/\[\]#:]+)(?:\[(?P<part>[^/\[\]#]*)\])?")
_ATTEMPT = re.compile(r"#(?P<attempt>[1-9][0-9]{0,8})\Z")


class AddressError(ValueError):
    """The text is not an address; the message says why."""


class Segment(Struct, frozen=True):
    """One level of an address: the step's id and, in brackets, which of its sub-flows.

    Both unescaped; node and visit of a machine stay together, `node:visit`.
    """

    step: str
    part: str | None = None

    @property
    def index(self) -> int | None:
        """The part as the index of an item or round, where it is a number."""
        return int(self.part) if self.part and re.fullmatch(r"0|[1-9][0-9]{0,17}", self.part) else None


class Address(Struct, frozen=True):
    """An address, taken apart: levels from the outermost inwards, and the attempt if it names one."""

    segments: tuple[Segment, ...]
    attempt: int | None = None

    @property
    def steps(self) -> tuple[str, ...]:
        """The step ids alone, which say where in the document the step stands."""
        return tuple(each.step for each in self.segments)


def escape(text: str) -> str:
    """An id (or the name of a case) as it stands in an address: `% / [ ] # :` percent-encoded."""
    return text.translate(_ESCAPES)


def unescape(text: str) -> str:
    """What `escape` was given. Raises `AddressError` for a `%` that escapes nothing."""
    if "%" in _ESCAPED.sub("", text):
        raise AddressError(f"a % in {text!r:.100} does not begin one of the escapes %25 %2F %5B %5D %23 %3A")
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)


def step_address(prefix: str, step_id: str) -> str:
    """The address of a step below `prefix` (empty, or one of the prefixes below)."""
    return prefix + escape(step_id)


def flow_prefix(address: str) -> str:
    """What precedes the steps of the one flow inside the step at `address` (call, eval)."""
    return f"{address}/"


def item_prefix(address: str, index: int) -> str:
    """What precedes the steps of item or round `index`, from 0, inside the step at `address` (map, iterate, loop)."""
    return f"{address}[{index}]/"


def case_prefix(address: str, case: str) -> str:
    """What precedes the steps of a case inside the step at `address` (switch)."""
    return f"{address}[{escape(case)}]/"


def attempt_address(address: str, attempt: int) -> str:
    """The address of one attempt, from 1."""
    return f"{address}#{attempt}"


def parse_address(text: str) -> Address:
    """An address taken apart. Raises `AddressError`."""
    attempt = _ATTEMPT.search(text)
    levels = text[: attempt.start()] if attempt else text
    segments = tuple(_segment(level, text) for level in levels.split("/"))
    return Address(segments, int(attempt["attempt"]) if attempt else None)


def _segment(level: str, text: str) -> Segment:
    match = _SEGMENT.fullmatch(level)
    if match is None:
        raise AddressError(f"{level!r:.100} in {text!r:.100} is not <step> or <step>[<part>]")
    part = match["part"]
    return Segment(unescape(match["step"]), None if part is None else unescape(part))
