"""Templates and expression texts by the grammar of Jinja: what is allowed, what is not, and what asks for too much."""

from __future__ import annotations

import random
from typing import Final

_ATOMS: Final = (
    *("input", "input.n", "input.text", "input.list", "input.map", "input['a b']", "vars.v", "steps.a", "steps.a.n"),
    *("steps['a'].n", "steps[input.n]", "w", "nothing", "loop.index", "0", "1", "-3", "2.5", "1e308", "10**9", "'é'"),
    *('"a\\n"', "[]", "[1, 2, 3]", "{}", "{'a': 1}", "(1,)", "none", "true", "false", "99999999999999999999999", "''"),
    *("steps", "vars", "range(3)", "range(1000000000)", "range(0, 10, 0)", "input.values", "input.items()", "self"),
    *("dict(a=1)", "namespace(a=1)", "debug()", "cycler('a')", "lipsum()", "input.__class__", "input.keys", "joiner()"),
)
_FILTERS: Final = (
    *("upper", "lower", "title", "trim", "length", "first", "last", "reverse", "sort", "unique", "sum", "min", "max"),
    *(
        "join(', ')",
        "default(1)",
        "d('x', true)",
        "replace('a', 'b')",
        "split(',')",
        "list",
        "items",
        "dictsort",
        "abs",
    ),
    *("int", "float", "round(2)", "round(-400)", "tojson", "tojson(indent=1000000)", "indent(4)", "indent(1000000000)"),
    *("batch(2)", "batch(0)", "slice(3)", "slice(0)", "map('upper')", "map(attribute='a')", "select('odd')", "reject"),
    *("selectattr('a')", "rejectattr('a', 'equalto', 1)", "groupby('a')", "attr('a')", "urlencode", "escape", "safe"),
    *("center(1000000000)", "truncate(2)", "wordwrap(0)", "format(1)", "string", "bool", "lines", "pprint", "nosuch"),
    *(
        "map('nosuch')",
        "sort(attribute='a.b')",
        "sort(reverse=1, case_sensitive='x')",
        "join",
        "random",
        "chain",
        "zip",
    ),
)
_TESTS: Final = (
    *("defined", "undefined", "none", "string", "number", "integer", "float", "mapping", "sequence", "iterable", "odd"),
    *("even", "divisibleby(0)", "divisibleby 3", "eq 1", "in [1]", "sameas 1", "true", "boolean", "lower", "nosuch"),
    *("startingwith 'a'", "not defined", "gt('a')", "filter", "test", "containing 1"),
)
_OPERATORS: Final = (
    *(
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "**",
        "~",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "and",
        "or",
        "in",
        "not in",
        "|",
        ".",
    ),
    "is",
)
_BROKEN: Final = ("{{", "}}", "{%", "%}", "{#", "(", "]", "'", "\\", "\x00", "{% endfor %}", "{% raw %}", "{{ 1 +", "é")
_TAGS: Final = (
    *("{%% for x in %s %%}%s{%% endfor %%}", "{%% if %s %%}%s{%% else %%}b{%% endif %%}", "{%% set w = %s %%}%s"),
    *(
        "{%% for k, v in %s recursive %%}%s{{ loop(v) }}{%% endfor %%}",
        "{%% macro m(a=%s) %%}%s{%% endmacro %%}{{ m() }}",
    ),
    *(
        "{%% with x = %s %%}%s{%% endwith %%}",
        "{%% filter upper %%}%s%s{%% endfilter %%}",
        "{%% set w %%}%s%s{%% endset %%}",
    ),
    *(
        "{%% include %s %%}%s",
        "{%% extends %s %%}%s",
        "{%% block b %%}%s%s{%% endblock %%}",
        "{%% do %s %%}%s",
        "{#%s%s#}",
    ),
    *(
        "{%%- for x in %s if x -%%}%s{%%- else -%%}n{%%- endfor -%%}",
        "{%% import %s as m %%}%s",
        "{%% call m() %%}%s%s{%% endcall %%}",
    ),
    *(
        "{%% macro m(n) %%}{{ m(%s) }}%s{%% endmacro %%}{{ m(1) }}",
        "{%% raw %%}%s%s{%% endraw %%}",
        "{%% autoescape true %%}%s%s{%% endautoescape %%}",
    ),
)


def an_expression(chance: random.Random, depth: int = 3) -> str:
    """The text of an expression; most can be parsed."""
    if depth == 0:
        return chance.choice(_ATOMS)
    if chance.random() < 0.01:
        return _deep(chance)
    return _made_of(an_expression(chance, chance.randrange(depth)), chance, depth)


def _made_of(inner: str, chance: random.Random, depth: int) -> str:
    match chance.randrange(10):
        case 0 | 1 | 2:
            return f"{inner} | {chance.choice(_FILTERS)}"
        case 3:
            return f"({inner}) is {chance.choice(_TESTS)}"
        case 4 | 5:
            return f"{inner} {chance.choice(_OPERATORS)} {an_expression(chance, chance.randrange(depth))}"
        case 6:
            return (
                f"({inner}){chance.choice(('[0]', '[1:]', '[::-1]', '[::0]', '.a', '.clear()', '[1000000000]', '()'))}"
            )
        case 7:
            return f"{inner} if {an_expression(chance, depth - 1)} else {chance.choice(_ATOMS)}"
        case 8:
            return chance.choice(("[{}]", "({})", "{{'a': {}}}", "not {}", "-{}", "[0] * {}", "'a' * {}")).format(inner)
    return _broken(inner, chance) if chance.random() < 0.3 else inner


def _deep(chance: random.Random) -> str:
    begin, end = chance.choice(
        (("(", ")"), ("[", "]"), ("-", ""), ("not ", ""), ("{'a':", "}"), ("1+", ""), ("", "|upper"))
    )
    depth = chance.choice((20, 100, 300, 3000))
    return begin * depth + "1" + end * depth


def a_template(chance: random.Random, depth: int = 2) -> str:
    """The text of a template; most can be parsed."""
    text = "".join(_piece(chance, depth) for _ in range(chance.randrange(1, 4)))
    return _broken(text, chance) if chance.random() < 0.1 else text


def _piece(chance: random.Random, depth: int) -> str:
    match chance.randrange(4 if depth else 3):
        case 0:
            return chance.choice(("text", "\n", " é ", "{", "$.a", ""))
        case 3:
            inner = "".join(_piece(chance, depth - 1) for _ in range(chance.randrange(1, 3)))
            return chance.choice(_TAGS) % (an_expression(chance, 1), inner)
    return "{{ " + an_expression(chance) + " }}"


def _broken(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(_BROKEN) + text[place + chance.randrange(2) :]
