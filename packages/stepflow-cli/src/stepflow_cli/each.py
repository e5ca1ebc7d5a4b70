"""Doing the same to several things: each is done, and what went wrong with some does not keep the others from it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from msgspec import Struct
from stepflow_core import AuthenticationError, ConnectionFailedError, StepflowError, StepflowExecutor

from .exits import Exit, UsageError
from .failures import as_json
from .failures import report as report_error
from .output import to_json
from .terminal import Terminal


class Outcome(Struct, frozen=True):
    """What came of one thing: what it is called, and what it is now or what went wrong."""

    subject: str
    state: str | None = None
    error: StepflowError | UsageError | None = None


async def for_each(
    executor: StepflowExecutor, subjects: Iterable[str], work: Callable[[StepflowExecutor, str], Awaitable[str]]
) -> list[Outcome]:
    """Do the work to each subject once, in order. Raises what would go wrong with all of them."""
    return [await _one(executor, each, work) for each in dict.fromkeys(subjects)]


def report(outcomes: list[Outcome], terminal: Terminal) -> Exit:
    """Write what came of each; the exit code: 2 where something went wrong with one."""
    if terminal.json:
        terminal.write(to_json([_as_json(each) for each in outcomes], pretty=terminal.pretty))
    worst = Exit.DONE
    page = terminal.page()
    for each in outcomes:
        if each.error is not None:
            worst = max(worst, report_error(each.error, terminal))
        elif not terminal.json and not terminal.quiet:
            page.say(f"{each.subject}\t{each.state}" if not page.live else f"{each.subject}  {each.state}")
    return worst


async def _one(
    executor: StepflowExecutor, subject: str, work: Callable[[StepflowExecutor, str], Awaitable[str]]
) -> Outcome:
    try:
        return Outcome(subject, await work(executor, subject))
    except (AuthenticationError, ConnectionFailedError):
        raise
    except (StepflowError, UsageError) as error:
        return Outcome(subject, error=error)


def _as_json(outcome: Outcome) -> dict[str, object]:
    if outcome.error is not None:
        return {"id": outcome.subject, "error": as_json(outcome.error)}
    return {"id": outcome.subject, "state": outcome.state}
