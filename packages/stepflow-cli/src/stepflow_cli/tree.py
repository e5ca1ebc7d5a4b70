"""The steps of a run as a tree that grows with its events; drawing it is `live`'s."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from stepflow_core import FlowResult, RunEvent

MAX_NOTE = 200
"""How many characters of what a step says of its progress are shown."""

_RUNNING = "running"
_PENDING = "pending"
_RETRYING = "retrying"


@dataclass
class Node:
    """A step, or with an index a round or item of one: what is known of it.

    `state` is `pending`, `running`, `retrying` or how it ended (`completed`, `failed`, `skipped`,
    `cancelled`); `started` is a reading of the tree's clock; `seconds` how long it took once ended. Where
    a step runs a flow on several items, `total` counts them and `done` those that ended, `failed_items`
    those of them that failed.
    """

    label: str
    state: str = _PENDING
    attempt: int = 1
    started: float | None = None
    seconds: float | None = None
    note: str = ""
    total: int = 0
    done: int = 0
    failed_items: int = 0
    children: dict[str, Node] = field(default_factory=dict)

    @property
    def is_active(self) -> bool:
        """Whether something is being done for it."""
        return self.state in {_RUNNING, _RETRYING}

    def walk(self) -> Iterator[Node]:
        """It and all below it."""
        yield self
        for child in self.children.values():
            yield from child.walk()


class RunTree:
    """All steps of one run so far. Events are to be applied in order."""

    def __init__(self, title: str) -> None:
        self.root = Node(title)
        self._run_id = ""
        self._began: datetime | None = None
        self._sub_runs: dict[str, Node] = {}
        self._several: set[str] = set()

    def apply(self, event: RunEvent, now: float) -> None:
        """Take in what happened at `now` (seconds of any clock that only goes forward)."""
        handler = _HANDLERS.get(event.event)
        if handler is not None:
            handler(self, event, now)

    def _run_created(self, event: RunEvent, now: float) -> None:
        self._run_id = event.run_id
        self._began = event.timestamp
        self.root.state = _RUNNING
        self.root.started = now

    def _steps_needed(self, event: RunEvent, now: float) -> None:
        around = event.address  # of the step whose flow needs them
        if around is not None and self._is_hidden(around):
            return
        for step in map(_escaped, event.step_ids or []):
            self._at(step if around is None else f"{around}/{step}")

    def _step_started(self, event: RunEvent, now: float) -> None:
        node = self._of(event)
        if node is None:
            return
        node.state = _RUNNING
        node.attempt = event.attempt or 1
        node.note = ""
        if node.started is None:
            node.started = now

    def _step_retrying(self, event: RunEvent, now: float) -> None:
        node = self._of(event)
        if node is None:
            return
        node.state = _RETRYING
        reason = f": {one_line(event.error.message)}" if event.error else ""
        node.note = f"again in {event.delay or 0:.1f} s{reason}"

    def _step_output(self, event: RunEvent, now: float) -> None:
        if event.kind not in {"log", "progress"} or not isinstance(event.chunk, str):
            return
        node = self._of(event)
        if node is not None:
            node.note = one_line(event.chunk[:MAX_NOTE])

    def _step_completed(self, event: RunEvent, now: float) -> None:
        node = self._of(event)
        if node is None:
            return
        node.state = event.status or "completed"
        node.note = reason_of(event.result)
        node.attempt = event.attempt or node.attempt
        node.seconds = event.duration_ms / 1000 if event.duration_ms is not None else None
        if node.seconds is None and node.started is not None:
            node.seconds = now - node.started

    def _sub_run_created(self, event: RunEvent, now: float) -> None:
        if event.address is None or self._is_hidden(event.address):
            return
        node = self._at(event.address)
        self._sub_runs[event.run_id] = node
        if (event.item_count or 0) > 1:
            node.total = event.item_count or 0
            self._several.add(event.address)

    def _item_completed(self, event: RunEvent, now: float) -> None:
        node = self._sub_runs.get(event.run_id)
        if node is not None and node.total:
            node.done += 1
            node.failed_items += event.status == "failed"

    def _run_completed(self, event: RunEvent, now: float) -> None:
        if event.run_id != self._run_id:
            return
        self.root.state = event.status or "completed"
        self.root.seconds = (event.timestamp - self._began).total_seconds() if self._began is not None else None

    def _of(self, event: RunEvent) -> Node | None:
        address = event.address or event.step_id
        return None if address is None or self._is_hidden(address) else self._at(address)

    def _is_hidden(self, address: str) -> bool:
        """Whether it stands inside an item of several, of which only the count is shown."""
        return any(address.startswith(f"{several}[") for several in self._several)

    def _at(self, address: str) -> Node:
        """The node of an address. Of rounds (`step[3]/…`) only the latest is kept."""
        node = self.root
        for segment in address.split("/"):
            step, bracket, part = segment.partition("[")
            node = _child(node, step)
            if bracket:
                node = _latest_child(node, f"[{part}")
        return node


def reason_of(result: FlowResult | None) -> str:
    """Why a step did not succeed, in one line; empty where it did."""
    if result is None:
        return ""
    if result.error is not None:
        return f"{result.error.code} {one_line(result.error.message)}"
    return one_line(result.skipped_reason or "")


def one_line(text: str) -> str:
    """A text without line breaks and control characters."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def _child(node: Node, name: str) -> Node:
    if name not in node.children:
        node.children[name] = Node(_unescaped(name))
    return node.children[name]


def _latest_child(node: Node, name: str) -> Node:
    if name not in node.children:
        node.children = {name: Node(name)}
    return node.children[name]


def _escaped(step_id: str) -> str:
    from stepflow_runtime.language.addresses import escape

    return escape(step_id)


def _unescaped(segment: str) -> str:
    from stepflow_runtime.language.addresses import unescape

    return one_line(unescape(segment))


_HANDLERS = {
    "run_created": RunTree._run_created,
    "steps_needed": RunTree._steps_needed,
    "step_started": RunTree._step_started,
    "step_output": RunTree._step_output,
    "step_retrying": RunTree._step_retrying,
    "step_completed": RunTree._step_completed,
    "sub_run_created": RunTree._sub_run_created,
    "item_completed": RunTree._item_completed,
    "run_completed": RunTree._run_completed,
}
