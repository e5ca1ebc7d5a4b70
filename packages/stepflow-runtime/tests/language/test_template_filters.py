"""The filters and tests of texts: what each one gives, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_runtime.language.templates import TemplateError, compile_expression
from stepflow_runtime.language.templating.filters import FILTERS
from stepflow_runtime.language.templating.functions import FUNCTIONS
from stepflow_runtime.language.templating.predicates import TESTS

DATA = {
    "s": "Hello wide World",
    "lines": "a\nb\n\nc",
    "n": -2.75,
    "xs": [3, 1, 2],
    "words": ["b", "A", "a"],
    "o": {"b": 1, "a": 2},
    "os": [{"k": "x", "v": 1, "in": {"d": [7]}}, {"k": "y", "v": 2}, {"k": "X", "v": 3}],
}

GIVEN: dict[str, list[tuple[str, Any]]] = {
    "abs": [("-3|abs", 3), ("input.n|abs", 2.75)],
    "attr": [("input|attr('xs')", [3, 1, 2]), ("input|attr('none') is defined", False)],
    "batch": [
        ("[1, 2, 3]|batch(2)", [[1, 2], [3]]),
        ("[1, 2, 3]|batch(2, 0)", [[1, 2], [3, 0]]),
        ("[]|batch(2, 0)", []),
    ],
    "bool": [("''|bool", False), ("[0]|bool", True)],
    "capitalize": [("'hELLO wORLD'|capitalize", "Hello world")],
    "center": [("'ab'|center(6)", "  ab  "), ("'abc'|center(2)", "abc")],
    "count": [("'abc'|count", 3)],
    "d": [("input.zz|d(1)", 1)],
    "default": [
        ("input.zz|default('x')", "x"),
        ("none|default('x')", None),
        ("none|default('x', true)", "x"),
        ("0|default(1, boolean=true)", 1),
        ("input.zz|default", ""),
    ],
    "dictsort": [
        ("input.o|dictsort", [["a", 2], ["b", 1]]),
        ("input.o|dictsort(by='value')", [["b", 1], ["a", 2]]),
        ("input.o|dictsort(reverse=true)", [["b", 1], ["a", 2]]),
    ],
    "e": [("'<a>'|e", "&lt;a&gt;")],
    "escape": [("'<a href=\"x\">&'|escape", "&lt;a href=&quot;x&quot;&gt;&amp;")],
    "filesizeformat": [
        ("1|filesizeformat", "1 Byte"),
        ("999|filesizeformat", "999 Bytes"),
        ("13000|filesizeformat", "13.0 kB"),
        ("2097152|filesizeformat(true)", "2.0 MiB"),
        ("1e30|filesizeformat", "1000000000000.0 EB"),
    ],
    "first": [("input.xs|first", 3), ("'abc'|first", "a"), ("input.o|first", "b")],
    "float": [("'1.5'|float", 1.5), ("'x'|float(9)", 9), ("'1e999'|float(0.5)", 0.5), ("[]|float(1.5)", 1.5)],
    "format": [
        ("'%s: %.2f'|format('x', 1.005)", "x: 1.00"),
        ("'%05d|%x|%+d|%%'|format(42, 255, 1)", "00042|ff|+1|%"),
        ("'%(a)s-%(b)5s'|format(a=1, b=none)", "1- null"),
        ("'%-5s|'|format('ab')", "ab   |"),
    ],
    "groupby": [
        ("input.os|groupby('k')", [["x", [DATA["os"][0], DATA["os"][2]]], ["y", [DATA["os"][1]]]]),
        ("input.os|groupby('in.d.0', default=0)", [[0, DATA["os"][1:]], [7, DATA["os"][:1]]]),
        ("(input.os|groupby('k', case_sensitive=true))|length", 3),
    ],
    "indent": [
        ("input.lines|indent(2)", "a\n  b\n\n  c"),
        ("input.lines|indent('> ', true, true)", "> a\n> b\n> \n> c"),
    ],
    "int": [
        ("'42'|int", 42),
        ("' 7 '|int", 7),
        ("'4.9'|int", 4),
        ("-4.9|int", -4),
        ("'x'|int(5)", 5),
        ("'ff'|int(base=16)", 255),
        ("none|int", 0),
        ("'9'|int(base=99)", 0),
        ("true|int", 1),
    ],
    "items": [("input.o|items", [["b", 1], ["a", 2]])],
    "join": [
        ("input.xs|join('-')", "3-1-2"),
        ("input.os|join(',', attribute='v')", "1,2,3"),
        ("[none, true]|join", "nulltrue"),
        ("'abc'|join('.')", "a.b.c"),
        ("[]|join(',')", ""),
    ],
    "keys": [("input.o|keys", ["b", "a"])],
    "last": [("input.xs|last", 2), ("'abc'|last", "c"), ("[]|last is defined", False)],
    "length": [("input.xs|length", 3), ("input.o|length", 2)],
    "lines": [("input.lines|lines", ["a", "b", "", "c"])],
    "list": [("'ab'|list", ["a", "b"]), ("input.o|list", ["b", "a"])],
    "lower": [("'ABC'|lower", "abc"), ("5|lower", "5")],
    "map": [
        ("input.words|map('upper')", ["B", "A", "A"]),
        ("input.os|map(attribute='in.d.0', default=0)", [7, 0, 0]),
        ("['a-b']|map('replace', '-', '+')|first", "a+b"),
        ("input.xs|map", [3, 1, 2]),
        ("['1.26']|map('float')|map('round', precision=1)", [1.3]),
    ],
    "max": [("input.xs|max", 3), ("input.os|max(attribute='v')", DATA["os"][2]), ("[]|max is defined", False)],
    "min": [("input.xs|min", 1), ("input.words|min", "A")],
    "pluralize": [
        ("1|pluralize", ""),
        ("2|pluralize", "s"),
        ("[1]|pluralize('y', 'ies')", "y"),
        ("[]|pluralize('y', 'ies')", "ies"),
    ],
    "reject": [("input.xs|reject('odd')", [2]), ("[0, 1]|reject", [0])],
    "rejectattr": [
        ("input.os|rejectattr('v', 'gt', 1)", DATA["os"][:1]),
        ("input.os|rejectattr('in')", DATA["os"][1:]),
    ],
    "replace": [
        ("'aaa'|replace('a', 'bb')", "bbbbbb"),
        ("'aaa'|replace('a', 'b', 2)", "bba"),
        ("'ab'|replace('', '-')", "-a-b-"),
        ("'a1'|replace('1', 2)", "a2"),
    ],
    "reverse": [("input.xs|reverse", [2, 1, 3]), ("'abc'|reverse", "cba")],
    "round": [
        ("2.5|round", 2),
        ("2.675|round(1)", 2.7),
        ("2.1|round(0, 'ceil')", 3),
        ("input.n|round(1, 'floor')", -2.8),
        ("1234|round(-2)", 1200),
        ("42|round", 42),
    ],
    "safe": [("'<a>'|safe", "<a>")],
    "select": [("input.xs|select('gt', 1)", [3, 2]), ("[0, 1, '']|select", [1]), ("['a', 1]|select('string')", ["a"])],
    "selectattr": [
        ("input.os|selectattr('v', 'in', [1, 3])|map(attribute='v')", [1, 3]),
        ("input.os|selectattr('in', 'defined')|length", 1),
    ],
    "slice": [
        ("[1, 2, 3, 4, 5]|slice(3)", [[1, 2], [3, 4], [5]]),
        ("[1, 2, 3]|slice(2, 0)", [[1, 2], [3, 0]]),
        ("[1, 2]|slice(2, 0)", [[1], [2]]),
    ],
    "sort": [
        ("input.xs|sort", [1, 2, 3]),
        ("input.xs|sort(reverse=true)", [3, 2, 1]),
        ("input.words|sort", ["A", "a", "b"]),
        ("input.words|sort(case_sensitive=true)", ["A", "a", "b"]),
        ("input.os|sort(attribute='k,v')|map(attribute='v')", [1, 3, 2]),
        ("'cab'|sort", ["a", "b", "c"]),
    ],
    "split": [("'a b  c'|split", ["a", "b", "c"]), ("'a,b,c'|split(',', 1)", ["a", "b,c"])],
    "string": [("[1]|string", "[1]"), ("none|string", "null")],
    "striptags": [
        ("'<p>a <b>b</b>\n<!-- x > y -->c</p> 1 < 2'|striptags", "a b c 1 < 2"),
        ("'a <!-- b'|striptags", "a <!-- b"),
    ],
    "sum": [
        ("input.xs|sum", 6),
        ("input.os|sum(attribute='v', start=10)", 16),
        ("[]|sum", 0),
        ("['a', 'b']|sum(start='')", "ab"),
    ],
    "title": [('"it\'s a (nice) wide-World"|title', "It's A (Nice) Wide-World")],
    "tojson": [
        ("{'a': [1, 'ü']}|tojson", '{"a":[1,"ü"]}'),
        ("'a'|tojson", '"a"'),
        ("{'a': [1]}|tojson(2)", '{\n  "a": [\n    1\n  ]\n}'),
    ],
    "trim": [("'  a '|trim", "a"), ("'xxaxx'|trim('x')", "a")],
    "truncate": [
        ("input.s|truncate(12, leeway=0)", "Hello..."),
        ("input.s|truncate(12, true, leeway=0)", "Hello wid..."),
        ("input.s|truncate(14)", "Hello wide World"),
        ("input.s|truncate(11, true, '', 0)", "Hello wide "),
        ("'abcdefgh'|truncate(2, leeway=0)", "..."),
    ],
    "unique": [
        ("[1, 2, 1, '1']|unique", [1, 2, "1"]),
        ("input.words|unique", ["b", "A"]),
        ("input.words|unique(true)", ["b", "A", "a"]),
        ("input.os|unique(attribute='k')|map(attribute='v')", [1, 2]),
        ("[[1], [1]]|unique", [[1]]),
    ],
    "upper": [("'straße'|upper", "STRASSE")],
    "urlencode": [
        ("'a b/ü?'|urlencode", "a%20b/%C3%BC%3F"),
        ("{'q': 'a b', 'n': 1}|urlencode", "q=a+b&n=1"),
        ("[['a', 'b&']]|urlencode", "a=b%26"),
    ],
    "values": [("input.o|values", [1, 2])],
    "wordcount": [("input.s|wordcount", 3)],
    "wordwrap": [
        ("input.s|wordwrap(10)", "Hello wide\nWorld"),
        ("'abcdefg h'|wordwrap(3)", "abc\ndef\ng h"),
        ("'abcdefg h'|wordwrap(3, false, '|')", "abcdefg|h"),
        ("'a\n\nb'|wordwrap(5)", "a\n\nb"),
    ],
}
"""What each filter gives."""

TRUE: dict[str, list[str]] = {
    "boolean": ["true is boolean", "1 is not boolean"],
    "defined": ["input is defined", "input.zz is not defined"],
    "divisibleby": ["9 is divisibleby 3", "9 is not divisibleby 2", "'a' is not divisibleby 2"],
    "endingwith": ["'abc' is endingwith 'c'", "1 is not endingwith '1'"],
    "eq": ["1 is eq 1.0", "[1] is eq [1]"],
    "equalto": ["'a' is equalto 'a'"],
    "even": ["2 is even", "0.5 is not even", "'a' is not even"],
    "false": ["false is false", "0 is not false"],
    "float": ["1.5 is float", "1 is not float"],
    "ge": ["2 is ge 2"],
    "greaterthan": ["2 is greaterthan 1"],
    "gt": ["2 is gt 1", "'b' is gt 'a'"],
    "in": ["1 is in [1]", "'a' is in 'abc'", "'k' is in {'k': 1}"],
    "integer": ["1 is integer", "true is not integer"],
    "iterable": ["[] is iterable", "1 is not iterable"],
    "le": ["2 is le 2"],
    "lessthan": ["1 is lessthan 2"],
    "lower": ["'a' is lower", "1 is not lower"],
    "lt": ["1 is lt 2"],
    "mapping": ["{} is mapping", "[] is not mapping"],
    "ne": ["1 is ne 2"],
    "none": ["none is none", "0 is not none"],
    "number": ["1 is number", "1.5 is number", "true is not number"],
    "odd": ["3 is odd", "2 is not odd"],
    "sameas": ["1 is sameas 1"],
    "sequence": ["[] is sequence", "'a' is sequence"],
    "startingwith": ["'abc' is startingwith 'a'"],
    "string": ["'a' is string", "1 is not string"],
    "true": ["true is true", "1 is not true"],
    "undefined": ["input.zz is undefined"],
    "upper": ["'A' is upper"],
}
"""What holds of each test."""


def value(source: str) -> Any:
    """What an expression gives for the data."""
    return compile_expression(source).render({"input": DATA, "steps": {}, "vars": {}})


@pytest.mark.parametrize(("source", "result"), [case for cases in GIVEN.values() for case in cases])
def test_filter(source: str, result: Any) -> None:
    """A filter gives what it gives in Jinja, as data."""
    found = value(source)
    assert found == result
    assert type(found) is type(result)


@pytest.mark.parametrize("source", [each for sources in TRUE.values() for each in sources])
def test_test(source: str) -> None:
    """A test holds of what its name says."""
    assert value(source) is True


def test_every_filter_and_test_has_a_case() -> None:
    """No filter or test is without a case, and no other function can be called."""
    assert set(GIVEN) == set(FILTERS)
    assert set(TRUE) == set(TESTS)
    assert set(FUNCTIONS) == {"cycler", "dict", "joiner", "namespace", "range"}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("1|length", "a number has no length"),
        ("none|list", "null has no elements"),
        ("[1]|items", "an array is not an object"),
        ("'a'|abs", "text is not a number"),
        ("1|round(1, 'up')", "a method of rounding is `common`, `ceil` or `floor`"),
        ("1|round(999)", "a precision is between -300 and 300"),
        ("1e300|round(300, 'ceil')", "the filter `round` does not work on a number, a number, text"),
        ("[1]|batch(0)", "the size of a batch is at least 1"),
        ("[1]|slice(0)", "the number of slices is at least 1"),
        ("{}|dictsort(by='x')", '`by` is "key" or "value"'),
        ("[{}]|map(attribute='a.b')", "an element has no field `a.b`"),
        ("[{}]|map(attribute={})", "an attribute is named by text, not an object"),
        ("[[]]|map('first')", "for one of the elements the filter gives nothing"),
        ("[1]|map('upper', default=1)", "`default` goes with `attribute`"),
        ("[{'a': 1}, {'a': 'b'}]|groupby('a')", "what is to be sorted differs in kind or has no order"),
        ("[{'a': 1}, {}]|sort", "what is to be sorted differs in kind or has no order"),
        ("'a'|wordwrap(0)", "a width to wrap at is at least 1"),
        ("'a'|wordwrap(1, true, [])", "the filter `wordwrap` does not work on text, a number, a boolean, an array"),
        ("'a'|indent(-1)", "a width is between 0 and 1000"),
        ("'a'|tojson(9)", "an indentation is between 0 and 8"),
        ("'a'|split('')", "the filter `split` does not work on text, text"),
        ("'a'|replace(1, 2)", "the filter `replace` does not work on text, a number, a number"),
        ("'%2000d'|format(1)", "a width or precision is at most 1000"),
        ("'%.99999f'|format(1)", "a width or precision is at most 1000"),
        ("'%'|format", "the format has more places than there are values"),
        ("'%'|format(1)", "the format has an unknown conversion `%`"),
        ("'%x'|format(1.5)", "the filter `format` does not work on text, a number"),
        ("range(1, 2, 0)", "the function `range` takes integers, the step not 0"),
        ("range('a')", "the function `range` takes integers, the step not 0"),
        ("dict([])", "the function `dict` takes an object, not an array"),
        ("1 is divisibleby 0", "the test `divisibleby` does not work on a number, a number"),
        ("1 is in 2", "`in` does not work on a number and a number"),
    ],
)
def test_refusals(source: str, message: str) -> None:
    """What a filter cannot work on fails with the reason and its place."""
    with pytest.raises(TemplateError) as caught:
        value(source)
    assert caught.value.message == message
    assert caught.value.line == 1
