"""Asking before something is gone for good."""

from __future__ import annotations

import sys

from .exits import UsageError
from .terminal import Terminal, harmless


def check_wanted(question: str, terminal: Terminal, *, yes: bool) -> None:
    """Ask whoever sits at the terminal, unless they have said `--yes`; programs are not asked.

    Raises `UsageError` where the answer is anything but yes.
    """
    if yes or terminal.json or not terminal.live or sys.stdin is None or not sys.stdin.isatty():
        return
    terminal.ask(f"{harmless(question)} [y/N] ")
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise UsageError("nothing is deleted, since the answer was not yes")


def counted(names: tuple[str, ...], kind: str) -> str:
    """One thing by its name, several by their number."""
    return f"the {kind} {names[0]}" if len(names) == 1 else f"{len(names)} {kind}s"
