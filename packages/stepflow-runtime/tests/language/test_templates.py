"""Texts and expressions: what they give, what they refer to, and where they are wrong."""

from __future__ import annotations

import copy
import subprocess
import sys
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepflow_runtime.language.templates import (
    Limits,
    StepMention,
    Template,
    TemplateError,
    compile_expression,
    compile_template,
)

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


def values(input: Any = None, steps: Any = None, vars: Any = None, **names: Any) -> dict[str, Any]:
    """The values of a rendering."""
    return {"input": input, "steps": steps or {}, "vars": vars or {}, **names}


def text(source: str, /, *args: Any, **more: Any) -> str:
    """What a template renders to."""
    result: str = compile_template(source).render(values(*args, **more))
    return result


def value(source: str, /, *args: Any, **more: Any) -> Any:
    """What an expression gives."""
    return compile_expression(source).render(values(*args, **more))


def refused(source: str, expression: bool = False) -> TemplateError:
    """The error that a text gives when it is compiled."""
    with pytest.raises(TemplateError) as caught:
        (compile_expression if expression else compile_template)(source)
    return caught.value


def failure(template: Template, **more: Any) -> TemplateError:
    """The error that a text gives when it is rendered."""
    with pytest.raises(TemplateError) as caught:
        template.render(values(**more))
    return caught.value


def place(error: TemplateError) -> tuple[int | None, int | None]:
    """Where an error is."""
    return error.line, error.column


def references(source: str) -> list[str]:
    """The steps that a template names."""
    return [each.id for each in compile_template(source).steps]


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


