"""Feeds, readers and the hub of streams, with an executor that does as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepflow_core import NotFoundError, RunEvent, ServerError
from stepflow_server.events import feed as feeds
from stepflow_server.events.blocks import JSON_LINES, SERVER_SENT_EVENTS, Place
from stepflow_server.events.hub import EventHub
from stepflow_server.events.reader import Choice

RUN = "run"
NOW = datetime(2030, 1, 1, tzinfo=UTC)


def event(number: int, kind: str = "step_ready", **more: Any) -> RunEvent:
    return RunEvent(sequence_number=number, timestamp=NOW, event=kind, run_id=RUN, **more)


def events_of(text: str) -> list[RunEvent]:
    """A letter for each event: `n` a numbered one, `o` a chunk of output; the last one ends the run."""
    found: list[RunEvent] = []
    for letter in text:
        number = found[-1].sequence_number if found else -1
        if letter == "n" or number < 0:
            found.append(event(number + 1))
        else:
            found.append(event(number, "step_output", chunk=len(found), chunk_index=0))
    return [*found, event(found[-1].sequence_number + 1 if found else 0, "run_completed")]


class Script:
    """An executor of one run: its events come as far as `until` says. `readings` counts who has read them."""

    def __init__(self, events: list[RunEvent], until: int | None = None, failure: Exception | None = None) -> None:
        self.all = events
        self.until = len(events) if until is None else until
        self.failure = failure
        self.more = asyncio.Event()
        self.readings: list[int] = []
        self.open = 0

    def let(self, until: int) -> None:
        self.until = until
        self.more.set()

    async def events(self, run_id: str, *, since: int = -1, follow: bool = True, **_: Any) -> AsyncIterator[RunEvent]:
        if run_id != RUN:
            raise NotFoundError(f"no run {run_id}")
        self.readings.append(since)
        self.open += 1
        at = 0
        try:
            while True:
                while at < self.until:
                    each = self.all[at]
                    at += 1
                    is_output = each.event == "step_output"
                    if each.sequence_number > since or (is_output and each.sequence_number == since):
                        yield each
                    if each.event == "run_completed":
                        return
                if self.failure is not None:
                    raise self.failure
                if not follow:
                    return
                self.more.clear()
                await self.more.wait()
        finally:
            self.open -= 1


def never_gone(callback: Callable[[], object]) -> Callable[[], None]:
    return lambda: None


def hub_of(script: Script, **options: Any) -> EventHub:
    return EventHub(script, options.pop("heartbeat", 100.0), **options)  # type: ignore[arg-type]


def stream(hub: EventHub, **choice: Any) -> AsyncGenerator[bytes, None]:
    return hub.stream(Choice(RUN, JSON_LINES, **choice), never_gone)


async def all_of(blocks: AsyncGenerator[bytes, None]) -> bytes:
    return b"".join([each async for each in blocks])


def written(events: list[RunEvent]) -> bytes:
    return b"".join(JSON_LINES.write(each) for each in events)


async def test_every_event_is_sent_once() -> None:
    """A stream has all events in order."""
    script = Script(events_of("n" * 2000))
    assert await all_of(stream(hub_of(script))) == written(script.all)


async def test_readers_share_one_reading() -> None:
    """However many readers there are, the executor is asked once, and what is sent is the same object."""
    script = Script(events_of("n" * 300), until=200)
    hub = hub_of(script)
    streams = [stream(hub) for _ in range(50)]
    first = [await anext(each) for each in streams]
    assert len(script.readings) == 1
    assert len({id(each) for each in first}) == 1
    script.let(len(script.all))
    rest = await asyncio.gather(*map(all_of, streams))
    assert {one + more for one, more in zip(first, rest, strict=True)} == {written(script.all)}
    assert (len(script.readings), script.open) == (1, 0)


async def test_late_reader_joins_what_is_kept() -> None:
    """Who comes later reads what the feed has kept, from any place on."""
    script = Script(events_of("n" * 300), until=200)
    hub = hub_of(script)
    early, late = stream(hub), stream(hub, since=100)
    await anext(early)
    script.let(301)
    assert await all_of(late) == written(script.all[101:])
    assert script.readings == [-1]
    await early.aclose()


async def test_who_comes_for_what_is_not_kept_reads_anew() -> None:
    """What the feed has not kept is read from the executor again."""
    script = Script(events_of("n" * 3000), until=2900)
    hub = hub_of(script, kept=1000)
    early = stream(hub)
    got = b""
    while got.count(b"\n") < 2900:
        got += await anext(early)
    late = stream(hub)
    await anext(late)
    assert script.readings == [-1, -1]
    await early.aclose()
    await late.aclose()


@given(text=st.text("no", max_size=60), since=st.integers(-1, 70))
async def test_any_beginning(text: str, since: int) -> None:
    """From any number on a stream has what comes after it, the chunks that carry that number too."""
    script = Script(events_of(text))
    got = await all_of(stream(hub_of(script), since=since))
    after = [
        each
        for each in script.all
        if each.sequence_number > since or (each.sequence_number == since and each.event == "step_output")
    ]
    assert got == written(after)


@given(text=st.text("nno", min_size=40, max_size=200), pace=st.integers(1, 7))
async def test_reader_that_is_overtaken_misses_nothing(text: str, pace: int) -> None:
    """A reader so slow that the feed has dropped what it needs goes on where it was, each event once."""
    chunk_blocks, feeds.CHUNK_BLOCKS = feeds.CHUNK_BLOCKS, 4
    try:
        script = Script(events_of(text), until=0)
        hub = hub_of(script, kept=1)
        slow, got = stream(hub), b""
        fast = asyncio.create_task(all_of(stream(hub)))
        for until in range(0, len(script.all), pace * 5):
            script.let(until + 1)
            got += await anext(slow)
            for _ in range(30):
                await asyncio.sleep(0)
        script.let(len(script.all))
        assert await fast == written(script.all)
        assert got + await all_of(slow) == written(script.all)
    finally:
        feeds.CHUNK_BLOCKS = chunk_blocks


async def test_feed_does_not_run_ahead_of_its_readers() -> None:
    """Without readers that want more, the executor is not read any further."""
    script = Script(events_of("n" * 100_000))
    hub = hub_of(script)
    reader = stream(hub)
    await anext(reader)
    for _ in range(20):
        await asyncio.sleep(0)
    feed = next(iter(hub._feeds.values()))
    assert feed.tail.before.number < 3 * feeds.AHEAD
    await reader.aclose()


async def test_events_that_come_while_readers_rest_are_sent_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first event is sent at once; those that come soon after it wait for each other, at most for the end."""
    monkeypatch.setattr(feeds, "REST", 3600.0)
    script = Script(events_of("nnn"), until=1)
    blocks = stream(hub_of(script))
    assert await anext(blocks) == written(script.all[:1])
    following = asyncio.ensure_future(anext(blocks))
    for until in (2, 3, 4):
        script.let(until)
        await asyncio.sleep(0)
    assert await following == written(script.all[1:])
    assert await all_of(blocks) == b""


