"""Values are checked to be JSON, owned, and named by the hash of their canonical text."""

from __future__ import annotations

import enum
import json
import math
import sys
from collections import OrderedDict, defaultdict, namedtuple
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepflow_core import canonical
from stepflow_core.canonical import MAX_DEPTH, NotJsonError, content_id, encode, own

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**30, 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


class Word(enum.StrEnum):
    """A text."""

    YES = "yes"


class Number(enum.IntEnum):
    """A number."""

    ONE = 1


class Real(float):
    """A float."""


Pair = namedtuple("Pair", "left right")


def refused(value: Any) -> NotJsonError:
    with pytest.raises(NotJsonError) as refusal:
        own(value)
    return refusal.value


@pytest.mark.parametrize(
    ("value", "id"),
    [
        ({"a": 1}, "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"),
        (
            {"message": "Hello, blobs!", "number": 42, "nested": {"array": [1, 2, 3], "boolean": True}},
            "868591347a854ba1d0f4875b2dd44e1e8335052af03725a9819f89e0142318b0",
        ),
    ],
)
def test_ids_of_known_values(value: Any, id: str) -> None:
    """An id is the SHA-256 of the compact JSON."""
    assert content_id(value) == id


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [1, 2.0, None, True]}, '{"b":1,"a":[1,2.0,null,true]}'),
        ("é😀\u2028/", '"é😀\u2028/"'),
        ("\x00\x1f\x7f\"\\\n", '"\\u0000\\u001f\x7f\\"\\\\\\n"'),
        (2**64, "18446744073709551616"),
        (-(10**40), "-1" + "0" * 40),
        (1.0, "1.0"),
        (1e21, "1e21"),
        (1e-5, "0.00001"),
        (-0.0, "-0.0"),
        (5e-324, "5e-324"),
        ((1, (2,)), "[1,[2]]"),
        ([], "[]"),
        ({}, "{}"),
    ],
)  # fmt: skip
def test_canonical_text(value: Any, text: str) -> None:
    """Keys keep their order, text stays unescaped, integers and floats stay what they are."""
    assert encode(value).decode() == text


@given(JSON)
@settings(max_examples=80)
def test_own_is_an_equal_copy(value: Any) -> None:
    """What is owned is the same document and shares no mutable part with the value."""
    copy = own(value)
    assert json.dumps(copy) == json.dumps(value)
    if isinstance(value, dict | list):
        assert copy is not value
    before = json.dumps(value)
    spoil(copy)
    assert json.dumps(value) == before


def spoil(value: Any) -> None:
    """Change every container of a value."""
    for member in list(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()):
        spoil(member)
    if isinstance(value, dict | list):
        value.clear()


@given(JSON)
@settings(max_examples=40)
def test_canonical_text_reads_back_the_same(value: Any) -> None:
    """The canonical text is JSON of the same value, and canonical again."""
    text = encode(value)
    assert json.loads(text) == value
    assert encode(json.loads(text)) == text


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Word.YES, "yes"), (Number.ONE, 1), (Real(1.5), 1.5), (Pair(1, [2]), [1, [2]]),
        (OrderedDict(a=1), {"a": 1}), (defaultdict(list, a=[1]), {"a": [1]}), ({Word.YES: 1}, {"yes": 1}),
        ([Word.YES, Number.ONE, Real(2)], ["yes", 1, 2.0]), ({"a": Word.YES, "b": Number.ONE}, {"a": "yes", "b": 1}),
    ],
)  # fmt: skip
def test_subclasses_become_what_they_extend(value: Any, plain: Any) -> None:
    """String enums, named tuples and such count as text, arrays and so on, and leave no trace."""

    def kinds(each: Any) -> Any:
        if isinstance(each, dict):
            return {type(key): kinds(member) for key, member in each.items()}
        return (type(each), [kinds(member) for member in each] if isinstance(each, list) else None)

    assert own(value) == plain
    assert kinds(own(value)) == kinds(plain)


