"""JSON files are read as JSON, by RFC 8259."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepflow_core import Diagnostic, FlowLoadError
from stepflow_core.documents import read_text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def read(text: str | bytes) -> Any:
    return read_text(text, format="json").data


def refused(text: str | bytes) -> Diagnostic:
    with pytest.raises(FlowLoadError) as refusal:
        read_text(text, format="json", file="flow.json")
    [diagnostic] = refusal.value.diagnostics
    assert (diagnostic.code, diagnostic.kind, diagnostic.level, diagnostic.file) == (
        3400,
        "parse",
        "fatal",
        "flow.json",
    )
    return diagnostic


@given(JSON, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
@settings(max_examples=80)
def test_what_python_writes_is_read(value: Any, indent: int | str | None, ascii_only: bool) -> None:
    """What `json.dumps` writes, in whichever layout, is read as the same value."""
    assert read(json.dumps(value, indent=indent, ensure_ascii=ascii_only)) == value


@given(st.text(max_size=30) | st.text(alphabet='{}[]:,"\\ut0123456789.eE+- \n\tnrulafs/#', max_size=12))
@settings(max_examples=200)
def test_it_agrees_with_python_on_what_is_json(text: str) -> None:
    """Whatever is read is what Python reads; all else is refused with its line."""
    diagnostics: list[Diagnostic] = []
    try:
        assert read(text) == json.loads(text)
    except FlowLoadError as refusal:
        diagnostics = refusal.diagnostics
    assert all(each.line for each in diagnostics)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0), ("-0", 0), ("1.0", 1.0), ("1e2", 100.0), ("-1.5E-2", -0.015), ("1e-400", 0.0),
        ("123456789012345678901234567890", 123456789012345678901234567890), ('"yes"', "yes"), ("true", True),
        ("[]", []), ("{}", {}), (" \r\n\t[ ] ", []), ('{"":{"":[]}}', {"": {"": []}}), ('"\x7f\x85"', "\x7f\x85"),
        ('"\\"\\\\\\/\\b\\f\\n\\r\\t"', '"\\/\b\f\n\r\t'), ('"\\u00e9\\u0000"', "é\0"), ('"\\ud83d\\ude00"', "😀"),
        ('"\\\\ud800"', "\\ud800"), ('{"a\\n":1}', {"a\n": 1}), ('{"\\u0061" : 1}', {"a": 1}), ("\ufeff1", 1),
    ],
)  # fmt: skip
def test_values(text: str, value: Any) -> None:
    """Each kind of value is read as what it is."""
    found = read(text)
    assert (found, type(found)) == (value, type(value))


def test_the_sign_of_zero_stays() -> None:
    """Minus nought as a float stays minus nought."""
    assert math.copysign(1, read("-0.0")) == -1


@pytest.mark.parametrize(
    ("text", "at", "what", "hint"),
    [
        ("", (1, 1), "the end of the text", None),
        ("  ", (1, 3), "the end of the text", None),
        ('{\n  "a": 1,\n}', (2, 9), "a comma stands before the closing '}'", "delete"),
        ("[1,\n]", (1, 3), "a comma stands before the closing ']'", "delete"),
        ("[,1]", (1, 2), "a value is expected", None),
        ("{,}", (1, 2), "a key in double quotes is expected", '{"key": "value"}'),
        ("[1 2]", (1, 4), "a ',' or ']' is expected", "begins at line 1, column 1"),
        ('{"a":1 "b":2}', (1, 8), "a ',' or '}' is expected, but a text follows", "begins at line 1, column 1"),
        ('{"a" 1}', (1, 6), "a ':' after the key is expected", None),
        ('{"a\\n" 1}', (1, 8), "a ':' after the key is expected", None),
        ('{"a":}', (1, 6), "a value is expected", None),
        ("{a:1}", (1, 2), "a key in double quotes", "double quotes"),
        ("{'a':1}", (1, 2), "a key in double quotes", "double quotes"),
        ("['x']", (1, 2), "single quotes", "double quotes"),
        ("[abc]", (1, 2), '"abc" stands without quotes', "double quotes"),
        ("[yes]", (1, 2), '"yes" stands without quotes', "double quotes"),
        ("[nulls]", (1, 2), '"nulls" stands without quotes', "double quotes"),
        ("[True]", (1, 2), "True is not JSON", "write true"),
        ("[None]", (1, 2), "None is not JSON", "write null"),
        ("[undefined]", (1, 2), "undefined is not JSON", "write null"),
        ("[NaN]", (1, 2), "NaN is not a JSON number", "null"),
        ("[Infinity]", (1, 2), "Infinity is not a JSON number", "null"),
        ("[-Infinity]", (1, 2), "-Infinity is not a JSON number", "null"),
        ("[1e400]", (1, 2), "too large", "quote"),
        ("[01]", (1, 2), '"01" is not a JSON number', "zeros"),
        ("[+1]", (1, 2), '"+1" is not a JSON number', "'+'"),
        ("[.5]", (1, 2), '".5" is not a JSON number', "point"),
        ("[1.]", (1, 2), '"1." is not a JSON number', "point"),
        ("[1e]", (1, 2), '"1e" is not a JSON number', "quote"),
        ("[1.5e+]", (1, 2), '"1.5e+" is not a JSON number', "quote"),
        ("[0x1F]", (1, 2), '"0x1F" is not a JSON number', "quote"),
        ("[1_000]", (1, 2), '"1_000" is not a JSON number', "quote"),
        ("[-]", (1, 2), "a value is expected", None),
        ("// x\n{}", (1, 1), "a comment", "YAML"),
        ('{"a": 1 /* x */}', (1, 9), "a comment", "YAML"),
        ("{} # x", (1, 4), "a comment", "YAML"),
        ("[1] [2]", (1, 5), "the document has ended", "one JSON value"),
        ('{"a":1}}', (1, 8), "the document has ended", "one JSON value"),
        ("[1}", (1, 3), "a ',' or ']' is expected", "the list that begins"),
        ('{"a":1]', (1, 7), "a ',' or '}' is expected", "the object that begins"),
        ('{"a":\n[1,', (2, 4), "the end of the text", "the list that begins at line 2, column 1 is not closed"),
        ("[1", (1, 3), "a ',' or ']' is expected", "the list that begins"),
        ('{"a"', (1, 5), "the end of the text", "is not closed"),
        ("{", (1, 2), "the end of the text", "is not closed"),
        ('"abc', (1, 1), "never closed", "missing"),
        ('["a\nb"]', (1, 2), "not closed on its line", "\\n"),
        ('"a\tb"', (1, 3), "U+0009", "\\u0009"),
        ('"a\\\nb"', (1, 1), "not closed on its line", "\\n"),
        ('"\\', (1, 1), "never closed", "missing"),
        ('"a\\qb"', (1, 3), '"\\q" is not an escape', "backslash"),
        ('"\\u12"', (1, 2), "hex digits are missing", "four"),
        ('"\\ud800"', (1, 2), "half a surrogate pair", "both halves"),
        ('"\\udc00\\ud800"', (1, 2), "half a surrogate pair", "both halves"),
        ('"\\ud800\\u0041"', (1, 2), "half a surrogate pair", "both halves"),
        ('{"\\udfff": 1}', (1, 3), "half a surrogate pair", "both halves"),
        ('"\ud800"', (1, 2), "half a surrogate pair U+D800", "delete"),
        ("[1\u00a0]", (1, 3), '"\\u00a0"', None),
        ("\0", (1, 1), "\\u0000", None),
        ("[" + "9" * 4301 + "]", (1, 2), "digits", "quote"),
    ],
)  # fmt: skip
def test_faults_are_located(text: str, at: tuple[int, int], what: str, hint: str | None) -> None:
    """A fault is told with its line and column, and with how to mend it."""
    diagnostic = refused(text)
    assert what in diagnostic.text
    assert (diagnostic.line, diagnostic.column) == at
    assert (hint or "") in (diagnostic.hint or "")


def test_duplicate_keys_are_refused_with_both_places() -> None:
    """A key that is there twice is refused, however it is written."""
    diagnostic = refused('{"steps": [{\n"id": 1,\n"\\u0069d": 2}]}')
    assert "line 2, column 1" in diagnostic.text
    assert (diagnostic.line, diagnostic.column) == (3, 1)
    assert (diagnostic.pointer, diagnostic.path) == ("/steps/0/id", "$.steps[0].id")


def test_faults_carry_the_place_in_the_data() -> None:
    """A diagnostic points into the data as well."""
    assert refused('{"a": [{"b": 1}, {"c": [0, nope]}]}').pointer == "/a/1/c/1"


def test_other_encodings_are_refused() -> None:
    """Bytes are UTF-8, with a mark or without."""
    assert read('\ufeff["é"]'.encode()) == ["é"]
    assert "0xE9 at offset 2" in refused('["é"]'.encode("latin-1")).text
    assert "UTF-16" in refused('["é"]'.encode("utf-16")).text
