"""What goes into requests: arguments checked as far as JSON cannot say them, and put into their wire form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

from stepflow_core import InvalidInputError, NotFoundError
from stepflow_core.canonical import NotJsonError, own
from stepflow_core.diagnostics import to_pointer

MAX_ITEMS = 100_000
"""How many items one run may have."""

_ID = re.compile(r"[0-9A-Za-z_-]{1,200}")


def checked_id(what: str, given: object) -> str:
    """An id as it stands in a path. Raises `NotFoundError` for what cannot be one."""
    text = str(given) if isinstance(given, str | UUID) else repr(given)
    if not isinstance(given, str | UUID) or not _ID.fullmatch(text):
        raise NotFoundError(f"no {what} has the id {text!a:.80}")
    return text


def checked_step_id(given: object) -> str:
    """The id of a step. Raises `InvalidInputError` for what is no text, `NotFoundError` where it is not Unicode."""
    if not isinstance(given, str):
        raise InvalidInputError(f"the id of a step is text, not {type(given).__name__}")
    try:
        given.encode()
    except UnicodeEncodeError:
        raise NotFoundError(f"no step is called {given!a:.80}") from None
    return given


def step_id_list(given: Iterable[str]) -> list[str]:
    """The ids of steps. Raises as `checked_step_id` does, and `InvalidInputError` for what is no list of them."""
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise InvalidInputError(f"step_ids is a list of the ids of steps, not {type(given).__name__}")
    return [checked_step_id(each) for each in given]


def json_value(what: str, value: Any) -> Any:
    """A copy of a JSON value. Raises `InvalidInputError` with the place of what is not JSON."""
    try:
        return own(value)
    except NotJsonError as error:
        pointer = to_pointer(error.location)
        details = {"kind": "not_json", "errors": [{"pointer": pointer, "message": error.message}]}
        text = f"{what} is not JSON: at {pointer or 'the top'}: {error.message}"
        raise InvalidInputError(text, details=details) from None


def json_inputs(inputs: Iterable[Any]) -> list[Any]:
    """The inputs of a batch, read to their end. Raises `InvalidInputError`."""
    if isinstance(inputs, str | bytes | Mapping) or not isinstance(inputs, Iterable):
        kind = type(inputs).__name__
        raise InvalidInputError(f"the inputs of a batch are a list or another iterable, not {kind}")
    values = [json_value("the input", each) for each in islice(inputs, MAX_ITEMS + 1)]
    if len(values) > MAX_ITEMS:
        raise InvalidInputError(f"a run has at most {MAX_ITEMS:,} items")
    if not values:
        raise InvalidInputError("a batch has at least one input")
    return values


def json_mapping(what: str, value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A mapping as JSON, or nothing. Raises `InvalidInputError`."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise InvalidInputError(f"{what} are a mapping of names to values, not {type(value).__name__}")
    owned: dict[str, Any] = json_value(what, dict(value))
    return owned


def tag_filters(tags: Mapping[str, str] | None) -> list[str]:
    """Tags as `name:value`. Raises `InvalidInputError` for names that cannot be told from values then."""
    filters = []
    for name, value in (json_mapping("tags", tags) or {}).items():
        if not name or ":" in name or not isinstance(value, str):
            raise InvalidInputError(f"runs cannot be listed by the tag {name!r:.80}: a name is text without a colon")
        filters.append(f"{name}:{value}")
    return filters
