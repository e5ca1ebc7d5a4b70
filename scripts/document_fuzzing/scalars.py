"""Odd scalars, keys and nests: values that readers and validators are known to stumble over."""

from __future__ import annotations

import random
from typing import Any, Final

from .paths import a_path
from .templates import a_template, an_expression

ODD: Final = (
    *(None, True, False, 0, 1, -1, 2**31, 2**53 + 1, -(2**63), 2**64, 10**40, 10**4299),
    *(0.0, -0.0, 1e308, 5e-324, 0.1, 1e21, 1.0),
    *("", " ", "\t", "\n", "null", "true", "0", "1e3", "0x1F", "~", "$", "$.", "..", "#", "a.b", "a/b", "a[0]", "é"),
    *(
        "\u0000",
        "\u0085",
        "\u2028",
        "\ufeff",
        "\U0001f40c",
        "e\u0301",
        "%",
        "{{",
        "{%",
        "{{ input",
        "${X}",
        "${X:-${Y}}",
    ),
    *("1h30m", "5 s", "-1s", "1e9d", "99999999999999999999d", "2024-01-01", "<<", "!!str a", "&a", "*a", "- a", "a: b"),
    *(
        "/noop",
        "/builtin/eval",
        "/mock/stall",
        "/",
        "//",
        "/{*component}",
        "noop",
        "https://stepflow.org/schemas/v1/flow.json",
    ),
)
KEYS: Final = (
    *("$step", "$input", "$variable", "$if", "then", "else", "$coalesce", "$literal", "$template", "$expr", "with"),
    *("$from", "$unknown", "path", "default", "onSkip", "action", "defaultValue", "skipIf", "when", "after", "timeout"),
    *("retry", "backoff", "cache", "concurrencyKey", "onInterrupt", "mustExecute", "schemas", "$defs", "$ref", "allOf"),
    *("input", "output", "steps", "test", "cases", "examples", "metadata", "schema", "id", "component", "flow", ""),
    *("a.b", "a/b", "~", "~1", "0", "é", "\ud83d\udc0c".encode("utf-16", "surrogatepass").decode("utf-16"), "x" * 300),
)
LONG_TEXT: Final = 20_000


def a_scalar(chance: random.Random) -> Any:
    """A scalar that is likely to be unexpected."""
    match chance.randrange(8):
        case 0:
            return a_path(chance)
        case 1:
            return an_expression(chance)
        case 2:
            return a_template(chance)
        case 3:
            return a_text(chance)
        case 4:
            return chance.choice((chance.randint(-5, 20_000), chance.uniform(-1e6, 1e6), 10 ** chance.randrange(400)))
    return chance.choice(ODD)


def a_text(chance: random.Random) -> str:
    """Text of any characters, rarely a long one."""
    if chance.random() < 0.02:
        return chance.choice("a {\n[é.") * chance.randrange(LONG_TEXT)
    return "".join(chr(_code(chance)) for _ in range(chance.randrange(12)))


def _code(chance: random.Random) -> int:
    code = chance.choice((chance.randrange(32, 127), chance.randrange(0x3000), chance.randrange(0x110000)))
    return 63 if 0xD800 <= code < 0xE000 else code


def a_key(chance: random.Random, known: list[str]) -> str:
    """A key: one of the language, one of the documents, or any text."""
    match chance.randrange(8):
        case 0:
            return a_text(chance)
        case 1 | 2:
            return chance.choice(known)
    return chance.choice(KEYS)


def nested(value: Any, chance: random.Random) -> Any:
    """A value inside many arrays, objects or expressions, rarely more than a document may have."""
    depth = chance.randrange(1, 200 if chance.random() < 0.2 else 12)
    shape = chance.randrange(5)
    for _ in range(depth):
        value = _around(value, shape if shape < 4 else chance.randrange(4))
    return value


def _around(value: Any, shape: int) -> Any:
    around: tuple[Any, ...] = ([value], {"a": value}, {"$if": True, "then": value}, {"$coalesce": [None, value]})
    return around[shape]
