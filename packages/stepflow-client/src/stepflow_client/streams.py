"""Streams of events that go on after a connection has broken, without a gap and without telling anything twice."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import httpx
from httpx_sse import EventSource, SSEError
from stepflow_api.models import RunEvent as RunEventModel
from stepflow_core import ExecutionStatus, RunEvent, StepflowError

from . import retrying
from .conversion import convert
from .failures import error_of, lost, unreadable
from .settings import API_PATH

if TYPE_CHECKING:
    from .connection import Connection

END = "run_completed"
"""The event after which no more come."""

SILENCE = 60.0
"""Seconds without a sign of life after which a connection is taken for dead; servers give one every 15."""


BEYOND_ALL = 2**62
"""The largest number after which events can be asked for."""


class Place:
    """How far a stream has been read: the newest number, and how many chunks each step has shown since.

    Chunks of output have no numbers of their own, but that of the event before them and an index.
    """

    def __init__(self, since: int) -> None:
        self.number = since
        self._chunks: dict[tuple[object, ...], int] = {}

    def passes(self, event: RunEvent) -> bool:
        """Whether an event comes after this place, which moves to it then."""
        is_chunk = event.event == "step_output"
        if event.sequence_number < self.number or (event.sequence_number == self.number and not is_chunk):
            return False
        if event.sequence_number > self.number:
            self.number = event.sequence_number
            self._chunks.clear()
        return not is_chunk or self._passes_chunk(event)

    def _passes_chunk(self, event: RunEvent) -> bool:
        key = (event.run_id, event.item_index, event.address, event.attempt)
        index = event.chunk_index or 0
        if index <= self._chunks.get(key, -1):
            return False
        self._chunks[key] = index
        return True


class Broken(Exception):
    """A connection was not made, or broke; `error` is what to raise if there is none again, `delay` what was asked."""

    def __init__(self, error: StepflowError, delay: float | None = None) -> None:
        self.error = error
        self.delay = delay
        super().__init__(str(error))


class EventStream:
    """The events of one run for one reader, over as many connections as it takes."""

    def __init__(
        self,
        connection: Connection,
        run_id: str,
        *,
        since: int = -1,
        follow: bool = True,
        types: frozenset[str] | None = None,
        include_results: bool = True,
    ) -> None:
        self._connection = connection
        self._run_id = run_id
        self._place = Place(since)
        self._follow = follow
        self._types = types
        self._include_results = include_results
        self._progress = False
        self._ended = False
        self._known_ended = False

    async def events(self) -> AsyncGenerator[RunEvent, None]:
        """The events, as they come. Raises a `StepflowError` where no connection can be made any more."""
        failures = 0
        while not self._ended:
            self._progress = False
            broken: Broken | None = None
            try:
                async with aclosing(self._new_events()) as events:
                    async for event in events:
                        if self._types is None or event.event in self._types:
                            yield event
            except Broken as error:
                broken = error
            if self._progress:
                failures = 0
            if broken is None and (not self._follow or await self._is_over()):
                return
            if broken is not None or not (self._progress or self._known_ended):
                await self._before_next(failures, broken)
                failures += 1

    async def _new_events(self) -> AsyncGenerator[RunEvent, None]:
        """The events of one connection that have not been told yet."""
        async with aclosing(self._connected()) as events:
            async for event in events:
                if self._place.passes(event):
                    self._progress = True
                    self._ended = event.event == END and event.run_id == self._run_id
                    yield event
                if self._ended:
                    return

    async def _is_over(self) -> bool:
        """Whether a stream that ended was at its end: a server that is shut down ends streams too."""
        if self._ended or self._progress:
            return self._ended
        if self._known_ended:
            return True
        # Its last events may have come after the stream was ended: they are in the next one.
        self._known_ended = await self._connection.request("GET", f"/runs/{self._run_id}", _has_ended)
        return False

    async def _before_next(self, failures: int, broken: Broken | None) -> None:
        """Wait before the next connection. Raises the last failure where there were too many."""
        settings = self._connection.settings
        if failures >= settings.max_retries:
            raise broken.error if broken is not None else unreadable(settings.url, "its streams end at once")
        delay = retrying.backoff(failures)
        if broken is not None and broken.delay is not None:
            if broken.delay > retrying.PATIENCE:
                raise broken.error
            delay += broken.delay
        await retrying.pause(delay)

    # ---- one connection

    async def _connected(self) -> AsyncGenerator[RunEvent, None]:
        """What comes over one connection. Raises `Broken` where another one may do better."""
        http, settings = self._connection.http, self._connection.settings
        timeout = httpx.Timeout(settings.timeout, read=max(settings.timeout, SILENCE))
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        path = f"{API_PATH}/runs/{self._run_id}/events"
        # Retried here, where it is known whether a connection got any further.
        extensions = {retrying.RETRY: False}
        try:
            async with http.stream(
                "GET", path, params=self._parameters(), headers=headers, timeout=timeout, extensions=extensions
            ) as response:
                if response.status_code != 200:
                    raise await _refusal(response)
                async for sse in EventSource(response).aiter_sse():
                    if sse.data:
                        yield self._read(sse.data, sse.json)
        except SSEError as error:
            raise unreadable(settings.url, error) from error
        except httpx.TransportError as error:
            raise Broken(lost(settings.url, error)) from error

    def _parameters(self) -> dict[str, Any]:
        parameters: dict[str, Any] = {"since": min(max(self._place.number, -1), BEYOND_ALL)}
        if not self._follow:
            parameters["follow"] = False
        if not self._include_results:
            parameters["includeResults"] = False
        if self._types is not None:
            # Without its end a stream that is whole could not be told from one that was cut off.
            parameters["eventTypes"] = ",".join(sorted(self._types | {END}))
        return parameters

    def _read(self, data: str, parse: Any) -> RunEvent:
        try:
            return convert(RunEventModel.from_dict(parse()), RunEvent)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise unreadable(self._connection.settings.url, f"the event {data[:80]!r}: {error}") from error


def _has_ended(run: Any) -> bool:
    return ExecutionStatus(run["status"]).is_terminal


async def _refusal(response: httpx.Response) -> Exception:
    await response.aread()
    error = error_of(response)
    if response.status_code in retrying.BUSY or response.status_code in {502, 504}:
        return Broken(error, error.retry_after)
    return error
