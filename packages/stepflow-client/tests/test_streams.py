"""Streams of events over connections that break."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import httpx
import pytest
from stepflow_client import (
    ConnectionFailedError,
    InvalidInputError,
    NotFoundError,
    RunEvent,
    ServerError,
    StepflowClient,
)

RUN_ID = "0190a6d8-5c1e-7c3a-8d3f-0123456789ab"
EVENTS = f"GET /runs/{RUN_ID}/events"

Response = Callable[..., httpx.Response]


def event(number: int, name: str = "step_ready", **more: Any) -> dict[str, Any]:
    """An event as it is sent."""
    return {"sequenceNumber": number, "timestamp": "2026-01-02T03:04:05.5Z", "event": name, "runId": RUN_ID, **more}


def chunk(number: int, index: int, attempt: int = 1) -> dict[str, Any]:
    """A chunk of a step's output, after event `number`."""
    return event(number, "step_output", address="a", stepId="a", attempt=attempt, chunk=index, chunkIndex=index)


END = event(9, "run_completed", status="completed")


class Body(httpx.AsyncByteStream):
    """Events, and then the end of the connection: a good one or a bad one."""

    def __init__(self, events: Sequence[dict[str, Any]], fault: Exception | None) -> None:
        self._events = events
        self._fault = fault

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b": still here\n\n"
        for each in self._events:
            head = "" if each["event"] == "step_output" else f"id: {each['sequenceNumber']}\n"
            yield f"{head}event: {each['event']}\ndata: {json.dumps(each, ensure_ascii=False)}\n\n".encode()
        if self._fault is not None:
            raise self._fault


def stream(*events: dict[str, Any], fault: Exception | None = None) -> Callable[[httpx.Request], httpx.Response]:
    """An answer with these events."""
    headers = {"Content-Type": "text/event-stream; charset=utf-8"}
    return lambda _: httpx.Response(200, headers=headers, stream=Body(events, fault))


CUT = httpx.RemoteProtocolError("peer closed connection without sending complete message body")


async def all_of(events: AsyncIterator[RunEvent]) -> list[tuple[int, str]]:
    """The numbers and types of events, to their end."""
    return [(each.sequence_number, each.event) async for each in events]


def asked(stub: Any) -> list[str]:
    """After which numbers events were asked for."""
    return [each.url.params["since"] for each in stub.seen if each.url.path.endswith("/events")]


async def test_a_stream_that_is_cut_goes_on_where_it_was(
    stub: Any, client: StepflowClient, pauses: list[float]
) -> None:
    """Without a gap, and nothing twice even if the server tells it twice."""
    stub.on(
        EVENTS,
        stream(event(0, "run_created"), event(1), fault=CUT),
        stream(event(1), event(2), fault=httpx.ReadError("reset")),
        stream(event(3), END),
    )
    expected = [(0, "run_created"), (1, "step_ready"), (2, "step_ready"), (3, "step_ready"), (9, "run_completed")]
    assert await all_of(client.events(RUN_ID)) == expected
    assert asked(stub) == ["-1", "1", "2"]
    assert len(pauses) == 2


async def test_chunks_of_output_are_told_once(stub: Any, client: StepflowClient, pauses: list[float]) -> None:
    """They have no numbers: the server tells all since the last number again, the client passes over those it had."""
    stub.on(
        EVENTS,
        stream(event(0), chunk(0, 0), chunk(0, 1), fault=CUT),
        stream(chunk(0, 0), chunk(0, 1), chunk(0, 2), chunk(0, 0, attempt=2), event(1), chunk(1, 3), END),
    )
    told = [each async for each in client.events(RUN_ID) if each.event == "step_output"]
    assert [(each.sequence_number, each.attempt, each.chunk) for each in told] == [
        (0, 1, 0), (0, 1, 1), (0, 1, 2), (0, 2, 0), (1, 1, 3),
    ]  # fmt: skip


async def test_a_server_that_is_shut_down_ends_streams_before_their_end(
    stub: Any, client: StepflowClient, run: Response, pauses: list[float]
) -> None:
    """The end of a stream is the end of the run only if that was told, or nothing more can come."""
    stub.on(EVENTS, stream(event(0)), stream(), stream(event(1), END))
    stub.on(f"GET /runs/{RUN_ID}", run("running"))
    assert [number for number, _ in await all_of(client.events(RUN_ID))] == [0, 1, 9]
    assert len(pauses) == 1


async def test_the_events_between_the_end_of_a_stream_and_that_of_the_run_are_told(
    stub: Any, client: StepflowClient, run: Response
) -> None:
    """A run that has ended by the time it is looked at may have told more."""
    stub.on(EVENTS, stream(), stream(event(5), END))
    stub.on(f"GET /runs/{RUN_ID}", run("completed"))
    assert [number for number, _ in await all_of(client.events(RUN_ID, since=4))] == [5, 9]


