"""How the command ends: the exit codes and the error of wrong use."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stepflow_core import Diagnostic


class Exit(IntEnum):
    """What the exit code of every command says."""

    DONE = 0
    """The flow completed or was skipped; everything is valid; all cases passed."""
    FAILED = 1
    """The flow, an item of a batch or a test case failed."""
    INVALID = 2
    """The flow, an input, the config or the command line cannot be used."""
    STOPPED = 3
    """The run was cancelled by somebody else or did not end within `--timeout`."""
    INTERNAL = 70
    """Stepflow itself failed (`EX_SOFTWARE` of sysexits)."""
    INTERRUPTED = 130
    """Ctrl-C; the run was cancelled."""
    TERMINATED = 143
    """SIGTERM; the run was cancelled."""


class UsageError(Exception):
    """The command line, or a file that it names, cannot be used.

    `message` says what and how to mend it; `diagnostics` hold the places where there are several.
    """

    def __init__(self, message: str, diagnostics: Sequence[Diagnostic] = ()) -> None:
        self.message = message
        self.diagnostics = list(diagnostics)
        super().__init__(message)
