"""YAML is read by the 1.2 core schema, strictly, and alike with and without libyaml."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stepflow_core import Diagnostic, FlowLoadError
from stepflow_core.documents import read_text

TEXT = st.text(st.characters(exclude_characters="\x7f", exclude_categories=["Cs"]), max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@pytest.fixture(params=["libyaml", "python"], autouse=True)
def scanner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML with libyaml, and built without it."""
    if request.param == "python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)


def read(text: str | bytes) -> Any:
    return read_text(text).data


def refused(text: str | bytes) -> Diagnostic:
    with pytest.raises(FlowLoadError) as refusal:
        read_text(text, file="flow.yaml")
    [diagnostic] = refusal.value.diagnostics
    assert (diagnostic.code, diagnostic.kind, diagnostic.level, diagnostic.file) == (
        3400,
        "parse",
        "fatal",
        "flow.yaml",
    )
    return diagnostic


def place(diagnostic: Diagnostic) -> tuple[int | None, int | None]:
    return diagnostic.line, diagnostic.column


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None), ("Null", None), ("NULL", None), ("~", None), ("", None), ("nULL", "nULL"),
        ("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False),
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("n", "n"), ("tRUE", "tRUE"),
        ("0", 0), ("-19", -19), ("+12", 12), ("0777", 777), ("0o17", 15), ("0x1F", 31), ("-0x1F", "-0x1F"),
        ("0b11", "0b11"), ("0O17", "0O17"), ("1_000", "1_000"), ("1:30", "1:30"), ("190:20:30", "190:20:30"),
        ("1.0", 1.0), ("1.", 1.0), (".5", 0.5), ("-.5", -0.5), ("+1e3", 1000.0), ("12e03", 12000.0),
        ("-2E+05", -200000.0), ("6.8523015e+5", 685230.15), (".", "."), ("..1", "..1"), ("1e", "1e"),
        ("e3", "e3"), ("1,5", "1,5"), ("0x", "0x"), ("-", [None]), ("+", "+"), ("--", "--"),
        ("2001-12-14", "2001-12-14"), ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("<<", "<<"), ("=", "="), ("inf", "inf"), ("nan", "nan"), (".InF", ".InF"), ("0.0.1", "0.0.1"),
    ],
)  # fmt: skip
def test_plain_scalars(text: str, value: Any) -> None:
    """Plain text is null, a boolean or a number only where the core schema says so."""
    found = read(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["'12'", '"true"', "'null'", '""', "|\n  1\n", ">\n  ~\n"])
def test_quoted_scalars_are_text(text: str) -> None:
    """What stands in quotes or in a block is text, whatever it looks like."""
    assert type(read(text)) is str


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!!str 12", "12"), ("!!str", ""), ("! 12", "12"), ('!!int "3"', 3), ("!!int 0x10", 16), ("!!float 3", 3.0),
        ("!!float 1e3", 1000.0), ("!!float 0x10", 16.0), ("!!bool 'true'", True), ("!!null ''", None),
        ("!!map {a: 1}", {"a": 1}),
        ("!!seq [1]", [1]), ("! [1]", [1]), ("!<tag:yaml.org,2002:str> 1", "1"), ("{!!str 1: a}", {"1": "a"}),
    ],
)  # fmt: skip
def test_tags_of_the_schema(text: str, value: Any) -> None:
    """The schema's own tags decide what a node is."""
    found = read(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("!!int x", '"x" is not what its tag !!int says'),
        ("!!int 3.0", "is not what its tag !!int says"),
        ("!!float x", "is not what its tag !!float says"),
        ("!!bool yes", "is not what its tag !!bool says"),
        ("!!null x", "is not what its tag !!null says"),
        ("!!map x", "the tag !!map stands at a scalar"),
        ("!!seq {}", "the tag !!seq stands at an object"),
        ("!!str [a]", "the tag !!str stands at a list"),
        ("!!binary aGk=", 'the tag "!!binary" is not known'),
        ("!!set {a}", 'the tag "!!set" is not known'),
        ("!!timestamp 2001-01-01", "is not known"),
        ("!!python/object/apply:os.system [ls]", "is not known"),
        ("!!float " + "9" * 400, "too large"),
        ("!<str> a", 'the tag "str" is not known'),
        ("!include other.yaml", 'the tag "!include" is not known'),
        ("%TAG ! tag:example.com,2000:\n---\n!int 3", "is not known"),
    ],
)
def test_tags_that_do_not_fit_are_refused(text: str, what: str) -> None:
    """A tag of another schema, or one that its node does not fit, is refused where it stands."""
    diagnostic = refused(text)
    assert what in diagnostic.text
    assert diagnostic.line == text.count("\n") + 1
    assert diagnostic.hint


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("# only a comment\n", None), ("---\n", None), ("--- 1\n...\n", 1), ("\ufeffa: 1\n", {"a": 1}),
        ("%YAML 1.2\n---\na: yes\n", {"a": "yes"}), ("a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
        ("a: 1\rb: 2\r", {"a": 1, "b": 2}),
        ('{"a":1,"b":[true,null]}', {"a": 1, "b": [True, None]}), ("{a, b: }", {"a": None, "b": None}),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}), ("a: >-\n  x\n  y\n", {"a": "x y"}), ("[http://a.b/c]", ["http://a.b/c"]),
        ("{<<: {a: 1}}", {"<<": {"a": 1}}), ("on: push", {"on": "push"}), ('"a\\/b"', "a/b"), ('"\\x00"', "\0"),
    ],
)  # fmt: skip
def test_documents(text: str, value: Any) -> None:
    """Documents of every style are read; merge keys are ordinary keys, and an empty text is null."""
    assert read(text) == value


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("style", ["a: x{0}y", "a: 'x{0}y'", 'a: "x{0}y"', "a: |-\n  x{0}y", "a: >-\n  x{0}y"])
def test_unicode_line_breaks_are_characters(character: str, style: str) -> None:
    """What was a line break in YAML 1.1 only is an ordinary character."""
    assert read(style.format(character)) == {"a": f"x{character}y"}


