"""`stepflow runs cancel` and `stepflow runs delete`: the ends of runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from stepflow_core import StepflowExecutor

from .asking import check_wanted, counted
from .each import Outcome, for_each, report
from .exits import UsageError
from .failures import Guard
from .options import ReportOptions
from .remote import on_server
from .remote_options import CancelOptions, DeleteOptions, ServerOptions
from .run_ids import RunIds, check_run_ids, run_id_of
from .terminal import Terminal


def cancel_runs(
    *runs: RunIds,
    server: ServerOptions = ServerOptions(),
    how: CancelOptions = CancelOptions(),
    show: ReportOptions = ReportOptions(),
) -> int:
    """Cancel runs as the command line asks; the exit code."""

    async def cancel(executor: StepflowExecutor, run_id: str) -> str:
        return (await executor.cancel_run(await run_id_of(executor, run_id), how.reason)).status

    return _end(runs, cancel, "cancel", server, show)


def delete_runs(
    *runs: RunIds,
    server: ServerOptions = ServerOptions(),
    how: DeleteOptions = DeleteOptions(),
    show: ReportOptions = ReportOptions(),
) -> int:
    """Delete runs as the command line asks; the exit code."""

    async def delete(executor: StepflowExecutor, run_id: str) -> str:
        await executor.delete_run(await run_id_of(executor, run_id))
        return "deleted"

    def check(terminal: Terminal) -> None:
        what = counted(runs, "run")
        check_wanted(
            f"Delete {what} with all that is kept of {'it' if len(runs) == 1 else 'them'}?", terminal, yes=how.yes
        )

    return _end(runs, delete, "delete", server, show, check)


def _end(
    runs: Sequence[str],
    end: Callable[[StepflowExecutor, str], Awaitable[str]],
    name: str,
    server: ServerOptions,
    show: ReportOptions,
    check: Callable[[Terminal], None] = lambda terminal: None,
) -> int:
    terminal = Terminal.of_process(quiet=show.quiet, verbose=show.verbose, json=show.json)
    with Guard(terminal) as guard:
        if not runs:
            raise UsageError(f"no run is given: stepflow runs {name} RUN…")
        check_run_ids(*runs)
        check(terminal)
        outcomes: list[Outcome] = on_server(server, lambda executor: for_each(executor, runs, end))
        guard.exit = report(outcomes, terminal)
    return guard.exit