async def test_there_is_nothing_after_the_end(stub: Any, client: StepflowClient, run: Response) -> None:
    """Who asks for it gets no events and no error."""
    stub.on(EVENTS, stream())
    stub.on(f"GET /runs/{RUN_ID}", run("completed"))
    assert await all_of(client.events(RUN_ID, since=10**30)) == []


async def test_only_the_asked_types_are_told(stub: Any, client: StepflowClient, pauses: list[float]) -> None:
    """The end is asked for too, since without it a stream could not be known to be whole, but not told."""
    stub.on(EVENTS, stream(event(3), fault=CUT), stream(event(4), END))
    assert await all_of(client.events(RUN_ID, event_types=["step_ready"])) == [(3, "step_ready"), (4, "step_ready")]
    assert stub.seen[0].url.params["eventTypes"] == "run_completed,step_ready"
    assert asked(stub) == ["-1", "3"]


async def test_without_following_the_end_of_the_stream_is_the_end(stub: Any, client: StepflowClient) -> None:
    """Whatever becomes of the run."""
    stub.on(EVENTS, stream(event(0), event(1)))
    assert len(await all_of(client.events(RUN_ID, follow=False, include_results=False))) == 2
    assert dict(stub.seen[0].url.params) == {"since": "-1", "follow": "false", "includeResults": "false"}


async def test_a_sub_run_that_ends_is_not_the_end(stub: Any, client: StepflowClient) -> None:
    """Only that of the run itself is."""
    inner = {**event(3, "run_completed"), "runId": "0190a6d8-5c1e-7c3a-8d3f-000000000000"}
    stub.on(EVENTS, stream(inner, event(4), END))
    assert [number for number, _ in await all_of(client.events(RUN_ID))] == [3, 4, 9]


async def test_a_server_that_cannot_be_reached_any_more_is_an_error(
    stub: Any, client: StepflowClient, pauses: list[float]
) -> None:
    """After as many attempts in a row as the client makes; each event begins the count anew."""
    refused = httpx.ConnectError("refused")
    stub.on(EVENTS, stream(event(0), fault=CUT), refused, refused, stream(event(1), fault=CUT), refused)
    with pytest.raises(ConnectionFailedError, match="refused"):
        await all_of(client.events(RUN_ID))
    assert asked(stub) == ["-1", "0", "0", "0", "1", "1", "1"]


async def test_streams_that_end_at_once_have_an_end(
    stub: Any, client: StepflowClient, run: Response, pauses: list[float]
) -> None:
    """A gateway that lets no event through is not asked for ever."""
    stub.on(EVENTS, stream())
    stub.on(f"GET /runs/{RUN_ID}", run("running"))
    with pytest.raises(ServerError):
        await all_of(client.events(RUN_ID))
    assert len(asked(stub)) == 4


async def test_a_busy_server_is_asked_again(
    stub: Any, client: StepflowClient, problem: Response, pauses: list[float]
) -> None:
    """When it says."""
    stub.on(EVENTS, problem(429, headers={"Retry-After": "2"}), problem(503), stream(END))
    assert await all_of(client.events(RUN_ID)) == [(9, "run_completed")]
    assert 2 < pauses[0] < 3


async def test_a_refusal_is_raised(stub: Any, client: StepflowClient, problem: Response) -> None:
    """Without another attempt."""
    stub.on(EVENTS, problem(404), problem(400))
    with pytest.raises(NotFoundError):
        await all_of(client.events(RUN_ID))
    with pytest.raises(InvalidInputError):
        await all_of(client.events(RUN_ID, event_types="step_ready"))
    assert len(stub.seen) == 2


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>", headers={"Content-Type": "text/html"}),
        httpx.Response(200, text="data: {\n\n", headers={"Content-Type": "text/event-stream"}),
        httpx.Response(200, text="data: []\n\n", headers={"Content-Type": "text/event-stream"}),
        httpx.Response(200, text='data: {"event": 1}\n\n', headers={"Content-Type": "text/event-stream"}),
    ],
    ids=["a page", "no JSON", "no object", "no event"],
)
async def test_what_is_no_stream_of_events_is_an_error(
    stub: Any, client: StepflowClient, answer: httpx.Response
) -> None:
    """Of the server's."""
    stub.on(EVENTS, answer)
    with pytest.raises(ServerError, match="not an answer of a Stepflow server"):
        await all_of(client.events(RUN_ID))


async def test_text_of_any_kind_comes_through(stub: Any, client: StepflowClient) -> None:
    """What some take for the end of a line is none here."""
    text = "a\u2028b\u0085c\u000bd\r\ne🥖"
    stub.on(EVENTS, stream(event(1, chunk=text), END))
    assert [each.chunk async for each in client.events(RUN_ID)] == [text, None]


async def test_a_reader_may_stop_early(stub: Any, client: StepflowClient) -> None:
    """The connection is closed then."""
    stub.on(EVENTS, stream(event(0), event(1), END))
    events: Any = client.events(RUN_ID)
    assert (await anext(events)).sequence_number == 0
    await events.aclose()
    assert len(stub.seen) == 1
