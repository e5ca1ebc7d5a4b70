"""Times as people read them."""

from __future__ import annotations

import pytest
from stepflow_cli.durations import spell


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"),
        (0.0123, "12 ms"),
        (0.9999, "1.00 s"),
        (1.256, "1.26 s"),
        (59.999, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3725, "1 h 02 min"),
        (90_000, "25 h 00 min"),
    ],
)
def test_times_have_the_unit_that_suits(seconds: float, text: str) -> None:
    """Short times are told in milliseconds, long ones in hours."""
    assert spell(seconds) == text
