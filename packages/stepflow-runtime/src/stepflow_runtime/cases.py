"""The test cases that a flow carries in its `test` section: reading them and judging what came of them.

Everything here is a pure function of values; running the cases is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct
from stepflow_core import Diagnostic, DiagnosticLevel, FlowLoadError, FlowResult, StepRun, StepStatus
from stepflow_core.diagnostics import to_path, to_pointer

from .language.addresses import escape
from .language.suggestions import nearest

Location = tuple[str | int, ...]

OUTCOMES = ("success", "failed", "skipped")
STEP_STATES = ("completed", "failed", "skipped", "notRun")

_SECTION_KEYS = ("configFile", "config", "stepflow_config", "cases")
_CASE_KEYS = ("name", "description", "input", "variables", "output", "steps")
_OUTPUT_KEYS = {"success": ("outcome", "result"), "failed": ("outcome", "error"), "skipped": ("outcome", "reason")}
_REPORTED = {StepStatus.COMPLETED: "completed", StepStatus.FAILED: "failed", StepStatus.SKIPPED: "skipped"}


class Case(Struct, frozen=True, kw_only=True):
    """One case: the input and variables of a run, and what is expected of it.

    `output` is the pattern of a FlowResult in its JSON form, `None` where nothing is expected; `steps` maps
    step ids to `completed`, `failed`, `skipped` or `notRun`; `index` counts the cases of the flow from 0.
    """

    index: int
    name: str
    description: str | None = None
    input: Any = None
    variables: dict[str, Any] = {}
    output: dict[str, Any] | None = None
    steps: dict[str, str] = {}


class Mismatch(Struct, frozen=True):
    """One place where what came differs from what was expected.

    `location` are the keys and indexes to it; where a member is missing, `actual` is `None`.
    """

    location: Location
    message: str
    expected: Any = None
    actual: Any = None

    @property
    def path(self) -> str:
        """The place as a readable path: `$.result.items[0]`."""
        return to_path(self.location)


def cases_of(section: Any, step_ids: Iterable[str] | None = None) -> list[Case]:
    """The cases of a flow's `test` section, `None` where it has none.

    Raises `FlowLoadError` with a diagnostic for every fault that keeps a case from being judged.
    """
    faults = [each for each in check_cases(section, step_ids) if each.level is not DiagnosticLevel.WARNING]
    if faults:
        raise FlowLoadError(diagnostics=faults)
    cases = (section or {}).get("cases") or []
    return [_case(index, case) for index, case in enumerate(cases)]


def config_of(section: Any) -> str | dict[str, Any] | None:
    """The config that a checked `test` section asks for: a path relative to the flow, a mapping, or none."""
    for key in ("configFile", "config", "stepflow_config"):
        config: str | dict[str, Any] | None = (section or {}).get(key)
        if config is not None:
            return config
    return None


def check_cases(section: Any, step_ids: Iterable[str] | None = None) -> list[Diagnostic]:
    """Everything that is wrong with a `test` section; unknown keys are warnings.

    With `step_ids`, expectations of steps that the flow does not have are faults.
    """
    if section is None:
        return []
    if not isinstance(section, dict):
        return [_fault(("test",), "`test` must be an object")]
    known = None if step_ids is None else frozenset(step_ids)
    return [*_section_faults(section), *_cases_faults(section.get("cases"), known)]


def judge(expected: Mapping[str, Any], actual: FlowResult) -> list[Mismatch]:
    """Where a result differs from the pattern of a case, in document order; empty where it matches.

    Objects match partially, arrays element by element, scalars where they are equal and of one kind. For
    failures `code` and `message` count where given, `data` partially; text under a key `run_id` always
    matches, `backtrace` keys are left out.
    """
    wire = msgspec.to_builtins(actual)
    if expected.get("outcome") != wire["outcome"]:
        message = f"expected the outcome {expected.get('outcome')}, got {shown(wire)}"
        return [Mismatch((), message, expected, wire)]
    return list(_differences(expected, wire, ()))


def judge_steps(expected: Mapping[str, str], actual: Iterable[StepRun]) -> list[Mismatch]:
    """Where the flow's own steps ended otherwise than expected. `actual` is a listing of one item's steps."""
    reached = step_states(actual)
    return [
        Mismatch((step,), f"expected {state}, got {reached.get(step, 'notRun')}", state, reached.get(step, "notRun"))
        for step, state in expected.items()
        if reached.get(step, "notRun") != state
    ]


def step_states(steps: Iterable[StepRun]) -> dict[str, str]:
    """The states, as cases name them, of the flow's own steps in a listing: those of sub-flows left out."""
    return {
        each.step_id: _REPORTED.get(each.status, "notRun")
        for each in steps
        if each.address == escape(each.step_id)
    }


