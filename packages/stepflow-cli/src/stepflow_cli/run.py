"""`stepflow run`: run a flow on one input, or on every line of a file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from stepflow_core import StepflowExecutor

from .executors import open_executor
from .exits import UsageError
from .failures import Guard
from .inputs import check_sources, check_stdin_once, has_input, input_of, overrides_of, tags_of, variables_of
from .interrupts import Interrupts
from .options import ConfigOptions, InputOptions, OverrideOptions, RunOptions, RunOutputOptions, VariableOptions
from .output import Output
from .refusals import explained
from .requests import Request, flow_source, prepared
from .supervise import Supervisor
from .terminal import Terminal

Work = Callable[[StepflowExecutor, Request, Any, Output, Supervisor, Terminal], Awaitable[int]]


def run(
    flow: Annotated[str | None, Parameter(help="A flow file, or the id or name of a stored flow.")] = None,
    /,
    *,
    flow_option: Annotated[
        str | None, Parameter(name="--flow", help="The same as FLOW.", metavar="FLOW", show_default=False)
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
        check_sources(input)
        check_stdin_once(input.input, input.inputs, variables.variables, overrides.overrides)
        source = flow_source(_flow_of(flow, flow_option))
        changes = overrides_of(overrides)
        request = Request(
            flow=source,
            title=source.stem if isinstance(source, Path) else source,
            overrides=None if changes is None else changes.data,
            overrides_source=changes,
            variables=variables_of(variables),
            environ=os.environ if variables.env_variables else None,
            tags=tags_of(running.tag or []),
            max_concurrency=running.max_concurrency,
        )
        with explained(request, has_input=has_input(input)), Output(terminal, output.output) as results:
            guard.exit = _run(request, input, running, config, results, terminal)
    return guard.exit


def _flow_of(argument: str | None, option: str | None) -> str:
    if argument is not None and option is not None:
        raise UsageError(f"the flow is given twice: {argument} and --flow {option}; keep one of them")
    flow = argument if argument is not None else option
    if flow is None:
        raise UsageError("no flow is given: stepflow run FLOW, such as `stepflow run greet.yaml`")
    return flow


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
    if running.max_concurrency is not None:
        raise UsageError("--max-concurrency is about the items of a batch; it goes with --inputs")
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
