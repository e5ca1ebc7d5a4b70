"""`stepflow doctor`: whether everything that commands rely on is in order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

from .checks import Finding, Health
from .exits import Exit
from .failures import Guard
from .local_checks import check_config, check_packages, check_python, installed
from .options import ConfigOptions, ReportOptions
from .output import to_json
from .remote_options import ServerOptions
from .server_checks import check_server
from .terminal import Terminal, harmless

_STYLES = {Health.OK: ("green",), Health.WARNING: ("yellow",), Health.FAILED: ("bold", "red")}


def doctor(
    *,
    server: ServerOptions = ServerOptions(),
    config: ConfigOptions = ConfigOptions(),
    show: ReportOptions = ReportOptions(),
) -> int:
    """Look into everything and say what was found; the exit code."""
    terminal = Terminal.of_process(quiet=show.quiet, verbose=show.verbose, json=show.json)
    with Guard(terminal) as guard:
        guard.exit = report(asyncio.run(examined(server, config.config)), terminal)
    return guard.exit


async def examined(server: ServerOptions, config: Path | None) -> list[Finding]:
    """What was found here and of the server."""
    here = [check_python(), check_packages(installed()), await check_config(config)]
    return [*here, *await check_server(server)]


def report(findings: list[Finding], terminal: Terminal) -> Exit:
    """Write what was found, with quiet only what is not in order; the exit code: 2 where something has failed."""
    if terminal.json:
        terminal.write(to_json(findings, pretty=terminal.pretty))
    else:
        page = terminal.page()
        for each in findings:
            if each.health is not Health.OK or not terminal.quiet:
                for line in _lines(each, page):
                    page.say(line)
    return Exit.INVALID if any(each.health is Health.FAILED for each in findings) else Exit.DONE


def _lines(finding: Finding, page: Terminal) -> Iterator[str]:
    first, *more = harmless(finding.text).splitlines() or [""]
    health = page.style(finding.health.ljust(len(Health.WARNING)), *_STYLES[finding.health])
    yield f"{health}  {page.style(finding.about.ljust(8), 'bold')}  {first}"
    for line in more:
        yield f"{' ' * 19}{line}"
    if finding.advice is not None:
        yield f"{' ' * 19}{page.style('→', 'dim')} {finding.advice}"
