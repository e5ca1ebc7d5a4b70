"""How cases are judged."""

from __future__ import annotations

from typing import Any

import pytest

from .matching import MISSING, difference, mismatch


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, True),
        ({}, {"a": 1}, True),
        ({"a": 1}, {"b": 2}, False),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, True),
        ({"a": None}, {}, False),
        ({"a": 1, "backtrace": "x"}, {"a": 1}, True),
    ],
)
def test_objects_match_partially(expected: Any, actual: Any, same: bool) -> None:
    """Every expected key exists and matches; `backtrace` is not compared."""
    assert (difference(expected, actual, "$") is None) is same


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [([1, 2], [1, 2], True), ([1], [1, 2], False), ([{"a": 1}], [{"a": 1, "b": 2}], True), ([1, 2], [2, 1], False)],
)
def test_arrays_match_element_by_element(expected: Any, actual: Any, same: bool) -> None:
    """They have the same length."""
    assert (difference(expected, actual, "$") is None) is same


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [(1, 1, True), (1, 1.0, False), (1, True, False), ("1", 1, False), (None, None, True), (0, False, False)],
)
def test_scalars_match_by_value_and_kind(expected: Any, actual: Any, same: bool) -> None:
    """`1`, `1.0` and `true` differ."""
    assert (difference(expected, actual, "$") is None) is same


@pytest.mark.parametrize(
    ("expected", "same"),
    [
        ({}, True),
        ({"code": 1}, True),
        ({"code": 2}, False),
        ({"code": 1, "message": "no"}, True),
        ({"message": "yes"}, False),
        ({"data": {"a": 1}}, True),
        ({"data": {"a": 2}}, False),
    ],
)
def test_an_error_matches_by_what_is_given(expected: Any, same: bool) -> None:
    """Code and message are equal, data matches partially, each only where it is given."""
    actual = {"outcome": "failed", "error": {"code": 1, "message": "no", "data": {"a": 1, "b": 2}}}
    assert (mismatch({"outcome": "failed", "error": expected}, actual) is None) is same


def test_another_outcome_never_matches() -> None:
    """Whatever else is expected."""
    assert mismatch({"outcome": "skipped"}, {"outcome": "success", "result": None}) is not None
    assert mismatch({"outcome": "success", "result": None}, {"outcome": "skipped"}) is not None


def test_run_ids_match_each_other() -> None:
    """They are new in every run."""
    assert difference({"run_id": "any"}, {"run_id": "other"}, "$") is None
    assert difference({"run_id": "any"}, {"run_id": 5}, "$") is not None
    assert difference({"other_id": "any"}, {"other_id": "other"}, "$") is not None


def test_a_difference_names_its_place() -> None:
    """The path to it."""
    assert difference({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "$") == "$.a[1].b: expected 2, got 3"
    assert difference({"a": 1}, MISSING, "$.x") == "$.x is missing"
