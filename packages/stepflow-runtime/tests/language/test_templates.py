"""Texts and expressions: what they give."""

from __future__ import annotations

import copy
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepflow_runtime.language.templates import (
    Limits,
    TemplateError,
    compile_expression,
    compile_template,
)
from template_kit import failure, text, value, values

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**30, 10**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


class TestText:
    def test_holes_are_filled(self) -> None:
        """A text's holes show the input, the outputs of steps, variables and the names of `with`."""
        rendered = text("{{ input.a }}-{{ steps.s.b }}-{{ vars.v }}-{{ n }}", {"a": 1}, {"s": {"b": 2}}, {"v": 3}, n=4)
        assert rendered == "1-2-3-4"

    @pytest.mark.parametrize(
        ("data", "written"),
        [
            ("plain", "plain"),
            ("<b> & 'q'", "<b> & 'q'"),
            (None, "null"),
            (True, "true"),
            (False, "false"),
            (1, "1"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e22, "1e22"),
            (10**40, "1" + "0" * 40),
            ([1, "a", None, True], '[1,"a",null,true]'),
            ({"k": "ü✓", "n": {"x": []}}, '{"k":"ü✓","n":{"x":[]}}'),
            ('say "hi"\n', 'say "hi"\n'),
        ],
    )
    def test_values_are_written_as_json(self, data: Any, written: str) -> None:
        """In a text, text stands as it is and everything else as compact JSON."""
        assert text("{{ input }}", data) == written
        assert text("{{ '' ~ input }}", data) == written
        assert text("{{ [input]|join }}", data) == written

    def test_inline_if_without_else_writes_nothing(self) -> None:
        """A hole whose condition is false and that has no `else` stays empty."""
        assert text("{% for x in [1, 2, 3] %}{{ x }}{{ ', ' if not loop.last }}{% endfor %}") == "1, 2, 3"

    def test_last_line_break_is_dropped(self) -> None:
        """As in Jinja, one line break at the end of a text is not part of it."""
        assert text("a\n\n") == "a\n"

    def test_white_space_control(self) -> None:
        """`-` beside a tag takes the blanks there away."""
        assert text("a  {%- if true -%}  b  {%- endif -%}  c") == "abc"

    def test_raw_and_comments(self) -> None:
        """What stands in `raw` is text, what stands in a comment is nothing."""
        assert text("{% raw %}{{ steps.x }}{% endraw %}{# {{ steps.y }} #}!") == "{{ steps.x }}!"

    @pytest.mark.parametrize(
        ("source", "rendered"),
        [
            ("{% if input.n > 1 %}many{% elif input.n == 1 %}one{% else %}none{% endif %}", "one"),
            ("{% for x in input.xs %}{{ loop.index }}:{{ x }} {% else %}empty{% endfor %}", "1:a 2:b "),
            ("{% for x in [] %}{{ x }}{% else %}empty{% endfor %}", "empty"),
            ("{% for x in range(6) if x is odd %}{{ x }}/{{ loop.length }} {% endfor %}", "1/3 3/3 5/3 "),
            ("{% for k, v in input.o|items %}{{ k }}={{ v }};{% endfor %}", "p=1;q=2;"),
            ("{% for k in input.o %}{{ k }}{% endfor %}", "pq"),
            ("{% for c in 'ab' %}{{ c }}.{% endfor %}", "a.b."),
            (
                "{% for x in 'abc' %}{{ loop.first }}{{ loop.revindex }}{{ loop.last }} {% endfor %}",
                "true3false false2false false1true ",
            ),
            ("{% for x in 'abc' %}{{ loop.cycle('-', '+') }}{% endfor %}", "-+-"),
            ("{% for x in [1, 1, 2] %}{{ loop.changed(x) }} {% endfor %}", "true false true "),
            ("{% for x in 'abc' %}{{ loop.previtem|d('_') }}{{ loop.nextitem|d('_') }} {% endfor %}", "_b ac b_ "),
            (
                "{% for x in [1, [2]] recursive %}{{ loop(x) if x is sequence else x }}/{{ loop.depth }} {% endfor %}",
                "1/1 2/2 /1 ",
            ),
            ("{% set a, b = [1, 2] %}{{ a + b }}", "3"),
            ("{% set a %}x{{ input.n }}{% endset %}{{ a|upper }}", "X1"),
            ("{% set a|upper|replace('X', 'y') %}x{% endset %}{{ a }}", "y"),
            ("{% if true %}{% set a = 1 %}{% endif %}{{ a }}", "1"),
            ("{% set a = 1 %}{% for x in 'ab' %}{% set a = a + 1 %}{{ a }}{% endfor %}{{ a }}", "221"),
            ("{% set n = namespace(s=0) %}{% for x in [1, 2] %}{% set n.s = n.s + x %}{% endfor %}{{ n.s }}", "3"),
            ("{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a is defined }}", "3false"),
            ("{% filter upper %}a{{ 'b' }}{% endfilter %}", "AB"),
            ("{% macro m(x, y=x ~ '!') %}[{{ x }}{{ y }}]{% endmacro %}{{ m(1) }}{{ m(1, y=2) }}", "[11!][12]"),
            ("{% macro m(x) %}{{ x is defined }}{% endmacro %}{{ m() }}", "false"),
            ("{% macro m() %}<{{ caller(1) }}>{% endmacro %}{% call(x) m() %}b{{ x }}{% endcall %}", "<b1>"),
            ("{% macro f(n) %}{{ n }}{{ f(n - 1) if n > 0 }}{% endmacro %}{{ f(3) }}", "3210"),
            ("{% set j = joiner(';') %}{% for x in 'ab' %}{{ j() }}{{ x }}{% endfor %}", "a;b"),
            ("{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.current }}", "aba"),
            ("{% print 1, 'a' %}", "1a"),
        ],
    )
    def test_statements(self, source: str, rendered: str) -> None:
        """Statements mean what they mean in Jinja."""
        assert text(source, {"n": 1, "xs": ["a", "b"], "o": {"p": 1, "q": 2}}) == rendered

    @pytest.mark.parametrize(
        ("literal", "read"),
        [
            (r"'\d+\/'", r"\d+\/"),
            (r"'\n\t\\d'", "\n\t\\d"),
            (r"'\xe9\u00e9é\''", "ééé'"),
            (r"'\é'", "\\é"),
            ("'a\\\nb'", "ab"),
        ],
    )
    def test_escapes_in_quotes(self, literal: str, read: str) -> None:
        """In quotes a backslash begins the escapes of Python, and before any other character stands for itself."""
        assert value(literal) == read

    def test_what_a_block_sets_ends_with_it(self) -> None:
        """A name that a loop, a macro or a `with` sets is unknown after it."""
        error = failure(compile_template("{% for x in [1] %}{% set y = x %}{% endfor %}{{ y }}"))
        assert error.message == "`y` is undefined"


