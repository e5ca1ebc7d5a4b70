"""Many readers of one run's events, in a process of their own: `python -m benchmarks.served.readers`.

The job comes on standard input and the answer goes to standard output, both as JSON. While it is timed the
process only receives; that every reader got every event once and in order is checked afterwards.
"""

from __future__ import annotations

import http.client
import selectors
import socket
import sys
from time import perf_counter
from typing import Any

import msgspec
from msgspec import Struct

from .servers import DEADLINE, Exchange, StreamPlan
from .streams import Received, first_difference

HOST = "127.0.0.1"
BUFFER = 256 * 1024
HEAD = 1_000
"""Bytes in which the head of an answer ends."""

PATIENCE = 60.0
"""Seconds after which streams are taken to have no end."""


class Job(Struct, frozen=True):
    """How many read which events. With `cut_within` each is cut off once, after at most so many bytes."""

    port: int
    plan: StreamPlan
    readers: int
    live: bool
    cut_within: int | None = None


class Outcome(Struct, frozen=True):
    """How many events were delivered in which time, how large they were; and what was wrong, if anything was."""

    deliveries: int
    seconds: float
    bytes: int
    wrong: str | None = None


class Reader:
    """One reader. `cut_after` is how many bytes it gets before its connection is cut."""

    def __init__(self, job: Job, cut_after: int | None = None) -> None:
        self._job = job
        self._cut_after = cut_after
        self.received = Received(job.plan.number)
        self.socket = self._connect()

    def _connect(self) -> socket.socket:
        return socket.create_connection((HOST, self._job.port), timeout=DEADLINE)

    def ask(self, path: str) -> None:
        """Send the request: for all events, or for those after the last one that is there."""
        last, resuming, header = self.received.last, self._job.plan.resuming, ""
        if last is not None and resuming.header:
            header = f"{resuming.name}: {last}\r\n"
        elif last is not None:
            path = f"{path}{'&' if '?' in path else '?'}{resuming.name}={last + resuming.plus}"
        head = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: text/event-stream\r\n{header}"
        self.socket.sendall(f"{head}Connection: close\r\n\r\n".encode())

    def receive(self) -> bool:
        """Take what has come; whether there may be more."""
        # Not beyond the cut: who has lost a connection has not got what was still to come.
        limit = BUFFER if self._cut_after is None else min(BUFFER, self._cut_after - self.received.size)
        part = self.socket.recv(limit)
        self.received.add(part)
        return bool(part)

    def is_to_be_cut(self) -> bool:
        """Whether this is where the connection is lost."""
        return self._cut_after is not None and self.received.size >= self._cut_after

    def come_back(self, path: str) -> None:
        """Lose the connection and go on with another."""
        self.socket.close()
        self._cut_after = None
        self.received.close()
        self.socket = self._connect()
        self.ask(path)

    def problem(self) -> str | None:
        """What went wrong on its way."""
        if self._cut_after is not None:
            return "a reader had everything before it was cut off"
        return self.received.problem


def read(job: Job) -> Outcome:
    """Have a run's events read."""
    plan = job.plan
    exchange = plan.create if job.live else plan.create_ended
    early = None if job.live else _created(job, exchange)
    readers = [Reader(job, each) for each in _cuts(job)]
    path = plan.events.replace("{id}", early or _created(job, exchange))
    start = perf_counter()
    for each in readers:
        each.ask(path)
    _to_the_end(readers, path)
    seconds = perf_counter() - start
    return _checked(job, path, readers, seconds)


def _cuts(job: Job) -> list[int | None]:
    """After how many bytes each reader is cut off: all over the stream."""
    if job.cut_within is None:
        return [None] * job.readers
    return [HEAD + job.cut_within * number // job.readers for number in range(job.readers)]


def _to_the_end(readers: list[Reader], path: str) -> None:
    with selectors.DefaultSelector() as selector:
        for each in readers:
            selector.register(each.socket, selectors.EVENT_READ, each)
        waiting, until = len(readers), perf_counter() + PATIENCE
        while waiting and perf_counter() < until:  # what is missing then is found out below
            for key, _ in selector.select(1.0):
                reader: Reader = key.data
                more = reader.receive()
                if more and not reader.is_to_be_cut():
                    continue
                selector.unregister(key.fileobj)
                if more:
                    reader.come_back(path)
                    selector.register(reader.socket, selectors.EVENT_READ, reader)
                else:
                    reader.received.close()
                    reader.socket.close()
                    waiting -= 1


def _checked(job: Job, path: str, readers: list[Reader], seconds: float) -> Outcome:
    """Compare what each got with what one gets that comes when all is over."""
    late = Reader(job)
    late.ask(path)
    while late.receive():
        pass
    late.received.close()
    late.socket.close()
    expected = late.received.numbers
    faults = [each.problem() or first_difference(each.received.numbers, expected) for each in readers]
    wrong = next((each for each in [_gap(expected, job.plan), *faults] if each), None)
    return Outcome(len(expected) * len(readers), seconds, late.received.size, wrong)


def _gap(numbers: list[int], plan: StreamPlan) -> str | None:
    """What is wrong with the numbers of a whole stream."""
    if not numbers:
        return "there were no events"
    whole = list(range(numbers[0], numbers[0] + len(numbers))) if plan.dense else sorted(set(numbers))
    return first_difference(numbers, whole)


def _created(job: Job, exchange: Exchange) -> str:
    """Start the run; its id."""
    connection = http.client.HTTPConnection(HOST, job.port, timeout=2 * DEADLINE)
    connection.request("POST", exchange.path, exchange.body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    if answer.status >= 300 or exchange.expected.encode() not in data:
        raise SystemExit(f"the run was not started: {answer.status} {data[:500]!r}")
    found: Any = msgspec.json.decode(data)
    for each in job.plan.run_id:
        found = found[each]
    return str(found)


if __name__ == "__main__":
    outcome = read(msgspec.json.decode(sys.stdin.buffer.read(), type=Job))
    sys.stdout.write(msgspec.json.encode(outcome).decode())