def test_unicode_line_breaks_do_not_move_positions() -> None:
    """Lines are counted as YAML 1.2 does."""
    assert place(refused("a: \u2028\u0085\nb: c: d\n")) == (2, 5)


def test_private_use_characters_are_kept() -> None:
    """Characters for private use survive beside what they could stand in for."""
    value = "".join(map(chr, range(0xE000, 0xE008))) + "\u2028"
    assert read(f"a: {value}") == {"a": value}


def test_a_text_that_leaves_no_private_use_character_is_refused() -> None:
    """Only where all of them occur beside an old line break nothing is left to read it with."""
    assert "private use" in refused("a: " + "".join(map(chr, range(0xE000, 0xF900))) + "\u2028").text


def test_surrogate_pairs_of_json_are_joined() -> None:
    """Two escapes of JSON that make one character are read inside double quotes, and only there."""
    assert read(r'a: "x\ud83d\ude00y"') == {"a": "x😀y"}
    assert read(r"""['\ud83d\ude00', \ud83d\ude00, "\\ud83d\\ude00", "\\\ud83d\ude00"]""") == [
        r"\ud83d\ude00", r"\ud83d\ude00", r"\ud83d\ude00", "\\😀",
    ]  # fmt: skip


@pytest.mark.parametrize("text", [r'"\ud800"', r'"\udc00x"', r'"\ude00\ud83d"'])
def test_half_a_surrogate_pair_is_refused(text: str) -> None:
    """Half a pair is no character."""
    diagnostic = refused(text)
    assert "not a character" in diagnostic.text
    assert diagnostic.line == 1


