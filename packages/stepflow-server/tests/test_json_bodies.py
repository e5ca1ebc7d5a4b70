"""JSON bodies: limits, repeated keys, and everything in which a body violates its type."""

from __future__ import annotations

import json
from typing import Annotated, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct
from server_kit import refusal
from stepflow_server import json_bodies
from stepflow_server.json_bodies import BodyReader, is_deeper
from stepflow_server.problems import ProblemError
from stepflow_server.violations import violations


class Inner(Struct):
    n: int


class Order(Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    hints: ClassVar[dict[str, str]] = {"items": "one for each"}

    items: list[Inner]
    the_name: str | None = None
    at_most: Annotated[int, Meta(ge=1)] = 1
    tags: dict[str, str] = {}
    free: Any = None


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('[]{}\\"a\u00e9', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('[{"', max_size=3), inner, max_size=3),
    max_leaves=20,
)


def depth_of(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@given(value=VALUES, levels=st.integers(0, 8), indent=st.sampled_from([None, 1]))
def test_depth_is_counted_without_reading(value: Any, levels: int, indent: int | None) -> None:
    """Brackets in texts do not count, those of arrays and objects do."""
    assert is_deeper(json.dumps(value, indent=indent).encode(), levels) == (depth_of(value) > levels)


def repeated(pairs: list[tuple[str, Any]]) -> Any:
    if len(dict(pairs)) != len(pairs):
        raise KeyError
    return dict(pairs)


@given(st.lists(st.tuples(st.sampled_from("abc"), VALUES), max_size=4))
def test_repeated_keys_are_refused(pairs: list[tuple[str, Any]]) -> None:
    """A body with a key twice in one object, wherever that stands, is refused, and no other."""
    inner = ", ".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in pairs)
    body = f'{{"items": [], "free": [{{{inner}}}]}}'
    reader = BodyReader(Order, 100)
    try:
        json.loads(body, object_pairs_hook=repeated)
    except KeyError:
        with pytest.raises(ProblemError) as refused:
            reader.read(body.encode())
        assert refused.value.problem.status == 400
    else:
        assert reader.read(body.encode()).free == [dict(pairs)]


def test_body_becomes_its_type() -> None:
    """What fits is read, with every digit of its numbers."""
    order = BodyReader(Order, 10).read(b'{"items": [{"n": 1}], "theName": "x", "free": [1.0, 123456789012345678901]}')
    assert (order.items, order.the_name, repr(order.free)) == ([Inner(1)], "x", "[1.0, 123456789012345678901]")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], {"": "an object is expected, not an array"}),
        (None, {"": "an object is expected, not null"}),
        ("x", {"": "an object is expected, not text"}),
        ({}, {"/items": "it is required"}),
        ({"items": {}}, {"/items": "expected array, got object (one for each)"}),
        ({"items": [{"n": 1}, {"n": "x"}]}, {"/items/1/n": "expected int, got str (one for each)"}),
        ({"items": [], "the_name": 1}, {"/the_name": "there is no member 'the_name'; did you mean 'theName'?"}),
        (
            {"items": [], "atMost": 0, "tags": {"a": 1}},
            {"/atMost": "expected int >= 1", "/tags": "expected str, got int"},
        ),
        ({"items": [], "zzz": 1, "a/b": 2}, {"/zzz": None, "/a~1b": None}),
    ],
)
def test_everything_that_is_wrong(value: Any, expected: dict[str, str | None]) -> None:
    """All violations are told, each with its place."""
    found = {each.pointer: each.message for each in violations(value, Order)}
    assert found.keys() == expected.keys()
    assert all(text is None or found[pointer] == text for pointer, text in expected.items())


@given(st.dictionaries(st.sampled_from(["items", "theName", "atMost", "tags", "free", "fre"]), VALUES))
def test_violations_are_found_exactly_where_reading_fails(value: dict[str, Any]) -> None:
    """A body that cannot be read has at least one violation; one that can has none."""
    refused = refusal(BodyReader(Order, 100).read, json.dumps(value).encode())
    found = violations(value, Order)
    assert (refused is None) == (found == [])
    if refused is not None:
        assert (refused.status, refused.errors) == (422, found)


@given(st.binary(max_size=40) | st.text('{}[]",:0e-. \\u', max_size=40).map(str.encode))
def test_any_bytes_are_answered(body: bytes) -> None:
    """Whatever is sent becomes a value or a problem."""
    refused = refusal(BodyReader(Order, 100).read, body)
    assert refused is None or refused.status in {400, 422}


def test_byte_order_mark() -> None:
    """A body that begins with one is told to leave it out."""
    refused = refusal(BodyReader(Order, 100).read, b'\xef\xbb\xbf{"items": []}')
    assert refused is not None
    assert (refused.status, "byte order mark" in refused.detail) == (400, True)


def test_number_of_arrays_and_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body with more arrays and objects than the limit is 413; brackets in texts do not count."""
    monkeypatch.setattr(json_bodies, "MOST_CONTAINERS", 50)
    for count, text, status in ((48, "x", None), (49, "x", 413), (48, "[" * 50 + "{" * 50, None), (49, '"[', 413)):
        body = json.dumps({"items": [], "free": [[] for _ in range(count - 1)], "theName": text})
        refused = refusal(BodyReader(Order, 100).read, body.encode())
        assert (refused and refused.status) == status


def test_what_is_told_is_bounded() -> None:
    """Of very many violations the first are told, and keys without end do not come back."""
    refused = refusal(BodyReader(Order, 100).read, json.dumps({f"k{n}": n for n in range(5000)}).encode())
    assert refused is not None
    assert len(refused.errors) == 100
    refused = refusal(BodyReader(Order, 100).read, json.dumps({"items": [], "k" * 100_000: 1}).encode())
    assert refused is not None
    assert [(each.pointer, len(each.message) < 400) for each in refused.errors] == [("", True)]
