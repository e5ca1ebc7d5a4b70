"""A fixed workload of plain Python: the yardstick that makes figures of different machines and moments comparable."""

from __future__ import annotations

from collections import deque
from time import perf_counter, process_time

from msgspec import Struct

ROUNDS = 20_000


class Calibration(Struct, frozen=True):
    """What one round took: `seconds` of the wall clock, of which the process had the processor for `cpu`."""

    seconds: float
    cpu: float


def calibrate() -> Calibration:
    """Run the fixed workload."""
    start, cpu = perf_counter(), process_time()
    work(ROUNDS)
    seconds, cpu = perf_counter() - start, process_time() - cpu
    return Calibration(seconds / ROUNDS, cpu / ROUNDS)


def work(rounds: int) -> int:
    """What an engine in Python does most: small dicts, a queue, calls and lookups. Never to be changed."""
    queue: deque[dict[str, int]] = deque()
    kept: dict[int, dict[str, int]] = {}
    total = 0
    for number in range(rounds):
        queue.append({"x": number})
        value = queue.popleft()
        total = _add(total, value["x"])
        kept[number & 63] = value
    return total


def _add(left: int, right: int) -> int:
    return left + right