class TestReferences:
    @pytest.mark.parametrize(
        ("source", "steps"),
        [
            ("{{ steps.a }}{{ steps.b.x }}{{ steps.a.y }}", ["a", "b"]),
            ('{{ steps["not an identifier"].x }}', ["not an identifier"]),
            ("{{ steps.a.b.c }}", ["a"]),
            ("{{ steps.steps.steps }}", ["steps"]),
            (
                "{% if false %}{{ steps.a }}{% else %}{% for x in steps.b %}{{ steps.c }}{% endfor %}{% endif %}",
                ["a", "b", "c"],
            ),
            ("{% macro m(x=steps.a) %}{{ steps.b }}{% endmacro %}", ["a", "b"]),
            ("{{ 1|default(steps.a) }}{{ [1]|map('default', steps.b) }}{{ 1 is eq steps.c }}", ["a", "b", "c"]),
            ("{{ steps.a if steps.b else steps.c }}", ["b", "a", "c"]),
            ("{{ {'k': steps.a}.k[steps.b:steps.c] }}", ["a", "b", "c"]),
            ("{{ input[steps.a] }}", ["a"]),
            (
                "{% set x = steps.a %}{% with y = steps.b %}{% endwith %}{% filter join(steps.c) %}{% endfilter %}",
                ["a", "b", "c"],
            ),
            ("{% call(x=steps.a) m() %}{{ steps.b }}{% endcall %}", None),
            ("{{ steps.a is defined }}{{ steps.b|default(1) }}", ["a", "b"]),
            ("{{ 'steps.a' }}{# steps.b #}{% raw %}{{ steps.c }}{% endraw %} steps.d", []),
            ("{{ input.steps.a }}{{ {'steps': 1}.steps }}", []),
            ("{{ steps\n.\na }}", ["a"]),
        ],
    )
    def test_steps_are_found_wherever_they_stand(self, source: str, steps: list[str] | None) -> None:
        """Every step that a text names is known when it is compiled, also in branches that are never taken."""
        if steps is None:
            assert "`call` takes a macro" in refused(source).message
        else:
            assert references(source) == steps

    def test_first_mention_has_its_place(self) -> None:
        """A step is mentioned once, where it stands first."""
        steps = compile_template("ä\n{{ 1 }} {{ steps.b }}\r\n  {{ steps.a + steps.b }}").steps
        assert steps == (StepMention("b", 2, 12), StepMention("a", 3, 6))

    def test_mention_in_an_expression_has_its_place(self) -> None:
        """Places in expressions count from 1 too."""
        assert compile_expression("1 +\n  steps.a").steps == (StepMention("a", 2, 3),)

    def test_roots_and_variables(self) -> None:
        """The names that a text does not set itself are its roots; `vars.<name>` are its variables."""
        template = compile_template("{{ input.x }}{{ vars.v }}{{ vars['w'].k }}{{ topic }}{% set own = 1 %}{{ own }}")
        assert template.roots == {"input", "vars", "topic"}
        assert template.variables == ("v", "w")

    def test_names_that_are_set_are_no_roots(self) -> None:
        """Loop variables, parameters, macros, `loop`, `caller` and functions are no roots."""
        source = (
            "{% macro m(a) %}{{ a }}{{ caller() }}{% endmacro %}{% for x, y in [] %}{{ loop.index }}{{ x }}{% endfor %}"
        )
        assert compile_template(source + "{{ range(3) }}{% with q = 1 %}{{ q }}{% endwith %}").roots == frozenset()

    def test_name_of_with_may_be_set_anew(self) -> None:
        """A name of `with` can be used to give itself another value."""
        source = "{% set topic = topic ~ '!' %}{{ topic }}"
        assert compile_template(source).roots == {"topic"}
        assert text(source, topic="a") == "a!"

    @pytest.mark.parametrize(
        "source",
        [
            "steps[input.k]",
            "steps[x].y",
            "steps",
            "steps|items",
            "steps[0]",
            "steps[1:]",
            "[steps]",
            "steps is defined",
            "steps[none]",
            "'a' in steps",
            "steps ~ ''",
        ],
    )
    def test_computed_steps_are_refused(self, source: str) -> None:
        """Which step is meant has to be written down; the error says what to write."""
        error = refused(source, expression=True)
        assert "steps.<id>" in error.message
        assert "with" in error.message
        assert error.line == 1

    @pytest.mark.parametrize(
        "source",
        [
            "{% set steps = 1 %}",
            "{% for steps in [] %}{% endfor %}",
            "{% for a, input in [] %}{% endfor %}",
            "{% macro vars() %}{% endmacro %}",
            "{% macro m(steps) %}{% endmacro %}",
            "{% set vars %}{% endset %}",
            "{% with input = 1 %}{% endwith %}",
            "{% macro m() %}{% endmacro %}{% call(input) m() %}{% endcall %}",
        ],
    )
    def test_roots_cannot_be_given_another_meaning(self, source: str) -> None:
        """`input`, `steps` and `vars` mean the same everywhere in a text."""
        error = refused(source)
        assert "cannot be given another meaning" in error.message
        assert error.column is not None


