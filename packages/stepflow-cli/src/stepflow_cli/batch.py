"""Running a flow once per line of a file: inputs are read as they are needed, results written in their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext

from stepflow_core import ExecutionStatus, FlowResult, StepflowExecutor

from .displays import Display, batch_display_for
from .exits import Exit
from .json_lines import JsonLinesFile
from .output import Output, to_json
from .requests import Request
from .supervise import Supervisor
from .terminal import Terminal

CANCELLED = FlowResult.failed(499, "cancelled", {"kind": "cancelled"})
"""What is written for an item that was cancelled before it had a result."""
_TOLD = (ExecutionStatus.COMPLETED, ExecutionStatus.FAILED, ExecutionStatus.SKIPPED, ExecutionStatus.CANCELLED)


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
    (status, ended), cut = await supervisor.see_through(run_id, _collect(executor, run_id, results, display))
    if cut is None and ended.total() < inputs.count:
        await executor.get_batch(run_id)  # raises what kept the inputs from being read to their end
    if results.next < ended.total():
        await _add_missing(executor, run_id, results)
    terminal.note(_summary(ended))
    return cut if cut is not None else _exit_of(status)


async def _collect(
    executor: StepflowExecutor, run_id: str, results: InOrder, display: Display | None
) -> tuple[str | None, Counter[str]]:
    """How the run ended, and how many items in which state."""
    status: str | None = None
    ended: Counter[str] = Counter()
    with display or nullcontext():
        async for event in executor.events(run_id, event_types=("item_completed", "run_completed")):
            if event.run_id != run_id:
                continue
            if event.event == "run_completed":
                status = event.status
                continue
            if display is not None:
                display.show(event)
            ended[event.status or ""] += 1
            if event.item_index is not None and event.result is not None:
                results.put(event.item_index, event.result)
    return status, ended


async def _add_missing(executor: StepflowExecutor, run_id: str, results: InOrder) -> None:
    """The items without a result of their own: those that were cancelled."""
    for item in (await executor.get_run_items(run_id)).items:
        if results.lacks(item.index):
            results.put(item.index, item.result or CANCELLED)


def _summary(ended: Counter[str]) -> str:
    total = ended.total()
    told = ", ".join(f"{ended[each]} {each}" for each in _TOLD if ended[each])
    return f"{total} {'item' if total == 1 else 'items'}{': ' if told else ''}{told}"


def _exit_of(status: str | None) -> Exit:
    if status == ExecutionStatus.FAILED:
        return Exit.FAILED
    return Exit.STOPPED if status == ExecutionStatus.CANCELLED else Exit.DONE
