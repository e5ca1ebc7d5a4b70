"""Durations: numbers of seconds and texts of parts."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_runtime.language.durations import DurationError, parse_duration


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (0, 0.0),
        (90, 90.0),
        (0.5, 0.5),
        ("250ms", 0.25),
        ("90s", 90.0),
        ("1h30m", 5400.0),
        ("2d", 172800.0),
        ("1.5h", 5400.0),
        (" 1m ", 60.0),
        ("1m500ms", 60.5),
    ],
)
def test_a_duration_is_read_in_seconds(value: Any, seconds: float) -> None:
    """Numbers are seconds; texts are sums of parts with a unit each."""
    assert parse_duration(value) == seconds
    assert type(parse_duration(value)) is float


@pytest.mark.parametrize(
    "value",
    ["", " ", "90", "1 h", "1x", "h", "1h2h", "-1s", "1e3s", "\u0661s", "9" * 16 + "s", "1h30", True, None, [1], {}],
)
def test_what_is_no_duration_is_refused(value: Any) -> None:
    """With what to write instead."""
    with pytest.raises(DurationError, match="is not a duration") as refusal:
        parse_duration(value)
    assert "1h30m" in refusal.value.hint


@pytest.mark.parametrize(
    ("value", "reason"),
    [(-1, "negative"), (-0.001, "negative"), (float("nan"), "NaN"), (float("inf"), "longer"), (10**500, "longer"),
     ("999999999999999d", "longer")],
)  # fmt: skip
def test_a_duration_out_of_range_is_refused(value: Any, reason: str) -> None:
    """No clock can add it."""
    with pytest.raises(DurationError, match=reason):
        parse_duration(value)
