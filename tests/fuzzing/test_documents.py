"""The short form of the fuzzing of what is read: the same inputs every time, and all checks on."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

SEED = 20_251_120
PARTS = 5
EACH = 400


@pytest.mark.parametrize("part", range(PARTS))
def test_whatever_is_read_is_taken_or_refused_in_good_order(fuzzing: Any, part: int) -> None:
    """No input raises anything but refusals, and everything said of it has its place."""
    outcomes: Counter[str] = Counter()
    failures: list[Any] = []

    def done(number: int, outcome: str, failure: Any) -> None:
        outcomes[outcome] += 1
        failures.extend([failure] if failure else [])

    share = fuzzing.working.Share(SEED, part, PARTS * EACH, PARTS, fuzzing.inputs.KINDS)
    fuzzing.working.check_all(fuzzing.read, share, lambda number: None, done)
    assert failures == []
    assert sum(outcomes.values()) == EACH
    assert {each.partition(":")[0] for each in outcomes} >= {"document", "yaml", "json", "template", "path"}
    assert {"document: success", "document: failed", "document: fatal", "yaml: unreadable"} <= set(outcomes)


def test_an_input_is_made_again_from_its_seed_and_number(fuzzing: Any) -> None:
    """The same numbers give the same inputs, in whatever order they are made."""
    make, kinds = fuzzing.inputs.make, fuzzing.inputs.KINDS
    made = [repr(make(fuzzing.read, 7, number, kinds)) for number in range(30)]
    again = [repr(make(fuzzing.read, 7, number, kinds)) for number in reversed(range(30))]
    assert made == again[::-1]
    assert len(set(made)) == 30


@pytest.mark.parametrize("kind", ["config", "configText", "cases", "override", "schema"])
def test_every_kind_is_taken_and_refused(fuzzing: Any, kind: str) -> None:
    """No kind is so broken that nothing of it gets past the first check."""
    outcomes: set[str] = set()
    share = fuzzing.working.Share(SEED, 0, 80, 1, (kind,))
    fuzzing.working.check_all(fuzzing.read, share, lambda number: None, lambda *told: outcomes.add(told[1]))
    assert len(outcomes) >= 2
    assert not {each for each in outcomes if "FAILED" in each}
