"""The test cases that a flow carries in its `test` section: reading them and judging what came of them.

Everything here is a pure function of values; running the cases is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct
from stepflow_core import Diagnostic, DiagnosticLevel, FlowLoadError, FlowResult, StepRun, StepStatus
from stepflow_core.diagnostics import to_path

from .language.addresses import escape
from .language.keys import Keys
from .language.members import Members
from .language.parse_cases import parse_test
from .language.problems import Location, Problems
from .language.wording import quoted

_RESULT_KEYS = {
    "success": Keys("outcome", "result"),
    "failed": Keys("outcome", "error"),
    "skipped": Keys("outcome", "reason"),
}
_ERROR_KEYS = Keys("code", "message", "data", "backtrace")
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
    """The config that a `test` section asks for: a path relative to the flow, a mapping, or none."""
    keys = (("configFile", str), ("config", dict), ("stepflow_config", dict))
    given = section if isinstance(section, dict) else {}
    return next((given[key] for key, kind in keys if isinstance(given.get(key), kind)), None)


def check_cases(section: Any, step_ids: Iterable[str] | None = None) -> list[Diagnostic]:
    """Everything that is wrong with a `test` section; unknown keys are warnings.

    With `step_ids`, expectations of steps that the flow does not have are faults.
    """
    problems = Problems()
    parse_test(Members({"test": section}, "a flow", (), problems))
    if isinstance(section, dict):
        _check_all(section.get("cases"), None if step_ids is None else frozenset(step_ids), problems)
    return problems.diagnostics


def judge(expected: Mapping[str, Any], actual: FlowResult) -> list[Mismatch]:
    """Where a result differs from the pattern of a case, in document order; empty where it matches.

    Objects match partially, arrays element by element, scalars where they are equal and of one kind. For
    failures `code` and `message` count where given, `data` partially; text under a key `run_id` always
    matches, `backtrace` keys are left out.
    """
    wire = msgspec.to_builtins(actual)
    if expected.get("outcome") != wire["outcome"]:
        message = f"expected the outcome {expected.get('outcome')}, got {shown(wire, 400)}"
        return [Mismatch(("outcome",), message, expected.get("outcome"), wire["outcome"])]
    return list(_differences(expected, wire, ()))


def judge_steps(expected: Mapping[str, str], actual: Iterable[StepRun]) -> list[Mismatch]:
    """Where the flow's own steps ended otherwise than expected. `actual` is a listing of one item's steps."""
    reached = step_states(actual)
    found = ((step, state, reached.get(step, "notRun")) for step, state in expected.items())
    return [
        Mismatch(("steps", step), f"expected {state}, got {got}", state, got)
        for step, state, got in found
        if got != state
    ]


def step_states(steps: Iterable[StepRun]) -> dict[str, str]:
    """The states, as cases name them, of the flow's own steps in a listing: those of sub-flows left out."""
    return {
        each.step_id: _REPORTED.get(each.status, "notRun") for each in steps if each.address == escape(each.step_id)
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


def _check_all(cases: Any, step_ids: frozenset[str] | None, problems: Problems) -> None:
    """What the shape of a case does not show: the rest is `parse_test`'s."""
    names: dict[str, int] = {}
    for index, source in enumerate(cases if isinstance(cases, list) else ()):
        if isinstance(source, dict):
            case = Members(source, "a test case", ("test", "cases", index), problems)
            _check_name(case, names, index)
            if isinstance(source.get("output"), dict):
                _check_output(Members(source["output"], "`output`", case.at("output"), problems))
            if isinstance(source.get("steps"), dict) and step_ids is not None:
                _check_steps(Members(source["steps"], "`steps`", case.at("steps"), problems), step_ids)


def _check_name(case: Members, names: dict[str, int], index: int) -> None:
    name = case.source.get("name")
    if isinstance(name, str) and names.setdefault(name, index) != index:
        case.invalid("name", f"the case {names[name] + 1} has the name {quoted(name)} too", "give each case its own")


def _check_output(output: Members) -> None:
    keys = _RESULT_KEYS.get(str(output.source.get("outcome")))
    if keys is None:
        return
    output.warn_of_unknown(keys)
    if "reason" in keys.known:
        output.text("reason")
    error = output.members("error", "write error: {code: 1}, or error: {} for any") if "error" in keys.known else None
    if error is not None:
        error.warn_of_unknown(_ERROR_KEYS)
        error.text("message")
        if error.has("code") and type(error.source["code"]) is not int:
            error.wrong("code", "a whole number", "write code: 1")


def _check_steps(steps: Members, step_ids: frozenset[str]) -> None:
    for step in steps.source:
        if step not in step_ids:
            near = steps.problems.suggest(step, sorted(step_ids))
            steps.invalid(
                step, f"the flow has no step {quoted(step)}", f"did you mean {quoted(near)}?" if near else None
            )
