"""The command `scripts/fuzz documents`."""

from __future__ import annotations

import argparse
import multiprocessing
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from .corpus import read_corpus
from .inputs import KINDS, Input, make
from .minimising import minimised
from .working import HANGS_AFTER, Failure, Share, Told, problem_of, work


class Worker:
    """A process at its share, and how far it is."""

    def __init__(self, share: Share) -> None:
        context = multiprocessing.get_context("spawn")
        self.share = share
        self.connection, ours = context.Pipe(duplex=False)
        self._at = context.Value("q", share.first)
        self.process = context.Process(target=work, args=(share, ours, self._at), daemon=True)
        self.process.start()
        ours.close()

    @property
    def at(self) -> int:
        """The number of the input that it was seen at last."""
        return int(self._at.value)

    def rest(self) -> Share:
        """What remains of the share after the input at which the process ended."""
        share = self.share
        return Share(share.seed, self.at + share.step, share.stop, share.step, share.kinds)


class Fuzzing:
    """One call of the command."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._counts: Counter[str] = Counter()
        self._failures = 0
        self._began = self._shown = time.monotonic()

    def run(self) -> int:
        """Check all inputs; the exit status."""
        first, count = self._options.first, self._options.processes
        stop = first + self._options.documents
        kinds = tuple(self._options.only or KINDS)
        shares = [Share(self._options.seed, first + each, stop, count, kinds) for each in range(count)]
        workers = {worker.connection: worker for worker in map(Worker, shares)}
        try:
            self._follow(workers)
        except KeyboardInterrupt:
            print("ended early")
        return self._summary()

    def _follow(self, workers: dict[Connection, Worker]) -> None:
        while workers:
            for connection in wait(list(workers), timeout=HANGS_AFTER):
                assert isinstance(connection, Connection)
                self._hear(workers, connection)
            self._show()

    def _hear(self, workers: dict[Connection, Worker], connection: Connection) -> None:
        try:
            told: Told = connection.recv()
        except EOFError:
            self._ended(workers, workers.pop(connection))
            return
        self._counts.update(told.counts)
        if told.failure:
            self._tell(told.failure)

    def _ended(self, workers: dict[Connection, Worker], worker: Worker) -> None:
        worker.process.join()
        if worker.process.exitcode == 0:
            return
        self._counts["process: DIED"] += 1
        self._tell(
            _deadly(
                worker.share, worker.at, f"the process ended with {worker.process.exitcode} (a hang is shown above)"
            )
        )
        if worker.rest().first < worker.share.stop:
            follower = Worker(worker.rest())
            workers[follower.connection] = follower

    def _tell(self, failure: Failure) -> None:
        self._failures += 1
        folder: Path = self._options.failures
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{failure.kind}-{self._options.seed}-{failure.number}"
        (folder / f"{name}.txt").write_text(f"{failure.value!r}\n\n{failure.reason}\n", "utf-8", "backslashreplace")
        only = " ".join(f"--only {each}" for each in self._options.only or ())
        replay = f"--seed {self._options.seed} --first {failure.number} --documents 1 {only}".rstrip()
        shown = f"{failure.value!r:.1500}\n{failure.reason[-3000:]}".encode("utf-8", "backslashreplace").decode()
        print(f"\nFAILED {name}: scripts/fuzz documents {replay}\n{shown}\n", flush=True)

    def _show(self) -> None:
        now = time.monotonic()
        if now - self._shown >= self._options.every:
            self._shown = now
            done = sum(self._counts.values())
            rate = done / (now - self._began)
            print(f"{done:,} of {self._options.documents:,}, {rate:,.0f} a second, {self._failures} failed", flush=True)

    def _summary(self) -> int:
        for name, count in sorted(self._counts.items()):
            print(f"{count:>10,}  {name}")
        verdict = "FAILED" if self._failures else "passed"
        done, seed, took = sum(self._counts.values()), self._options.seed, time.monotonic() - self._began
        print(f"{verdict}: {done:,} inputs from seed {seed} in {took:.0f} s, {self._failures} failed")
        return 1 if self._failures else 0


def _deadly(share: Share, number: int, reason: str) -> Failure:
    """An input that ended its process, made smaller by processes of their own."""
    input = make(read_corpus(), share.seed, number, share.kinds)
    if not _kills(input, input.value):
        return Failure(number, input.kind, input.value, f"{reason}; on its own it does not do so again")
    smaller = minimised(input.value, lambda value: _kills(input, value), HANGS_AFTER * 5)
    return Failure(number, input.kind, smaller, reason)


def _kills(input: Input, value: Any) -> bool:
    process = multiprocessing.get_context("spawn").Process(target=_try, args=(Input(input.kind, value, input.chance),))
    process.start()
    process.join(HANGS_AFTER / 4)
    ended = process.exitcode
    process.kill()
    process.join()
    return ended != 0


def _try(input: Input) -> None:
    problem_of(read_corpus(), input)


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz documents", description="Fuzz what the engine reads.")
    parser.add_argument("--documents", type=int, default=1_000_000, help="how many inputs (1000000)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="where chance begins (the time)")
    parser.add_argument("--first", type=int, default=0, help="the number of the first input (0)")
    parser.add_argument("--processes", type=int, default=1, help="how many at a time (1)")
    parser.add_argument("--only", action="append", choices=KINDS, help="inputs of this kind; may be given repeatedly")
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"), help="the folder for failing inputs")
    parser.add_argument("--every", type=float, default=10.0, help="how often progress is shown, in seconds (10)")
    options = parser.parse_args(arguments)
    if options.documents < 1 or options.processes < 1 or options.first < 0:
        parser.error("--documents and --processes: at least 1; --first: at least 0")
    return options


def main(arguments: Sequence[str]) -> int:
    """Fuzz as the arguments say; the exit status."""
    options = parsed(arguments)
    # Failing inputs may hold integers that no text may, and are shown all the same; the engine runs elsewhere.
    sys.set_int_max_str_digits(0)
    # Told to end, it sums up what was done, and ends its processes too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return Fuzzing(options).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
