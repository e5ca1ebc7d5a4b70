"""Where in a value an error of jsonschema_rs stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .problems import Location


def located(value: Any, path: Iterable[str | int]) -> Location:
    """The place in a value that a path of jsonschema_rs means: it leaves out empty keys, and takes digits for an index.

    An empty key at the end cannot be told from nothing, so the place is then that around it.
    """
    location: list[str | int] = []
    for part in path:
        while isinstance(value, dict) and str(part) not in value and "" in value:
            location.append("")
            value = value[""]
        key = str(part) if isinstance(value, dict) else part
        location.append(key)
        value = _member(value, key)
    return tuple(location)


def _member(value: Any, key: str | int) -> Any:
    try:
        return value[key]
    except (LookupError, TypeError):  # the name of what is missing, say
        return None
