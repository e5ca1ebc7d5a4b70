"""Generated flows, run in process and over HTTP: engine and interpreter say the same of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from .agreement import Disagreement, Engine, in_process, over_http
from .chance import Dice, Replay, minimised
from .flows import Work, work, works

SEEDED = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def runtime() -> Iterator[Engine]:
    """A runtime in this process."""
    with in_process() as engine:
        yield engine


@pytest.fixture(scope="module")
def http() -> Iterator[Engine]:
    """A client of a served runtime."""
    with over_http() as engine:
        yield engine


@given(made=works())
@settings(SEEDED, max_examples=250)
def test_the_runtime_does_what_the_language_says(runtime: Engine, made: Work) -> None:
    """Outcomes, executed steps, attempts, calls and events of a flow; a batch is as its items alone."""
    runtime.check(made)


@given(made=works(most=4, nested=1))
@settings(SEEDED, max_examples=40)
def test_a_served_runtime_does_what_the_language_says(http: Engine, made: Work) -> None:
    """The same over HTTP, of flows that do not wait for seconds."""
    if not made.waits:
        http.check(made)


def flow(step: dict[str, Any], **more: Any) -> Work:
    """A flow of one step, on one input."""
    return Work({"steps": [{"id": "a", **step}], "output": {"$step": "a"}} | more, [{"x": 1}], {}, {})


NESTED_AWAY = {"steps": [{"id": "a", "component": "/away"}], "output": {"$step": "a"}}
KNOWN = {
    "transport is retried by itself": flow({"component": "/away"}),
    "transport inside is not retried by each level": flow({"component": "/call", "input": {"flow": NESTED_AWAY}}),
    "a level with a rule of its own retries": flow(
        {"component": "/call", "input": {"flow": NESTED_AWAY}, "retry": {"maxRetries": 1}}
    ),
    "a case that is missing is bad input": flow(
        {"component": "/switch", "input": {"on": 1.0, "cases": {"1": {"flow": {}}}}, "retry": {"on": ["any"]}}
    ),
    "a component owns its input": flow({"component": "/change", "input": {"$input": "$"}}),
}


@pytest.mark.parametrize("made", KNOWN.values(), ids=KNOWN)
def test_known_flows_agree(runtime: Engine, made: Work) -> None:
    """What generated flows seldom or once came upon."""
    runtime.check(made)


def test_a_disagreement_is_found(runtime: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that has a component fail otherwise than it does is noticed."""
    monkeypatch.setitem(_failures(), "fail", (417, None))
    with pytest.raises(Disagreement, match="418"):
        runtime.check(flow({"component": "/fail"}))


def test_a_step_too_much_is_found(runtime: Engine) -> None:
    """Steps are compared even where the output does not tell of them."""
    made = flow({"component": "/noop", "mustExecute": True}, output=1)
    runtime.check(made)
    with pytest.raises(Disagreement, match="steps"):
        runtime.check(_Blind(*made))


def test_a_flow_is_made_small() -> None:
    """Of a flow that has what it takes to fail only that stays."""
    dice = Dice("3/1")
    while not _retries(work(dice.number)):
        dice.thrown.clear()
    small = work(Replay(minimised(dice.thrown, lambda each: _retries(work(Replay(each).number)))).number)
    assert _retries(small)
    assert len(small.flow["steps"]) == 1
    assert (small.inputs, small.variables, small.overrides) == ([1], {}, {})


def test_the_same_seed_makes_the_same_flow() -> None:
    """So that a failing flow is found again."""
    assert work(Dice("7/0").number) == work(Dice("7/0").number)


class _Blind(Work):
    """A flow of which the interpreter does not see that its steps must be executed."""

    @property
    def effective(self) -> dict[str, Any]:
        return {"steps": [], "output": self.flow["output"]}


def _failures() -> dict[str, Any]:
    from . import machinery

    return machinery.FAILURES


def _retries(made: Work) -> bool:
    return any(each.get("retry") for each in made.flow["steps"])
