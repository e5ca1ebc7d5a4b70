"""Load by plain sockets: `python -m benchmarks.served.socket_load JOB`, where JOB and the answer are JSON."""

from __future__ import annotations

import selectors
import socket
import sys
from statistics import quantiles
from time import perf_counter
from urllib.parse import urlsplit

import msgspec

from .load import Load
from .servers import DEADLINE, Exchange

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"


class Answers:
    """What came of the requests so far."""

    def __init__(self, expected: bytes) -> None:
        self._expected = expected
        self.taken: list[float] = []
        self.wrong = 0
        self.said = ""

    def add(self, answer: bytes, seconds: float) -> None:
        """Take in a whole answer."""
        self.taken.append(seconds)
        if answer[9:12] != b"200" or self._expected not in answer:
            self.refuse(answer[:300].decode(errors="replace"))

    def refuse(self, said: str) -> None:
        """Count a request as failed."""
        self.wrong += 1
        self.said = self.said or said


class Connection:
    """A connection that sends its request again as soon as it has an answer."""

    def __init__(self, address: tuple[str, int], request: bytes, answers: Answers) -> None:
        self.socket = socket.create_connection(address, timeout=DEADLINE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._request = request
        self._answers = answers
        self._received = b""
        self._start = 0.0
        self.open = True

    def send(self) -> None:
        """Send the request."""
        self._received = b""
        self._start = perf_counter()
        self.socket.sendall(self._request)

    def receive(self) -> bool:
        """Take what has come; whether that ends an answer."""
        part = self.socket.recv(65_536)
        self._received += part
        if not part:
            self.open = False
            self._answers.refuse("the connection was closed")
            return True
        if not _is_whole(self._received):
            return False
        self._answers.add(self._received, perf_counter() - self._start)
        return True


def _is_whole(answer: bytes) -> bool:
    """Whether an answer has come as far as its `Content-Length` says."""
    head, found, body = answer.partition(END_OF_HEAD)
    if not found:
        return False
    lines = head.lower().split(b"\r\n")
    length = next((int(line[len(LENGTH) :]) for line in lines if line.startswith(LENGTH)), 0)
    return len(body) >= length


def load(url: str, exchange: Exchange, connections: int, seconds: float) -> Load:
    """Put load on a server."""
    parts = urlsplit(url)
    body = exchange.body.encode()
    head = f"POST {exchange.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    answers = Answers(exchange.expected.encode())
    address = (parts.hostname or "", parts.port or 80)
    opened = [Connection(address, request, answers) for _ in range(connections)]
    start = perf_counter()
    _go_on(opened, start + seconds)
    took = perf_counter() - start
    middle, high = _percentiles(answers.taken)
    return Load(len(answers.taken), answers.wrong, took, middle, high, answers.said)


def _go_on(opened: list[Connection], until: float) -> None:
    """Send and receive on all connections until the time is up and the last answers are there."""
    with selectors.DefaultSelector() as selector:
        for each in opened:
            selector.register(each.socket, selectors.EVENT_READ, each)
            each.send()
        waiting = len(opened)
        while waiting:
            for key, _ in selector.select():
                connection: Connection = key.data
                if not connection.receive():
                    continue
                if connection.open and perf_counter() < until:
                    connection.send()
                else:
                    selector.unregister(connection.socket)
                    connection.socket.close()
                    waiting -= 1


def _percentiles(taken: list[float]) -> tuple[float, float]:
    """The median and what 99 of 100 stay below."""
    found = quantiles(taken if len(taken) > 1 else [*taken, *taken, 0.0, 0.0][:2], n=100, method="inclusive")
    return found[49], found[98]


if __name__ == "__main__":
    job = msgspec.json.decode(sys.argv[1], type=tuple[str, Exchange, int, float])
    sys.stdout.write(msgspec.json.encode(load(*job)).decode())
