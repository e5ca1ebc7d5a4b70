"""`stepflow --install-completion`: tab completion for the shell."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from .exits import UsageError
from .failures import Guard
from .terminal import Terminal


def install_completion(
    *,
    shell: Annotated[
        Literal["zsh", "bash", "fish", "powershell"] | None,
        Parameter(help="The shell; without it the one that runs this command.", show_default=False),
    ] = None,
    output: Annotated[
        Path | None,
        Parameter(
            name=("--output", "-o"),
            help="Write the script here, not where the shell looks for it.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
) -> int:
    """Write the completion script and have the shell load it; the exit code."""
    from cyclopts.completion import ShellDetectionError

    from .app import build

    terminal = Terminal.of_process()
    with Guard(terminal) as guard:
        try:
            script = build().install_completion(shell=shell, output=output, add_to_startup=output is None)
        except ShellDetectionError:
            raise UsageError("the shell is not known: name it with --shell") from None
        except OSError as error:
            raise UsageError(f"the completion script cannot be written: {error}") from None
        terminal.say(f"{script} is written; tab completion works in shells that are started from now on")
    return guard.exit
