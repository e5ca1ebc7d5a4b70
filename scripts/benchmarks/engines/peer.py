"""What engines of others have in common: an environment of their own, and programs by the type of the work."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..sampling import Once
from ..workloads import Import, Program, Start


@dataclass(frozen=True)
class Peer:
    """A library that runs in the process that measures it. It is imported when a program is made."""

    requirements: tuple[str, ...]
    libraries: tuple[str, ...]
    cannot: Mapping[str, str]
    imported: str
    programs: Mapping[type, Callable[[Any], Once]]

    @asynccontextmanager
    async def program(self, work: Program, folder: Path) -> AsyncIterator[Once]:
        """The work, made ready by the function for its type."""
        yield self.programs[type(work)](work)

    def statement(self, work: Import) -> str | None:
        """What a program begins with."""
        return self.imported if work.part == "executor" else None

    def command(self, work: Start, folder: Path) -> list[str] | None:
        """There is no command line that runs a flow."""
        return None


def check(found: object, expected: object) -> None:
    """Raise where a result is not the right one."""
    if found != expected:
        raise ValueError(f"the result is {found!r:.200}, expected {expected!r:.200}")


NO_FILES = "what it runs is built by code, not read from files"
NO_COMMAND = "it has no command line that runs a flow"
AT_ONCE = "it is imported as a whole: see `import/executor`"
IN_MINUTES = "so many would take it minutes"
"""Reasons that several of them have."""