@pytest.mark.parametrize(
    ("text", "at", "what", "hint"),
    [
        ("a:\n\t- b\n", (2, 1), "a tab", "spaces"),
        ("a: 1\n\tb: 2\n", (2, 1), "a tab", "spaces"),
        ("- a\n-\tb: 1\n  c: d: e", None, "", ""),
        ("a: 1\n---\nb: 2\n", (2, 1), "a second document", "'---'"),
        ("a: 1\n...\n---\n", (3, 1), "a second document", "'---'"),
        ("1: a\n", (1, 1), 'the key "1" is an integer', 'quote the key: "1"'),
        ("a:\n  1.5: b\n", (2, 3), 'the key "1.5" is a number', "quote"),
        ("true: a\n", (1, 1), 'the key "true" is a boolean', "quote"),
        ("null: a\n", (1, 1), 'the key "null" is null', "quote"),
        (": a\n", (1, 1), "a key is missing", '""'),
        ("? [a]\n: b\n", (1, 3), "as a key", "quote"),
        ("? {a: b}\n: c\n", (1, 3), "as a key", "quote"),
        ("a: {{ x }}\n", (1, 4), "'{{'", '"{{ … }}"'),
        ("a: b: c\n", (1, 5), "':'", "quote"),
        ("a: - b\n", (1, 4), "'-'", "line of its own"),
        ("a: ? b\n", (1, 4), "'?'", "quote"),
        ("a: @b\n", (1, 4), '"@"', "quote"),
        ("a: `b\n", (1, 4), '"`"', "quote"),
        ("a: %b\n", (1, 4), '"%"', "quote"),
        ('a: "b\nc: d\n', (1, 4), "never closed", "quote"),
        ("a: 'b\n", (1, 4), "never closed", "quote"),
        ("a: 'it's'\n", (1, 8), "after the closing quote", "double a quote"),
        ('a: "\\q"\n', None, '"\\q" is not an escape', "single quotes"),
        ('a: "\\xZZ"\n', None, "hex digits", "2"),
        ("a: [b, c\nd: e\n", (2, 2), "in the list that begins at line 1, column 4", "not closed"),
        ("a: {b: c\nd: e\n", None, "in the object that begins at line 1, column 4", "not closed"),
        ("a: ]\n", (1, 4), "a value is expected", "quote"),
        ("a: 1\nb\nc: 2\n", (2, 1), "neither 'key: value' nor '- item'", "':"),
        ("a:\n  b: c\n d: e\n", (3, 2), "does not go on", "column"),
        ("- a\nb: c\n", (2, 1), "does not go on", "column"),
        ("a: |x\n  b\n", None, "on the line after", None),
        ("a: *b\n", (1, 4), "the alias *b has no anchor &b", "quote"),
        ("a: *b\nb: &b 1\n", (1, 4), "has no anchor", "before"),
        ("a: &\n", None, "a name is expected", "quote"),
        ("a: &b [1, *b]\n", (1, 11), "inside its own anchor", "write the value out"),
        ("a: &b?c d\n", (1, 6), "the name of the anchor &b", "letters"),
        ("a: .nan\n", (1, 4), ".nan is not a JSON number", "null"),
        ("a: [1, -.INF]\n", (1, 8), "-.INF is not a JSON number", "null"),
        ("a: 1e999\n", (1, 4), "too large", "quote"),
        ("a: [?b]\n", (1, 5), "begins with '?'", "quote"),
        ("a\n b\n: c\n", (3, 1), "the document has ended", "quote"),
        ("%YAML 2.0\n---\na: 1\n", (1, 1), "version of YAML", "%YAML"),
        ("a: !x!y z\n", (1, 4), "tag is not known", "!!str"),
        ("{a: 1, : b}\n", (1, 8), "a key is missing", '""'),
        ("a: [:b]\n", (1, 5), "begins with ':'", "quote"),
        ("a: |0\n  b\n", None, "on the line after", None),
        ("a: \x7f\n", (1, 4), "U+007F", "escape"),
        ("a: b\x01c\n", (1, 5), "U+0001", "escape"),
        ("a: b\0c\n", (1, 5), "NUL", "UTF-8"),
        ("a: \ufffe\n", (1, 4), "U+FFFE", "escape"),
        ("a: \ud800\n", (1, 4), "half a surrogate pair U+D800", "delete"),
    ],
)  # fmt: skip
def test_faults_are_located(text: str, at: tuple[int, int] | None, what: str, hint: str | None) -> None:
    """A fault is told in words of the document, with its line and column, and with how to mend it."""
    diagnostic = refused(text)
    assert what in diagnostic.text
    assert (hint or "") in (diagnostic.hint or "")
    assert diagnostic.line is not None
    if at is not None:
        assert place(diagnostic) == at


def test_a_byte_order_mark_inside_the_text_is_named(request: pytest.FixtureRequest) -> None:
    """A mark that nobody sees is named where libyaml stumbles over it."""
    if "python" in request.node.name:
        pytest.skip("Python's scanner takes it for a character")
    diagnostic = refused("a: 1\n\ufeffb: 2\n")
    assert "byte order mark" in diagnostic.text
    assert place(diagnostic) == (2, 1)


def test_a_fault_without_words_of_its_own_keeps_those_of_the_scanner() -> None:
    """A problem that has no special text is still told and located."""
    diagnostic = refused("a: !<x\n")
    assert diagnostic.text.startswith("this is not YAML: ")
    assert diagnostic.line == 1


def test_long_keys_are_explained() -> None:
    """A key beyond the 1,024 characters of YAML is refused with the way to write it."""
    for text in ("k" * 1100 + ": 1", '{"' + "k" * 1100 + '": 1}'):
        assert "1,024" in refused(text).text
    assert read("? " + "k" * 1100 + "\n: 1") == {"k" * 1100: 1}


def test_duplicate_keys_are_refused_with_both_places() -> None:
    """A key that is there twice is refused, however it is written, and both places are named."""
    diagnostic = refused('steps:\n  - id: a\n    component: /x\n    "id": b\n')
    assert place(diagnostic) == (4, 5)
    assert "line 2, column 5" in diagnostic.text
    assert "line 4, column 5" in diagnostic.text
    assert (diagnostic.pointer, diagnostic.path) == ("/steps/0/id", "$.steps[0].id")


