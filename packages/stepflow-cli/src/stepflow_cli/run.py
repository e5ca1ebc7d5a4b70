"""`stepflow run`: run a flow on one input, or on every line of a file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from cyclopts import Parameter
from stepflow_core import StepflowExecutor

from .executors import open_executor
from .failures import Guard
from .inputs import has_input, input_of
from .interrupts import Interrupts
from .options import ConfigOptions, InputOptions, OverrideOptions, RunOptions, RunOutputOptions, VariableOptions
from .output import Output
from .parameters import FileName
from .refusals import explained
from .request_options import flow_of, request_of
from .requests import Request, prepared
from .supervise import Supervisor
from .terminal import Terminal

Work = Callable[[StepflowExecutor, Request, Any, Output, Supervisor, Terminal], Awaitable[int]]


def run(
    flow: Annotated[FileName | None, Parameter(help="A flow file, or the id or name of a stored flow.")] = None,
    /,
    *,
    flow_option: Annotated[
        FileName | None, Parameter(name="--flow", help="The same as FLOW.", metavar="FLOW", show_default=False)
    ] = None,
    input: InputOptions = InputOptions(),
    variables: VariableOptions = VariableOptions(),
    running: RunOptions = RunOptions(),
    overrides: OverrideOptions = OverrideOptions(),
    config: ConfigOptions = ConfigOptions(),
    output: RunOutputOptions = RunOutputOptions(),
) -> int:
    """Run a flow as the command line asks; the exit code."""
    terminal = Terminal.of_process(quiet=output.quiet, verbose=output.verbose, json=output.json)
    with Guard(terminal) as guard:
        request = request_of(flow_of(flow, flow_option, "run"), input, variables, running, overrides)
        with explained(request, has_input=has_input(input)), Output(terminal, output.output) as results:
            guard.exit = _run(request, input, running, config, results, terminal)
    return guard.exit


def _run(
    request: Request,
    input: InputOptions,
    running: RunOptions,
    config: ConfigOptions,
    results: Output,
    terminal: Terminal,
) -> int:
    if input.inputs is not None:
        from .batch import run_batch
        from .json_lines import JsonLinesFile

        with JsonLinesFile(input.inputs) as lines:
            return _carry_out(run_batch, lines, request, running, config, results, terminal)
    from .single import run_single

    return _carry_out(run_single, input_of(input), request, running, config, results, terminal)


def _carry_out(
    work: Work,
    given: Any,
    request: Request,
    running: RunOptions,
    config: ConfigOptions,
    results: Output,
    terminal: Terminal,
) -> int:
    async def main() -> int:
        with Interrupts() as interrupts:
            async with open_executor(config.config, request.flow) as executor:
                ready = await prepared(executor, request, terminal)
                supervisor = Supervisor(executor, terminal, interrupts, running.timeout)
                return await work(executor, ready, given, results, supervisor, terminal)

    return asyncio.run(main())
