"""Addresses: one name for each step execution, taken apart as it was put together."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepflow_runtime.language.addresses import (
    Address,
    AddressError,
    Segment,
    attempt_address,
    case_prefix,
    escape,
    flow_prefix,
    item_prefix,
    parse_address,
    step_address,
    unescape,
)


def test_the_signs_that_make_addresses_are_escaped() -> None:
    """All others stay as they are."""
    assert escape("a/b[0]#1:50% été x") == "a%2Fb%5B0%5D%231%3A50%25 été x"
    assert unescape("a%2Fb%5B0%5D%231%3a50%25 été x") == "a/b[0]#1:50% été x"


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_any_id_is_read_back(text: str) -> None:
    """And its escaped form holds no sign that has a meaning."""
    assert unescape(escape(text)) == text
    assert not set("/[]#:") & set(escape(text))


@pytest.mark.parametrize("text", ["%", "%2", "%41", "a%zzb"])
def test_an_escape_of_nothing_is_refused(text: str) -> None:
    """Only the six signs have escapes, so that an id has one address."""
    with pytest.raises(AddressError):
        unescape(text)


@pytest.mark.parametrize(
    ("address", "segments"),
    [
        (step_address("", "run"), [Segment("run")]),
        (step_address(flow_prefix("call"), "run"), [Segment("call"), Segment("run")]),
        (step_address(item_prefix("each", 12), "a/b"), [Segment("each", "12"), Segment("a/b")]),
        (step_address(case_prefix("route", "x]/y"), "run"), [Segment("route", "x]/y"), Segment("run")]),
        (step_address(case_prefix("route", ""), "run"), [Segment("route", ""), Segment("run")]),
        (step_address(item_prefix(step_address(flow_prefix("a"), "b"), 0), "c"),
         [Segment("a"), Segment("b", "0"), Segment("c")]),
        ("loop[3]", [Segment("loop", "3")]),
        ("machine[plan:2]", [Segment("machine", "plan:2")]),
    ],
)  # fmt: skip
def test_an_address_is_taken_apart(address: str, segments: list[Segment]) -> None:
    """Level by level, unescaped."""
    assert parse_address(address) == Address(tuple(segments))


def test_an_attempt_is_part_of_an_address() -> None:
    """From 1, at the end."""
    address = parse_address(attempt_address("each[0]/run", 3))
    assert (address.attempt, address.steps) == (3, ("each", "run"))


def test_the_part_of_an_item_is_its_index() -> None:
    """Other parts have none."""
    indexes = [each.index for each in parse_address("a[0]/b[12]/c[x]/d/e[007]").segments]
    assert indexes == [0, 12, None, None, None]


@pytest.mark.parametrize(
    "text", ["", "/", "a/", "/a", "a//b", "a[0", "a]0[", "a[0]b", "a#0", "a#x", "a#1#2", "a:b", "%a"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """With the level that is wrong."""
    with pytest.raises(AddressError):
        parse_address(text)
