"""Paths: how they are written, what they find."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepflow_runtime.language.expressions import Path
from stepflow_runtime.language.paths import (
    NOT_FOUND,
    PathError,
    PathNotFound,
    compile_path,
    format_path,
    normal_path,
    parse_path,
    parse_variable,
    resolve,
)

VALUE: Any = {"a": {"b": [{"c": 1}, [2, None]]}, "x.y": {"": 3}, "n": None, "t": "text"}


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ()),
        ("  ", ()),
        ("$", ()),
        (" $ ", ()),
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ("  $.a  ", ("a",)),
        ("$.a.b[0].c", ("a", "b", 0, "c")),
        ("$[0][12]", (0, 12)),
        ("a[0]", ("a", 0)),
        ('$["x.y"]', ("x.y",)),
        ("$['x.y'].z", ("x.y", "z")),
        ('$["it\'s"]', ("it's",)),
        ('$["a"b"]', ('a"b',)),
        ('$["back\\slash"]', ("back\\slash",)),
        ('$["a]b"]', ("a]b",)),
        ('$[""]', ("",)),
        ("$.first row", ("first row",)),
        ("crème", ("crème",)),
        ("$.$price", ("$price",)),
        ("$.12", ("12",)),
        ("null", ("null",)),
    ],
)
def test_every_spelling_of_a_path_is_read(text: str, path: Path) -> None:
    """Dots, brackets and quotes; a missing `$` is added, blanks around are trimmed."""
    assert parse_path(text) == path


@pytest.mark.parametrize(
    ("text", "offset", "reason"),
    [
        ("$loaf", 1, "dot or a bracket"),
        ("$.a[1]b", 6, "dot or a bracket"),
        ("$.rows[-1]", 6, "negative"),
        ("$.rows[*]", 6, "wildcards"),
        ("$.rows[0:2]", 6, "slices"),
        ("$.rows[first]", 6, "quoted key"),
        ("$.rows[1", 6, "not closed"),
        ('$.rows["a]', 6, "not closed"),
        ("$.a..b", 3, "name of a field"),
        ("$.a.", 3, "name of a field"),
        ("[0]", 0, "a path that begins with a bracket"),
        ("  $.a.", 5, "name of a field"),
        ("a.", 1, "name of a field"),
        ("$[" + "9" * 40 + "]", 1, "too large"),
        ("$.a]", 3, "dot or a bracket"),
    ],
)
def test_a_malformed_path_is_refused_at_its_place(text: str, offset: int, reason: str) -> None:
    """The error says what was expected and where in the text."""
    with pytest.raises(PathError, match=reason) as refusal:
        parse_path(text)
    assert refusal.value.offset == offset


def test_a_variable_is_a_name_and_a_path() -> None:
    """The name is the first field, quoted or not."""
    assert parse_variable("name") == ("name", ())
    assert parse_variable("$.name.a[0]") == ("name", ("a", 0))
    assert parse_variable('$["odd name"].a') == ("odd name", ("a",))


@pytest.mark.parametrize("text", ["", "$", "$[0]", "$.", "[a]"])
def test_a_variable_without_a_name_is_refused(text: str) -> None:
    """An index or nothing is no name."""
    with pytest.raises(PathError):
        parse_variable(text)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("a.b", "$.a.b"),
        ("  ", "$"),
        ("$['a']['b c'][007]", "$.a.b c[7]"),
        ("$['x.y']", '$["x.y"]'),
        ("$.a.b[0]", "$.a.b[0]"),
        ("$['']", '$[""]'),
        ("$['a ']", '$["a "]'),
        ("$['say \"hi\"']", '$.say "hi"'),
        ("$['\"]']", "$['\"]']"),
        ('$["\'."]', '$["\'."]'),
    ],
)
def test_a_path_has_one_normal_form(text: str, normal: str) -> None:
    """Dots where they will do, quotes where a key needs them."""
    assert normal_path(text) == normal
    assert normal_path(normal) == normal


KEYS = st.text(alphabet=st.sampled_from("ab .[]\"'$\\é\n0"), max_size=4).filter(lambda key: "']" not in key)
PATHS = st.lists(st.one_of(KEYS, st.integers(0, 10**9))).map(tuple)


@given(PATHS)
@settings(max_examples=200, deadline=None)
def test_a_formatted_path_is_read_back(path: Path) -> None:
    """Whatever the keys hold."""
    assert parse_path(format_path(path)) == path


@given(st.text(alphabet=st.sampled_from("ab .[]\"'$0-*"), max_size=12))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_path_or_a_path_error(text: str) -> None:
    """No other exception, and the offset lies in the text."""
    offset = 0
    try:
        assert parse_path(format_path(parse_path(text))) == parse_path(text)
    except PathError as error:
        offset = error.offset
    assert 0 <= offset <= len(text)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ((), VALUE),
        (("a",), VALUE["a"]),
        (("a", "b"), VALUE["a"]["b"]),
        (("a", "b", 0, "c"), 1),
        (("a", "b", 1, 1), None),
        (("x.y", ""), 3),
        (("n",), None),
    ],
)
def test_what_stands_at_a_path_is_found(path: Path, found: Any) -> None:
    """By walking and by the compiled closure alike; null is a value."""
    assert resolve(VALUE, path) == found
    assert compile_path(path)(VALUE) == found


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (VALUE, ("b",)),
        (VALUE, ("a", "c")),
        (VALUE, ("b", "c")),
        (VALUE, ("n", "a")),
        (VALUE, ("t", 0)),
        (VALUE, ("t", "a")),
        (VALUE, ("a", 0)),
        (VALUE, ("a", "b", 2)),
        (VALUE, ("a", "b", "0")),
        (VALUE, ("a", "b", 0, "c", "d")),
        ([1], (1,)),
        ([1], ("0",)),
        ({"0": 1}, (0,)),
        (None, ("a",)),
        ([[1]], (0, 1)),
        ([[1]], (1, 0)),
        ([{"a": 1}], (0, "b")),
    ],
)
def test_what_does_not_stand_at_a_path_is_not_found(value: Any, path: Path) -> None:
    """Fields on objects only, indexes on arrays only, texts have neither."""
    assert resolve(value, path) is NOT_FOUND
    with pytest.raises(PathNotFound) as missing:
        compile_path(path)(value)
    assert missing.value.path == path
    assert str(missing.value) == f"Path {format_path(path)} not found"


def test_the_mark_of_nothing_prints_as_such() -> None:
    """So that it is recognised in a debugger."""
    assert repr(NOT_FOUND) == "NOT_FOUND"