class TestUndefined:
    @pytest.mark.parametrize(
        ("source", "message", "column"),
        [
            ("input.missing", "`input.missing` is undefined", 1),
            ("1 + input.missing", "`input.missing` is undefined", 5),
            ("input.a.b.c", "`input.a.b.c` is undefined: `input.a` has no field `b`", 1),
            ("input.n.x", "`input.n.x` is undefined: `input.n` is null", 1),
            ("input.xs[9]", "`input.xs[9]` is undefined: `input.xs` has 2 elements", 1),
            ("input.xs.name", "`input.xs.name` is undefined: `input.xs` is an array", 1),
            ("input['odd key'].x", '`input["odd key"].x` is undefined: `input` has no field `odd key`', 1),
            ("steps.gone.x", "`steps.gone.x` is undefined: the step was skipped", 1),
            ("vars.v", "`vars.v` is undefined", 1),
            ("other", "`other` is undefined", 1),
            ("input.xs[input.i]", "`input.xs[…]` is undefined", 9),
            ("'x' if false", "the value is undefined: the condition is false and there is no `else`", 1),
            ("[]|first", "the filter `first` gives an undefined value here", 4),
            ("not input.missing", "`input.missing` is undefined", 5),
            ("input.missing == 1", "`input.missing` is undefined", 1),
            ("input.missing if true else 1", "`input.missing` is undefined", 1),
            ("[input.missing]", "`input.missing` is undefined", 2),
            ("input.missing or 1", "`input.missing` is undefined", 1),
            ("input[true]", "`input[…]` is undefined", 6),
        ],
    )
    def test_undefined_fails(self, source: str, message: str, column: int) -> None:
        """A value that is not there fails the expression, with its name and place."""
        error = failure(compile_expression(source), input={"a": {}, "n": None, "xs": [1, 2], "i": 5})
        assert error.message == message
        assert place(error) == (1, column)

    def test_place_in_a_text(self) -> None:
        """The place of an undefined value is its line and column in the text."""
        assert place(failure(compile_template("first\n  second {{ input.x.y }}"), input={})) == (2, 13)

    @pytest.mark.parametrize(
        ("source", "result"),
        [
            ("input.x is defined", False),
            ("input.x.y.z is defined", False),
            ("input.a is defined", True),
            ("steps.gone is undefined", True),
            ("steps.gone.text|default('none')", "none"),
            ("input.x|d(input.y)|d(3)", 3),
            ("input.x|default(1, true)", 1),
            ("''|default(1, true)", 1),
            ("input.x is none", False),
            ("input.x is not none", True),
            ("input.x is eq 1", False),
            ("input.x is ne 1", True),
            ("input.x is in [1]", False),
            ("input.x is string or input.x is mapping or input.x is odd or input.x is divisibleby 3", False),
            ("[]|first is defined", False),
            ("('a' if false)|default('b')", "b"),
            ("input[input.a]|default(0)", 0),
            ("[{'a': 1}, {}]|selectattr('a')|list", [{"a": 1}]),
            ("[{'a': 1}, {}]|selectattr('a', 'undefined')|list", [{}]),
            ("[{'a': 1}, {}]|map(attribute='a', default=0)|list", [1, 0]),
        ],
    )
    def test_tests_and_default_accept_it(self, source: str, result: Any) -> None:
        """Tests and `default` take an undefined value, also one below something undefined."""
        assert value(source, {"a": 1}) == result

    def test_default_hides_no_other_failure(self) -> None:
        """`default` stands in for its own operand, not for what is undefined in the midst of it."""
        assert failure(compile_expression("(input.a ~ input.x)|default(1)"), input={"a": 1}).column == 12

    def test_name_of_with_that_was_skipped(self) -> None:
        """A name of `with` that has no value is undefined."""
        assert value("topic|default('x')") == "x"


