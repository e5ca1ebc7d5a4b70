"""Checking against schemas that refer to themselves or to much: what was found once is remembered.

Each schema that a reference leads to, and each schema for many members, is compiled by itself, and the references
are a keyword of our own that asks for every pair of schema and value once. So the work is bounded by the size of
the schema times that of the value, where following the references could take 2^n steps.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeAlias

from .problems import Location
from .schema_bundle import RESERVED, Bundle, number_of, rewrite

MOST_LEVELS = 350
"""How many schemas may be being checked inside one another: each takes a piece of the stack."""

MOST_FAILURES = 5_000
"""After how many failures in one listing the rest is taken to be right."""

Compile: TypeAlias = Callable[[Any, dict[str, Any]], Any]
"""Compiles a schema with keywords of our own to a validator of jsonschema_rs."""

Error: TypeAlias = tuple[Location, Any]
"""A violation: where in the value, and what jsonschema_rs says of it."""

_SPLIT_MAPS = ("patternProperties",)
_SPLIT = ("items", "additionalProperties", *_SPLIT_MAPS)


class TooDeep(Exception):
    """The value is nested too deeply to be checked against this schema."""


class RememberingChecker:
    """Checks values against a bundle."""

    def __init__(self, bundle: Bundle, compile: Compile) -> None:
        self._schemas = _split(bundle)
        self._compile = compile
        self._validators: dict[int, Any] = {}
        self._keywords = {RESERVED: _keyword(self._fails)}
        self._validator(0)
        self._lock = Lock()
        self._forget()

    def accepts(self, value: Any) -> bool:
        """Whether a value is valid. Raises `TooDeep`."""
        with self._lock:
            try:
                result = bool(self._validator(0).is_valid(value))
                self._check_depth()
            finally:
                self._forget()
        return result

    def errors(self, value: Any, limit: int) -> list[Error]:
        """What is wrong with a value: at most `limit` violations. Raises `TooDeep`."""
        with self._lock:
            try:
                found = self._listed(value, limit)
                self._check_depth()
            finally:
                self._forget()
        return found

    def _listed(self, value: Any, limit: int) -> list[Error]:
        self._listing = True
        found: list[Error] = []
        seen: set[tuple[int, Location]] = set()
        pending: list[tuple[int, Any, Location]] = [(0, value, ())]
        while pending and len(found) < limit:
            number, part, location = pending.pop()
            deeper = []
            for error in self._validator(number).iter_errors(part):
                path = tuple(error.instance_path)
                target = _target(error)
                if target is None:
                    found.append((location + path, error))
                elif (target, location + path) not in seen:
                    seen.add((target, location + path))
                    deeper.append((target, _at(part, path), location + path))
            pending.extend(reversed(deeper))
        return found[:limit]

    def _fails(self, number: int, value: Any) -> bool:
        key = (number, id(value))
        known = self._known.get(key)
        if known is None:
            known = self._found(key, number, value)
        if known[0] and self._listing:
            self._failures += 1
            return self._failures <= MOST_FAILURES
        return known[0]

    def _found(self, key: tuple[int, int], number: int, value: Any) -> tuple[bool, Any]:
        if self._level >= MOST_LEVELS:
            self._too_deep = True
            return (False, value)
        # A schema that comes back to itself at the same value asks nothing more of it. The value is kept with
        # the result, so that its identity is not given to another.
        self._known[key] = (False, value)
        self._level += 1
        try:
            result = (not self._validator(number).is_valid(value), value)
        except RecursionError:
            self._too_deep = True
            result = (False, value)
        finally:
            self._level -= 1
        self._known[key] = result
        return result

    def _validator(self, number: int) -> Any:
        validator = self._validators.get(number)
        if validator is None:
            validator = self._validators[number] = self._compile(self._schemas[number], self._keywords)
        return validator

    def _check_depth(self) -> None:
        if self._too_deep:
            raise TooDeep

    def _forget(self) -> None:
        self._known: dict[tuple[int, int], tuple[bool, Any]] = {}
        self._level = 0
        self._failures = 0
        self._listing = False
        self._too_deep = False


class _Failed(Exception):
    pass


def _keyword(fails: Callable[[int, Any], bool]) -> type[Any]:
    class Reference:
        """The keyword that stands for a reference; see `jsonschema_rs.KeywordValidator`."""

        def __init__(self, parent: dict[str, Any], number: int, path: list[str | int]) -> None:
            self._number = number

        def validate(self, value: Any) -> None:
            if fails(self._number, value):
                raise _Failed(self._number)

    return Reference


def _target(error: Any) -> int | None:
    """The number of the schema that an error is about, where it is only known that it failed."""
    return int(error.message) if error.kind.name == RESERVED else None


def _at(value: Any, path: Location) -> Any:
    for part in path:
        value = value[part]
    return value


def _split(bundle: Bundle) -> list[Any]:
    """The schemas with references as our keyword; those for many members are schemas of their own."""
    schemas: list[Any] = list(bundle.schemas)

    def split(schema: Any) -> Any:
        if not isinstance(schema, dict):
            return schema
        result = {key: rewrite(key, value, apart if key in _SPLIT else split) for key, value in schema.items()}
        if "$ref" in result:
            result[RESERVED] = number_of(result.pop("$ref"))
        return result

    def apart(schema: Any) -> Any:
        result = split(schema)
        if isinstance(result, dict) and result and result.keys() != {RESERVED}:
            schemas.append(result)
            return {RESERVED: len(schemas) - 1}
        return result

    for number, schema in enumerate(bundle.schemas):
        schemas[number] = split(schema)
    return schemas
