"""What goes into requests: arguments checked as far as JSON cannot say them, and put into their wire form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

from stepflow_core import Diagnostic, DiagnosticLevel, FlowLoadError, InvalidInputError, NotFoundError
from stepflow_core.arguments import is_unicode, owned_json, shown
from stepflow_core.canonical import NotJsonError, own
from stepflow_core.diagnostics import to_path, to_pointer

MAX_ITEMS = 100_000
"""How many items one run may have."""

_RUN_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HASH = re.compile(r"[0-9a-f]{64}")


def checked_id(what: str, given: object) -> str:
    """An id as it stands in a path. Raises `NotFoundError` for what cannot be one."""
    text = str(given) if isinstance(given, str | UUID) else ""
    if not (_RUN_ID if what == "run" else _HASH).fullmatch(text):
        raise NotFoundError(f"no {what} has the id {shown(given, 80)}")
    return text


def checked_step_id(given: object) -> str:
    """The id of a step. Raises `InvalidInputError` for what is no text, `NotFoundError` where it is not Unicode."""
    if not isinstance(given, str):
        raise InvalidInputError(f"the id of a step is text, not {type(given).__name__}")
    if not is_unicode(given):
        raise NotFoundError(f"no step is called {given!a:.80}")
    return given


def step_id_list(given: Iterable[str]) -> list[str]:
    """The ids of steps. Raises as `checked_step_id` does, and `InvalidInputError` for what is no list of them."""
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise InvalidInputError(f"step_ids is a list of the ids of steps, not {type(given).__name__}")
    return [checked_step_id(each) for each in given]


def json_inputs(inputs: Iterable[Any]) -> list[Any]:
    """The inputs of a batch, read to their end. Raises `InvalidInputError`."""
    if isinstance(inputs, str | bytes | Mapping) or not isinstance(inputs, Iterable):
        kind = type(inputs).__name__
        raise InvalidInputError(f"the inputs of a batch are a list or another iterable, not {kind}")
    values = [owned_json("the input", each) for each in islice(inputs, MAX_ITEMS + 1)]
    if len(values) > MAX_ITEMS:
        raise InvalidInputError(f"a run has at most {MAX_ITEMS:,} items")
    return values


def json_mapping(what: str, value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A mapping as JSON, or nothing. Raises `InvalidInputError`."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise InvalidInputError(f"{what} are a mapping of names to values, not {type(value).__name__}")
    owned: dict[str, Any] = owned_json("a variable" if what == "variables" else what, dict(value))
    return owned


def json_overrides(overrides: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Overrides as JSON. Raises `FlowLoadError` with the place of what is not JSON, `InvalidInputError`."""
    if overrides is None:
        return None
    if not isinstance(overrides, Mapping):
        raise InvalidInputError(f"overrides are a mapping of step ids, not {type(overrides).__name__}")
    try:
        owned: dict[str, Any] = own(dict(overrides))
    except NotJsonError as error:
        found = Diagnostic(
            code=3403,
            kind="invalidOverride",
            level=DiagnosticLevel.FATAL,
            text=error.message,
            path=to_path(error.location),
            pointer=to_pointer(error.location),
        )
        raise FlowLoadError(diagnostics=[found]) from None
    return owned


def tag_filters(tags: Mapping[str, str] | None) -> list[str]:
    """Tags as `name:value`. Raises `InvalidInputError` for names that cannot be told from values then."""
    filters = []
    for name, value in (json_mapping("tags", tags) or {}).items():
        if not name or ":" in name or not isinstance(value, str):
            raise InvalidInputError(f"runs cannot be listed by the tag {name!r:.80}: a name is text without a colon")
        filters.append(f"{name}:{value}")
    return filters
