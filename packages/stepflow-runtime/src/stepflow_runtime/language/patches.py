"""JSON merge patch (RFC 7396) and JSON patch (RFC 6902), both without changing what they are applied to."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Final

from .problems import Location
from .schema_references import pointer_tokens
from .suggestions import nearest
from .wording import listed, named, quoted

_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,8}")

MOST_OPERATIONS = 10_000
"""How many operations a JSON patch may have."""


class PatchError(ValueError):
    """A patch cannot be applied: why, and where in the patch."""

    def __init__(self, message: str, location: Location = ()) -> None:
        self.message = message
        self.location = location
        super().__init__(message)


def merge_patch(value: Any, patch: Any) -> Any:
    """What RFC 7396 makes of a value: members of the patch replace, `null` removes, objects are merged."""
    if not isinstance(patch, dict):
        return patch
    result = dict(value) if isinstance(value, dict) else {}
    for key, change in patch.items():
        if change is None:
            result.pop(key, None)
        else:
            result[key] = merge_patch(result.get(key), change)
    return result


def json_patch(value: Any, operations: list[Any]) -> Any:
    """What RFC 6902 makes of a value: the operations in order, all or none.

    Raises `PatchError` for the first that is malformed or cannot be carried out.
    """
    if len(operations) > MOST_OPERATIONS:
        raise PatchError(f"it has more than {MOST_OPERATIONS} operations")
    for index, operation in enumerate(operations):
        try:
            value = _apply(value, operation)
        except PatchError as error:
            raise PatchError(error.message, (index, *error.location)) from None
    return value


def json_equal(one: Any, other: Any) -> bool:
    """Equality of RFC 6902: numbers by their value (`1` is `1.0`), objects without order; `true` is not `1`."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(json_equal(each, other[key]) for key, each in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(json_equal, one, other))
    return bool(one == other)


def _apply(value: Any, operation: Any) -> Any:
    if not isinstance(operation, dict):
        raise PatchError(f"an operation is a mapping, not {named(operation)}")
    name = operation.get("op")
    if not isinstance(name, str) or name not in _OPERATIONS:
        raise PatchError(_no_operation(name), ("op",))
    members, apply = _OPERATIONS[name]
    missing = [each for each in members if each not in operation]
    if missing:
        raise PatchError(f"`{name}` needs {listed(tuple(missing), 'and')}")
    return apply(value, operation)


def _no_operation(name: Any) -> str:
    if name is None:
        return f"`op` is missing: write {listed(tuple(_OPERATIONS))}"
    near = nearest(name, _OPERATIONS) if isinstance(name, str) else None
    return f"{named(name)} is no operation; " + (f"did you mean `{near}`?" if near else f"there are {_names()}")


def _names() -> str:
    return listed(tuple(_OPERATIONS), "and")


# ---- the operations


def _add(value: Any, operation: dict[str, Any]) -> Any:
    return _put(value, _tokens(operation, "path"), operation["value"], "path")


def _remove(value: Any, operation: dict[str, Any]) -> Any:
    tokens = _tokens(operation, "path")
    _get(value, tokens, "path")
    return _without(value, tokens, "path")


def _replace(value: Any, operation: dict[str, Any]) -> Any:
    tokens = _tokens(operation, "path")
    _get(value, tokens, "path")
    return _changed(value, tokens, lambda _: operation["value"], "path")


def _move(value: Any, operation: dict[str, Any]) -> Any:
    source, target = _tokens(operation, "from"), _tokens(operation, "path")
    moved = _get(value, source, "from")
    if source == target:
        return value
    if target[: len(source)] == source:
        raise PatchError("a value cannot be moved into itself", ("path",))
    return _put(_without(value, source, "from"), target, moved, "path")


def _copy(value: Any, operation: dict[str, Any]) -> Any:
    source, target = _tokens(operation, "from"), _tokens(operation, "path")
    return _put(value, target, _get(value, source, "from"), "path")


