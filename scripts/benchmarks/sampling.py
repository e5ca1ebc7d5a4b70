"""Measuring a program inside its process: warm-up, repeats, and the yardstick before and after each sample."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Awaitable, Callable
from math import ceil
from time import perf_counter

from msgspec import Struct

from .calibration import Calibration, calibrate

Once = Callable[[], Awaitable[object]]
"""Does the work once, from its beginning to its end, and raises where the result is not right."""

AT_LEAST = 2
"""How often a program runs before it is measured, where that is no matter of seconds."""

LONG = 0.5
"""Seconds from which on a program is measured once in every round, after a single go before."""


class Sampling(Struct, frozen=True):
    """How thoroughly to measure: `samples` of at least `seconds` each in every one of `rounds` processes.

    `runs` is over how many runs the memory that one leaves behind is measured.
    """

    rounds: int
    samples: int
    seconds: float
    runs: int


THOROUGH = Sampling(rounds=5, samples=3, seconds=0.05, runs=10_000)
QUICK = Sampling(rounds=2, samples=3, seconds=0.02, runs=1_000)


class Sample(Struct, frozen=True):
    """One figure (seconds or bytes) with its yardstick, taken beside it, and the calibrations that this is from."""

    value: float
    yardstick: float | None = None
    calibrations: tuple[Calibration, ...] = ()


async def time(once: Once, sampling: Sampling) -> list[Sample]:
    """Seconds that the work takes. Garbage of one sample is not left to the next."""
    fastest = await _warm_up(once, sampling.seconds)
    repeats = max(1, ceil(sampling.seconds / fastest))
    return [await _timed(once, repeats) for _ in range(sampling.samples if fastest < LONG else 1)]


async def _timed(once: Once, repeats: int) -> Sample:
    gc.collect()
    before = calibrate()
    start = perf_counter()
    for _ in range(repeats):
        await once()
    took = (perf_counter() - start) / repeats
    after = calibrate()
    # The shorter one: whatever else the machine did meanwhile can only have made the other longer.
    return Sample(took, min(before.seconds, after.seconds), (before, after))


async def _warm_up(once: Once, seconds: float) -> float:
    """Run the work for a while; seconds of the fastest go."""
    begin, fastest, count = perf_counter(), float("inf"), 0
    while perf_counter() - begin < (LONG if count < AT_LEAST else seconds):
        start = perf_counter()
        await once()
        fastest = min(fastest, perf_counter() - start)
        count += 1
    return fastest


async def kept(once: Once, sampling: Sampling) -> list[Sample]:
    """Bytes that stay allocated for each time that the work was done."""
    for _ in range(AT_LEAST):
        await once()
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(sampling.runs):
        await once()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return [Sample((after - before) / sampling.runs)]


async def peak(once: Once, sampling: Sampling) -> list[Sample]:
    """Most bytes allocated at the same time while the work is done."""
    gc.collect()
    tracemalloc.start()
    await once()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return [Sample(most)]


METERS: dict[str, Callable[[Once, Sampling], Awaitable[list[Sample]]]] = {"time": time, "kept": kept, "peak": peak}
"""How what is measured of a program is measured."""
