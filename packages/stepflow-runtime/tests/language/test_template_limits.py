"""No text takes more than its share of time and memory, or reaches anything but data."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from stepflow_runtime.language.templates import Limits, TemplateError, compile_expression, compile_template

GREEDY_EXPRESSIONS = [
    "'x' * 10**9",
    "10**9 * 'x'",
    "[0] * 100000000",
    "[[[[[0] * 1000] * 1000] * 1000] * 1000] * 1000",
    "[[[[[1] * 300] * 300] * 300] * 300] == [[[[1] * 300] * 300] * 300]",
    "range(10**9)",
    "range(10**30, 0, -1)|length",
    "2 ** (10 ** 9)",
    "(10 ** 3999) ** 9",
    "'%1000000000d'|format(1)",
    "'%.1000000000f'|format(1)",
    "('%1000d' * 60000)|format",
    "'%*d'|format(1000000000, 1)",
    "'a'|center(10**10)",
    "'a'|indent(10**10)",
    "('\\n' * 1000000)|indent(1000)",
    "('a' * 1000000)|indent('b' * 1000000, true)",
    "'a'" + "|replace('a', 'aaaaaaaaaa')" * 12,
    "('a' * 100000)|replace('', 'b' * 100000)",
    "range(1000)|join('x' * 100000)",
    "(('a' * 1000)|list)" + "|join('b' * 1000)|list" * 4,
    "('a' * 1000000)|wordwrap(1, true, 'x' * 100000)",
    "[1]|batch(10**9, 0)",
    "[1]|slice(10**9)",
    "('ab' * 500000)|list|map('center', 100000)|list",
    "range(100000)|map('string')|map('center', 1000)|list",
    "range(200000)|sort|sort|sort|sort|sort|sort|sort|sort",
    "('?' * 1000000)|urlencode",
    "(('a' * 1000000) ~ '')|upper|escape|list",
    "('<' * 1000000)|escape",
    "range(1000)|map('list')" + "|list" * 5,
    "'a'.b" + " + 1" * 2000,
    "(" * 5000 + "1" + ")" * 5000,
    "[" * 5000 + "]" * 5000,
    "not " * 5000 + "1",
    "-" * 5000 + "1",
    "1" + "|string" * 5000,
    "1 if 1 else " * 5000 + "1",
    "a" + ".b" * 100000,
]
"""Expressions that ask for too much, or for what does not exist after much work."""

DOUBLED = (
    "{% set n = namespace(x=1, y=1) %}{% for i in range(60) %}"
    "{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}"
)
"""Makes two arrays of few elements that are endless to walk through."""

LONG = "{% set s = 'a' * 1000000 %}{% set t = s ~ '' %}{% for i in range(100000) %}"
"""Begins to work on long texts many times."""

GREEDY_TEXTS = [
    "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x ~ x %}" * 40 + "{{ x|length }}",
    "{% set x = [1] %}" + "{% set x = x + x %}" * 40 + "{{ x|length }}",
    "{% set n = namespace(x='aaaa') %}{% for i in range(40) %}{% set n.x = n.x + n.x %}{% endfor %}{{ n.x|length }}",
    "{% set n = namespace(x=1) %}{% for i in range(60) %}{% set n.x = {'a': n.x, 'b': n.x} %}{% endfor %}{{ n.x }}",
    "{% set n = namespace(x=1) %}{% for i in range(200) %}{% set n.x = [n.x] %}{% endfor %}{{ n.x }}",
    DOUBLED + "{{ n.x }}",
    DOUBLED + "{{ n.x|tojson }}",
    DOUBLED + "{{ n.x == n.y }}",
    DOUBLED + "{{ n.x < n.y }}",
    DOUBLED + "{{ n.x in [n.y] }}",
    DOUBLED + "{{ [n.x, n.y]|sort }}",
    DOUBLED + "{{ [n.x, n.y]|unique }}",
    DOUBLED + "{{ [{'a': n.x}, {'a': n.y}]|groupby('a') }}",
    DOUBLED + "{% for i in [1, 2] %}{{ loop.changed(n.x) }}{% endfor %}",
    "{% macro f(x) %}{{ x }}{{ x }}{% endmacro %}{{ " + "f(" * 25 + "'abc'" + ")" * 25 + "|length }}",
    "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}",
    "{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}",
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(29) }}",
    "{% for x in [[[[]]]] recursive %}{{ loop([[1]]) }}{% endfor %}",
    "{% for i in range(100000) %}" + "x" * 100000 + "{% endfor %}",
    "{% for i in range(1000) %}{% for j in range(1000) %}{% endfor %}{% endfor %}",
    "{% for i in range(10000) %}{% set x %}" + "x" * 100000 + "{% endset %}{% endfor %}",
    LONG + "{% if s is lower %}{% endif %}{% endfor %}",
    LONG + "{% if s|float == 1 %}{% endif %}{% endfor %}",
    LONG + "{% if 'ab' in s %}{% endif %}{% endfor %}",
    LONG + "{% if s == t %}{% endif %}{% endfor %}",
    LONG + "{% if [s] == [t] %}{% endif %}{% endfor %}",
    LONG + "{% if s < t %}{% endif %}{% endfor %}",
    LONG + "{% if s[1:] %}{% endif %}{% endfor %}",
    LONG + "{{ s|wordcount }}{% endfor %}",
    LONG + "{{ [s, s]|map('upper')|map('title')|length }}{% endfor %}",
    LONG + "{{ [s, s]|select('startingwith', t)|length }}{% endfor %}",
    "{% set s = range(1000)|list %}{% for i in range(100000) %}{% if -1 in s %}{% endif %}{% endfor %}",
    "".join(f"{{% set n{i} = 1 %}}" for i in range(5000)) + "{% for i in range(300000) %}{% endfor %}",
    "{{ 1 }}" * 100000,
    "{% if 1 %}" * 2000 + "{% endif %}" * 2000,
    "{{ 'x' * 1000000 }}" * 3,
    "{% filter replace('a', 'a' * 100000) %}{{ 'a' * 100000 }}{% endfilter %}",
]
"""Texts of that kind."""

RUNNER = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from stepflow_runtime.language.templates import TemplateError, compile_expression, compile_template
outcomes = []
for kind, source in json.load(sys.stdin):
    try:
        compile_one = compile_expression if kind == "expression" else compile_template
        result = compile_one(source).render({"input": {}, "steps": {}, "vars": {}})
        outcomes.append(f"gave {str(result)[:50]}")
    except TemplateError as error:
        outcomes.append("refused")
print(json.dumps(outcomes))
"""


