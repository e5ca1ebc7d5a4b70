"""Runs shown as lines."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from stepflow_cli.displays import FailedItems, JsonLines, PlainLines, batch_display_for, display_for
from stepflow_core import FlowError, FlowResult, RunEvent

Make = Callable[..., RunEvent]


@pytest.mark.parametrize(
    ("name", "address", "more", "line"),
    [
        ("run_created", None, {}, "run_created run"),
        ("step_started", "a", {"attempt": 1, "component": "/mock/a"}, "step_started a /mock/a"),
        ("step_started", "a", {"attempt": 2, "component": "/mock/a"}, "step_started a attempt 2 /mock/a"),
        (
            "step_retrying",
            "a",
            {"attempt": 1, "delay": 1.5, "error": FlowError(503, "gone")},
            "step_retrying a attempt 1 failed, again in 1.50 s: 503 gone",
        ),
        (
            "step_completed",
            "f[0]/a",
            {"status": "completed", "duration_ms": 12.4},
            "step_completed f[0]/a completed 12 ms",
        ),
        ("step_completed", "a", {"status": "completed", "cached": True}, "step_completed a completed (cached)"),
        (
            "step_completed",
            "a",
            {"status": "failed", "result": FlowResult.failed(8, "smoke")},
            "step_completed a failed: 8 smoke",
        ),
        ("step_completed", "a", {"status": "skipped"}, "step_completed a skipped"),
        ("sub_run_created", "f", {"item_count": 3}, "sub_run_created f 3 items"),
        ("sub_run_created", "f", {"item_count": 1}, "sub_run_created f 1 item"),
        ("run_completed", None, {"status": "completed"}, "run_completed completed"),
    ],
)
def test_every_change_has_a_line(
    screen: Any, event: Make, name: str, address: str | None, more: dict[str, Any], line: str
) -> None:
    """A line is the event's name, the address and what there is to say."""
    with PlainLines(screen) as display:
        display.show(event(name, address, **more))
    assert screen.said == line + "\n"


@pytest.mark.parametrize("name", ["steps_needed", "step_ready", "step_output", "item_completed"])
def test_what_changes_nothing_has_no_line(screen: Any, event: Make, name: str) -> None:
    """Events that change no step's state are left out."""
    PlainLines(screen).show(event(name, "a"))
    assert screen.said == ""


def test_output_of_steps_is_told_on_request(screens: Any, event: Make) -> None:
    """With verbose, what steps say meanwhile has lines too, on one line each and cut where it is long."""
    screen = screens(verbose=True)
    display = PlainLines(screen)
    display.show(event("step_output", "a", kind="log", chunk="one\ntwo"))
    display.show(event("step_output", "a", kind="data", chunk={"n": 1.0}))
    display.show(event("step_output", "a", kind="token", chunk="x" * 1000))
    first, second, third = screen.said.splitlines()
    assert (first, second) == ("step_output a log: one two", 'step_output a data: {"n":1.0}')
    assert len(third) < 250


def test_of_the_ends_of_runs_the_own_one_is_told(screen: Any, event: Make) -> None:
    """That a sub-run has ended is told by its step."""
    display = PlainLines(screen)
    display.show(event("sub_run_created", "f", run_id="sub", item_count=2))
    display.show(event("run_completed", run_id="sub", status="failed"))
    display.show(event("run_completed", status="completed"))
    assert screen.said.splitlines() == ["sub_run_created f 2 items", "run_completed completed"]


def test_programs_get_every_event(screen: Any, event: Make) -> None:
    """As JSON each event is one line with the names that it has over HTTP."""
    display = JsonLines(screen)
    display.show(event("step_completed", "a", status="completed", duration_ms=1.5, result=FlowResult.success(1.0)))
    shown = json.loads(screen.said)
    assert (shown["event"], shown["durationMs"], shown["runId"]) == ("step_completed", 1.5, "run")
    assert '"result":1.0' in screen.said


def test_of_a_batch_failed_items_have_a_line(screen: Any, event: Make) -> None:
    """Of a long batch only failures are worth a line."""
    display = FailedItems(screen)
    display.show(event("item_completed", item_index=3, status="failed", result=FlowResult.failed(1, "no x")))
    display.show(event("item_completed", item_index=4, status="completed", result=FlowResult.success(1)))
    assert screen.said == "item_completed 3 failed: 1 no x\n"


def test_the_display_suits_the_terminal(screens: Any) -> None:
    """Lines where nobody looks on, JSON for programs, nothing where quiet is asked for."""
    assert isinstance(display_for(screens(), "f"), PlainLines)
    assert isinstance(display_for(screens(json=True, quiet=True), "f"), JsonLines)
    assert display_for(screens(quiet=True, tty=True), "f") is None
    assert isinstance(batch_display_for(screens(), "f", 1), FailedItems)
    assert isinstance(batch_display_for(screens(json=True), "f", 1), JsonLines)
    assert batch_display_for(screens(quiet=True), "f", 1) is None
