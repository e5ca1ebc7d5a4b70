"""Everything in which a JSON value violates a request's type, not only the first thing."""

from __future__ import annotations

import re
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct
from stepflow_core.diagnostics import to_pointer

from .problems import Violation

MOST_VIOLATIONS = 100
"""How many violations are told at most."""

LONGEST_KEY = 200
"""Keys longer than this do not stand in pointers."""

_PLACE = re.compile(r" - at `(?:key in )?\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.(?P<key>[^.\[]+)|\[(?P<index>[0-9]+)\]")


def violations(value: Any, kind: type[Struct]) -> list[Violation]:
    """The violations of a struct type with strict JSON rules; nothing where only its members together are wrong.

    All of them, but no more than `MOST_VIOLATIONS`.
    """
    from stepflow_runtime.json_types import type_name

    if not isinstance(value, dict):
        return [Violation("", f"an object is expected, not {_article(type_name(value))}")]
    fields = {each.encode_name: each for each in msgspec.structs.fields(kind)}
    unknown = islice((name for name in value if name not in fields), MOST_VIOLATIONS)
    found = [_unknown(name, list(fields)) for name in unknown]
    found += [_missing(name) for name, each in fields.items() if each.required and name not in value]
    for name, each in fields.items():
        if name in value:
            found += _of_member(name, value[name], each.type, kind)
    return found[:MOST_VIOLATIONS]


def message_of(text: str) -> str:
    """A message of msgspec as one of ours, without the place."""
    plain = _PLACE.sub("", text).replace("`", "")
    return plain if plain[:4] == "JSON" else plain[:1].lower() + plain[1:]


def place_in(text: str) -> str:
    """The place in a message of msgspec as a JSON pointer; it ends where a key is not told."""
    match = _PLACE.search(text)
    location: list[str | int] = []
    path, at = (match["path"], 0) if match else ("", 0)
    while step := _STEP.match(path, at):
        location.append(step["key"] if step["key"] is not None else int(step["index"]))
        at = step.end()
    return to_pointer(tuple(location))


def _of_member(name: str, value: Any, kind: Any, owner: type[Struct]) -> list[Violation]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        text = str(error)
        hint = getattr(owner, "hints", {}).get(name)
        message = message_of(text) + ("" if hint is None else f" ({hint})")
        return [Violation(to_pointer((name,)) + place_in(text), message)]
    return []


def _unknown(name: str, known: list[str]) -> Violation:
    pointer = to_pointer((name,)) if len(name) <= LONGEST_KEY else ""
    return Violation(pointer, f"there is no member {name!r:.80}{suggestion(name, known)}")


def suggestion(name: str, known: list[str]) -> str:
    """`; did you mean …?`, or which names there are."""
    from stepflow_runtime.language.suggestions import nearest

    near = nearest(name, known)
    if near is not None:
        return f"; did you mean {near!r}?"
    return f"; there are {', '.join(known)}" if known else ""


def _missing(name: str) -> Violation:
    return Violation(to_pointer((name,)), "it is required")


def _article(name: str) -> str:
    return f"an {name}" if name[0] in "aeio" else name if name in {"null", "text"} else f"a {name}"
