"""`stepflow validate`: check flows without running them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from msgspec import Struct
from stepflow_core import Diagnostic, DiagnosticLevel, FlowLoadError, StepflowExecutor

from .executors import Executors
from .exits import Exit, UsageError
from .failures import Guard
from .flow_files import find_flows
from .options import CheckOptions, ConfigOptions, ReportOptions
from .output import to_json
from .paths import name_of
from .source_view import SourceView
from .terminal import Terminal


class Checked(Struct, frozen=True):
    """What came of checking one file."""

    file: str
    valid: bool
    diagnostics: list[Diagnostic]


def validate(
    *paths: Annotated[Path, Parameter(help="Flow files, and folders to search for flows.")],
    checks: CheckOptions = CheckOptions(),
    config: ConfigOptions = ConfigOptions(),
    show: ReportOptions = ReportOptions(),
) -> int:
    """Check flows as the command line asks; the exit code."""
    terminal = Terminal.of_process(quiet=show.quiet, verbose=show.verbose, json=show.json)
    with Guard(terminal) as guard:
        if not paths:
            raise UsageError("nothing to validate is given: stepflow validate PATH…")
        checked = asyncio.run(check_all(find_flows(paths), config.config, strict=checks.strict))
        _report(checked, terminal, strict=checks.strict)
        guard.exit = Exit.DONE if all(each.valid for each in checked) else Exit.INVALID
    return guard.exit


async def check_all(paths: Iterable[Path], config: Path | None, *, strict: bool) -> list[Checked]:
    """Check files one after the other, each with the components of the config that goes with it."""
    async with Executors(config) as executors:
        return [await _check(path, executors, strict=strict) for path in paths]


async def _check(path: Path, executors: Executors, *, strict: bool) -> Checked:
    try:
        return await check(path, await executors.of(path), strict=strict)
    except FlowLoadError as error:
        return Checked(name_of(path), valid=False, diagnostics=error.diagnostics)


async def check(path: Path, executor: StepflowExecutor, *, strict: bool) -> Checked:
    """Check one file with an executor's components. Raises `FlowLoadError` where it cannot be read."""
    result = await executor.validate(path, strict=strict)
    # A flow with an error can be stored and run, yet it is not what its author meant.
    return Checked(name_of(path), valid=result.valid and not result.errors, diagnostics=result.diagnostics)


def _report(checked: list[Checked], terminal: Terminal, *, strict: bool) -> None:
    if terminal.json:
        terminal.write(to_json(checked, pretty=terminal.pretty))
        return
    page = terminal.page()
    view = SourceView(page)
    hidden = {DiagnosticLevel.WARNING} if terminal.quiet and not strict else set()
    distinct = _distinct(checked)
    for diagnostics in distinct:
        for line in view.draw([each for each in diagnostics if each.level not in hidden]):
            page.say(line)
    if not terminal.quiet:
        page.say(_summary(checked, Counter(each.level for one in distinct for each in one), page))


def _distinct(checked: list[Checked]) -> list[list[Diagnostic]]:
    """The diagnostics of each file without those told before: a config's come with every flow it is for."""
    told: set[bytes] = set()
    distinct = []
    for one in checked:
        fresh = {to_json(each): each for each in one.diagnostics}
        distinct.append([each for key, each in fresh.items() if key not in told])
        told.update(fresh)
    return distinct


def _summary(checked: list[Checked], levels: Counter[DiagnosticLevel], page: Terminal) -> str:
    invalid = sum(not each.valid for each in checked)
    grave = levels[DiagnosticLevel.FATAL] + levels[DiagnosticLevel.ERROR]
    counts = [_counted(grave, "error"), _counted(levels[DiagnosticLevel.WARNING], "warning")]
    told = f" ({', '.join(filter(None, counts))})" if any(counts) else ""
    verdict = page.style(f"{invalid} invalid", "bold", "red") if invalid else page.style("all valid", "green")
    return f"{_counted(len(checked), 'flow')}: {verdict}{told}"


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}" if count else ""