class TestValue:
    @pytest.mark.parametrize(
        ("source", "result"),
        [
            ("steps.judge.score >= 0.8 and input.n > 1", True),
            ("input.n + 1", 3),
            ("7 // 2 + 7 % 4", 6),
            ("2 ** 10", 1024),
            ("-input.n", -2),
            ("'a' ~ 1 ~ none ~ true ~ 1.5 ~ ['x']", 'a1nulltrue1.5["x"]'),
            ("'a' + 'b'", "ab"),
            ("[1] + [2]", [1, 2]),
            ("'ab' * 2", "abab"),
            ("3 * [0]", [0, 0, 0]),
            ("'x' * -10", ""),
            ("'x' if input.n == 3 else 'y'", "y"),
            ("1 < input.n <= 2", True),
            ("1 < input.n <= 1", False),
            ("2 in [1, 2] and 'b' in 'abc' and 'n' in input and 5 not in [1]", True),
            ("'x' in {'x': 1} and 1 not in {'x': 1}", True),
            ("input.n or 5", 2),
            ("not input.n", False),
            ("0 or none", None),
            ("{'a': input.n, 'b': [1, (2, 3)]}", {"a": 2, "b": [1, [2, 3]]}),
            ("'abcdef'[1:5:2] ~ [1, 2, 3][::-1]", "bd[3,2,1]"),
            ("input['n']", 2),
            ("input.xs[-1]", "z"),
            ("input.xs.0", "x"),
            ("input.xs[input.n]", "z"),
            ("input.s[0]", "h"),
            ("[1, 2] == [1.0, 2] and {'a': 1} != {'a': 2} and 'b' > 'a' and [1, 2] < [1, 3]", True),
            ("range(3)|list", [0, 1, 2]),
            ("range(5, 0, -2)", [5, 3, 1]),
            ("range(2, 1)", []),
            ("dict(input, n=5).n", 5),
            ("none", None),
        ],
    )
    def test_results(self, source: str, result: Any) -> None:
        """An expression gives a typed value."""
        given = {"n": 2, "xs": ["x", "y", "z"], "s": "hi"}
        found = value(source, given, {"judge": {"score": 0.9}})
        assert found == result
        assert type(found) is type(result)

    @pytest.mark.parametrize(
        ("source", "result"),
        [
            ("4 / 2", 2),
            ("5 / 2", 2.5),
            ("input * 2", 3),
            ("5.0", 5),
            ("1e3", 1000),
            ("input", 1.5),
            ("[4 / 2, {'a': 0.5 + 0.5}]", [2, {"a": 1}]),
            ("[1, 2]|map('float')", [1, 2]),
            ("dict(a=4 / 2)", {"a": 2}),
            ("[1.5, 2.5]|sum", 4),
        ],
    )
    def test_numbers_without_fraction_are_integers(self, source: str, result: Any) -> None:
        """A number that an expression computes is an integer where it has no fraction."""
        assert repr(value(source, 1.5)) == repr(result)

    def test_data_that_passes_through_keeps_its_numbers(self) -> None:
        """The numbers inside data that is passed on are as they were."""
        assert repr(value("steps.a", steps={"a": {"v": [1.0, 2]}})) == "{'v': [1.0, 2]}"
        assert repr(value("[steps.a]", steps={"a": {"v": 1.0}})) == "[{'v': 1.0}]"

    def test_floats_in_text_stay_floats(self) -> None:
        """In a text a quotient is written as the float that it is."""
        assert text("{{ 4 / 2 }}") == "2.0"

    @given(JSON)
    @settings(max_examples=60)
    def test_any_value_passes_through(self, data: Any) -> None:
        """Any JSON value comes out of a reference and of a container as it went in."""
        assert value("input", data) == data
        assert value("[input, {'k': steps.a}]", data, {"a": data}) == [data, {"k": data}]
        assert value("input|default(1)", data) == data

    @given(JSON)
    @settings(max_examples=40)
    def test_rendering_changes_nothing(self, data: Any) -> None:
        """What a text does to its values leaves them as they were."""
        before = copy.deepcopy(data)
        text("{% set x = input|default([]) %}{{ [x, x]|tojson }}{% for y in [x] %}{{ y }}{% endfor %}", data)
        assert data == before

    @pytest.mark.parametrize(
        "source",
        [
            "input.xs|sort",
            "input.xs|reverse",
            "input.xs|batch(2, 0)",
            "input.xs|list",
            "input.xs + [1]",
            "input.os|sort(attribute='a')",
            "input.xs|unique",
            "dict(input.o, b=2)",
            "input.xs|slice(2, 0)",
        ],
    )
    def test_filters_leave_the_data_alone(self, source: str) -> None:
        """What sorts, reverses or fills up works on a copy."""
        data = {"xs": [3, 1, 2], "os": [{"a": 2}, {"a": 1}], "o": {"a": 1}}
        before = copy.deepcopy(data)
        value(source, data)
        assert data == before

    @pytest.mark.parametrize("integer", [2**63, 2**64, -(2**63) - 1, 2**127, 2**128 + 1, 10**1000])
    def test_integers_of_any_size(self, integer: int) -> None:
        """Integers are exact beyond 64 and 128 bits."""
        assert value("input", integer) == integer
        assert value("input + 1", integer) == integer + 1
        assert text("{{ input }}", integer) == str(integer)

    @pytest.mark.parametrize(
        "source",
        [
            "1e308 * 10",
            "-1e308 * 10",
            "2.0 ** 5000",
            "10 ** 4001",
            "10 ** (10 ** 10)",
            "(10 ** 3000) ** 2",
            "10 ** 400 / 3",
            "1e999",
            "(-8) ** 0.5",
            "10 ** 400 + 0.5",
        ],
    )
    def test_no_number_beyond_json(self, source: str) -> None:
        """A result that is infinite, complex or too large to be written fails with its place."""
        with pytest.raises(TemplateError, match="number") as caught:
            value(source)
        assert caught.value.line == 1

    @pytest.mark.parametrize("source", ["1 / 0", "1 // 0", "1 % 0", "0 ** -1"])
    def test_division_by_zero(self, source: str) -> None:
        """Dividing by zero fails."""
        assert "by zero" in failure(compile_expression(source)).message

    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ("1 + 'a'", "`+` does not work on a number and text"),
            ("none - 1", "`-` does not work on null and a number"),
            ("1 < 'a'", "`<` does not work on a number and text"),
            ("[1] < ['a']", "`<` does not work on these arrays: their elements differ in kind"),
            ("{} > {}", "`>` does not work on an object and an object"),
            ("1 in 2", "`in` does not work on a number and a number"),
            ("'%s' % 1", "`%` does not work on text: use the filter `format`"),
            ("-'a'", "text is not a number"),
            ("{1: 2}", "the key of an object is text, not a number: quote it"),
            ("5[1:2]", "a number has no slices"),
            ("[1]['a':]", "the bounds of a slice are integers, and its step is not 0"),
            ("namespace(a=1)", "a namespace is not data"),
            ("[joiner()]", "a joiner is not data"),
        ],
    )
    def test_operands_that_do_not_fit(self, source: str, message: str) -> None:
        """Operators say which kinds of values they do not take, in words of JSON."""
        assert failure(compile_expression(source)).message == message


