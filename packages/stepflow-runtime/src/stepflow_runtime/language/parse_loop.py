"""Reading the input of the control component `loop`."""

from __future__ import annotations

from typing import Any

from .catalogue import Code
from .context import Context
from .expressions import Computed, Expression, Literal
from .keys import LOOP
from .members import Members
from .mentions import Part
from .model import FlowField, Loop
from .parse_expression import parse_expression
from .parse_flow_field import parse_flow_field
from .parse_text import parse_own_text
from .wording import listed, named

MOST_ITERATIONS = 10_000
"""The largest `max_iterations`."""

EXHAUSTED = ("fail", "last", "best")
"""What may become of a loop whose iterations are used up."""

VALUES = ("state", "max_iterations", "on_exhausted", "history")
"""The members of a loop that are expressions."""

LOCALS = ("out", "state", "iteration")
"""The names that the texts of a loop know besides those of every text."""


def parse_loop(members: Members, part: Part, context: Context) -> Loop | None:
    """A loop; `None` where its input is not what the component takes, which is reported."""
    members.warn_of_unknown(LOOP)
    flow = parse_flow_field(members, context)
    texts = {name: _parse_text(members, name, part) for name in ("until", "next", "score")}
    values = {name: _parse_value(members, name, part) for name in VALUES}
    checked = [
        _is_complete(members),
        _check_most(members, values["max_iterations"]),
        _check_exhausted(members, values["on_exhausted"], texts["score"]),
        _check_history(members, values["history"]),
    ]
    return _loop(flow, texts, values) if flow and all(checked) else None


def _loop(flow: FlowField, texts: dict[str, Computed | None], values: dict[str, Expression | None]) -> Loop:
    state, until, most = values["state"], texts["until"], values["max_iterations"]
    assert state is not None, "it is complete"
    assert until is not None, "it is complete"
    assert most is not None, "it is complete"
    return Loop(flow, state, until, most, texts["next"], values["on_exhausted"], texts["score"], values["history"])


def _is_complete(members: Members) -> bool:
    """Whether what a loop cannot do without is there; what is missing is reported."""
    examples = {"state": "{$input: $}", "until": '"out.score >= 0.8"', "max_iterations": "5"}
    missing = [name for name in examples if (name not in members.source if name == "state" else not members.has(name))]
    for name in missing:
        _refuse(members, f"`loop` needs `{name}`", f"write {name}: {examples[name]}")
    return not missing


def _parse_text(members: Members, name: str, part: Part) -> Computed | None:
    if not members.has(name):
        return None
    return parse_own_text(members.source[name], name, LOCALS, members.at(name), part)


def _parse_value(members: Members, name: str, part: Part) -> Expression | None:
    if name not in members.source or (name != "state" and not members.has(name)):
        return None
    return parse_expression(members.source[name], members.at(name), part)


def _check_most(members: Members, most: Expression | None) -> bool:
    if not isinstance(most, Literal) or is_count(most.value):
        return True
    text = f"`max_iterations` of `loop` must be a whole number from 1 to {MOST_ITERATIONS}, not {_shown(most.value)}"
    _refuse(members, text, "write max_iterations: 5", "max_iterations")
    return False


def _check_exhausted(members: Members, exhausted: Expression | None, score: Computed | None) -> bool:
    if not isinstance(exhausted, Literal):
        return True
    if exhausted.value not in EXHAUSTED:
        text = f"`on_exhausted` of `loop` must be {listed(EXHAUSTED)}, not {_shown(exhausted.value)}"
        hint = members.problems.suggest(str(exhausted.value), EXHAUSTED) or "write on_exhausted: last"
        _refuse(members, text, hint, "on_exhausted")
        return False
    if exhausted.value == "best" and score is None:
        _refuse(members, "`on_exhausted: best` needs `score`", 'write score: "out.score"', "on_exhausted")
        return False
    return True


def _check_history(members: Members, history: Expression | None) -> bool:
    if not isinstance(history, Literal) or isinstance(history.value, bool):
        return True
    text = f"`history` of `loop` must be true or false, not {_shown(history.value)}"
    _refuse(members, text, "write history: false", "history")
    return False


def is_count(value: Any) -> bool:
    """Whether a value can be the `max_iterations` of a loop."""
    return type(value) is int and 1 <= value <= MOST_ITERATIONS


def _shown(value: Any) -> str:
    return str(value)[:40] if isinstance(value, int | float) and not isinstance(value, bool) else named(value)


def _refuse(members: Members, text: str, hint: str, *below: str) -> None:
    members.problems.report(Code.SCHEMA_VIOLATION, text, members.at(*below), hint)