def values(input: Any = None) -> dict[str, Any]:
    """The values of a rendering."""
    return {"input": input, "steps": {}, "vars": {}}


@pytest.fixture(scope="module")
def outcomes() -> dict[str, str]:
    """What became of every greedy text, in a process of little memory and time."""
    cases = [["expression", each] for each in GREEDY_EXPRESSIONS] + [["text", each] for each in GREEDY_TEXTS]
    done = subprocess.run(
        [sys.executable, "-c", RUNNER], input=json.dumps(cases), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(zip([source for _, source in cases], json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("source", GREEDY_EXPRESSIONS + GREEDY_TEXTS, ids=lambda source: source[:60])
def test_greedy_text_is_stopped(source: str, outcomes: dict[str, str]) -> None:
    """A text that asks for much time or memory ends in an error, long before it has either."""
    assert outcomes[source] == "refused"


@pytest.mark.parametrize(
    ("source", "limits", "message"),
    [
        ("{% for i in range(100) %}{% endfor %}", Limits(work=150), "it is too much work: the limit is 150 operations"),
        ("{{ range(200) }}", Limits(work=150), "an array of 200 elements is too long"),
        ("{{ 'a' * 11 }}", Limits(length=10), "the text is too long: the limit is 10 characters"),
        ("{{ input }}", Limits(length=10), "the text is too long: the limit is 10 characters"),
        ("{{ 'a' * 6 }}{{ 'b' * 6 }}", Limits(length=10), "the text is too long: the limit is 10 characters"),
        (
            "{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}",
            Limits(calls=3),
            "macros call each other more than 3 levels deep",
        ),
    ],
)
def test_limits_are_settings(source: str, limits: Limits, message: str) -> None:
    """Each limit can be set, and its error says which it was."""
    with pytest.raises(TemplateError) as caught:
        compile_template(source, limits).render(values("x" * 11))
    assert caught.value.message == message


def test_within_the_limits() -> None:
    """What a text may reasonably want is far inside the limits."""
    rows = [{"name": f"row {index}", "tags": ["a", "b"], "score": index / 7} for index in range(2000)]
    row = "- {{ r.name|title }} ({{ '%.2f'|format(r.score) }}): {{ r.tags|join(', ') }}\n"
    source = f"{{% for r in input if r.score > 1 %}}{row}{{% endfor %}}"
    assert len(compile_template(source).render(values(rows)).splitlines()) == 1992
    assert compile_template("{{ input }}").render(values(rows)).startswith('[{"name":"row 0"')
    assert compile_template("{{ input|tojson(2) }}").render(values(rows[:100])).startswith("[\n  {")
    assert compile_expression("input|map(attribute='score')|sum|round").render(values(rows)) == 285571


def test_large_data_passes_through() -> None:
    """Data larger than the limits may be handed on whole, since nothing is made of it."""
    data = {"text": "x" * 2_000_000}
    for source in ("input", "input.text|default('')", "input if input.text else none", "input or {}"):
        assert compile_expression(source).render(values(data)) in (data, data["text"])


@pytest.mark.parametrize("source", ["{{ 'a' * 1048576 }}", "{{ input }}"])
def test_longest_text(source: str) -> None:
    """A text of exactly the limit is allowed."""
    assert len(compile_template(source).render(values("x" * 1_048_576))) == 1_048_576


NAMES = [
    "items",
    "values",
    "keys",
    "get",
    "update",
    "pop",
    "clear",
    "copy",
    "append",
    "upper",
    "count",
    "index",
    "real",
]


@pytest.mark.parametrize("name", [*NAMES, "__class__", "__init__", "_x"])
def test_fields_are_data(name: str) -> None:
    """A field of the data is its value whatever its name; where there is none it is undefined."""
    for source in (f"input.{name}", f"input['{name}']", f"input|attr('{name}')"):
        assert compile_expression(source).render(values({name: 1})) == 1
        for data in ({}, [1], "text", 5, 1.5, True, None):
            assert compile_expression(f"({source}) is undefined").render(values(data)) is True


@pytest.mark.parametrize(
    "source",
    [f"input.{name}()" for name in NAMES]
    + [
        "input.text.upper()",
        "[].append(1)",
        "''.join([])",
        "'{0.__class__}'.format(1)",
        "{}.clear()",
        "input.a.b()",
        "input()",
        "input['keys']()",
        "(1)()",
        "('a'|upper)()",
        "range(1)()",
        "range.__call__(1)",
        "debug()",
        "self.x()",
        "super()",
        "lipsum()",
        "cycler('a').next()",
        "input.next()",
        "input.cycle(1)",
        "joiner()()",
        "eval('1')",
        "open('x')",
    ],
)
def test_data_has_no_methods(source: str) -> None:
    """Nothing of the data can be called; texts with such calls are refused when they are compiled."""
    with pytest.raises(TemplateError) as caught:
        compile_expression(source)
    assert caught.value.line == 1


def test_refusal_of_a_method_names_the_filter() -> None:
    """Who writes a method where a filter does the same is told so."""
    with pytest.raises(TemplateError) as caught:
        compile_expression("input.items()")
    assert caught.value.message == "data has no methods such as `items()`: write `… | items`"


@pytest.mark.parametrize(
    "source",
    [
        "range",
        "input.__class__",
        "''.__class__.__mro__",
        "[].__len__",
        "(1).real",
        "none.__class__",
        "namespace.__init__",
        "namespace(a=1).fields",
        "cycler('a').method",
        "joiner().call",
        "joiner().kind",
        "dict.fromkeys",
    ],
)
def test_no_way_to_python(source: str) -> None:
    """Neither data nor functions nor what they make lead to anything of Python."""
    with pytest.raises(TemplateError, match="undefined"):
        compile_expression(source).render(values({}))


@pytest.mark.parametrize(
    "source",
    [
        "{% for x in [1] %}{{ loop.__class__ }}{% endfor %}",
        "{% for x in [1] %}{{ loop.items }}{% endfor %}",
        "{% for x in [1] %}{{ loop.call }}{% endfor %}",
        "{% macro m() %}{{ caller.call }}{% endmacro %}{{ m() }}",
        "{% macro m() %}{% endmacro %}{{ m.call }}",
        "{% macro m() %}{% endmacro %}{{ m._body }}",
    ],
)
def test_no_way_to_python_from_tools(source: str) -> None:
    """Loops and macros have no fields but their own."""
    with pytest.raises(TemplateError, match="undefined"):
        compile_template(source).render(values({}))


@pytest.mark.parametrize(
    ("source", "tag"),
    [
        ("{% include 'x' %}", "include"),
        ("{% include ['x'] ignore missing %}", "include"),
        ("{% import 'x' as y %}", "import"),
        ("{% from 'x' import y %}", "from"),
        ("{% extends 'x' %}", "extends"),
        ("{% block b %}{% endblock %}", "block"),
        ("{% autoescape true %}{% endautoescape %}", "autoescape"),
        ("{% if false %}{% include 'x' %}{% endif %}", "include"),
        ("{% debug %}", "debug"),
        ("{% do input %}", "do"),
        ("{% trans %}", "trans"),
    ],
)
def test_a_text_stands_alone(source: str, tag: str) -> None:
    """Tags that reach other texts or show the inside are refused, also where they would not run."""
    with pytest.raises(TemplateError, match=tag) as caught:
        compile_template(source)
    assert caught.value.column is not None
