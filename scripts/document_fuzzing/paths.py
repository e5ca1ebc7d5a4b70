"""Paths, sound and broken, by their grammar."""

from __future__ import annotations

import random
from typing import Final

_FIELDS: Final = ("a", "loaf", "n", "fruit", "labels", "0", "é", "a b", "a-b", "$x", "value", "steps", "x" * 200)
_SEPARATORS: Final = (".", ".", ".", "..", "", ". ", "\t.")
_INDEXES: Final = (
    "[0]",
    "[1]",
    "[007]",
    "[-1]",
    "[*]",
    "[1:2]",
    "[]",
    "[",
    "]",
    "[99999999999999999999]",
    "[ 0 ]",
    "[0",
)
_QUOTED: Final = ('["a.b"]', "['a']", '["a\\"b"]', "['']", '["a', "['a\"]", '["é\n"]', '["a"]["b"]', "[?(@.a)]", '[""]')


def a_path(chance: random.Random) -> str:
    """A path; most can be read."""
    odd = chance.random() < 0.4
    path = chance.choice(("$", "$", "", "$.", " $", "$$", "@") if odd else ("$", "a", "n", "list", "v"))
    for _ in range(chance.choice((0, 1, 1, 2, 3, 3, 8, 300 if chance.random() < 0.02 else 2))):
        path += _segment(chance, odd)
    return path + chance.choice(("", "", " ", ".", "\n") if odd else ("",))


def _segment(chance: random.Random, odd: bool) -> str:
    match chance.randrange(6):
        case 0:
            return chance.choice(_INDEXES[: None if odd else 2])
        case 1:
            return chance.choice(_QUOTED[: None if odd else 2])
    return chance.choice(_SEPARATORS[: None if odd else 2]) + chance.choice(_FIELDS)