def matches(expected: Any, actual: Any, location: Location = ()) -> bool:
    """Whether a part of a result, in its JSON form, matches the pattern that stands at `location`."""
    return next(_differences(expected, actual, location), None) is None


def fitted(expected: Any, actual: Any, location: Location = ()) -> Any:
    """The pattern changed no more than it takes to match: what differs is replaced, what is not there left out.

    `actual` is a result, or a part of one, in its JSON form; `location` says where it stands.
    """
    if matches(expected, actual, location):
        return expected
    if isinstance(expected, dict) and isinstance(actual, dict) and _same_outcome(expected, actual, location):
        kept = (key for key in expected if key in actual or _may_lack(key, expected[key], location))
        return {key: fitted(expected[key], actual.get(key), (*location, key)) for key in kept}
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = enumerate(zip(expected, actual, strict=True))
        return [fitted(pattern, value, (*location, index)) for index, (pattern, value) in pairs]
    return actual


def _same_outcome(expected: dict[str, Any], actual: dict[str, Any], location: Location) -> bool:
    return location != () or expected.get("outcome") == actual.get("outcome")


# ---- judging


def _differences(expected: Any, actual: Any, location: Location) -> Iterator[Mismatch]:
    if location[-1:] == ("backtrace",):
        return
    if isinstance(expected, dict):
        yield from _object_differences(expected, actual, location)
    elif isinstance(expected, list):
        yield from _array_differences(expected, actual, location)
    elif location[-1:] == ("run_id",) and isinstance(expected, str) and isinstance(actual, str):
        return
    elif type(expected) is not type(actual) or expected != actual:
        yield _mismatch(location, expected, actual)


def _object_differences(expected: dict[str, Any], actual: Any, location: Location) -> Iterator[Mismatch]:
    if not isinstance(actual, dict):
        yield _mismatch(location, expected, actual)
        return
    for key, pattern in expected.items():
        if key in actual:
            yield from _differences(pattern, actual[key], (*location, key))
        elif not _may_lack(key, pattern, location):
            yield Mismatch((*location, key), f"expected {shown(pattern)}, but there is no such member", pattern)


def _may_lack(key: str, pattern: Any, location: Location) -> bool:
    """A result without a reason and an error without data lack the member, which says the same as `null`."""
    return key == "backtrace" or (pattern is None and (*location, key) in {("reason",), ("error", "data")})


def _array_differences(expected: list[Any], actual: Any, location: Location) -> Iterator[Mismatch]:
    if not isinstance(actual, list):
        yield _mismatch(location, expected, actual)
    elif len(expected) != len(actual):
        message = f"expected an array of {_counted(len(expected))}, got one of {_counted(len(actual))}"
        yield Mismatch(location, message, expected, actual)
    else:
        for index, (pattern, value) in enumerate(zip(expected, actual, strict=True)):
            yield from _differences(pattern, value, (*location, index))


def _mismatch(location: Location, expected: Any, actual: Any) -> Mismatch:
    return Mismatch(location, f"expected {shown(expected)}, got {shown(actual)}", expected, actual)


def shown(value: Any, limit: int = 100) -> str:
    """A value as short JSON for a message."""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _counted(count: int) -> str:
    return "1 element" if count == 1 else f"{count} elements"


# ---- reading


def _case(index: int, case: dict[str, Any]) -> Case:
    return Case(
        index=index,
        name=case["name"],
        description=case.get("description"),
        input=case.get("input"),
        variables=case.get("variables") or {},
        output=case.get("output"),
        steps=case.get("steps") or {},
    )


def _section_faults(section: dict[str, Any]) -> Iterator[Diagnostic]:
    yield from _unknown_keys(section, _SECTION_KEYS, ("test",))
    given = [key for key in ("configFile", "config", "stepflow_config") if section.get(key) is not None]
    if len(given) > 1:
        yield _fault(("test", given[1]), f"`{given[0]}` and `{given[1]}` are both given; keep one of them")
    for key in given:
        if not isinstance(section[key], str if key == "configFile" else str | dict):
            wanted = "a path (text)" if key == "configFile" else "a config (an object) or a path (text)"
            yield _fault(("test", key), f"`{key}` must be {wanted}")


