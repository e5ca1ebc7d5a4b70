"""Query parameters: one struct for each operation that has some, and how a query string becomes one."""

from __future__ import annotations

import re
from datetime import datetime
from types import NoneType
from typing import Annotated, Any, get_args
from urllib.parse import unquote_plus

import msgspec
from msgspec import Meta, Struct
from stepflow_core import ExecutionStatus, StepStatus
from stepflow_core.diagnostics import to_pointer

from .problems import ProblemError, Violation
from .violations import message_of, suggestion
from .waiting import LONGEST_WAIT

MOST_PARAMETERS = 100

Index = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Limit = Annotated[int, Meta(ge=1, le=1000)]
Seconds = Annotated[float, Meta(ge=0, le=LONGEST_WAIT)]
Time = Annotated[datetime, Meta(tz=True)]
Text = Annotated[str, Meta(extra_json_schema={"pattern": "^[^\\u0000]*$"})]
"""Text without a NUL character: a query that has one is refused as a whole."""
Cursor = Annotated[Text, Meta(min_length=1, description="The `nextCursor` of the page before.")]


class ListComponentsQuery(Struct, frozen=True, kw_only=True, rename="camel"):
    """Of `list_components`."""

    include_schemas: Annotated[bool, Meta(description="Whether the schemas of inputs and outputs are told.")] = True


class PageQuery(Struct, frozen=True, kw_only=True):
    """Of listings that have no filters."""

    limit: Limit = 50
    cursor: Cursor | None = None


class ListRunsQuery(Struct, frozen=True, kw_only=True, rename="camel"):
    """Of `list_runs`."""

    status: ExecutionStatus | None = None
    flow_name: Text | None = None
    flow_id: Text | None = None
    root_run_id: Annotated[Text, Meta(description="Only this run and the runs below it.")] | None = None
    parent_run_id: Annotated[Text, Meta(description="Only the sub-runs that this run started.")] | None = None
    max_depth: Annotated[Index, Meta(description="How many runs may stand above a run.")] | None = None
    roots_only: Annotated[bool, Meta(description="Whether sub-runs are left out.")] = False
    tag: Annotated[list[Text], Meta(description="`name:value`; a run has to bear all that are given.")] = []
    created_after: Time | None = None
    created_before: Time | None = None
    limit: Limit = 50
    offset: Annotated[int, Meta(ge=0, le=100_000, description="How many runs to pass over, in place of a cursor.")] = 0
    cursor: Cursor | None = None


class GetRunQuery(Struct, frozen=True, kw_only=True, rename="camel"):
    """Of `get_run`."""

    wait: Annotated[bool, Meta(description="Whether the answer waits until the run has ended or is paused.")] = False
    timeout_secs: (
        Annotated[Seconds, Meta(description="How long it waits at most; 25 where nothing is said.")] | None
    ) = None


class ListItemsQuery(Struct, frozen=True, kw_only=True):
    """Of `get_run_items`."""

    status: ExecutionStatus | None = None
    limit: Limit = 1000
    cursor: Cursor | None = None


class ListStepsQuery(Struct, frozen=True, kw_only=True, rename="camel"):
    """Of `get_run_steps`."""

    item_index: Index | None = None
    status: StepStatus | None = None
    limit: Limit = 1000
    cursor: Cursor | None = None


class GetStepQuery(Struct, frozen=True, kw_only=True, rename="camel"):
    """Of `get_step`."""

    address: Annotated[Text, Meta(description="The step's address, such as `fan[2]/check`.")]
    item_index: Index = 0
    attempt: Annotated[int, Meta(ge=1, le=2**31 - 1, description="Which attempt; the last one by default.")] | None = (
        None
    )


