"""Did you mean: the known word that was meant."""

from __future__ import annotations

import pytest
from stepflow_runtime.language.suggestions import nearest

KEYS = ("onError", "mustExecute", "after", "component", "metadata")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("on_error", "onError"),
        ("ONERROR", "onError"),
        ("must-execute", "mustExecute"),
        ("componnent", "component"),
        ("afer", "after"),
        ("zzz", None),
        ("", None),
        ("x" * 65, None),
    ],
)
def test_the_nearest_known_word_is_found(word: str, meant: str | None) -> None:
    """Case and `_` do not count; far away is nothing."""
    assert nearest(word, KEYS) == meant


def test_a_word_is_not_suggested_for_itself() -> None:
    """What was written is not what was meant."""
    assert nearest("after", KEYS) is None