async def test_rest_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event that came while the readers rested is sent after that, though no other comes."""
    monkeypatch.setattr(feeds, "REST", 0.001)
    script = Script(events_of("nnn"), until=1)
    blocks = stream(hub_of(script))
    assert await anext(blocks) == written(script.all[:1])
    script.let(2)
    assert await anext(blocks) == written(script.all[1:2])
    await blocks.aclose()


async def test_sleeping_reader_holds_up_nobody() -> None:
    """One reader takes nothing; another gets everything."""
    script = Script(events_of("n" * 5000))
    hub = hub_of(script)
    asleep = stream(hub)
    await anext(asleep)
    assert await all_of(stream(hub)) == written(script.all)
    await asleep.aclose()


async def test_chosen_types() -> None:
    """Only the chosen types are sent, also where long stretches have none."""
    script = Script([*[event(number) for number in range(2000)], event(2000, "run_completed")])
    assert await all_of(stream(hub_of(script), types=frozenset({"run_completed"}))) == written(script.all[-1:])


async def test_failure_reaches_the_readers() -> None:
    """What keeps the executor from going on is raised after what came before it; who comes then reads anew."""
    script = Script(events_of("nnn"), until=2, failure=ServerError("the store is gone"))
    hub = hub_of(script)
    reader = stream(hub)
    assert await anext(reader) == written(script.all[:2])
    with pytest.raises(ServerError):
        await anext(reader)
    script.failure = None
    script.let(4)
    assert await all_of(stream(hub)) == written(script.all)


async def test_unknown_run_is_noticed_before() -> None:
    """`check` raises what a stream could only break off with."""
    hub = hub_of(Script(events_of("n")))
    await hub.check(Choice(RUN, JSON_LINES))
    with pytest.raises(NotFoundError):
        await hub.check(Choice("another", JSON_LINES))


async def test_closing_ends_all_streams() -> None:
    """A closed hub ends what is open, and what begins later at once."""
    script = Script(events_of("nn"), until=1)
    hub = hub_of(script, heartbeat=0.001)
    reader = stream(hub)
    assert await anext(reader) == written(script.all[:1])
    reading = asyncio.create_task(all_of(reader))
    await asyncio.sleep(0)
    hub.close()
    assert await reading == b""
    assert await all_of(stream(hub)) == b""
    while script.open:
        await asyncio.sleep(0)


async def test_client_that_goes_ends_its_stream() -> None:
    """When the client is gone its stream ends."""
    script = Script(events_of("nn"), until=1)
    hub = hub_of(script)
    leave: list[Callable[[], object]] = []

    def when_gone(callback: Callable[[], object]) -> Callable[[], None]:
        leave.append(callback)
        return leave.clear

    reader = hub.stream(Choice(RUN, JSON_LINES), when_gone)
    await anext(reader)
    leave[0]()
    with pytest.raises(StopAsyncIteration):
        await anext(reader)
    assert leave == []


async def test_comments_only_where_the_format_has_them() -> None:
    """Server-sent events are kept alive with comments; lines of JSON have none."""
    script = Script(events_of("nn"), until=1)
    hub = hub_of(script, heartbeat=0.001)
    lines = asyncio.create_task(all_of(stream(hub)))
    sse = hub.stream(Choice(RUN, SERVER_SENT_EVENTS), never_gone)
    await anext(sse)
    assert [await anext(sse), await anext(sse)] == [SERVER_SENT_EVENTS.comment] * 2
    script.let(3)
    assert await lines == written(script.all)
    await sse.aclose()


def test_places_are_in_order() -> None:
    """Chunks of output stand after the event whose number they carry, in the order in which they came."""
    place, places = Place(-1, 0), []
    for each in events_of("nooonon"):
        place = place.after(each)
        places.append(place)
    assert places == sorted(places)
    assert len(set(places)) == len(places)
