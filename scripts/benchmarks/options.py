"""What the commands have in common: options, the choice of workloads, how they end."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from . import report as reports
from .environments import default_cache
from .processes import ProcessError
from .report import Report, ReportError
from .workloads import Named, select

FAILED, MISUSED = 1, 2

W = TypeVar("W", bound=Named)


def add_common(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command has."""
    add = parser.add_argument
    add("--quick", action="store_true", help="fewer samples, without the largest workloads")
    add("--only", metavar="PATTERN", action="append", default=[], help="only workloads of such a name; repeatable")
    add("--list", action="store_true", help="show the names of the workloads, and measure nothing")
    add("--json", metavar="FILE", type=Path, help="write the report")
    add("--markdown", metavar="FILE", type=Path, help="write the page for the documentation")
    add("--compare", metavar="FILE", type=Path, help="fail where a ratio is over 1.5 times that of this report")
    add("--report", metavar="FILE", type=Path, help="take this report and measure nothing")


def add_peers(parser: argparse.ArgumentParser) -> None:
    """Add the options about what others have made."""
    add = parser.add_argument
    add("--no-peers", action="store_true", help="measure ours alone, and install nothing")
    add("--cache", metavar="DIR", type=Path, default=default_cache(), help="where those of others are installed")


def chosen(workloads: list[W], options: argparse.Namespace, parser: argparse.ArgumentParser) -> list[W]:
    """The workloads asked for; ends the command where there are none."""
    workloads = [each for each in workloads if not (options.quick and each.heavy)]
    unknown = [pattern for pattern in options.only if not select(workloads, [pattern])]
    if unknown:
        names = ", ".join(each.id for each in workloads)
        parser.error(f"no workload is named {', '.join(map(repr, unknown))}; there are {names}")
    return select(workloads, options.only) if options.only else workloads


def listed(workloads: list[W]) -> str:
    """The names of workloads with their titles."""
    width = max(len(each.id) for each in workloads) + 2
    return "\n".join(f"{each.id:{width}}{each.title}" for each in workloads)


def guarded(run: Callable[[], int]) -> int:
    """What a command does, whatever goes wrong; the exit status: 1 for a failure, 2 for wrong use."""
    try:
        return run()
    except ReportError as problem:
        tell(f"bench: {problem}")
        return MISUSED
    except ProcessError as problem:
        tell(f"bench: {problem}")
        return FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read the table has seen enough of it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def check_writable(*files: Path | None) -> None:
    """Whether the files can be written, before minutes are spent. Raises `ReportError`."""
    for file in files:
        if file is not None and not file.parent.is_dir():
            raise ReportError(f"{file} cannot be written: there is no directory {file.parent}")


def write(report: Report, options: argparse.Namespace, page: Callable[[Report], str]) -> None:
    """Write the report and its page, as far as asked for. Raises `ReportError`."""
    try:
        if options.json is not None:
            reports.write(report, options.json)
        if options.markdown is not None:
            options.markdown.write_text(page(report), encoding="utf-8")
    except OSError as error:
        raise ReportError(f"the report could not be written: {error}") from None


def tell(line: str) -> None:
    """Tell how far it is, or what went wrong."""
    print(line, file=sys.stderr, flush=True)
