"""What a reader of an event stream has received: HTTP answers, one after each connection, and the events in them."""

from __future__ import annotations

import re
from itertools import pairwise

END_OF_HEAD = b"\r\n\r\n"


class Received:
    """The answers to one reader. `number` is the pattern of the line that numbers an event.

    `last` is the number of the last whole event, `size` how many bytes have come, `problem` says that an
    answer was no success.
    """

    def __init__(self, number: str) -> None:
        self._number = re.compile(number.encode(), re.MULTILINE)
        self._parts: list[bytes] = []
        self.numbers: list[int] = []
        self.size = 0
        self.problem: str | None = None

    @property
    def last(self) -> int | None:
        """The number of the last event, as far as connections have been closed."""
        return self.numbers[-1] if self.numbers else None

    def add(self, part: bytes) -> None:
        """Bytes have come."""
        self._parts.append(part)
        self.size += len(part)

    def close(self) -> None:
        """The connection is over: what it brought is looked at, but for an event that is not whole."""
        data, self._parts = b"".join(self._parts), []
        head, _, body = data.partition(END_OF_HEAD)
        if not head.startswith(b"HTTP/1.1 200"):
            self.problem = self.problem or f"a stream was refused: {data[:300].decode(errors='replace')}"
            return
        if b"transfer-encoding: chunked" in head.lower():
            body = unchunked(body)
        text = body.replace(b"\r\n", b"\n")
        self.numbers += [int(each) for each in self._number.findall(text[: text.rfind(b"\n\n") + 2])]


def unchunked(body: bytes) -> bytes:
    """A body without the marks of its chunks, as far as it has come."""
    parts, place = [], 0
    while (end := body.find(b"\r\n", place)) >= 0:
        size = int(body[place:end].partition(b";")[0], 16)
        parts.append(body[end + 2 : end + 2 + size])
        place = end + 2 + size + 2
    return b"".join(parts)


def first_difference(numbers: list[int], expected: list[int]) -> str | None:
    """Where numbers are not those expected, in words."""
    if numbers == expected:
        return None
    doubled = next((b for a, b in pairwise(numbers) if b <= a), None)
    if doubled is not None:
        return f"event {doubled} came again, or too late"
    missing = sorted(set(expected) - set(numbers))
    if not missing:
        return "events came that are not there"
    return f"{len(missing)} events are missing, the first is {missing[0]}"
