"""The engines that are measured: each turns the workloads into its own programs. One class each, in its own module."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from pathlib import Path
from typing import Protocol

from ..sampling import Once
from ..workloads import Import, Program, Start

MODULES = {"stepflow": "stepflow", "by hand": "by_hand"}
"""The engines' names, columns of the report, with their modules. The first is the one that is ours."""

OWN = "stepflow"


class Engine(Protocol):
    """What is measured. `None` and "not done" mean that the engine has no such thing."""

    libraries: Iterable[str]
    """The distributions whose versions belong into the report."""

    def does(self, work: Program) -> bool:
        """Whether the engine has a program for the work."""
        ...

    def program(self, work: Program, folder: Path) -> AbstractAsyncContextManager[Once]:
        """The work, ready to be done any number of times; files go to `folder`. Called in a worker process."""
        ...

    def statement(self, work: Import) -> str | None:
        """The statement that imports the part."""
        ...

    def command(self, work: Start, folder: Path) -> list[str] | None:
        """The command line, after `python`, with its files in `folder`."""
        ...


def engine(name: str) -> Engine:
    """The engine of a name; what it is made of is imported when it first does something."""
    found: Engine = import_module(f"{__name__}.{MODULES[name]}").ENGINE
    return found
