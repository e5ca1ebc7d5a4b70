"""The operation that streams what happens in a run."""

from __future__ import annotations

from ..accepting import prefers
from ..events.blocks import JSON_LINES, NDJSON, SERVER_SENT_EVENTS, SSE
from ..events.hub import BEYOND_ALL
from ..events.reader import Choice
from ..messages import Stream
from ..operations import Call
from ..problems import ProblemError
from ..queries import StreamEventsQuery

_LIVE = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


async def stream_events(call: Call[StreamEventsQuery, None]) -> Stream:
    """Stream the events of a run, those that were and those that come.

    Each is a `RunEvent` with its number as the id; `Last-Event-ID` goes on after it. A comment comes every 15
    seconds; the stream ends after the run's `run_completed`. With `Accept: application/x-ndjson` the same
    objects come one to a line.
    """
    query = call.query
    choice = Choice(
        run_id=call.run_id,
        format=JSON_LINES if prefers(call.header("Accept"), NDJSON, SSE) else SERVER_SENT_EVENTS,
        since=_since(call.header("Last-Event-ID"), query.since),
        follow=query.follow,
        include_results=query.include_results,
        include_sub_runs=query.include_sub_runs,
        types=frozenset(query.event_types) or None,
    )
    hub = call.service.events
    await hub.check(choice)
    return Stream(hub.stream(choice, call.request.when_gone), choice.format.content_type, _LIVE)


def _since(last_event_id: str | None, since: int) -> int:
    """After which number to go on; what a client that comes back has seen counts more than what it first asked."""
    if not last_event_id:
        return since
    if not last_event_id.isdecimal() or len(last_event_id) > 18 or not last_event_id.isascii():
        raise ProblemError(400, f"Last-Event-ID is the number of an event, not {last_event_id!r:.40}")
    return min(int(last_event_id), BEYOND_ALL)
