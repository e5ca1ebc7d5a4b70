"""JSON bodies: read strictly and within limits; what is wrong with them is told all at once, with its places."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from .problems import ProblemError, Violation
from .violations import message_of, place_in, violations

T = TypeVar("T", bound=Struct)

LARGEST_LOCATED = 128 * 1024
"""Bodies up to this many bytes get the line and column of what is not JSON; finding it takes time."""

MOST_CONTAINERS = 1_000_000
"""How many arrays and objects a body may have: small ones take far more time and memory than their bytes say."""

ENVELOPE = 2
"""How many levels of a body are the request's own."""

_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_SAME_BRACKETS = bytes.maketrans(b"{}", b"[]")


class _RepeatedKey(ValueError):
    """A key is there twice in an object."""


class BodyReader:
    """Reads bodies of one type. `max_depth` is how deeply values in them may be nested."""

    def __init__(self, kind: type[Struct], max_depth: int) -> None:
        self._kind = kind
        self._deepest = max_depth + ENVELOPE
        self._decode = msgspec.json.Decoder(kind).decode

    def read(self, body: bytes) -> Any:
        """The request in a body.

        Raises `ProblemError`: 400 for what is no JSON, 413 for what has too many parts, 422 for what is another JSON.
        """
        if len(body) > MOST_CONTAINERS and _containers(body) > MOST_CONTAINERS:
            raise ProblemError(413, f"the body has more than {MOST_CONTAINERS:,} arrays and objects")
        try:
            value = self._decode(body)
        except msgspec.ValidationError as error:
            raise self._refusal(body, error) from None
        except (ValueError, RecursionError) as error:
            raise not_json(body, error) from None
        self._check(body)
        return value

    def _check(self, body: bytes) -> None:
        try:
            _unique_keys(body.decode())
        except (ValueError, RecursionError) as error:
            raise not_json(body, error) from None
        if is_deeper(body, self._deepest):
            text = f"the body is nested more than {self._deepest} levels deep"
            raise ProblemError(400, text, [Violation("", text)])

    def _refusal(self, body: bytes, error: msgspec.ValidationError) -> ProblemError:
        self._check(body)
        try:
            value = msgspec.json.decode(body)
        except (ValueError, RecursionError) as fault:  # also a number that nothing can hold
            return not_json(body, fault)
        found = violations(value, self._kind) or [_violation(str(error))]
        return ProblemError(422, described(found), found)


def described(found: list[Violation]) -> str:
    """Violations in one sentence: the first, and how many more there are."""
    first = found[0]
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"the request violates its schema: at {first.pointer or 'the top'}: {first.message}{more}"


def not_json(body: bytes, error: BaseException) -> ProblemError:
    """The problem of a body that is no JSON, or has a key twice."""
    text, pointer = _located(body) or (_plain(body, error), "")
    return ProblemError(400, f"the body cannot be read as JSON: {text}", [Violation(pointer, text)])


def _containers(body: bytes) -> int:
    """How many arrays and objects JSON text has."""
    found = body.count(b"[") + body.count(b"{")
    if found > MOST_CONTAINERS:  # some may stand in strings
        body = _TEXT.sub(b"", body)
        found = body.count(b"[") + body.count(b"{")
    return found


def is_deeper(body: bytes, levels: int) -> bool:
    """Whether JSON text nests arrays and objects more than `levels` deep.

    Without its strings and everything else that is no bracket, JSON is nested pairs; taking away all innermost
    pairs makes it one level flatter.
    """
    if body.count(b"[") + body.count(b"{") <= levels:
        return False
    brackets = _TEXT.sub(b"", body).translate(_SAME_BRACKETS, _NO_BRACKETS)
    for _ in range(levels):
        if not brackets:
            break
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise _RepeatedKey


# Numbers need not be made, only passed over.
_unique_keys = json.JSONDecoder(object_pairs_hook=_once, parse_float=len, parse_int=len).decode


def _located(body: bytes) -> tuple[str, str] | None:
    """What is wrong, with its line and column, and the pointer of where."""
    if len(body) > LARGEST_LOCATED:
        return None
    from stepflow_core import FlowLoadError
    from stepflow_core.documents import Limits, read_text

    try:
        read_text(body, format="json", limits=Limits(max_depth=900))
    except FlowLoadError as error:
        found = error.diagnostics[0]
        place = "" if found.line is None else f"line {found.line}, column {found.column}: "
        hint = "" if found.hint is None else f" ({found.hint})"
        return f"{place}{found.text}{hint}", found.pointer
    return None


def _plain(body: bytes, error: BaseException) -> str:
    if isinstance(error, _RepeatedKey):
        return "a key is there twice in one object"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if body.startswith(BOM_UTF8):
        return "it begins with a byte order mark, which JSON does not have"
    return message_of(str(error))


def _violation(text: str) -> Violation:
    return Violation(place_in(text), message_of(text))
