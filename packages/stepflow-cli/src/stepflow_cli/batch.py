"""Running a flow once per line of a file: inputs are read as they are needed, results written in their order."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from stepflow_core import ExecutionStatus, FlowResult, ItemCounts, StepflowExecutor

from .displays import Display, batch_display_for
from .exits import Exit
from .json_lines import JsonLinesFile
from .output import Output, to_json
from .requests import Request
from .supervise import Supervisor
from .terminal import Terminal

CANCELLED = FlowResult.failed(499, "cancelled", {"kind": "cancelled"})
"""What is written for an item that was cancelled before it had a result."""


class InOrder:
    """Passes results on in the order of their items; keeps only those that wait for an earlier one."""

    def __init__(self, write: Callable[[FlowResult], object]) -> None:
        self._write = write
        self._waiting: dict[int, FlowResult] = {}
        self.next = 0

    def put(self, index: int, result: FlowResult) -> None:
        """Take the result of an item."""
        self._waiting[index] = result
        while self.next in self._waiting:
            self._write(self._waiting.pop(self.next))
            self.next += 1

    def lacks(self, index: int) -> bool:
        """Whether the result of an item has not been put yet."""
        return index >= self.next and index not in self._waiting


async def run_batch(
    executor: StepflowExecutor,
    request: Request,
    inputs: JsonLinesFile,
    output: Output,
    supervisor: Supervisor,
    terminal: Terminal,
) -> Exit:
    """Run the flow on every line and write a line of result for each. Raises `StepflowError` on refusal."""
    run_id = await executor.submit_batch(
        request.flow,
        inputs,
        max_concurrency=request.max_concurrency,
        overrides=request.overrides,
        variables=request.variables,
        tags=request.tags,
    )
    results = InOrder(lambda result: output.write(to_json(result)))
    display = batch_display_for(terminal, request.title, inputs.count)
    _, cut = await supervisor.see_through(run_id, _collect(executor, run_id, results, display, inputs.count))
    run = await executor.get_run(run_id)
    if cut is None and run.items.total < inputs.count:
        await executor.get_batch(run_id)  # raises what kept the inputs from being read to their end
    terminal.note(_summary(run.items))
    return cut if cut is not None else _exit_of(run.status)


async def _collect(
    executor: StepflowExecutor, run_id: str, results: InOrder, display: Display | None, total: int
) -> None:
    with display or nullcontext():
        async for event in executor.events(run_id, event_types=("item_completed", "run_completed")):
            if event.run_id != run_id or event.event != "item_completed":
                continue
            if display is not None:
                display.show(event)
            if event.item_index is not None and event.result is not None:
                results.put(event.item_index, event.result)
    if results.next < total:
        await _add_missing(executor, run_id, results)


async def _add_missing(executor: StepflowExecutor, run_id: str, results: InOrder) -> None:
    """The items without a result of their own: those that were cancelled."""
    for item in (await executor.get_run_items(run_id)).items:
        if results.lacks(item.index):
            results.put(item.index, item.result or CANCELLED)


def _summary(items: ItemCounts) -> str:
    counts = {
        "completed": items.completed, "failed": items.failed, "skipped": items.skipped, "cancelled": items.cancelled,
    }  # fmt: skip
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"{items.total} {'item' if items.total == 1 else 'items'}{': ' if told else ''}{told}"


def _exit_of(status: ExecutionStatus) -> Exit:
    if status is ExecutionStatus.FAILED:
        return Exit.FAILED
    return Exit.STOPPED if status is ExecutionStatus.CANCELLED else Exit.DONE
