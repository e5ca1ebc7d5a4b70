"""Texts and expressions: where they are wrong."""

from __future__ import annotations

import copy
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepflow_runtime.language.templates import (
    TemplateError,
    compile_expression,
    compile_template,
)
from template_kit import failure, place, refused, values

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
