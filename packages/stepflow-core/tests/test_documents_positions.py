"""A document knows where each of its values stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from stepflow_core import Diagnostic, DiagnosticLevel
from stepflow_core.diagnostics import to_pointer
from stepflow_core.documents import Document, read_text

FLOW = """\
name: é
steps:
  - id: a
    input: {x: 1, "y/~": [1, 2]}
  -
    id: b
output: &o
  deep: {$step: a}
again: *o
"""


@pytest.fixture
def document() -> Document:
    return read_text(FLOW, file="flow.yaml")


def diagnostic(pointer: str, **more: Any) -> Diagnostic:
    return Diagnostic(code=1, kind="test", level=DiagnosticLevel.ERROR, text="test", pointer=pointer, **more)


@pytest.mark.parametrize(
    ("location", "value", "key"),
    [
        ((), (1, 1), (1, 1)),
        (("name",), (1, 7), (1, 1)),
        (("steps",), (3, 3), (2, 1)),
        (("steps", 0), (3, 5), (3, 5)),
        (("steps", 0, "id"), (3, 9), (3, 5)),
        (("steps", 0, "input"), (4, 12), (4, 5)),
        (("steps", 0, "input", "x"), (4, 16), (4, 13)),
        (("steps", 0, "input", "y/~"), (4, 26), (4, 19)),
        (("steps", 0, "input", "y/~", 1), (4, 30), (4, 30)),
        (("steps", 1), (6, 5), (6, 5)),
        (("steps", 1, "id"), (6, 9), (6, 5)),
        (("output", "deep", "$step"), (8, 17), (8, 10)),
        (("again", "deep"), (8, 9), (8, 3)),
    ],
)
def test_values_and_keys_have_positions(
    document: Document, location: tuple[str | int, ...], value: tuple[int, int], key: tuple[int, int]
) -> None:
    """Lines and columns count from 1, in characters; inside an alias they are the anchor's."""
    assert document.position(location) == value
    assert document.position(location, key=True) == key


@pytest.mark.parametrize(
    ("location", "at"),
    [
        (("nothing",), (1, 1)),
        (("steps", 2), (3, 3)),
        (("steps", -1), (3, 3)),
        (("steps", "id"), (3, 3)),
        (("steps", 0, "input", "z", 0, "q"), (4, 12)),
        (("name", "x"), (1, 7)),
    ],
)
def test_what_is_not_there_has_the_position_around_it(
    document: Document, location: tuple[str | int, ...], at: tuple[int, int]
) -> None:
    """Of a place that is not there the nearest one around it is told."""
    assert document.position(location) == at


def test_diagnostics_are_located_by_their_pointers(document: Document) -> None:
    """Pointers are read back: escapes undone, numbers taken for indexes in lists and for keys in objects."""
    located = document.locate(diagnostic("/steps/0/input/y~1~0/1"))
    assert (located.file, located.line, located.column) == ("flow.yaml", 4, 30)
    assert document.locate(diagnostic("")).line == 1
    for pointer in ("/steps/7/id", "/steps/-/id", "/steps/99999999999999999999"):
        assert document.locate(diagnostic(pointer)).line == 2
    numbers = read_text('{"1": {\n"0": [\n7]}}', format="json")
    assert numbers.locate(diagnostic("/1/0/0")).line == 3


def test_diagnostics_of_values_below_their_keys_are_at_the_keys() -> None:
    """Where the value begins on a later line, the line of the key tells more."""
    document = read_text("a:\n  - 1\nb: [1]\n")
    found = [document.locate(diagnostic(pointer)) for pointer in ("/a", "/a/0", "/b")]
    assert [(each.line, each.column) for each in found] == [(1, 1), (2, 5), (3, 4)]


def test_unknown_keys_are_at_the_keys() -> None:
    """What is wrong with an unknown key is the key, not its value."""
    document = read_text("inputs: 3\n")
    assert document.locate(replace(diagnostic("/inputs"), kind="unknownKey")).column == 1
    assert document.locate(diagnostic("/inputs")).column == 9


def test_a_diagnostic_that_has_a_line_keeps_it(document: Document) -> None:
    """What was located in another text is left alone."""
    given = diagnostic("/name", file="other.yaml", line=7, column=8)
    assert document.locate(given) is given


def test_json_has_the_same_positions() -> None:
    """JSON text is located like YAML."""
    document = read_text('{\n  "a": [1,\r\n 2], "b": "\\n",\r"c": {}}', format="json")
    assert document.position(("a",)) == (2, 8)
    assert document.position(("a", 1)) == (3, 2)
    assert document.position(("b",), key=True) == (3, 6)
    assert document.position(("b",)) == (3, 11)
    assert document.position(("c",)) == (4, 6)


def test_a_document_tells_what_it_is() -> None:
    """A document has its data, file, format and text, and a short representation."""
    document = read_text("\ufeffa: 1", file="x.yaml")
    assert (document.data, document.file, document.format, document.text) == ({"a": 1}, "x.yaml", "yaml", "a: 1")
    assert repr(document) == "Document(file='x.yaml', format='yaml', 4 characters)"
    assert read_text("").position(("a",)) == (1, 1)


def test_changes_of_the_data_do_not_move_positions(document: Document) -> None:
    """Positions are those of the text as it was read."""
    document.data["steps"].clear()
    assert document.position(("steps", 0, "id")) == (3, 9)


def places(value: Any, location: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(location, value), *(each for key, member in members for each in places(member, (*location, key)))]


@given(
    st.recursive(
        st.integers() | st.booleans() | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab/~é\n", max_size=3), inner, max_size=3),
        max_leaves=12,
    ),
    st.sampled_from(["yaml", "json"]),
)
@settings(max_examples=60)
def test_at_each_position_stands_the_value(value: Any, format: Any) -> None:
    """What is written at a value's position is that value, and its pointer leads there too."""
    document = read_text(json.dumps(value, indent=1, ensure_ascii=False), format=format)
    lines = document.text.split("\n")
    for location, member in places(value):
        line, column = document.position(location)
        rest = "\n".join([lines[line - 1][column - 1 :], *lines[line:]])
        assert json.JSONDecoder().raw_decode(rest)[0] == member
        located = document.locate(diagnostic(to_pointer(location)))
        assert (located.line, located.column) == (line, column)
