"""What a runtime remembers of its runs: those that go on, and the newest of those that have ended."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from stepflow_core import ConflictError, NotFoundError
from stepflow_core.arguments import shown

if TYPE_CHECKING:
    from .engine.driver import Execution
    from .engine.journal import Journal
    from .engine.run_state import RunState, Tree

DEFAULT_KEPT = 1000
"""How many ended root runs are kept where the store says nothing."""


class RunRecord:
    """A root run with its sub-runs and its journal; `execution` while it goes on.

    `failure` is what the inputs or a function of the caller raised, which ended it.
    """

    __slots__ = ("execution", "failure", "idempotency_key", "journal", "root", "runs")

    def __init__(self, execution: Execution) -> None:
        self.execution: Execution | None = execution
        self.journal: Journal = execution.journal
        tree: Tree = execution.tree
        self.root: RunState = tree.root
        self.runs: dict[str, RunState] = tree.runs
        self.failure: BaseException | None = None
        self.idempotency_key: str | None = None


class History:
    """Runs by id. Of the ended ones the newest `keep` root runs stay, with all that belongs to them."""

    def __init__(self, keep: int = DEFAULT_KEPT) -> None:
        self._keep = keep
        self._records: OrderedDict[str, RunRecord] = OrderedDict()
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._keys: dict[str, tuple[bytes, str]] = {}

    def add(self, execution: Execution) -> RunRecord:
        """Remember a run that begins."""
        record = RunRecord(execution)
        self._records[record.root.info.id] = record
        return record

    def end(self, execution: Execution) -> None:
        """A run has ended: keep only what can be asked for."""
        root_id = execution.tree.root.info.id
        record = self._records.get(root_id)
        if record is None:
            return
        record.execution = None
        record.failure = execution.failure
        for run in record.runs.values():
            run.compact()
        self._ended[root_id] = None
        if len(self._ended) > self._keep:
            oldest, _ = self._ended.popitem(last=False)
            self._forget(oldest)

    def _forget(self, root_id: str) -> None:
        record = self._records.pop(root_id)
        if record.idempotency_key is not None:
            self._keys.pop(record.idempotency_key, None)

    def find(self, run_id: str) -> tuple[RunRecord, RunState]:
        """A run and the record that it is in. Raises `NotFoundError`."""
        record = self._records.get(run_id) if isinstance(run_id, str) else None
        if record is not None:
            return record, record.root
        for record in self._records.values() if isinstance(run_id, str) else ():
            run = record.runs.get(run_id)
            if run is not None:
                return record, run
        raise NotFoundError(f"no run has the id {shown(run_id, 80)}")

    def delete(self, run_id: str) -> None:
        """Forget a root run that has ended. Raises `NotFoundError`, `ConflictError`."""
        record, run = self.find(run_id)
        if run is not record.root:
            root_id = record.root.info.id
            raise ConflictError(f"{run_id} is a sub-run: it goes with its root run {root_id}")
        if not run.ended:
            raise ConflictError(f"the run {run_id} has not ended: cancel it first")
        self._ended.pop(run_id, None)
        self._forget(run_id)

    def runs(self) -> Iterator[RunState]:
        """All runs, newest root runs first, each followed by its sub-runs."""
        for record in reversed(self._records.values()):
            yield from sorted(record.runs.values(), key=_newest_first)

    def uses(self, flow_id: str) -> bool:
        """Whether a run that has not ended runs the flow."""
        return any(not run.ended and run.info.plan.id == flow_id for run in self.runs())

    # ---- idempotency

    def known(self, key: str) -> tuple[bytes, str] | None:
        """The request and the run that a key was used for."""
        return self._keys.get(key)

    def remember_key(self, record: RunRecord, key: str, request: bytes) -> None:
        """Note what a key was used for, for as long as its run is kept."""
        record.idempotency_key = key
        self._keys[key] = (request, record.root.info.id)


def _newest_first(run: RunState) -> float:
    return -run.created_at
