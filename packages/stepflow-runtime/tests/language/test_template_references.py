"""Texts and expressions: what they refer to, and what is not there."""

from __future__ import annotations

from typing import Any

import pytest
from stepflow_runtime.language.templates import (
    StepMention,
    compile_expression,
    compile_template,
)
from template_kit import failure, place, references, refused, text, value


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
