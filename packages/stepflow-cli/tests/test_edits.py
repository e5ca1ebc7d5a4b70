"""Changes to the text of documents that leave everything else as it stands."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from stepflow_cli.edits import CannotEditError, Change, changed_text, differences
from stepflow_core import FlowLoadError
from stepflow_core.documents import Document, read_text

CASES = ("test", "cases")
FLOW = """\
# a flow
name: greet   # its name
test:
  cases:
    - name: first   # keep
      output:
        outcome: success   # always
        result:
          total: 3   # rounded
          # about items
          items:
            - 1
            - {b: 2, c: [1, 2]}   # on one line
          note: |
            hello
            world
      # between
    - {name: second, input: null}
    - name: third
      input:
    - name: fourth
      output: {outcome: success, result: {x: 1}}   # short
steps: []
"""


def edited(*changes: tuple[tuple[str | int, ...], Any]) -> str:
    """The flow's text with changes at places of its cases."""
    return changed_text(read_text(FLOW), [Change((*CASES, *place), value) for place, value in changes])


RESULT = (0, "output", "result")


@pytest.mark.parametrize(
    ("place", "value", "old", "new"),
    [
        ((*RESULT, "total"), 4.0, "total: 3   # rounded", "total: 4.0   # rounded"),
        ((*RESULT, "items", 1, "b"), {"q": "a b"}, "{b: 2, c: [1, 2]}", "{b: {q: a b}, c: [1, 2]}"),
        ((*RESULT, "items", 0), "yes", "- 1\n", '- "yes"\n'),
        ((*RESULT, "items"), [], "items:\n            - 1\n            - {b: 2, c: [1, 2]}", "items: []"),
        ((*RESULT, "note"), "one line", "note: |\n            hello\n            world", "note: one line"),
        (
            (*RESULT, "total"),
            {"a": [1, {"b": 2}]},
            "total: 3   #",
            "total:\n            a:\n              - 1\n              - {b: 2}   #",
        ),
        ((3, "output", "result", "x"), None, "{x: 1}}   # short", "{x: null}}   # short"),
        ((3, "output"), {"outcome": "skipped"}, "{outcome: success, result: {x: 1}}", "{outcome: skipped}"),
        ((2, "input"), 5, "input:\n", "input: 5\n"),
    ],
)
def test_changes_only_what_changes(place: tuple[str | int, ...], value: Any, old: str, new: str) -> None:
    """A value is replaced in the style of what stands around it; comments stay."""
    assert old in FLOW
    assert edited((place, value)) == FLOW.replace(old, new, 1)


def test_replaces_whole_objects() -> None:
    """An object that is replaced keeps its place and what follows it."""
    text = edited(((0, "output"), {"outcome": "failed", "error": {"code": 1, "message": "Input path $.x"}}))
    assert '        outcome: failed\n        error: {code: 1, message: "Input path $.x"}\n      # between\n' in text


def test_adds_members() -> None:
    """A member is added at the end of its object, on one line where the object is."""
    text = edited(((1, "output"), {"outcome": "success", "result": [1]}), ((2, "output"), {"outcome": "skipped"}))
    assert "- {name: second, input: null, output: {outcome: success, result: [1]}}\n" in text
    assert "      input:\n      output: {outcome: skipped}\n" in text


def test_windows_lines_stay() -> None:
    """Lines keep their ends."""
    text = changed_text(read_text(FLOW.replace("\n", "\r\n")), [Change((*CASES, *RESULT, "total"), [1, [2]])])
    assert text.count("\n") == text.count("\r\n")


def test_aliases_are_not_edited() -> None:
    """What stands in several places at once cannot be changed in one of them."""
    document = read_text("a: &x {n: 1}\nb: *x\n")
    with pytest.raises(CannotEditError, match="alias"):
        changed_text(document, [Change(("b", "n"), 2)])


def test_what_would_break_others_is_refused() -> None:
    """A change that would take an anchor away from its aliases is refused."""
    document = read_text("a: {n: &x 1}\nb: *x\n")
    with pytest.raises((CannotEditError, FlowLoadError)):
        changed_text(document, [Change(("a",), 2)])


@pytest.mark.parametrize("indent", [None, 2, 4, "\t"])
def test_json_keeps_its_indentation(indent: Any) -> None:
    """JSON stays JSON, in the indentation that it has; numbers elsewhere keep their spelling."""
    data = {"cases": [{"name": "a", "output": {"n": [1]}}, {"name": "b"}], "z": 0}
    text = json.dumps(data, indent=indent).replace('"z": 0', '"z": 1.50')
    changes = [Change(("cases", 0, "output", "n"), {"x": [2]}), Change(("cases", 1, "output"), None)]
    data["cases"] = [{"name": "a", "output": {"n": {"x": [2]}}}, {"name": "b", "output": None}]
    expected = json.dumps(data, indent=indent).replace('"z": 0', '"z": 1.50')
    assert changed_text(read_text(text, format="json"), changes) == expected


TEXTS = st.sampled_from(
    [
        "a",
        "b c",
        "yes",
        "1",
        "1.0",
        "null",
        "x: y",
        "# no",
        "a\nb",
        "",
        'q"q',
        "é\u2028",
        "- x",
        "{a}",
        "0o7",
        "~",
        "2001-01-01",
        "end ",
        "=",
        "<<",
        "!t",
        "&a",
        "*a",
        "%",
        "@",
        "a #b",
        "a\n\nb\n",
        "key:",
        "1_000",
        ".5",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES = st.recursive(
    SCALARS, lambda some: st.lists(some, max_size=3) | st.dictionaries(TEXTS, some, max_size=3), max_leaves=8
)


class Dumper(yaml.SafeDumper):
    """Writes what is there twice, twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def written(data: Any, style: bool | str | None) -> Document:
    """A document with this data, as YAML in block, flow or mixed style, or as JSON."""
    if isinstance(style, str):
        return read_text(json.dumps(data, indent=style or None, ensure_ascii=False), format="json")
    return read_text(
        "# top\n" + yaml.dump(data, Dumper=Dumper, default_flow_style=style, allow_unicode=True) + "# end\n"
    )


@settings(max_examples=150, deadline=None)
@given(VALUES, VALUES, st.sampled_from([None, False, True, "", "  ", "\t"]))
def test_any_value_can_take_the_place_of_another(old: Any, new: Any, style: bool | str | None) -> None:
    """Whatever stood there and comes instead, in every style, the text reads as it should."""
    data = {"cases": [{"name": "a", "output": old}, {"name": "b"}], "z": old}
    try:
        document = written(data, style)
    except FlowLoadError:
        assume(False)
    assume(document.data == data)
    changes = [*differences(("cases", 0, "output"), old, new), Change(("cases", 1, "output"), new)]
    text = changed_text(document, changes)
    wanted = {"cases": [{"name": "a", "output": new}, {"name": "b", "output": new}], "z": old}
    assert read_text(text, format=document.format).data == wanted
    assert isinstance(style, str) or (text.startswith("# top\n") and text.endswith("# end\n"))


def test_differences_are_small() -> None:
    """Only what differs is named, a list of another length as a whole."""
    old = {"a": 1, "b": {"c": [1, 2], "d": [1]}, "e": 1}
    new = {"a": 1.0, "b": {"c": [1, 3], "d": [1, 2]}, "e": 1}
    assert [*differences((), old, new)] == [(("a",), 1.0), (("b", "c", 1), 3), (("b", "d"), [1, 2])]
    assert [*differences((), old, {"a": 1})] == [((), {"a": 1})]
