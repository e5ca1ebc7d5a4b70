"""Running a flow on one input."""

from __future__ import annotations

from typing import Any

from stepflow_core import ExecutionStatus, FlowResult, StepflowExecutor

from .displays import Display, display_for
from .exits import Exit
from .output import Output, to_json
from .requests import Request
from .supervise import Supervisor
from .terminal import Terminal


async def run_single(
    executor: StepflowExecutor,
    request: Request,
    input: Any,
    output: Output,
    supervisor: Supervisor,
    terminal: Terminal,
) -> Exit:
    """Run the flow, show its steps, write its result. Raises `StepflowError` where the run is refused."""
    run_id = await executor.submit(
        request.flow, input, request.overrides, variables=request.variables, tags=request.tags
    )
    display = display_for(terminal, request.title)
    result, cut = await supervisor.see_through(run_id, _result(executor, run_id, display))
    output.write(to_json(result, pretty=output.pretty))
    return cut if cut is not None else await _exit_of(executor, run_id, result)


async def _result(executor: StepflowExecutor, run_id: str, display: Display | None) -> FlowResult:
    if display is not None:
        with display:
            async for event in executor.events(run_id):
                display.show(event)
    return await executor.get_result(run_id)


async def _exit_of(executor: StepflowExecutor, run_id: str, result: FlowResult) -> Exit:
    if not result.is_failed:
        return Exit.DONE
    run = await executor.get_run(run_id)
    return Exit.STOPPED if run.status is ExecutionStatus.CANCELLED else Exit.FAILED
