"""The workloads of a server: what is asked of it, whoever it is, and the targets for ours."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

STEPS = 10
"""How many steps the flow has that is run; each hands on what it is given."""

READERS = 100


class Latency(Struct, frozen=True, tag=True):
    """How long half of the runs take at most, submitted one after the other on one connection."""


class Throughput(Struct, frozen=True, tag=True):
    """Submitting runs and waiting for their results on connections that are kept."""

    connections: int


class History(Struct, frozen=True, tag=True):
    """What so many runs leave behind: by how much later ones take longer, or how much memory has been added."""

    runs: int
    part: Literal["time", "memory"]


class Streams(Struct, frozen=True, tag=True):
    """The events of one run to many readers: of one that has ended, or from its start on.

    With `cut` each reader loses its connection once and goes on where it was.
    """

    readers: int
    live: bool
    cut: bool = False


class Beginning(Struct, frozen=True, tag=True):
    """The start of the server: until it answers, or the memory that it then has."""

    part: Literal["time", "memory"]


class ClientCall(Struct, frozen=True, tag=True):
    """One run of a stored flow by the client that belongs to the server."""


Work = Latency | Throughput | History | Streams | Beginning | ClientCall

Unit = Literal["ms", "runs/s", "deliveries/s", "times", "MiB"]

RATES = frozenset({"runs/s", "deliveries/s"})
"""Units of which more is better."""


class Workload(Struct, frozen=True):
    """A work with the unit of its figure and, where there is one, the target for it.

    `heavy` ones are left out of quick runs; what is not `steady` is too small, or too much at the mercy of the
    system, to be compared with an earlier report.
    """

    id: str
    title: str
    work: Work
    unit: Unit
    target: float | None = None
    heavy: bool = False
    steady: bool = True


def all_workloads() -> list[Workload]:
    """Every workload, in the order of the report."""
    return [*_runs(), *_history(100_000), *_streams(), *_beginnings()]


def _runs() -> list[Workload]:
    run = f"submit and wait, {STEPS} steps"
    return [
        Workload("run/1", f"{run}, 1 connection: median", Latency(), "ms", 1),
        Workload("run/16", f"{run}, 16 connections", Throughput(16), "runs/s"),
        Workload("run/64", f"{run}, 64 connections", Throughput(64), "runs/s", 4_000),
        Workload("client/run", "one run by the client: median", ClientCall(), "ms", 2),
    ]


def _history(runs: int) -> list[Workload]:
    return [
        Workload(
            f"history/{part}/{runs}", f"{what} after {runs:,} runs", History(runs, part), unit, target,
            heavy=True, steady=False,
        )
        for part, what, unit, target in _HISTORY
    ]  # fmt: skip


_HISTORY: tuple[tuple[Literal["time", "memory"], str, Unit, float], ...] = (
    ("time", "time that a run takes, to that at first,", "times", 1.15),
    ("memory", "memory more than at first", "MiB", 16),
)


def _streams() -> list[Workload]:
    to = f"events to {READERS} readers"
    return [
        Workload(id, title, Streams(READERS, live, cut), "deliveries/s", 50_000)
        for id, title, live, cut in (
            ("events/ended", f"{to}, of a run that has ended", False, False),
            ("events/live", f"{to}, of a run from its start", True, False),
            ("events/cut", f"{to}, each cut off once", True, True),
        )
    ]


def _beginnings() -> list[Workload]:
    return [
        Workload("start/ready", "from its start until it answers", Beginning("time"), "ms", 700),
        Workload("start/memory", "resident memory when it is ready", Beginning("memory"), "MiB", 80),
    ]
