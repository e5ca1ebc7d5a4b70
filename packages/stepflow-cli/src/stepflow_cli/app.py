"""The `stepflow` command: what it offers, and how it starts and ends."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from . import __version__
from .exits import Exit, UsageError
from .group_helps import GROUPS, GroupHelp
from .helps import COMMANDS, Help

if TYPE_CHECKING:
    from cyclopts import App, CycloptsError

_COMPLETION = "stepflow_cli.completion:install_completion"
_HELP = "Run, validate, test and serve flows: YAML or JSON documents made of component steps."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with the process's arguments, or those given; its exit code."""
    tokens = sys.argv[1:] if arguments is None else list(arguments)
    if tokens == ["--version"]:  # said at once, without importing what commands need
        sys.stdout.write(f"{__version__}\n")
        return Exit.DONE
    try:
        return _called(tokens)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except OSError as error:  # of the help pages; the commands tell their own
        return _unwritable(error)


def build() -> App:
    """The command line; a command's module is imported when the command is used."""
    from cyclopts import App

    app = App(
        name="stepflow",
        help=_HELP,
        version=__version__,
        help_format="markdown",
        version_format="plaintext",
        result_action="return_value",
        suppress_keyboard_interrupt=False,
        help_epilogue="`stepflow COMMAND --help` shows the options of one, with examples.",
    )
    _register(app, COMMANDS)
    for order, (name, group) in enumerate(GROUPS.items(), len(COMMANDS)):
        app.command(_group(name, group, order))
    app.command(_COMPLETION, name="--install-completion", help="Install tab completion for this shell.")
    return app


def _group(name: str, group: GroupHelp, order: int) -> App:
    from cyclopts import App

    more = f"`stepflow {name} COMMAND --help` shows the options of one, with examples."
    app = App(name=name, help=group.text, help_epilogue=more, sort_key=order)
    _register(app, group.commands)
    return app


def _register(app: App, commands: Mapping[str, Help]) -> None:
    for order, (name, each) in enumerate(commands.items()):
        epilogue = f"Examples:\n\n{each.examples}"
        app.command(each.target, name=name, help=each.text, sort_key=order, help_epilogue=epilogue)


def _called(tokens: list[str]) -> int:
    from cyclopts import CycloptsError

    try:
        code = build()(tokens, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        return _misused(error, tokens)
    return code if isinstance(code, int) else Exit.DONE


def _misused(error: CycloptsError, tokens: list[str]) -> int:
    from .failures import report
    from .terminal import Terminal

    command = " ".join(["stepflow", *(error.command_chain or ())])
    terminal = Terminal.of_process(json="--json" in tokens)
    return report(UsageError(f"{_words(error)} `{command} --help` shows what there is."), terminal)


def _words(error: CycloptsError) -> str:
    from cyclopts import UnknownCommandError, UnusedCliTokensError

    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        return f"Unexpected: {' '.join(error.unused_tokens)}."
    if isinstance(error, UnknownCommandError) and error.unused_tokens and error.unused_tokens[0].startswith("-"):
        return f"Unknown option: {error.unused_tokens[0]}."
    words = str(error)
    return words if words.endswith((".", "?")) else f"{words}."


def _unwritable(error: OSError) -> int:
    from .failures import report
    from .terminal import Terminal, discard

    if sys.stdout is not None:
        discard(sys.stdout)
    return report(UsageError(f"standard output cannot be written: {error.strerror}"), Terminal.of_process())