class Plain(enum.Enum):
    """Neither text nor a number."""

    A = "a"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (b"x", "bytes"), ({1, 2}, "set"), (datetime.now(UTC), "datetime"), (Decimal(1), "Decimal"), (uuid4(), "UUID"),
        (Plain.A, "Plain"), (object(), "object"), (msgspec.UNSET, "UnsetType"), (len, "builtin_function_or_method"),
        (1j, "complex"), (range(3), "range"), (math.nan, "nan"), (math.inf, "inf"), (-math.inf, "-inf"),
        (Real("nan"), "nan"), ("\ud800", "surrogate"), ("a\udfff", "surrogate"),
    ],
)  # fmt: skip
def test_what_is_not_json_is_refused_where_it_stands(value: Any, what: str) -> None:
    """The refusal names what it is, and the keys and indexes that lead to it."""
    assert what in refused(value).message
    assert refused(value).location == ()
    assert refused({"a": [1, {"b": (0, value)}]}).location == ("a", 1, "b", 1)


def test_the_largest_integers_pass() -> None:
    """An integer may have as many digits as Python writes."""
    assert own(10**4300 - 1) == 10**4300 - 1
    assert own([-(10**4300 - 1), 2**53, -(2**53)])[1:] == [2**53, -(2**53)]
    for larger in (10**4300, -(10**4300)):
        assert "4,300 digits" in refused({"a": [larger]}).message


@pytest.mark.parametrize(
    ("key", "what"),
    [(1, "the key 1 of type int"), (None, "the key None"), (True, "the key True"), (b"a", "bytes"), ((1,), "tuple")],
)
def test_keys_are_text(key: Any, what: str) -> None:
    """A key of another type is refused, not turned into text."""
    refusal = refused({"a": [{"x": 1, key: 1}]})
    assert what in refusal.message
    assert refusal.location == ("a", 0)


def test_keys_hold_no_half_surrogate_pair() -> None:
    """Keys are Unicode like any text."""
    assert "surrogate" in refused({"\ud800": 1}).message


def test_keys_with_a_broken_representation_are_refused_too() -> None:
    """A key is not asked for more than its type."""

    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    assert "of type Broken is not text" in refused({Broken(): 1}).message.replace("<locals>.", "").replace(
        "test_keys_with_a_broken_representation_are_refused_too.", ""
    )


def test_keys_that_become_equal_are_refused() -> None:
    """Two keys that are the same text are one too many."""

    class Key(str):
        __slots__ = ()
        __hash__ = object.__hash__

        def __eq__(self, other: object) -> bool:
            return self is other

    assert "there twice" in refused({"a": 1, Key("a"): 2}).message


def test_depth_is_limited() -> None:
    """As many levels as a document may have pass; a cycle ends there too."""
    value: Any = []
    for _ in range(MAX_DEPTH - 1):
        value = [value]
    assert own(value) == value
    assert "128 levels" in refused([value]).message
    assert "128 levels" in refused({"a": value}).message
    own({"a": value[0]})
    objects: dict[str, Any] = {}
    for _ in range(MAX_DEPTH):
        objects = {"a": objects}
    assert "128 levels" in refused(objects).message
    loop: list[Any] = []
    loop.append(loop)
    assert "contains itself" in refused(loop).message
    assert len(refused(loop).location) == MAX_DEPTH


def test_size_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in several places counts each time, so that sharing cannot make a value endless."""
    bomb: Any = [0] * 10
    for _ in range(100):
        bomb = [bomb] * 10
    monkeypatch.setattr(canonical, "MAX_NODES", 1000)
    assert "more than 1,000 values" in refused(bomb).message
    assert own([0] * 1000) == [0] * 1000
    assert refused([0] * 1001)


def test_shared_parts_are_copied_apart() -> None:
    """A part that stands in two places is two parts afterwards."""
    part: list[Any] = []
    first, second = own([part, part])
    assert first is not second


def test_encoding_obeys_a_lower_limit_of_the_interpreter() -> None:
    """Where the interpreter writes fewer digits than by default, an integer beyond that is refused too."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(1000)
    try:
        with pytest.raises(NotJsonError, match="digits"):
            encode([10**2000])
    finally:
        sys.set_int_max_str_digits(before)


def test_a_refusal_is_a_value_error() -> None:
    """It has its message as text."""
    assert issubclass(NotJsonError, ValueError)
    assert str(NotJsonError("no", ("a",))) == "no"
    assert NotJsonError("no").location == ()