def _test(value: Any, operation: dict[str, Any]) -> Any:
    found = _get(value, _tokens(operation, "path"), "path")
    if not json_equal(found, operation["value"]):
        text = f"the test fails: at {quoted(operation['path'])} is {named(found)}, not {named(operation['value'])}"
        raise PatchError(text, ("value",))
    return value


_Apply = Callable[[Any, dict[str, Any]], Any]
_OPERATIONS: Final = MappingProxyType[str, tuple[tuple[str, ...], _Apply]](
    {
        "add": (("path", "value"), _add),
        "remove": (("path",), _remove),
        "replace": (("path", "value"), _replace),
        "move": (("from", "path"), _move),
        "copy": (("from", "path"), _copy),
        "test": (("path", "value"), _test),
    }
)


# ---- pointers


def _tokens(operation: dict[str, Any], member: str) -> list[str]:
    pointer = operation[member]
    if not isinstance(pointer, str):
        raise PatchError(f"`{member}` is a JSON pointer (text), not {named(pointer)}", (member,))
    if pointer and not pointer.startswith("/"):
        raise PatchError(f"{quoted(pointer)} is no JSON pointer: it begins with /", (member,))
    if "~" in pointer.replace("~0", "").replace("~1", ""):
        raise PatchError(f"{quoted(pointer)} is no JSON pointer: ~ is written ~0", (member,))
    return pointer_tokens(pointer)


def _get(value: Any, tokens: list[str], member: str) -> Any:
    for depth, token in enumerate(tokens):
        value = value[_key(value, token, tokens[: depth + 1], member)]
    return value


def _put(value: Any, tokens: list[str], new: Any, member: str) -> Any:
    """A copy of the value with `new` added: a member set, an element inserted."""
    if not tokens:
        return new
    *around, last = tokens

    def add(container: Any) -> Any:
        if isinstance(container, dict):
            return {**container, last: new}
        if not isinstance(container, list):
            raise PatchError(f"{_shown(around)} is {named(container)}, which has no members", (member,))
        index = len(container) if last == "-" else _index(last, container, tokens, member, beyond=1)
        return [*container[:index], new, *container[index:]]

    return _changed(value, around, add, member)


def _without(value: Any, tokens: list[str], member: str) -> Any:
    if not tokens:
        return None
    *around, last = tokens

    def remove(container: Any) -> Any:
        key = _key(container, last, tokens, member)
        if isinstance(container, dict):
            return {name: each for name, each in container.items() if name != key}
        return [*container[:key], *container[key + 1 :]]

    return _changed(value, around, remove, member)


def _changed(value: Any, tokens: list[str], change: Callable[[Any], Any], member: str, depth: int = 0) -> Any:
    """A copy of the value with a change made to what stands at the tokens."""
    if depth == len(tokens):
        return change(value)
    key = _key(value, tokens[depth], tokens[: depth + 1], member)
    inner = _changed(value[key], tokens, change, member, depth + 1)
    if isinstance(value, dict):
        return {**value, key: inner}
    return [*value[:key], inner, *value[key + 1 :]]


def _key(container: Any, token: str, tokens: list[str], member: str) -> Any:
    if isinstance(container, dict):
        if token not in container:
            raise PatchError(f"there is nothing at {_shown(tokens)}", (member,))
        return token
    if isinstance(container, list):
        return _index(token, container, tokens, member)
    raise PatchError(f"there is nothing at {_shown(tokens)}: {named(container)} has no members", (member,))


def _index(token: str, container: list[Any], tokens: list[str], member: str, beyond: int = 0) -> int:
    if _INDEX.fullmatch(token) is None:
        raise PatchError(f"{quoted(token)} in {_shown(tokens)} is not the index of an element", (member,))
    if int(token) >= len(container) + beyond:
        raise PatchError(f"there is nothing at {_shown(tokens)}: the list has {len(container)} elements", (member,))
    return int(token)


def _shown(tokens: list[str]) -> str:
    return quoted("".join("/" + token.replace("~", "~0").replace("/", "~1") for token in tokens))
