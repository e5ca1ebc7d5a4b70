"""Drawing on a terminal."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console
from stepflow_cli.displays import batch_display_for, display_for
from stepflow_cli.live import LiveCount, LiveTree, bar, render
from stepflow_cli.tree import Node
from stepflow_core import FlowResult, RunEvent

Make = Callable[..., RunEvent]
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def lines_of(root: Node, *, height: int = 50, encoding: str = "utf-8", now: float = 10.0) -> list[str]:
    """The tree as a terminal of this height shows it."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    console = Console(file=stream, width=100, height=height)
    with console.capture() as captured:
        console.print(render(root, now, console))
    return [line.rstrip() for line in captured.get().splitlines()]


def flow(*children: Node, **more: Any) -> Node:
    """A root with these steps."""
    return Node("flow", children={each.label: each for each in children}, **more)


def test_draws_states_attempts_and_times() -> None:
    """Each step has a line with its state, attempt, time and what there is to say."""
    root = flow(
        Node("a", state="completed", seconds=0.012),
        Node("b", state="running", attempt=2, started=7.5),
        Node("c", state="failed", seconds=1.0, note="8 smoke"),
        Node("d", children={"e": Node("e", state="skipped")}),
        state="running",
        started=5.0,
    )
    lines = lines_of(root)
    assert lines[0].endswith(" flow  5.00 s")
    assert lines[1:] == [
        "  ✓ a  12 ms",
        f"  {lines[2].strip()[0]} b  attempt 2  2.50 s",
        "  ✗ c  1.00 s  8 smoke",
        "  · d",
        "    ⊘ e",
    ]


def test_draws_maps_as_bars() -> None:
    """A step with several items shows how many have ended and failed."""
    [_, line] = lines_of(flow(Node("fan", state="running", total=4, done=1, failed_items=1)))
    assert line.endswith(" fan  ━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 1/4, 1 failed")


def test_needs_no_unicode() -> None:
    """A terminal of another encoding gets ASCII."""
    lines = lines_of(
        flow(Node("a", state="completed"), Node("b", state="running", total=2, done=1)), encoding="iso-8859-1"
    )
    assert all(line.isascii() for line in lines)


def test_text_of_any_kind_fits_where_there_is_no_unicode() -> None:
    """What is written in escapes is measured as that, so that a line stays one."""
    lines = lines_of(flow(Node("ü" * 60, state="failed", note="ß" * 60)), encoding="ascii")
    assert len(lines) == 2
    assert all(line.isascii() and len(line) <= 100 for line in lines)


def test_large_flows_show_what_runs_with_its_neighbours() -> None:
    """Where there are more steps than lines, those before and after the one that runs are shown."""
    steps = [Node(f"s{each}", state="completed" if each < 100 else "pending") for each in range(200)]
    steps[100].state = "running"
    names = [line.split()[1] for line in lines_of(flow(*steps, state="running"), height=14)[1:-1]]
    assert names == [f"s{each}" for each in range(96, 105)]


def test_large_flows_fit() -> None:
    """Where there are more steps than lines, what runs or failed is shown, then what stands around."""
    steps = [Node(f"s{each}", state="completed") for each in range(200)]
    steps[3].state = "failed"
    steps[120].state = "running"
    lines = lines_of(flow(*steps, state="running"), height=14)
    assert len(lines) == 11
    assert [name in "\n".join(lines) for name in ("s3", "s119", "s120", "s121")] == [True] * 4
    assert lines[-1].strip() == "… and 191 more"


def test_long_notes_stay_on_their_line() -> None:
    """What does not fit is cut, so that a step is one line."""
    assert len(lines_of(flow(Node("a", state="failed", note="x" * 500)))) == 2


@pytest.mark.parametrize(("share", "filled"), [(0.0, 0), (0.5, 10), (1.0, 20)])
def test_bars(share: float, filled: int) -> None:
    """A bar is filled by its share."""
    assert bar(share).count("━") == filled
    assert bar(share, ascii_only=True).count("#") == filled


async def test_a_run_is_drawn_and_stays(screens: Any, event: Make) -> None:
    """The tree is drawn when the run has ended, at the latest; what is said meanwhile stands above it."""
    screen = screens(tty=True)
    display = display_for(screen, "greet")
    assert isinstance(display, LiveTree)
    with display:
        display.show(event("run_created"))
        screen.say("a message")
        display.show(event("step_started", "a", attempt=1))
        display.show(event("step_completed", "a", status="failed", result=FlowResult.failed(8, "smoke")))
        display.show(event("run_completed", status="failed"))
    text = _CONTROL.sub("", screen.said)
    assert "✗ greet" in text
    assert "✗ a" in text
    assert "8 smoke" in text
    assert text.index("a message") < text.index("✗ a")
    assert screen.said.endswith("\x1b[?25h") or "\x1b[?25h" in screen.said
    screen.say("after")
    assert screen.said.endswith("after\n")


async def test_a_batch_is_a_bar(screens: Any, event: Make) -> None:
    """A batch shows how many items have ended."""
    screen = screens(tty=True)
    display = batch_display_for(screen, "greet", 2)
    assert isinstance(display, LiveCount)
    with display:
        display.show(event("item_completed", item_index=0, status="completed"))
        display.show(event("item_completed", item_index=1, status="failed"))
    assert "2/2, 1 failed" in _CONTROL.sub("", screen.said)


@pytest.mark.parametrize(("status", "sign"), [("cancelled", "■"), ("completed", "■"), ("failed", "✗")])
async def test_a_batch_that_was_cut_short(screens: Any, event: Make, status: str, sign: str) -> None:
    """A batch whose items have not all ended well does not look as if they had."""
    screen = screens(tty=True)
    with batch_display_for(screen, "greet", 3) as display:
        display.show(event("item_completed", item_index=0, status=status))
    assert f"{sign} greet" in _CONTROL.sub("", screen.said)
