"""The scalars of the YAML 1.2 core schema (https://yaml.org/spec/1.2.2/#103-core-schema)."""

from __future__ import annotations

import re
from types import NoneType
from typing import Final

PLAIN: Final = re.compile(
    r"""
    (?P<null> null | Null | NULL | ~ | )
    | (?P<true> true | True | TRUE )
    | (?P<false> false | False | FALSE )
    | (?P<int> [-+]? [0-9]+ )
    | 0o (?P<octal> [0-7]+ )
    | 0x (?P<hex> [0-9a-fA-F]+ )
    | (?P<float> [-+]? (?: \.[0-9]+ | [0-9]++ (?: \.[0-9]* )? ) (?: [eE] [-+]? [0-9]+ )? )
    | (?P<not_finite> [-+]? \. (?: inf | Inf | INF ) | \. (?: nan | NaN | NAN ) )
    """,
    re.VERBOSE,
)
"""What plain text is not just text; the name of the group that matches all of it says what it is."""

FIRST_CHARACTERS: Final = frozenset("nN~tTfF0123456789+-.")
"""How plain text begins that may match `PLAIN`; a quick way to see that it is just text."""

CORE_TAG: Final = "tag:yaml.org,2002:"
"""What the schema's own tags begin with; `!!` in a document."""

TAGGED_TYPES: Final[dict[str, type]] = {"null": NoneType, "bool": bool, "int": int, "float": float}
"""The types of the values that the schema's scalar tags other than `!!str` stand for."""