class StreamEventsQuery(Struct, frozen=True, kw_only=True, rename="camel"):
    """Of `stream_events`."""

    since: Annotated[int, Meta(ge=-1, le=2**62, description="Events after this number; -1 is from the beginning.")] = -1
    follow: Annotated[bool, Meta(description="Whether to go on with events as they happen.")] = True
    include_results: Annotated[bool, Meta(description="Whether events carry results.")] = True
    include_sub_runs: Annotated[bool, Meta(description="Whether events of sub-runs are told.")] = True
    event_types: Annotated[list[Text], Meta(description="Only these, with commas between them.")] = []


class QueryReader:
    """Reads query strings of one type."""

    def __init__(self, kind: type[Struct] | None) -> None:
        self._kind = kind
        self._fields = {each.encode_name: each for each in msgspec.structs.fields(kind)} if kind else {}
        self._kinds = {name: _given(each.type) for name, each in self._fields.items()}
        self._times = {name for name, kind in self._kinds.items() if kind is Time}
        self._lists = {name for name, each in self._fields.items() if _is_list(each.type)}
        self._empty = kind() if kind and not any(each.required for each in self._fields.values()) else None

    def read(self, query: str) -> Any:
        """The parameters in a query string. Raises `ProblemError` (400) with everything that is wrong."""
        if not query and (self._kind is None or self._empty is not None):
            return self._empty
        values, found = self._values(_pairs(query))
        converted: dict[str, Any] = {}
        for name, each in self._fields.items():
            if name not in values and each.required:
                found.append(Violation(to_pointer((name,)), "it is required"))
            if name in values:
                try:
                    # A time is text as it is; what else stands in a query is text only because it stands there.
                    strict = name in self._times
                    converted[each.name] = msgspec.convert(values[name], self._kinds[name], strict=strict)
                except msgspec.ValidationError as error:
                    found.append(Violation(to_pointer((name,)), message_of(str(error))))
        if found:
            raise _refused(found)
        return None if self._kind is None else self._kind(**converted)

    def _values(self, pairs: list[tuple[str, str]]) -> tuple[dict[str, Any], list[Violation]]:
        values: dict[str, Any] = {name: [] for name in self._lists if any(name == each for each, _ in pairs)}
        found = []
        for name, text in pairs:
            if name not in self._fields:
                problem = f"there is no parameter {name!r:.80}{suggestion(name, list(self._fields))}"
                found.append(Violation(to_pointer((name,)), problem))
            elif name in self._lists:
                values[name] += text.split(",") if name == "eventTypes" else [text]
            elif name in values:
                found.append(Violation(to_pointer((name,)), "it is given twice"))
            else:
                values[name] = text
        return values, found


_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")


def _pairs(query: str) -> list[tuple[str, str]]:
    parts = [each for each in query.split("&") if each]
    if len(parts) > MOST_PARAMETERS:
        raise ProblemError(400, f"the query has more than {MOST_PARAMETERS} parameters")
    pairs, found = [], []
    for part in parts:
        name, _, text = part.partition("=")
        try:
            pairs.append((_decoded(name), _decoded(text)))
        except ValueError as error:
            found.append(Violation(to_pointer((unquote_plus(name),)), str(error)))
    if found:
        raise _refused(found)
    return pairs


def _decoded(text: str) -> str:
    """Text that is percent-encoded. Raises `ValueError`."""
    if _BROKEN.search(text):
        raise ValueError("it has a % without two hex digits after it")
    try:
        decoded = unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    if "\x00" in decoded:
        raise ValueError("it has a NUL character")
    return decoded


def _refused(found: list[Violation]) -> ProblemError:
    shown = "; ".join(f"{each.pointer[1:]}: {each.message}" for each in found)
    return ProblemError(400, f"the query cannot be used: {shown}", found)


def _given(kind: Any) -> Any:
    """The type of a parameter that is given: without `None`, which would be what the text `null` stands for."""
    choices = get_args(kind)
    return choices[0] if len(choices) == 2 and choices[1] is NoneType else kind


def _is_list(kind: Any) -> bool:
    info = msgspec.inspect.type_info(kind)
    while isinstance(info, msgspec.inspect.Metadata):
        info = info.type
    return isinstance(info, msgspec.inspect.ListType)
