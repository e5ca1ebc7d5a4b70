"""Reading what a flow carries for tests and for show: `test` and `examples`."""

from __future__ import annotations

from typing import Any

from .catalogue import Code
from .keys import CASE, EXAMPLE, TEST, Keys
from .members import Members
from .wording import listed, named

OUTCOMES = ("success", "failed", "skipped")
STEP_OUTCOMES = ("completed", "failed", "skipped", "notRun")


def parse_test(flow: Members) -> dict[str, Any] | None:
    """The `test` section as it stands, its shape checked."""
    test = flow.members("test")
    if test is None:
        return None
    test.warn_of_unknown(TEST)
    test.text("configFile")
    for key in ("config", "stepflow_config"):
        test.mapping(key)
    given = [key for key in ("configFile", "config", "stepflow_config") if test.has(key)]
    if len(given) > 1:
        test.invalid(given[1], f"`test` takes one config, not {listed(tuple(given), 'and')}")
    for case in _entries(test, "cases", "a test case", CASE):
        _check_case(case)
    return test.source


def parse_examples(flow: Members) -> list[dict[str, Any]]:
    """The `examples` as they stand, their shape checked."""
    return [example.source for example in _entries(flow, "examples", "an example", EXAMPLE)]


def _entries(members: Members, key: str, what: str, keys: Keys) -> list[Members]:
    """Those entries of a list that are mappings, each checked for what cases and examples have in common."""
    entries = []
    for index, source in enumerate(members.array(key, f"write {key}: [{{name: …, input: …}}]") or ()):
        location = members.at(key, index)
        if isinstance(source, dict):
            entries.append(Members(source, what, location, members.problems))
            _check_entry(entries[-1], keys)
        else:
            text = f"{what} must be a mapping, not {named(source)}"
            members.problems.report(Code.PARSE, text, location, "write {name: …, input: …}")
    return entries


def _check_entry(entry: Members, keys: Keys) -> None:
    entry.warn_of_unknown(keys)
    entry.required_text("name", "a short name")
    entry.text("description")
    if "input" not in entry.source:
        entry.missing("input", "the input of the run, null for none")


def _check_case(case: Members) -> None:
    case.mapping("variables", "write variables: {name: value}")
    output = case.members("output", "write output: {outcome: success, result: …}")
    if output:
        if not output.has("outcome"):
            output.missing("outcome", listed(OUTCOMES))
        output.choice("outcome", OUTCOMES)
    steps = case.members("steps", "write steps: {step id: completed}")
    if steps:
        for step_id in steps.source:
            steps.choice(step_id, STEP_OUTCOMES)
