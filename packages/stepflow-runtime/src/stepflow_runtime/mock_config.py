"""Reading the configuration of the mock plugin, with every problem in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct
from stepflow_core import FlowResult
from stepflow_core.canonical import NotJsonError, own

from .functions.paths import path_problem
from .language.catalogue import Code
from .language.problems import Location, Problems
from .language.wording import listed, named

PLUGIN_KEYS = ("type", "components")
COMPONENT_KEYS = ("input_schema", "output_schema", "behaviors")
BEHAVIOR_KEYS = ("input", "result", "error")
RESULT_KEYS = {"success": ("outcome", "result"), "failed": ("outcome", "error"), "skipped": ("outcome", "reason")}
ERROR_KEYS = ("code", "message", "data")


class MockComponent(Struct, frozen=True):
    """A component as it is configured: its answers by the key of their input, a text for `error: message`."""

    answers: dict[bytes, FlowResult | str]
    input_schema: dict[str, Any] | None = None
    output_schema: dict[str, Any] | None = None


def input_key(input: Any) -> bytes:
    """The same for equal JSON values and for no others: JSON with sorted keys, in which `1` and `1.0` differ."""
    return msgspec.json.encode(input, order="sorted")


class MockReader:
    """Reads `{components: {path: {input_schema?, output_schema?, behaviors}}}` and notes what is wrong."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def plugin(self, config: Mapping[str, Any], location: Location) -> dict[str, MockComponent]:
        """The components by path."""
        self._check_keys(config, PLUGIN_KEYS, location)
        place = (*location, "components")
        components = config.get("components")
        found = None if components is None else self._mapping(components, place, "{/path: {behaviors: […]}}")
        return {str(path): self._component(path, each, (*place, str(path))) for path, each in (found or {}).items()}

    def _component(self, path: Any, config: Any, location: Location) -> MockComponent:
        problem = path_problem(path)
        if problem:
            self._refuse(problem, location)
        members = self._mapping(config, location, "{behaviors: […]}")
        if members is None:
            return MockComponent({})
        self._check_keys(members, COMPONENT_KEYS, location)
        return MockComponent(
            self._answers(members, (*location, "behaviors")),
            self._schema(members, "input_schema", location),
            self._schema(members, "output_schema", location),
        )

    def _schema(self, members: Mapping[str, Any], name: str, location: Location) -> dict[str, Any] | None:
        if members.get(name) is None:
            return None
        schema = self._mapping(members[name], (*location, name), "a JSON Schema")
        return None if schema is None else dict(self._json(schema, (*location, name), {}))

    def _answers(self, members: Mapping[str, Any], location: Location) -> dict[bytes, FlowResult | str]:
        behaviors = members.get("behaviors")
        if not isinstance(behaviors, list | tuple):
            said = "is missing" if behaviors is None else f"is {named(behaviors)}"
            self._refuse(f"`behaviors` {said}: write a list of {{input, result}} or {{input, error}}", location)
            return {}
        answers: dict[bytes, FlowResult | str] = {}
        for index, each in enumerate(behaviors):
            self._add_behavior(answers, each, (*location, index))
        return answers

    def _add_behavior(self, answers: dict[bytes, FlowResult | str], config: Any, location: Location) -> None:
        members = self._mapping(config, location, "{input, result} or {input, error}")
        if members is None:
            return
        self._check_keys(members, BEHAVIOR_KEYS, location)
        if "input" not in members:
            self._refuse("`input` is missing: write the input that is answered", location)
        answer = self._answer(members, location)
        input = self._json(members.get("input"), (*location, "input"), None)
        if answer is None:
            return
        if input_key(input) in answers:
            text = "an earlier behaviour has the same input, so this one never answers"
            self._problems.report(Code.IGNORED_KEY, text, location)
        answers.setdefault(input_key(input), answer)

    def _answer(self, members: Mapping[str, Any], location: Location) -> FlowResult | str | None:
        has_result, has_error = members.get("result") is not None, members.get("error") is not None
        if has_result == has_error:
            said = "`result` and `error` exclude each other" if has_result else "`result` or `error` is missing"
            self._refuse(f"{said}: write one of them", location)
            return None
        if has_result:
            return self._result(members["result"], (*location, "result"))
        if not isinstance(members["error"], str):
            self._refuse(f"`error` is a text, not {named(members['error'])}", (*location, "error"))
            return None
        return members["error"]

    def _result(self, config: Any, location: Location) -> FlowResult | None:
        members = self._mapping(config, location, "{outcome: success, result}")
        if members is None:
            return None
        outcome = members.get("outcome")
        if not isinstance(outcome, str) or outcome not in RESULT_KEYS:
            said = "is missing" if outcome is None else f"is {named(outcome)}"
            self._refuse(f"`outcome` {said}: write {listed(tuple(RESULT_KEYS))}", location)
            return None
        self._check_keys(members, RESULT_KEYS[outcome], location)
        if outcome == "failed":
            return self._failed(members.get("error"), (*location, "error"))
        if outcome == "skipped":
            return self._skipped(members.get("reason"), (*location, "reason"))
        return FlowResult.success(self._json(members.get("result"), (*location, "result"), None))

    def _skipped(self, reason: Any, location: Location) -> FlowResult:
        if reason is not None and not isinstance(reason, str):
            self._refuse(f"`reason` is a text, not {named(reason)}", location)
        return FlowResult.skipped(reason)

    def _failed(self, config: Any, location: Location) -> FlowResult | None:
        members = self._mapping(config, location, "{code, message, data?}")
        if members is None:
            return None
        self._check_keys(members, ERROR_KEYS, location)
        code, message = members.get("code"), members.get("message")
        if type(code) is not int:
            self._refuse(f"`code` is an integer, not {named(code)}", (*location, "code"))
        if not isinstance(message, str):
            self._refuse(f"`message` is a text, not {named(message)}", (*location, "message"))
        if type(code) is not int or not isinstance(message, str):
            return None
        return FlowResult.failed(code, message, self._json(members.get("data"), (*location, "data"), None))

    def _mapping(self, value: Any, location: Location, example: str) -> Mapping[str, Any] | None:
        """A mapping; `None` for what is none, which is noted."""
        if isinstance(value, Mapping):
            return value
        self._refuse(f"expected a mapping, not {named(value)}: write {example}", location)
        return None

    def _json(self, value: Any, location: Location, instead: Any) -> Any:
        try:
            return own(value)
        except NotJsonError as error:
            self._refuse(error.message, (*location, *error.location))
            return instead

    def _check_keys(self, members: Mapping[str, Any], known: tuple[str, ...], location: Location) -> None:
        for key in members:
            if key not in known:
                hint = self._problems.suggest(str(key), known) or f"known are {listed(known, 'and')}"
                self._problems.report(Code.UNKNOWN_KEY, f"`{key}` means nothing here", (*location, key), hint)

    def _refuse(self, text: str, location: Location) -> None:
        self._problems.report(Code.PARSE, text, location)


def read_mock(config: Mapping[str, Any], location: Location) -> tuple[dict[str, MockComponent], Problems]:
    """The components that a configuration describes, and what is wrong with it."""
    problems = Problems()
    return MockReader(problems).plugin(config, location), problems
