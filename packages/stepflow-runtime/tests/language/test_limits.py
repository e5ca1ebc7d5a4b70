"""Taking a document: a copy that is ours, and all in it that is not JSON."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import pytest
from stepflow_runtime.language.limits import Limits, take_document

LIMITS = Limits()


class Colour(StrEnum):
    """A text of a kind of its own."""

    RED = "red"


def nested(levels: int) -> Any:
    """Lists within lists."""
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


def test_the_copy_shares_nothing_with_the_document() -> None:
    """What is done to the document later changes nothing."""
    document: Any = {"a": [{"b": [1]}], "c": {}}
    copy, faults = take_document(document, LIMITS)
    assert (copy, faults) == (document, [])
    document["a"][0]["b"].append(2)
    assert copy == {"a": [{"b": [1]}], "c": {}}


def test_subclasses_become_plain() -> None:
    """What reads like JSON is JSON."""
    pair = namedtuple("pair", "x y")
    document = OrderedDict([(Colour.RED, (1, pair(2, 3.5))), ("é", MappingProxyType({"k": Colour.RED}))])
    copy, faults = take_document(document, LIMITS)
    assert faults == []
    assert copy == {"red": [1, [2, 3.5]], "é": {"k": "red"}}
    assert type(copy) is dict
    assert {type(key) for key in copy} == {str}
    assert type(copy["é"]["k"]) is str


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (float("nan"), "nan is not a JSON number"),
        (float("-inf"), "-inf is not a JSON number"),
        ({1}, "set"),
        (b"x", "bytes"),
        (object(), "object"),
        ("\ud800", "surrogate"),
        (10**5000, "4300 digits"),
        ({1: 2}, "the key 1 is not text"),
        ({None: 2}, "the key None is not text"),
        ({(1, 2): 2}, "the key of the Python type tuple"),
        ({10**5000: 1}, "the key of the Python type int"),
        ({"\udfff": 1}, "a key holds half a surrogate pair"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_not_json_is_told_with_its_place(value: Any, message: str) -> None:
    """Deep inside, too."""
    _, [fault] = take_document({"a": [0, {"b": value}]}, LIMITS)
    assert message in fault.message
    assert fault.location == ("a", 1, "b")


def test_all_that_is_not_json_is_told_together() -> None:
    """Up to a hundred."""
    _, faults = take_document({"a": [set(), float("nan")], "b": {1: 1}}, LIMITS)
    assert {fault.location for fault in faults} == {("a", 0), ("a", 1), ("b",)}
    _, faults = take_document([set()] * 500, LIMITS)
    assert len(faults) == 100


def test_depth_is_limited() -> None:
    """128 levels, or fewer where that is asked."""
    assert take_document(nested(128), LIMITS)[1] == []
    _, [fault] = take_document(nested(129), LIMITS)
    assert "more than 128 levels" in fault.message
    assert len(fault.location) == 128
    assert take_document(nested(4), Limits(depth=3))[1]
    assert take_document(nested(129), Limits(depth=1000))[1]
    assert take_document(nested(200_000), LIMITS)[1]


def test_the_number_of_values_is_limited() -> None:
    """Those of shared parts are counted as often as they stand there."""
    assert take_document([0] * 9, Limits(nodes=10))[1] == []
    assert "more values" in take_document([0] * 11, Limits(nodes=10))[1][0].message
    shared: list[Any] = [0] * 10
    for _ in range(9):
        shared = [shared] * 10
    assert "more values" in take_document(shared, LIMITS)[1][0].message


def test_a_document_that_contains_itself_is_refused() -> None:
    """However often."""
    cycle: list[Any] = []
    cycle.extend([cycle, cycle, cycle])
    _, faults = take_document({"a": cycle}, LIMITS)
    assert "contains itself" in faults[0].message