class TestErrors:
    @pytest.mark.parametrize(
        ("source", "at", "part"),
        [
            ("a\nb {{ x", (2, 6), "expected 'end of print statement'"),
            ("{{ a.b }", (1, 8), "unexpected '}'"),
            ("{{ a ! b }}", (1, 6), "unexpected character '!'"),
            ("\n\n{% foo %}", (3, 4), "unknown tag 'foo'"),
            ("{% if x %}", (1, 9), "unexpected end of template"),
            ("{% endif %}", (1, 4), "unknown tag 'endif'"),
            ("{{ }}", (1, 4), "expected an expression"),
            ("{{ 'abc }}", (1, 4), "unexpected character"),
            ("{# never closed", (1, 4), "end of comment"),
            ("{% raw %} never closed", (1, 11), "end of raw"),
            ("{{ f(*x) }}", (1, 4), "no function `f`"),
            ("{{ range(*x) }}", (1, 9), "`*` and `**` cannot be used"),
            ("{{ " + "9" * 5000 + " }}", (1, 4), "more than 4000 digits"),
            ("{{ '\\ud800' }}", (1, 4), "surrogate"),
            ("{{ '\\x' }}", (1, 4), "truncated"),
            ("{% set 1 = 2 %}", (1, 8), "can't assign"),
            ("{% set n.x = 2 %}", (1, 8), "not a namespace"),
            ("{{ x[1:2, 3] }}", (1, 6), "cannot stand here"),
            ("{{ null }}", (1, 4), "`none`"),
        ],
    )
    def test_syntax_errors_have_a_place(self, source: str, at: tuple[int, int], part: str) -> None:
        """What cannot be read is told of with its line and column."""
        error = refused(source)
        assert part in error.message
        assert place(error) == at

    @pytest.mark.parametrize(
        "source",
        ["", "  \n ", "1) , (2", "1, 2", "(1", "1 }} {{ 2", "1 {# c #}", "a b", "{{ 1 }}", "%}", "1 2", "x = 1"],
    )
    def test_an_expression_is_one_expression(self, source: str) -> None:
        """What is more, less or other than one expression is refused, with a place."""
        assert refused(source, expression=True).line is not None

    @pytest.mark.parametrize(
        ("source", "at", "message"),
        [
            ("{{ 1|uper }}", (1, 6), "there is no filter `uper`, did you mean `upper`?"),
            ("{{ 1 is defind }}", (1, 6), "there is no test `defind`, did you mean `defined`?"),
            ("{{ rang(3) }}", (1, 4), "there is no function `rang`, did you mean `range`?"),
            ("{{ upper('a') }}", (1, 4), "there is no function `upper`: write `… | upper`"),
            ("{{ [1]|map('uper') }}", (1, 12), "there is no filter `uper`, did you mean `upper`?"),
            ("{{ [1]|select('od') }}", (1, 15), "there is no test `od`, did you mean `odd`?"),
            ("{{ [1]|selectattr('a', 'od') }}", (1, 24), "there is no test `od`, did you mean `odd`?"),
            ("{{ [1]|map(input.f) }}", (1, 17), "the filter `map` takes the name of a filter in quotes"),
            ("{{ 1|round(1, 'ceil', 3) }}", (1, 6), "the filter `round` cannot be called so: too many positional"),
            ("{{ 1|round(digits=3) }}", (1, 6), "the filter `round` cannot be called so: got an unexpected"),
            (
                "{{ 1 is divisibleby }}",
                (1, 6),
                "the test `divisibleby` cannot be called so: missing a required argument",
            ),
            (
                "{{ ['a']|map('replace', 'a') }}",
                (1, 14),
                "the filter `replace` cannot be called so: missing a required argument",
            ),
            ("{{ range() }}", (1, 4), "the function `range` cannot be called so: missing a required argument"),
        ],
    )
    def test_unknown_names_and_arguments(self, source: str, at: tuple[int, int], message: str) -> None:
        """Filters, tests, functions and their arguments are checked before anything runs."""
        error = refused(source)
        assert error.message.startswith(message)
        assert place(error) == at

    @pytest.mark.parametrize(
        ("source", "at", "message"),
        [
            ("{{ 5|first }}", (1, 6), "a number has no length"),
            ("{{ 'a'|center('b') }}", (1, 8), "the filter `center` does not work on text, text"),
            ("{{ ['a', 1]|sort }}", (1, 13), "what is to be sorted differs in kind or has no order"),
            ("{{ [{}]|map(attribute='x') }}", (1, 9), "an element has no field `x`"),
            ("{% for x in 5 %}{% endfor %}", (1, 4), "a number has no elements"),
            ("{% for a, b in [[1]] %}{% endfor %}", (1, 4), "an array of 1 does not fill 2 names"),
            ("{% set x = 1 %}{% set x.y = 1 %}", (1, 19), "`x` is not a namespace"),
            ("{% set x = 1 %}{{ x() }}", (1, 20), "a number cannot be called"),
            ("{% set x = 1 %}{{ x.next() }}", (1, 25), "a number cannot be called"),
            ("{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", (1, 35), "the macro `m` takes a, each once"),
            ("{% macro m(a) %}{% endmacro %}{{ m(b=2) }}", (1, 35), "the macro `m` takes a, each once"),
            ("{% macro m() %}{% endmacro %}{{ m }}", (1, 33), "a macro is not data"),
            ("{% for x in [1] %}{{ loop }}{% endfor %}", (1, 22), "a loop is not data"),
            (
                "{% for x in [1] %}{{ loop([]) }}{% endfor %}",
                (1, 26),
                "`loop` can be called in a recursive loop only: write `recursive` in its `for`",
            ),
            ("{% set n = namespace() %}{% set n.n = n %}", (1, 29), "a namespace cannot be a field of another"),
            ("{{ '%d'|format('x') }}", (1, 9), "`%d` takes a number, not text"),
            ("{{ '%s'|format }}", (1, 9), "the format has more places than there are values"),
            ("{{ '%s'|format(1, 2) }}", (1, 9), "there are more values than the format has places"),
            ("{{ '%y'|format(1) }}", (1, 9), "the format has an unknown conversion `%y`"),
        ],
    )
    def test_failures_in_words(self, source: str, at: tuple[int, int], message: str) -> None:
        """What fails while it is rendered says so in words, with its place."""
        error = failure(compile_template(source))
        assert error.message == message
        assert place(error) == at

    def test_error_as_text(self) -> None:
        """An error shows as its message with its place."""
        assert str(failure(compile_expression("input.x"), input={})) == "`input.x` is undefined (line 1, column 1)"
        assert str(TemplateError("so")) == "so"

    def test_message_is_short(self) -> None:
        """A message quotes no more than a little of a long text."""
        assert len(refused("{{ 1|" + "f" * 100_000 + " }}").message) <= 500

    @pytest.mark.parametrize("source", ["a\ud800b", "{{ '\ud800' }}"])
    def test_half_a_surrogate_pair(self, source: str) -> None:
        """A text that is not Unicode is refused."""
        assert "surrogate" in refused(source).message

    @pytest.mark.parametrize("data", [["\ud800"], [10**5000]])
    def test_data_that_cannot_be_written(self, data: Any) -> None:
        """Data that is not JSON after all fails the text that writes it."""
        error = failure(compile_template("a {{ input }}"), input=data)
        assert error.message == "it holds half a surrogate pair or a number of more than 4300 digits"
        assert place(error) == (1, 6)

    @given(st.text("{}%# \n'\"ab.|()[],:+-*=<>~!1inputstepsfor", max_size=40))
    @settings(max_examples=300)
    def test_any_text_renders_or_is_refused(self, source: str) -> None:
        """No text makes anything but text, a value or a `TemplateError`."""
        for compile_one in (compile_template, compile_expression):
            with suppress(TemplateError):
                compile_one(source).render(values({"a": [1, "b"]}, {"s": 1}))

    @given(
        st.lists(
            st.sampled_from(
                [
                    "input",
                    "steps.a",
                    ".x",
                    "[0]",
                    "|upper",
                    "|sort",
                    "|map('int')",
                    "|join(',')",
                    "(",
                    ")",
                    "[",
                    "]",
                    "+",
                    "-",
                    "*",
                    "**",
                    "//",
                    "%",
                    "~",
                    "==",
                    "<",
                    " in ",
                    " not ",
                    " and ",
                    " or ",
                    " if ",
                    " else ",
                    " is ",
                    "odd",
                    "defined",
                    "1",
                    "'a'",
                    "1.5",
                    "none",
                    "{",
                    "}",
                    ":",
                    ",",
                    "range(3)",
                    "10**99",
                    "|first",
                    "|length",
                    "|default(1)",
                ]
            ),
            max_size=12,
        )
    )
    @settings(max_examples=400)
    def test_any_tokens_render_or_are_refused(self, tokens: list[str]) -> None:
        """However the parts of the syntax are put together, the outcome is a JSON value or a placed error."""
        data = values({"x": [1, 2], "s": "t"}, {"a": {"x": "y"}})
        before = copy.deepcopy(data)
        error = None
        try:
            compile_expression("".join(tokens)).render(data)
        except TemplateError as caught:
            error = caught
        assert error is None or error.line is not None
        assert data == before


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