def test_equal_keys_of_different_objects_are_fine() -> None:
    """Keys need be unique in one object only."""
    assert read("[{a: 1}, {a: {a: 2}}]") == [{"a": 1}, {"a": {"a": 2}}]


def test_faults_carry_the_place_in_the_data() -> None:
    """A diagnostic points into the data as well."""
    assert refused("steps:\n  - input: {a: [1, .inf]}\n").pointer == "/steps/0/input/a/1"
    assert refused("steps:\n  - a: 1\n    b: .inf\n").path == "$.steps[0].b"


def test_aliases_repeat_their_anchors() -> None:
    """An alias has the value of its anchor, which may be set anew, and may be a key."""
    assert read("- &a {x: [1]}\n- *a\n- &a 2\n- *a\n- {&k key: 1, v: &k2 other}\n- {*k2 : 3}\n") == [
        {"x": [1]}, {"x": [1]}, 2, 2, {"key": 1, "v": "other"}, {"other": 3},
    ]  # fmt: skip
    assert read("&a [&a 1, *a]") == [1, 1]


def test_aliases_do_not_share() -> None:
    """Changing what an alias stands for leaves the anchor's value alone."""
    data = read("a: &a {x: [{}]}\nb: *a\nc: *a\n")
    data["b"]["x"][0]["new"] = 1
    assert data["a"] == data["c"] == {"x": [{}]}


def test_an_alias_to_an_object_is_no_key() -> None:
    """Keys are text, in aliases too."""
    assert "as a key" in refused("- &a {x: 1}\n- {*a : 1}\n").text
    assert "is an integer" in refused("- &a 1\n- {*a : 1}\n").text


def test_integers_are_of_any_size_up_to_what_python_reads() -> None:
    """Integers stay exact; one with more digits than Python reads is refused where it stands."""
    assert read("9" * 4300) == int("9" * 4300)
    for text in ("9" * 4301, "0x" + "f" * 4000, "0o" + "7" * 5000):
        diagnostic = refused("a: " + text)
        assert place(diagnostic) == (1, 4)
        assert "digits" in diagnostic.text


def test_tag_directives_are_limited() -> None:
    """Very many tag directives, which would take for ever to compare, are refused."""
    directives = "".join(f"%TAG !a{number}! tag:x\n" for number in range(1100))
    assert "tag directives" in refused(f"%YAML 1.2\n{directives}---\na: 1\n").text


@pytest.mark.parametrize(
    ("content", "at", "what"),
    [
        ("a: 1\nb: Ä".encode("latin-1"), (2, 4), "0xC4 at offset 8"),
        ("é: 1\n".encode() + b"\xff", (2, 1), "0xFF at offset 6"),
        ("a: 1".encode("utf-16"), (1, 1), "UTF-16"),
        ("a: 1".encode("utf-16-be"), (1, 1), "NUL"),
        ("\ufeffa: 1".encode("utf-32-be"), (1, 1), "UTF-32"),
    ],
)
def test_other_encodings_are_refused(content: bytes, at: tuple[int, int], what: str) -> None:
    """Text that is not UTF-8 is refused at its first bad byte."""
    diagnostic = refused(content)
    assert what in diagnostic.text
    assert place(diagnostic) == at
    assert "UTF-8" in (diagnostic.hint or "")


def test_a_byte_order_mark_is_skipped() -> None:
    """The mark of UTF-8 is no part of the text, and columns do not count it."""
    assert read(b"\xef\xbb\xbfa: 1") == {"a": 1}
    assert place(refused(b"\xef\xbb\xbfa: b: c")) == (1, 5)


@given(JSON)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_json_written_by_python_is_read_as_yaml(value: Any) -> None:
    """What `json.dumps` writes, with escapes and without, is the same document as YAML."""
    assert read(json.dumps(value)) == value


def check_that_it_ends_well(text: str) -> None:
    diagnostics: list[Diagnostic] = []
    try:
        json.dumps(read(text))
    except FlowLoadError as refusal:
        diagnostics = refusal.diagnostics
    assert all(each.line for each in diagnostics)


@given(st.text(max_size=30))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever the text, there is either a value or one located diagnostic."""
    check_that_it_ends_well(text)


@given(st.text(alphabet="ab01:-?,[]{}&*!|>'\"%@`#~. \n\t\\<=", max_size=14))
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_markup_is_read_or_refused(text: str) -> None:
    """The same for texts made of what means something in YAML."""
    check_that_it_ends_well(text)
