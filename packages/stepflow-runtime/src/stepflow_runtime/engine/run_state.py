"""A run (a root or a sub-run) and the tree of runs that share a journal."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from stepflow_core import ExecutionStatus, FlowError, FlowResult, ItemCounts

from .commands import Command
from .entries import Entry, RunInfo

if TYPE_CHECKING:
    from ..language.masking import Masker
    from ..language.variables import Variables
    from .frame import Frame

DEFAULT_IN_FLIGHT = 1000
"""How many items of a run are in flight where the caller sets no limit."""


class RunState:
    """What changes while a run goes on.

    `inputs` are those that have arrived, the first of them that of item `offset`; `exhausted` says that no more
    will. `frames` are the items in flight, `results` and `statuses` what became of the others. `kind` names the
    component whose sub-run it is (`map`, `eval`, `iterate`, or nothing where a component asked for it); addresses in
    it begin with `prefix`, with the item's index where `indexed`. In debug mode `held` are the steps that are ready
    and wait to be released.
    """

    __slots__ = (
        "completed_at", "counts", "created_at", "ended_at", "exhausted", "feeding", "frames", "held", "indexed",
        "info", "inputs", "kind", "limit", "offset", "overrides", "parent", "parent_step", "prefix", "results",
        "status", "statuses", "tags", "variables",
    )  # fmt: skip

    def __init__(
        self,
        info: RunInfo,
        variables: Variables,
        *,
        inputs: list[Any],
        exhausted: bool = True,
        limit: int | None = None,
        parent: Frame | None = None,
        parent_step: int = -1,
        kind: str = "",
        prefix: str = "",
        indexed: bool = False,
        created_at: float = 0.0,
    ) -> None:
        self.info = info
        self.variables = variables
        self.inputs = inputs
        self.offset = 0
        self.exhausted = exhausted
        self.feeding = False
        self.limit = limit if limit is not None else DEFAULT_IN_FLIGHT
        self.parent = parent
        self.parent_step = parent_step
        self.kind = kind
        self.prefix = prefix
        self.indexed = indexed
        self.frames: dict[int, Frame] = {}
        self.results: list[FlowResult | None] = []
        self.statuses: list[ExecutionStatus] = []
        self.counts = {"completed": 0, "failed": 0, "skipped": 0, "cancelled": 0}
        self.ended_at: list[float | None] = []
        self.status = ExecutionStatus.RUNNING
        self.created_at = created_at
        self.completed_at: float | None = None
        self.tags: Mapping[str, str] = {}
        self.overrides: Any = None
        self.held: list[int] | None = None

    @property
    def ended(self) -> bool:
        """Whether the run has ended."""
        return self.completed_at is not None

    @property
    def begun(self) -> int:
        """How many items have been started."""
        return len(self.results)

    @property
    def total(self) -> int:
        """How many items are known so far."""
        return self.offset + len(self.inputs)

    def input(self, item: int) -> Any:
        """The input of an item that has not begun."""
        return self.inputs[item - self.offset]

    def receive(self, inputs: list[Any]) -> None:
        """Take in further inputs and let go of those that have begun: a run that is fed may be endless."""
        self.inputs = self.inputs[self.begun - self.offset :] + inputs
        self.offset = self.begun

    def compact(self) -> None:
        """Let go of what an ended run does not need any more."""
        self.parent = None

    def item_prefix(self, item: int) -> str:
        """What the addresses of an item's steps begin with."""
        return f"{self.prefix}[{item}]/" if self.indexed else self.prefix

    def item_counts(self) -> ItemCounts:
        """How many items are in which state."""
        return ItemCounts(total=self.total, pending=self.total - self.begun, running=len(self.frames), **self.counts)


class Scratch:
    """What one call of the reducer needs and leaves empty; trees that are reduced by turns can share it.

    `wakeups` are steps whose needs have ended, `fills` runs that may have room for a further item: both are
    looked at in a loop, so that no chain of consequences becomes a chain of calls.
    """

    __slots__ = ("fills", "wakeups")

    def __init__(self) -> None:
        self.wakeups: deque[tuple[Frame, int]] = deque()
        self.fills: deque[RunState] = deque()


class Tree:
    """A root run with all below it: the state that the reducer works on.

    `entries` and `commands` collect what one tick leads to; for `wakeups` and `fills` see `Scratch`.
    `masker` knows the secrets that have been met so far, if there were any.
    """

    __slots__ = ("commands", "entries", "fills", "masker", "now", "root", "runs", "wakeups")

    def __init__(self, scratch: Scratch | None = None) -> None:
        scratch = scratch or Scratch()
        self.root: RunState
        self.runs: dict[str, RunState] = {}
        self.entries: list[Entry] = []
        self.commands: list[Command] = []
        self.wakeups = scratch.wakeups
        self.fills = scratch.fills
        self.now = 0.0
        self.masker: Masker | None = None

    def keep_secret(self, texts: Iterable[str]) -> None:
        """Have these texts hidden from now on."""
        texts = tuple(texts)
        if texts and self.masker is None:
            from ..language.masking import Masker

            self.masker = Masker()
        if self.masker is not None:
            self.masker.add(texts)

    def hide(self, text: str) -> str:
        """A text without the run's secrets."""
        return text if self.masker is None else self.masker.text(text)

    def hide_in(self, error: FlowError) -> FlowError:
        """An error of the engine's own making without the run's secrets, be they in its message or its data."""
        masker = self.masker
        return error if masker is None else FlowError(error.code, masker.text(error.message), masker.value(error.data))
