"""A process that makes and checks inputs: one after the other, each of them watched."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from msgspec import Struct
from stepflow_runtime.virtual_time import run_virtual

from .checks import Checks
from .corpus import Corpus, read_corpus
from .inputs import Input, make
from .minimising import minimised

HANGS_AFTER: Final = 60.0
"""After how many seconds an input counts as one that hangs: the process shows where, and ends."""

REPORT_EVERY: Final = 200


class Failure(Struct, frozen=True):
    """An input that failed, as small as could be made, and why."""

    number: int
    kind: str
    value: Any
    reason: str


class Share(Struct, frozen=True):
    """What a process is to do: the inputs of these numbers."""

    seed: int
    first: int
    stop: int
    step: int
    kinds: tuple[str, ...]


class Told(Struct, frozen=True):
    """What a process tells: how far it has come, what came of how many inputs, and a failure."""

    at: int
    counts: dict[str, int]
    failure: Failure | None = None


def work(share: Share, connection: Connection, at: Any) -> None:
    """Do the share, and tell of it; the value of `at` is the number of the input in work."""
    faulthandler.enable()
    logging.disable(logging.CRITICAL)
    counts: Counter[str] = Counter()

    def done(number: int, outcome: str, failure: Failure | None) -> None:
        counts[outcome] += 1
        if failure or sum(counts.values()) >= REPORT_EVERY:
            connection.send(Told(number, dict(counts), failure))
            counts.clear()

    armed = 0.0

    def begun(number: int) -> None:
        nonlocal armed
        at.value = number
        # Each time it is armed it starts a thread: that is not done for every input.
        if time.monotonic() - armed > HANGS_AFTER / 10:
            armed = time.monotonic()
            faulthandler.dump_traceback_later(HANGS_AFTER, exit=True)

    check_all(read_corpus(), share, begun, done)
    faulthandler.cancel_dump_traceback_later()
    connection.send(Told(share.stop, dict(counts)))
    connection.close()


def check_all(
    corpus: Corpus,
    share: Share,
    begun: Callable[[int], None],
    done: Callable[[int, str, Failure | None], None],
) -> None:
    """Make and check the inputs of a share; `begun` and `done` are called around each."""
    numbers = range(share.first, share.stop, share.step)
    made = ((number, make(corpus, share.seed, number, share.kinds)) for number in numbers)
    for number, input, problem in check_inputs(corpus, made, begun, done):
        smaller = minimised(input.value, partial(_fails, corpus, input, problem))
        reason = problem_of(corpus, Input(input.kind, smaller, input.chance)) or problem
        done(number, f"{input.kind}: FAILED", Failure(number, input.kind, smaller, reason))


def check_inputs(
    corpus: Corpus,
    made: Iterable[tuple[int, Input]],
    begun: Callable[[int], None],
    done: Callable[[int, str, Failure | None], None],
) -> Iterable[tuple[int, Input, str]]:
    """Check inputs in one loop as long as all is well; those that fail are given, and the rest goes on in another."""
    rest = iter(made)
    while True:
        failed = run_checks(corpus, rest, begun, done)
        if failed is None:
            return
        yield failed


def run_checks(
    corpus: Corpus,
    rest: Iterable[tuple[int, Input]],
    begun: Callable[[int], None] = lambda number: None,
    done: Callable[[int, str, Failure | None], None] = lambda number, outcome, failure: None,
) -> tuple[int, Input, str] | None:
    """Check inputs up to the first that fails, which is given with its traceback."""

    async def check() -> tuple[int, Input, str] | None:
        checks, complaints = Checks(corpus, Path(folder)), list[str]()
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: complaints.append(str(context)))
        for number, input in rest:
            begun(number)
            try:
                outcome = await checks.check(input)
            except Exception:
                return number, input, traceback.format_exc(limit=-8)
            if complaints:
                return number, input, f"left behind in the loop: {complaints}"
            done(number, f"{input.kind}: {outcome}", None)
        return None

    with tempfile.TemporaryDirectory(prefix="stepflow-fuzz-") as folder:
        return run_virtual(check())


def problem_of(corpus: Corpus, input: Input) -> str | None:
    """Why an input fails, if it does."""
    failed = run_checks(corpus, [(0, input)])
    return None if failed is None else failed[2]


def _fails(corpus: Corpus, like: Input, as_: str, value: Any) -> bool:
    """Whether the value fails, and in the same place as the first one."""
    problem = problem_of(corpus, Input(like.kind, value, like.chance))
    return problem is not None and _place(problem) == _place(as_)


def _place(problem: str) -> list[str]:
    return [line.strip() for line in problem.splitlines() if line.lstrip().startswith('File "')][-1:]
