"""The inputs of the engine's own components: reading their members, and saying what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import json

FOUND = "\0"
LONGEST_SHOWN = 80
"""How much of a value that does not fit is shown."""


class BadInput(Exception):
    """The step's input is not what the component takes: `message` about the member at `pointer`.

    In the message `FOUND` stands for the value that is there.
    """

    def __init__(self, message: str, pointer: str = "", found: Any = None) -> None:
        self.message = message
        self.pointer = pointer
        self._found = found

    def text(self, hide: Callable[[str], str]) -> str:
        """The message. Secrets are hidden before the value is cut, so that no part of one is left."""
        return hide(self.message).replace(FOUND, hide(_shown(self._found))[:LONGEST_SHOWN], 1)


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return kind_of(value)
    return repr(value) if isinstance(value, str) else json.encode(value).decode()


def member(input: Any, *names: str) -> Any:
    """The first of these members that is there and not null."""
    if not isinstance(input, dict):
        raise BadInput(f"the input has to be an object with {' or '.join(map(repr, names))}, it is {kind_of(input)}")
    for name in names:
        if input.get(name) is not None:
            return input[name]
    raise BadInput(f"{' or '.join(map(repr, names))} is required", f"/{names[0]}")


def kind_of(value: Any) -> str:
    """What a value is, in words."""
    names = {dict: "an object", list: "an array", str: "text", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def required(input: dict[str, Any], name: str) -> Any:
    """A member that has to be there; null is a value."""
    if name not in input:
        raise BadInput(f"{name!r} is required", f"/{name}")
    return input[name]


def check_object(input: Any) -> None:
    """Raise `BadInput` for what is no object."""
    if not isinstance(input, dict):
        raise BadInput(f"the input has to be an object, it is {kind_of(input)}")


def count(input: Any, name: str, default: int, least: int) -> int:
    """A member that is an integer; `default` where it is absent or null."""
    value = input.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise BadInput(f"{name!r} has to be an integer of at least {least}, it is {FOUND}", f"/{name}", value)
    return value
