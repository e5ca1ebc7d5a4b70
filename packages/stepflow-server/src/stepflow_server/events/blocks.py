"""Events as bytes: how each format writes them, and where each stands in the order of all."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec
from msgspec import Struct
from stepflow_core import RunEvent

SSE = "text/event-stream"
NDJSON = "application/x-ndjson"


class Place(NamedTuple):
    """A place in the order of events: the newest number so far, and how many unnumbered ones have come since."""

    number: int
    since_number: int

    def after(self, event: RunEvent) -> Place:
        """The place of an event that comes next."""
        if is_numbered(event):
            return Place(event.sequence_number, 0)
        return Place(event.sequence_number, self.since_number + 1 if event.sequence_number == self.number else 1)


class Block(NamedTuple):
    """One event: where it stands, what it is about, and its bytes."""

    place: Place
    type: str
    run_id: str
    data: bytes


class Format(Struct, frozen=True, eq=False):
    """A way to write events. `comment` is what an idle stream is kept alive with."""

    content_type: str
    write: Callable[[RunEvent], bytes]
    comment: bytes


def is_numbered(event: RunEvent) -> bool:
    """Whether an event has a number of its own; chunks of output carry that of the event before them."""
    return event.event != "step_output"


def _json(event: RunEvent) -> bytes:
    data = _encode(event)
    # The struct leaves `null` out, but a chunk of output has a chunk, whatever it is.
    if event.chunk is None and not is_numbered(event):
        return data[:-1] + b',"chunk":null}'
    return data


def _sse(event: RunEvent) -> bytes:
    head = f"id: {event.sequence_number}\n" if is_numbered(event) else ""
    return b"%sevent: %s\ndata: %s\n\n" % (head.encode(), event.event.encode(), _json(event))


def _line(event: RunEvent) -> bytes:
    return _json(event) + b"\n"


_encode = msgspec.json.Encoder().encode

SERVER_SENT_EVENTS = Format(SSE, _sse, b": still here\n\n")
JSON_LINES = Format(NDJSON, _line, b"")
