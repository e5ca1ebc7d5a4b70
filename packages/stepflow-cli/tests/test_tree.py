"""The steps of a run as a tree that grows with its events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from stepflow_cli.tree import Node, RunTree, reason_of
from stepflow_core import FlowError, FlowResult, RunEvent

Make = Callable[..., RunEvent]
SAID = (("progress", "half\nway"), ("token", "text"), ("data", {"a": 1}), ("log", 5))


def grown(*events: RunEvent) -> Node:
    """The root after these events, a second apart."""
    tree = RunTree("flow")
    for second, each in enumerate(events):
        tree.apply(each, float(second))
    return tree.root


def outline(node: Node) -> dict[str, object]:
    """The labels and states below a node."""
    return {each.label: outline(each) or each.state for each in node.children.values()}


def test_steps_appear_when_they_are_needed(event: Make) -> None:
    """Steps that turn out to be needed are pending, in their order."""
    root = grown(event("run_created"), event("steps_needed", step_ids=["b", "a"]))
    assert outline(root) == {"b": "pending", "a": "pending"}
    assert list(root.children) == ["b", "a"]
    assert root.state == "running"


def test_a_step_runs_retries_and_ends(event: Make) -> None:
    """A step's state, attempt and time follow its events."""
    error = FlowError(503, "gone\naway")
    start = event("step_started", "a", attempt=1)
    retry = event("step_retrying", "a", attempt=1, error=error, delay=1.5)
    [node] = grown(start, retry).children.values()
    assert (node.state, node.note) == ("retrying", "again in 1.5 s: gone away")
    end = event("step_completed", "a", attempt=2, status="completed", duration_ms=1250.0)
    [node] = grown(start, retry, event("step_started", "a", attempt=2), end).children.values()
    assert (node.state, node.attempt, node.seconds, node.note) == ("completed", 2, 1.25, "")
    assert node.started == 0


def test_failures_say_why(event: Make) -> None:
    """A failed step shows its error, a skipped one its reason, on one line."""
    failed = event("step_completed", "a", status="failed", result=FlowResult.failed(8, "smoke\nin the oven"))
    skipped = event("step_completed", "b", status="skipped", result=FlowResult.skipped("a was skipped"))
    notes = [each.note for each in grown(failed, skipped).children.values()]
    assert notes == ["8 smoke in the oven", "a was skipped"]


def test_steps_inside_are_branches(event: Make) -> None:
    """The steps of a flow inside stand below the step that runs it."""
    root = grown(
        event("step_started", "outer"),
        event("steps_needed", "outer", step_ids=["x/y"]),
        event("step_completed", "outer/x%2Fy", status="completed"),
    )
    assert outline(root) == {"outer": {"x/y": "completed"}}


def test_of_rounds_the_latest_is_kept(event: Make) -> None:
    """The rounds of a loop take each other's place."""
    root = grown(
        event("sub_run_created", "loop", run_id="s0", item_count=1),
        event("step_started", "loop[0]/a"),
        event("sub_run_created", "loop", run_id="s1", item_count=1),
        event("step_started", "loop[1]/b"),
    )
    assert outline(root) == {"loop": {"[1]": {"b": "running"}}}


def test_of_the_iterations_of_a_loop_the_latest_is_kept(event: Make) -> None:
    """They are frames of the run itself; those below one go with it."""
    root = grown(
        event("step_started", "loop"),
        event("steps_needed", "loop[0]", step_ids=["a", "b"]),
        event("step_completed", "loop[0]/a", status="completed"),
        event("steps_needed", "loop[1]", step_ids=["a", "b"]),
        event("step_started", "loop[1]/a"),
        event("steps_needed", "loop[1]/a[0]", step_ids=["x"]),
    )
    assert outline(root) == {"loop": {"[1]": {"a": {"[0]": {"x": "pending"}}, "b": "pending"}}}


def test_items_are_counted(event: Make) -> None:
    """Of a map only how many items ended is shown, however many steps they have."""
    root = grown(
        event("run_created"),
        event("sub_run_created", "fan", run_id="sub", item_count=3),
        event("steps_needed", "fan[0]", run_id="sub", step_ids=["a"]),
        event("step_started", "fan[0]/a", run_id="sub"),
        event("sub_run_created", "fan[0]/inner", run_id="deep", item_count=2),
        event("run_completed", run_id="deep", status="failed"),
        event("item_completed", run_id="sub", item_index=0, status="completed"),
        event("item_completed", run_id="sub", item_index=1, status="failed"),
    )
    [node] = root.children.values()
    assert (node.total, node.done, node.failed_items, node.children) == (3, 2, 1, {})
    assert root.state == "running"


def test_the_run_ends(event: Make) -> None:
    """The root has the run's outcome and time."""
    end = event("run_completed", status="failed", timestamp=datetime(2026, 1, 2, 0, 0, 3, tzinfo=UTC))
    root = grown(event("run_created"), event("step_started", "a"), end)
    assert (root.state, root.seconds) == ("failed", 3.0)


def test_steps_say_how_they_get_on(event: Make) -> None:
    """What a step says of its progress stands beside it until it ends; its data does not."""
    output = [event("step_output", "a", kind=kind, chunk=chunk) for kind, chunk in SAID]
    [node] = grown(event("step_started", "a"), *output).children.values()
    assert node.note == "half way"
    [node] = grown(*output, event("step_completed", "a", status="completed")).children.values()
    assert node.note == ""


def test_other_events_are_left_alone(event: Make) -> None:
    """Events of other types change nothing."""
    assert outline(grown(event("step_output", "a"), event("wait_opened"), event("step_ready", "a"))) == {}


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (None, ""),
        (FlowResult.success(1), ""),
        (FlowResult.skipped(), ""),
        (FlowResult.failed(1, "\x1b[31mred"), "1 [31mred"),
    ],
)
def test_reasons_are_one_printable_line(result: FlowResult | None, reason: str) -> None:
    """Nothing that a component says reaches the terminal as control characters."""
    assert reason_of(result) == reason