def _cases_faults(cases: Any, step_ids: frozenset[str] | None) -> Iterator[Diagnostic]:
    if cases is None:
        return
    if not isinstance(cases, list):
        yield _fault(("test", "cases"), "`cases` must be an array of cases")
        return
    names: dict[str, int] = {}
    for index, case in enumerate(cases):
        location = ("test", "cases", index)
        if isinstance(case, dict):
            yield from _case_faults(case, location, step_ids)
            yield from _name_faults(case.get("name"), location, names)
        else:
            yield _fault(location, "a case must be an object with a `name` and an `input`")


def _case_faults(case: dict[str, Any], location: Location, step_ids: frozenset[str] | None) -> Iterator[Diagnostic]:
    yield from _unknown_keys(case, _CASE_KEYS, location)
    if not isinstance(case.get("description"), str | None):
        yield _fault((*location, "description"), "`description` must be text")
    if not isinstance(case.get("variables"), dict | None):
        yield _fault((*location, "variables"), "`variables` must be an object of names and values")
    if case.get("output") is not None:
        yield from _output_faults(case["output"], (*location, "output"))
    if case.get("steps") is not None:
        yield from _steps_faults(case["steps"], (*location, "steps"), step_ids)


def _name_faults(name: Any, location: Location, names: dict[str, int]) -> Iterator[Diagnostic]:
    if name is None:
        yield _fault(location, "the case has no `name`")
    elif not isinstance(name, str) or not name.strip():
        yield _fault((*location, "name"), "`name` must be text that is not blank")
    elif names.setdefault(name, int(location[-1])) != location[-1]:
        yield _fault((*location, "name"), f"the name {shown(name)} is already that of case {names[name] + 1}")


def _output_faults(output: Any, location: Location) -> Iterator[Diagnostic]:
    choices = "`success`, `failed` or `skipped`"
    if not isinstance(output, dict):
        yield _fault(location, f"`output` must be an object with an `outcome` of {choices}")
        return
    outcome = output.get("outcome")
    if outcome not in OUTCOMES:
        place = (*location, "outcome") if "outcome" in output else location
        yield _fault(place, f"`outcome` must be {choices}", _nearest(outcome, OUTCOMES))
        return
    yield from _unknown_keys(output, _OUTPUT_KEYS[outcome], location)
    yield from _result_faults(output, location)


def _result_faults(output: dict[str, Any], location: Location) -> Iterator[Diagnostic]:
    error = output.get("error")
    if output["outcome"] == "failed" and error is not None:
        yield from _error_faults(error, (*location, "error"))
    if not isinstance(output.get("reason"), str | None):
        yield _fault((*location, "reason"), "`reason` must be text")


def _error_faults(error: Any, location: Location) -> Iterator[Diagnostic]:
    if not isinstance(error, dict):
        yield _fault(location, "`error` must be an object; `{}` accepts any error")
        return
    yield from _unknown_keys(error, ("code", "message", "data", "backtrace"), location)
    if type(error.get("code", 0)) is not int:
        yield _fault((*location, "code"), "`code` must be an integer")
    if not isinstance(error.get("message", ""), str):
        yield _fault((*location, "message"), "`message` must be text")


def _steps_faults(steps: Any, location: Location, step_ids: frozenset[str] | None) -> Iterator[Diagnostic]:
    if not isinstance(steps, dict):
        yield _fault(location, "`steps` must be an object of step ids and states")
        return
    for step, state in steps.items():
        place = (*location, step)
        if step_ids is not None and step not in step_ids:
            yield _fault(place, f"the flow has no step {shown(step)}", _nearest(step, sorted(step_ids)))
        if state not in STEP_STATES:
            yield _fault(place, f"a state must be one of {', '.join(STEP_STATES)}", _nearest(state, STEP_STATES))


def _unknown_keys(value: dict[str, Any], known: tuple[str, ...], location: Location) -> Iterator[Diagnostic]:
    for key in value:
        if key not in known:
            yield Diagnostic(
                code=1401,
                kind="unknownKey",
                level=DiagnosticLevel.WARNING,
                text=f"unknown key `{key}` is ignored",
                path=to_path((*location, key)),
                pointer=to_pointer((*location, key)),
                hint=_nearest(key, known),
            )


def _fault(location: Location, text: str, hint: str | None = None) -> Diagnostic:
    return Diagnostic(
        code=3400,
        kind="parse",
        level=DiagnosticLevel.FATAL,
        text=text,
        path=to_path(location),
        pointer=to_pointer(location),
        hint=hint,
    )


def _nearest(word: Any, known: Iterable[str]) -> str | None:
    close = nearest(word, known) if isinstance(word, str) else None
    return f"did you mean `{close}`?" if close else None
