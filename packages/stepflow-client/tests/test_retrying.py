"""Requests that are sent again: which ones, after what, how often."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from stepflow_client import retrying
from stepflow_client.retrying import FIRST, LARGEST, RETRY, RetryTransport, backoff, retry_after


class Stub(httpx.AsyncBaseTransport):
    """Does what its script says, one entry per request."""

    def __init__(self, *script: int | httpx.Response | Exception) -> None:
        self.script = list(script)
        self.seen: list[httpx.Request] = []
        self.bodies: list[bytes] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        self.bodies.append(await request.aread())
        entry = self.script.pop(0)
        if isinstance(entry, Exception):
            raise entry
        return httpx.Response(entry) if isinstance(entry, int) else entry


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The times that would have been waited."""
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(retrying, "pause", pause)
    return waited


async def send(stub: Stub, method: str = "GET", retries: int = 3, **more: Any) -> httpx.Response:
    """The answer that a request gets through the transport."""
    async with httpx.AsyncClient(transport=RetryTransport(stub, retries), base_url="http://test") as client:
        return await client.request(method, "/", **more)


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("slow"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("cut"),
        429,
        503,
    ],
    ids=str,
)
async def test_a_fault_that_passes_is_not_seen(fault: int | Exception, pauses: list[float]) -> None:
    """A request is sent again until it is answered."""
    stub = Stub(fault, fault, 200)
    assert (await send(stub)).status_code == 200
    assert len(stub.seen) == 3
    assert len(pauses) == 2


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 500, 502])
async def test_other_statuses_are_answers(status: int) -> None:
    """They would be the same the next time."""
    stub = Stub(status)
    assert (await send(stub)).status_code == status


async def test_an_answer_that_takes_too_long_is_not_asked_for_again() -> None:
    """What takes too long once is likely to do so again, and the caller has waited long enough."""
    stub = Stub(httpx.ReadTimeout("slow"))
    with pytest.raises(httpx.ReadTimeout):
        await send(stub)


async def test_there_is_an_end_to_it() -> None:
    """The last fault is what the caller gets, be it an exception or an answer."""
    stub = Stub(*[httpx.ConnectError("refused")] * 4)
    with pytest.raises(httpx.ConnectError):
        await send(stub)
    assert (await send(Stub(503, 503, 503, 503))).status_code == 503
    assert (await send(Stub(503), retries=0)).status_code == 503


async def test_a_post_is_sent_once() -> None:
    """Unless it carries an idempotency key, since it may have done its work."""
    with pytest.raises(httpx.ReadError):
        await send(Stub(httpx.ReadError("reset")), "POST")
    assert (await send(Stub(503), "POST")).status_code == 503
    stub = Stub(httpx.ReadError("reset"), 503, 200)
    answer = await send(stub, "POST", headers={"Idempotency-Key": "k"}, content=b"body")
    assert (answer.status_code, stub.bodies) == (200, [b"body"] * 3)


async def test_a_request_can_say_for_itself() -> None:
    """Whatever its method is."""
    assert (await send(Stub(503), extensions={RETRY: False})).status_code == 503
    assert (await send(Stub(503, 200), "POST", extensions={RETRY: True})).status_code == 200


async def test_a_server_says_when_to_come_back(pauses: list[float]) -> None:
    """In seconds; a time that is too long is left to the caller."""
    await send(Stub(httpx.Response(429, headers={"Retry-After": "7"}), 200))
    assert 7 < pauses[0] < 7 + FIRST + 0.001
    answer = await send(Stub(httpx.Response(429, headers={"Retry-After": "3600"})))
    assert answer.status_code == 429


def test_a_time_to_come_back_may_be_a_date() -> None:
    """One that has passed is now; what is neither is none."""
    later = datetime.now(UTC) + timedelta(seconds=100)
    assert 90 < (retry_after(httpx.Response(503, headers={"Retry-After": format_datetime(later, True)})) or 0) <= 100
    past = "Wed, 21 Oct 2015 07:28:00 GMT"
    assert retry_after(httpx.Response(503, headers={"Retry-After": past})) == 0
    assert retry_after(httpx.Response(503, headers={"Retry-After": "soon"})) is None
    assert retry_after(httpx.Response(503)) is None


def test_the_time_between_attempts_grows_up_to_a_limit() -> None:
    """Doubled each time, half of it drawn by lot."""
    assert [backoff(each, lambda: 1.0) for each in range(3)] == [FIRST, 2 * FIRST, 4 * FIRST]
    assert backoff(1, lambda: 0.0) == FIRST
    assert backoff(10_000, lambda: 1.0) == LARGEST
