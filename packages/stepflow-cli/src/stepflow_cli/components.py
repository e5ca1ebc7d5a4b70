"""`stepflow list-components`: the components that flows can use."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import msgspec
from msgspec.structs import replace
from stepflow_core import ComponentInfo

from .executors import open_executor
from .failures import Guard
from .options import ConfigOptions, ListOptions, ReportOptions
from .output import to_json
from .terminal import Terminal


def list_components(
    *,
    listing: ListOptions = ListOptions(),
    config: ConfigOptions = ConfigOptions(),
    show: ReportOptions = ReportOptions(),
) -> int:
    """List components as the command line asks; the exit code."""
    terminal = Terminal.of_process(quiet=show.quiet, verbose=show.verbose, json=show.json)
    with Guard(terminal) as guard:
        components = asyncio.run(_listed(config))
        if terminal.json:
            shown = components if listing.schemas else [_without_schemas(each) for each in components]
            terminal.write(to_json(shown, pretty=terminal.pretty))
        else:
            _print(components, terminal, schemas=listing.schemas)
    return guard.exit


async def _listed(config: ConfigOptions) -> list[ComponentInfo]:
    async with open_executor(config.config) as executor:
        return sorted(await executor.list_components(), key=lambda each: each.path)


def _without_schemas(component: ComponentInfo) -> ComponentInfo:
    return replace(component, input_schema=None, output_schema=None)


def _print(components: list[ComponentInfo], terminal: Terminal, *, schemas: bool) -> None:
    page = terminal.page()
    if not components:
        terminal.note("there are no components: the config has no route to a plugin that has any")
    if schemas:
        lines = _with_schemas(components, page)
    elif page.live:
        lines = _table(components, page)
    else:
        lines = (f"{each.path}\t{_one_line(each.description)}".rstrip() for each in components)
    for line in lines:
        page.say(line)


def _table(components: list[ComponentInfo], page: Terminal) -> Iterator[str]:
    from rich.console import Console
    from rich.table import Table

    table = Table("Component", "Description", header_style="bold", box=None, pad_edge=False)
    for each in components:
        table.add_row(each.path, _one_line(each.description))
    console = Console(width=page.width, force_terminal=True, no_color=not page.colours, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(table)
    yield from captured.get().splitlines()


def _with_schemas(components: list[ComponentInfo], page: Terminal) -> Iterator[str]:
    for each in components:
        yield page.style(each.path, "bold")
        if each.description:
            yield f"  {_one_line(each.description)}"
        for name, schema in (("input", each.input_schema), ("output", each.output_schema)):
            if schema is not None:
                yield f"  {page.style(f'{name}:', 'cyan')} {msgspec.json.encode(schema).decode()}"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
