"""Finding steps in a flow document by their addresses, through the flows that are written inside steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from .addresses import Segment
from .problems import Location
from .suggestions import nearest
from .wording import quoted

DEFAULT_CASE = "default"
"""The name under which the flow that a `switch` runs by default has its address."""

_FLOW_MEMBERS = {"eval": "flow", "map": "workflow", "iterate": "flow", "call": "flow", "loop": "flow"}
_EXPRESSIONS = ("eval", "map", "iterate")
"""The builtins whose flow is an expression, so that a flow written there stands under `$literal`."""


class NoSuchStep(Exception):
    """No step has that address; the message says how far it leads."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        self.message = message
        self.hint = hint
        super().__init__(message)


class Found(Struct, frozen=True):
    """A step and where in the document it stands."""

    location: Location
    step: dict[str, Any]


class _Inner(Struct, frozen=True):
    """A flow inside a step: the name of the case that it belongs to, and where it stands."""

    case: str | None
    location: Location
    flow: dict[str, Any]


def find_steps(document: Any, segments: Sequence[Segment], builtin_of: Callable[[str], str | None]) -> list[Found]:
    """The steps at an address without indexes: several where a `switch` has such a step in several cases.

    Raises `NoSuchStep`.
    """
    flows = [_Inner(None, (), document)]
    for depth, segment in enumerate(segments):
        trail = segments[: depth + 1]
        found = [each for flow in flows for each in _steps_of(flow, segment.step)]
        if not found:
            raise _unknown(trail, flows)
        if depth == len(segments) - 1:
            if segment.part is not None:
                raise NoSuchStep(f"{_shown(trail)} names a flow inside a step; overrides are for steps")
            return found
        flows = [inner for each in found for inner in _flows_of(each, segment, trail, builtin_of)]
    return []


def step_ids(document: Any) -> list[str]:
    """The ids of the steps of a flow document, as far as they can be read."""
    return [step["id"] for _, step in _readable_steps(document)]


def put(value: Any, location: Location, new: Any) -> Any:
    """A copy of a document with another value at a place; what is not on the way is shared."""
    if not location:
        return new
    key, rest = location[0], location[1:]
    if isinstance(value, dict):
        return {**value, key: put(value[key], rest, new)}
    return [*value[:key], put(value[key], rest, new), *value[int(key) + 1 :]]


def _readable_steps(document: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    steps = document.get("steps") if isinstance(document, dict) else None
    for index, step in enumerate(steps if isinstance(steps, list) else ()):
        if isinstance(step, dict) and isinstance(step.get("id"), str):
            yield index, step


def _steps_of(flow: _Inner, step_id: str) -> Iterator[Found]:
    for index, step in _readable_steps(flow.flow):
        if step["id"] == step_id:
            yield Found((*flow.location, "steps", index), step)
            return


def _flows_of(
    found: Found, segment: Segment, trail: Sequence[Segment], builtin_of: Callable[[str], str | None]
) -> list[_Inner]:
    """The flows written inside a step, those of the case that the segment names."""
    component = found.step.get("component")
    builtin = builtin_of(component) if isinstance(component, str) else None
    inner = list(_inner_flows(found, builtin))
    if builtin == "switch" and segment.part is not None:
        chosen = [each for each in inner if each.case == segment.part]
        if not chosen:
            cases = ", ".join(quoted(str(each.case)) for each in inner) or "none"
            raise NoSuchStep(f"{_shown(trail)}: there is no such case; there are {cases}")
        return chosen
    if segment.part is not None:
        raise NoSuchStep(
            f"{_shown(trail)} has an index; overrides are for every item",
            f"write {_shown([*trail[:-1], _plain(segment)])}",
        )
    if not inner:
        raise NoSuchStep(f"no flow is written inside the step {_shown(trail)}, so its steps cannot be overridden")
    return inner


def _inner_flows(found: Found, builtin: str | None) -> Iterator[_Inner]:
    input = found.step.get("input")
    if not isinstance(input, dict):
        return
    location = (*found.location, "input")
    if builtin in _FLOW_MEMBERS:
        yield from _flow_at(input, _FLOW_MEMBERS[builtin], location, None, literal_only=builtin in _EXPRESSIONS)
    elif builtin == "switch":
        yield from _flows_of_cases(input, location)


def _flows_of_cases(input: dict[str, Any], location: Location) -> Iterator[_Inner]:
    cases = input.get("cases")
    for name, case in cases.items() if isinstance(cases, dict) else ():
        yield from _flow_at(case, "flow", (*location, "cases", name), name, literal_only=False)
    yield from _flow_at(input.get("default"), "flow", (*location, "default"), DEFAULT_CASE, literal_only=False)


def _flow_at(
    container: Any, member: str, location: Location, case: str | None, *, literal_only: bool
) -> Iterator[_Inner]:
    value = container.get(member) if isinstance(container, dict) else None
    if not isinstance(value, dict):
        return
    if "$literal" in value:
        if isinstance(value["$literal"], dict):
            yield _Inner(case, (*location, member, "$literal"), value["$literal"])
    elif not literal_only:
        yield _Inner(case, (*location, member), value)


def _unknown(trail: Sequence[Segment], flows: list[_Inner]) -> NoSuchStep:
    known = [each for flow in flows for each in step_ids(flow.flow)]
    near = nearest(trail[-1].step, known)
    hint = f"did you mean {quoted(near)}?" if near else None
    where = f" in the flow inside {_shown(trail[:-1])}" if len(trail) > 1 else ""
    return NoSuchStep(f"there is no step {quoted(trail[-1].step)}{where}", hint)


def _plain(segment: Segment) -> Segment:
    return Segment(segment.step)


def _shown(trail: Sequence[Segment]) -> str:
    return quoted("/".join(each.step + (f"[{each.part}]" if each.part is not None else "") for each in trail))
