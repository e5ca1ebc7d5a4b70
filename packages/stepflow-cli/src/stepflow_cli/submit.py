"""`stepflow submit`: run a flow on a server, on one input or on every line of a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from cyclopts import Parameter
from stepflow_core import StepflowExecutor

from .batch import run_batch
from .exits import Exit, UsageError
from .failures import Guard
from .inputs import has_input, input_of
from .interrupts import Interrupts
from .json_lines import JsonLinesFile
from .options import InputOptions, OverrideOptions, RunOptions, RunOutputOptions, VariableOptions
from .output import Output, to_json
from .parameters import FileName
from .refusals import explained
from .remote import connected
from .remote_options import ServerOptions, WaitOptions
from .request_options import flow_of, request_of
from .requests import Request, prepared
from .single import run_single
from .supervise import Supervisor
from .terminal import Terminal


def submit(
    flow: Annotated[FileName | None, Parameter(help="A flow file, or the id or name of a stored flow.")] = None,
    /,
    *,
    flow_option: Annotated[
        FileName | None, Parameter(name="--flow", help="The same as FLOW.", metavar="FLOW", show_default=False)
    ] = None,
    server: ServerOptions = ServerOptions(),
    waiting: WaitOptions = WaitOptions(),
    input: InputOptions = InputOptions(),
    variables: VariableOptions = VariableOptions(),
    running: RunOptions = RunOptions(),
    overrides: OverrideOptions = OverrideOptions(),
    output: RunOutputOptions = RunOutputOptions(),
) -> int:
    """Run a flow on a server as the command line asks; the exit code."""
    terminal = Terminal.of_process(quiet=output.quiet, verbose=output.verbose, json=output.json)
    with Guard(terminal) as guard:
        if not waiting.wait and running.timeout is not None:
            raise UsageError("--timeout cancels a run that is waited for; it does not go with --no-wait")
        request = request_of(flow_of(flow, flow_option, "submit"), input, variables, running, overrides)
        with (
            explained(request, has_input=has_input(input)),
            Output(terminal, output.output) as results,
            _given(input) as given,
        ):
            work = Submission(request, given, results, terminal)
            guard.exit = asyncio.run(_carry_out(work, server, running.timeout, wait=waiting.wait))
    return guard.exit


class Submission:
    """A request with its input (the one, or a file of many) and where the results go."""

    def __init__(self, request: Request, given: Any, output: Output, terminal: Terminal) -> None:
        self._request = request
        self._given = given
        self._output = output
        self.terminal = terminal

    async def see_through(self, executor: StepflowExecutor, supervisor: Supervisor) -> int:
        """Run the flow, show what happens, write what comes of it; the exit code."""
        request = await prepared(executor, self._request, self.terminal)
        if isinstance(self._given, JsonLinesFile):
            return await run_batch(executor, request, self._given, self._output, supervisor, self.terminal)
        return await run_single(executor, request, self._given, self._output, supervisor, self.terminal)

    async def hand_over(self, executor: StepflowExecutor) -> int:
        """Start the run and write its id; the exit code."""
        run_id = await self._start(executor, await prepared(executor, self._request, self.terminal))
        if self.terminal.json:
            self._output.write(to_json({"runId": run_id}, pretty=self._output.pretty))
            return Exit.DONE
        self._output.write(f"{run_id}\n".encode())
        if self.terminal.live:
            self.terminal.note(f"follow it: stepflow runs events {run_id} --follow")
        return Exit.DONE

    async def _start(self, executor: StepflowExecutor, request: Request) -> str:
        options: dict[str, Any] = {"variables": request.variables, "tags": request.tags}
        if isinstance(self._given, JsonLinesFile):
            options |= {"overrides": request.overrides, "max_concurrency": request.max_concurrency}
            return await executor.submit_batch(request.flow, self._given, **options)
        return await executor.submit(request.flow, self._given, request.overrides, **options)


@contextmanager
def _given(input: InputOptions) -> Iterator[Any]:
    """The input, or the checked file of inputs."""
    if input.inputs is None:
        yield input_of(input)
        return
    with JsonLinesFile(input.inputs) as lines:
        yield lines


async def _carry_out(work: Submission, server: ServerOptions, timeout: float | None, *, wait: bool) -> int:
    with Interrupts() as interrupts:
        async with connected(server) as executor:
            supervisor = Supervisor(executor, work.terminal, interrupts, timeout)
            started = work.see_through(executor, supervisor) if wait else work.hand_over(executor)
            return await supervisor.unless_asked(started)