class TestTemplate:
    def test_text_and_repr(self) -> None:
        """A template knows its text."""
        template = compile_template("a{{ 1 }}")
        assert template.text == "a{{ 1 }}"
        assert repr(template) == "Template('a{{ 1 }}')"

    def test_is_rendered_again_and_again(self) -> None:
        """Renderings know nothing of each other."""
        template = compile_template(
            "{% set n = namespace(c=0) %}{% set n.c = n.c + input %}{{ n.c }}", Limits(work=100)
        )
        assert [template.render(values(each)) for each in range(50)] == [str(each) for each in range(50)]

    def test_rendering_does_not_copy_the_input(self) -> None:
        """What is passed through is the very value, and what is not asked for is not looked at."""

        class Untouched(dict[str, Any]):
            def __iter__(self) -> Any:
                raise AssertionError

            items = values = keys = __len__ = __iter__

        data = {"big": Untouched(x=1), "small": {"n": 1}}
        assert value("input.small.n + input.big.x", data) == 2
        assert value("input.big", data) is data["big"]

    def test_jinja_is_loaded_late(self) -> None:
        """Importing the module does not load Jinja2; compiling does."""
        code = (
            "import sys; from stepflow_runtime.language.templates import compile_template as c;"
            "assert 'jinja2' not in sys.modules; c(''); assert 'jinja2' in sys.modules"
        )
        subprocess.run([sys.executable, "-c", code], check=True)
