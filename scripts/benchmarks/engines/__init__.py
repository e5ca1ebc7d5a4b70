"""The engines that are measured: each turns the workloads into its own programs. One class each, in its own module."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from pathlib import Path
from typing import Protocol

from ..sampling import Once
from ..workloads import Import, Program, Start

OWN = "stepflow"

PEERS = {
    "stepflow-orchestrator": "orchestrator",
    "langgraph": "langgraph",
    "llama-index-workflows": "llama_workflows",
    "burr": "burr",
}
"""Engines of others, with their modules."""

MODULES = {OWN: "stepflow", "by hand": "by_hand", **PEERS}
"""The engines' names, columns of the report, with their modules."""


class Engine(Protocol):
    """What is measured."""

    @property
    def requirements(self) -> tuple[str, ...]:
        """What is installed into an environment of its own; nothing for what is at hand."""
        ...

    @property
    def libraries(self) -> tuple[str, ...]:
        """The distributions whose versions belong into the report."""
        ...

    @property
    def cannot(self) -> Mapping[str, str]:
        """Workloads that it cannot do, by the beginning of their names, with the reason."""
        ...

    def program(self, work: Program, folder: Path) -> AbstractAsyncContextManager[Once]:
        """The work, ready to be done any number of times; files go to `folder`. Called in a worker process."""
        ...

    def statement(self, work: Import) -> str | None:
        """The statement that imports the part; `None` where there is no such part."""
        ...

    def command(self, work: Start, folder: Path) -> list[str] | None:
        """The command line, after `python`, with its files in `folder`; `None` where there is none."""
        ...


def engine(name: str) -> Engine:
    """The engine of a name; what it is made of is imported when it first does something."""
    found: Engine = import_module(f"{__name__}.{MODULES[name]}").ENGINE
    return found


def does(measured: Engine, workload: str) -> bool:
    """Whether an engine can do the workload of an id."""
    return not workload.startswith(tuple(measured.cannot))
