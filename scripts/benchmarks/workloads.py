"""The workloads: what is to be done, whoever does it. An engine turns each into a program of its own."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Literal, Protocol, TypeVar

from msgspec import Struct

Kind = Literal["inline", "async", "plain"]
"""How the function behind a step is called: directly, awaited, or in a thread."""

KINDS: tuple[Kind, ...] = ("inline", "async", "plain")


class Chain(Struct, frozen=True, tag=True):
    """Steps one after the other, each adding 1 to the number that the one before gave, starting from 0."""

    steps: int
    kind: Kind
    source: Literal["id", "file"] = "id"
    """What is run: a flow that was stored beforehand, or a file."""


class FanOut(Struct, frozen=True, tag=True):
    """Steps that need nothing of each other, and whose results the output lists."""

    steps: int
    kind: Kind


class Map(Struct, frozen=True, tag=True):
    """One step that runs a flow of one inline step for each item of a list."""

    items: int


class Batch(Struct, frozen=True, tag=True):
    """One run of many items, each an inline chain."""

    items: int
    steps: int


class Feed(Struct, frozen=True, tag=True):
    """One run of many items of one inline step, whose inputs come from a generator."""

    items: int


class Concurrent(Struct, frozen=True, tag=True):
    """Chains started together, each a run of its own."""

    runs: int
    steps: int
    kind: Kind


class Finished(Struct, frozen=True, tag=True):
    """An inline chain whose run is remembered when it has ended, like up to 20 000 others."""

    steps: int


class Load(Struct, frozen=True, tag=True):
    """Reading a flow from a YAML file, checking it, and making it ready to run."""

    steps: int


class Import(Struct, frozen=True, tag=True):
    """Importing a part of the engine: its `types`, all of it, or the `executor` that a program begins with."""

    part: Literal["types", "engine", "executor"]


class Start(Struct, frozen=True, tag=True):
    """A whole process of the command line: one that shows its version, or one that runs a small flow."""

    action: Literal["version", "run"]


Program = Chain | FanOut | Map | Batch | Feed | Concurrent | Finished | Load
"""What is done inside one process."""

Work = Program | Import | Start

Measure = Literal["time", "kept", "peak", "import", "start"]
"""Seconds a program takes, bytes that it leaves behind, bytes at its peak, seconds of an import, of a process."""


class Workload(Struct, frozen=True):
    """A work with what is measured of it. `per` is how many steps (runs, …) the figure is divided by.

    `heavy` ones are left out of quick runs; those that are not `steady` are too much at the mercy of the
    system's scheduler to be compared with an earlier report.
    """

    id: str
    title: str
    work: Work
    unit: Literal["µs/step", "ms", "KiB", "MiB"]
    measure: Measure = "time"
    per: int = 1
    heavy: bool = False
    steady: bool = True


class Named(Protocol):
    """What every workload has, whatever is measured of it."""

    @property
    def id(self) -> str:
        """Its name."""
        ...

    @property
    def title(self) -> str:
        """What it is, in words."""
        ...

    @property
    def heavy(self) -> bool:
        """Whether it is left out of quick runs."""
        ...


W = TypeVar("W", bound=Named)


def all_workloads() -> list[Workload]:
    """Every workload, in the order of the report."""
    return [*_chains(), *_many(), *_concurrent(), *_memory(), *_beginnings()]


def select(workloads: list[W], patterns: list[str]) -> list[W]:
    """The workloads that a pattern names: by `*`, `?` and `[…]`, by a whole id, or by a part of some."""
    names = {each.id for each in workloads}
    return [each for each in workloads if any(_matches(each.id, pattern, names) for pattern in patterns)]


def _matches(id: str, pattern: str, names: set[str]) -> bool:
    if pattern in names:
        return id == pattern
    return fnmatchcase(id, pattern) if set(pattern) & set("*?[") else pattern in id


def _chains() -> list[Workload]:
    chains = [_chain(Chain(steps, kind)) for kind in KINDS for steps in (1, 10, 100, 1_000, 10_000)]
    return [*chains, _chain(Chain(10, "inline", source="file"))]


def _chain(work: Chain) -> Workload:
    from_file = work.source == "file"
    return Workload(
        f"chain/{work.kind}/{work.steps}{'/file' if from_file else ''}",
        f"chain of {work.steps:,} {work.kind} {_plural(work.steps, 'step')}{', by file' if from_file else ''}",
        work,
        "µs/step",
        per=work.steps,
        heavy=work.steps >= 10_000 or (work.kind == "plain" and work.steps >= 1_000),
        steady=work.kind != "plain",
    )


def _many() -> list[Workload]:
    return [
        Workload("fan-out/inline/100", "100 inline steps side by side", FanOut(100, "inline"), "µs/step", per=100),
        Workload("fan-out/async/100", "100 async steps side by side", FanOut(100, "async"), "µs/step", per=100),
        Workload("map/1000", "map over 1,000 items", Map(1_000), "ms"),
        Workload("batch/5000x3", "batch of 5,000 items of 3 steps", Batch(5_000, 3), "ms"),
        Workload("load/1000", "load, validate and compile YAML of 1,000 steps", Load(1_000), "ms"),
    ]


def _concurrent() -> list[Workload]:
    kinds: tuple[Kind, ...] = ("inline", "async")
    return [
        Workload(
            f"concurrent/{kind}/{runs}",
            f"{runs:,} {'concurrent ' if runs > 1 else ''}{_plural(runs, 'run')} of 10 {kind} steps",
            Concurrent(runs, 10, kind),
            "µs/step",
            per=runs * 10,
            heavy=runs >= 10_000,
        )
        for kind in kinds
        for runs in (1, 10, 100, 1_000, 10_000)
    ]


def _memory() -> list[Workload]:
    return [
        Workload("memory/finished", "kept of a finished run of 10 steps", Finished(10), "KiB", "kept"),
        Workload("memory/feed", "peak of a batch of 100,000 generated items", Feed(100_000), "MiB", "peak", heavy=True),
    ]


def _beginnings() -> list[Workload]:
    return [
        Workload("import/types", "import of the types", Import("types"), "ms", "import"),
        Workload("import/engine", "import of the engine", Import("engine"), "ms", "import"),
        Workload("import/executor", "import of the executor from it", Import("executor"), "ms", "import"),
        Workload("start/version", "command line: its version", Start("version"), "ms", "start"),
        Workload("start/run", "command line: a small flow", Start("run"), "ms", "start"),
    ]


def _plural(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
