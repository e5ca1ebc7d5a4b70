"""The flow language, interpreted as one would by hand: a step is decided when it is first asked for, and once.

There is no concurrency, no plan and no journal. Reads the documents as they are written; knows the components of
`machinery`, the builtin components that run flows, and the few texts of `$expr` and `$template` in `TEXTS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

import jsonschema_rs

from .ledger import Execution, Ledger
from .machinery import machinery
from .outcomes import Failed, Good, Open, Outcome, Skipped, wire
from .paths import at, follow, parts

NEVER_AGAIN = ("invalid_input", "not_found", "not_json", "invalid_flow")
ZEROS = {"string": "", "number": 0, "boolean": False}
DEFINED = re.compile(r"steps\.(\w+) is defined")
NEITHER = "Workflow result must contain either 'result' or 'next' field"

UNDEFINED = Failed(1, Open(), "")
TEXTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "true": lambda scope: True,
    "false": lambda scope: False,
    "1 + 1": lambda scope: 2,
    "{{ 1 + 1 }} é": lambda scope: "2 é",
    "input.no.such": lambda scope: UNDEFINED,
    "{{ input.no.such }}": lambda scope: UNDEFINED,
    "state.no.such": lambda scope: UNDEFINED,
    "iteration": lambda scope: scope["iteration"],
    "0 - iteration": lambda scope: -scope["iteration"],
    "[2, 5, 5][iteration]": lambda scope: [2, 5, 5][scope["iteration"]],
    "iteration == 1": lambda scope: scope["iteration"] == 1,
    "out is none": lambda scope: scope["out"] is None,
    "{'round': iteration}": lambda scope: {"round": scope["iteration"]},
}
"""The texts that flows are made with, and what each of them means."""


# ---- a flow


def interpreted(
    flow: dict[str, Any], input: Any, variables: dict[str, Any], ledger: Ledger, prefix: str = ""
) -> Outcome:
    """What a flow comes to on an input."""
    schemas = flow.get("schemas") or {}
    if not valid(schemas.get("input"), input):
        return Failed(400, Open(), "invalid_input")
    scope = Scope(flow, input, with_defaults(schemas.get("variables") or {}, variables), ledger, prefix)
    for step in flow.get("steps", []):
        if step.get("mustExecute"):
            scope.step(step["id"])
    outcome = scope.value(flow.get("output"))
    if isinstance(outcome, Good) and not valid(schemas.get("output"), outcome.value):
        return Failed(500, Open(), "invalid_output")
    return outcome._replace(own=True) if isinstance(outcome, Failed) else outcome


def valid(schema: Any, value: Any) -> bool:
    """Whether a value is as a schema wants it."""
    return schema is None or jsonschema_rs.is_valid(schema, value)


def with_defaults(schema: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Variables, and what is declared and unset by its default or, where it is not required, by its type."""
    found = dict(given)
    for name, each in schema.get("properties", {}).items():
        if name in found:
            continue
        if "default" in each:
            found[name] = each["default"]
        elif name not in schema.get("required", []):
            found |= {name: None} if "null" in each["type"] else {name: ZEROS[each["type"]]}
    return found


class Scope:
    """One flow on one input: its steps, each decided at most once."""

    def __init__(
        self, flow: dict[str, Any], input: Any, variables: dict[str, Any], ledger: Ledger, prefix: str
    ) -> None:
        self.steps = {step["id"]: step for step in flow.get("steps", [])}
        self.input, self.variables, self.ledger, self.prefix = input, variables, ledger, prefix
        self.decided: dict[str, Outcome] = {}

    def step(self, id: str) -> Outcome:
        """What a step comes to."""
        if id not in self.decided:
            address = self.prefix + escaped(id)
            self.decided[id], attempts = Work(self, self.steps[id], address).decide()
            self.ledger.executed[address] = Execution(self.decided[id], attempts)
        return self.decided[id]

    # ---- expressions

    def value(self, expression: Any) -> Outcome:
        """What an expression comes to. It asks for the steps that it needs and for no others."""
        if isinstance(expression, list):
            return strict([self.value(each) for each in expression], list)
        if not isinstance(expression, dict):
            return Good(expression)
        for key, form in FORMS.items():
            if key in expression:
                return form(self, expression)
        return strict(
            [self.value(each) for each in expression.values()], lambda found: dict(zip(expression, found, strict=True))
        )

    def _literal(self, form: dict[str, Any]) -> Outcome:
        return Good(form["$literal"])

    def _if(self, form: dict[str, Any]) -> Outcome:
        return self.value(form["then"] if truthy(self.value(form["$if"])) else form.get("else"))

    def _coalesce(self, form: dict[str, Any]) -> Outcome:
        for each in form["$coalesce"]:
            outcome = self.value(each)
            if isinstance(outcome, Failed) or (isinstance(outcome, Good) and outcome.value is not None):
                return outcome
        return Good(None)

    def _text(self, form: dict[str, Any]) -> Outcome:
        return self.text(form.get("$template", form.get("$expr")), {})

    def _step(self, form: dict[str, Any]) -> Outcome:
        outcome = self.step(form["$step"])
        if isinstance(outcome, Skipped):
            rule = form.get("onSkip") or {"action": "skip"}
            return self.value(rule.get("defaultValue")) if rule["action"] == "useDefault" else naming(form["$step"])
        if isinstance(outcome, Failed):
            return outcome._replace(own=False)
        return outcome if outcome.value is None else at(outcome.value, form.get("path"), "Path")

    def _input(self, form: dict[str, Any]) -> Outcome:
        return at(self.input, form["$input"], "Input path")

    def _variable(self, form: dict[str, Any]) -> Outcome:
        (name, *_), path = parts(form["$variable"]), parts(form["$variable"])[1:]
        found = follow(self.variables[name], path) if name in self.variables else None
        if found is not None:
            return found
        if "default" in form:
            return self.value(form["default"])
        return Failed(1, f"Undefined variable: {name}" if name not in self.variables else Open())

    def text(self, text: Any, names: dict[str, Any]) -> Outcome:
        """What an `$expr` or `$template` of `TEXTS` comes to; or whether a step is defined, that is not skipped."""
        named = DEFINED.fullmatch(text)
        if named:
            outcome = self.step(named[1])
            return outcome._replace(own=False) if isinstance(outcome, Failed) else Good(isinstance(outcome, Good))
        found = TEXTS[text](names)
        return found if isinstance(found, Failed) else Good(found)


FORMS: dict[str, Callable[[Scope, dict[str, Any]], Outcome]] = {
    "$literal": Scope._literal, "$if": Scope._if, "$coalesce": Scope._coalesce, "$template": Scope._text,
    "$expr": Scope._text, "$step": Scope._step, "$input": Scope._input, "$variable": Scope._variable,
}  # fmt: skip
"""The forms, in the order in which an object is classified."""


def strict(outcomes: list[Outcome], make: Callable[[Iterable[Any]], Any]) -> Outcome:
    """The first failure, else the first skip, else the value that is made of all."""
    for kind in (Failed, Skipped):
        for each in outcomes:
            if isinstance(each, kind):
                return each
    return Good(make(each.value for each in outcomes if isinstance(each, Good)))


def truthy(outcome: Outcome) -> bool:
    """Whether a condition holds: all values do but `null` and `false`."""
    return isinstance(outcome, Good) and outcome.value is not None and outcome.value is not False


def naming(id: str) -> Skipped:
    """The skip of what refers to a skipped step."""
    return Skipped(Open(id))


def escaped(text: str) -> str:
    """An id or a case as it stands in an address."""
    return "".join(f"%{ord(sign):02X}" if sign in "%/[]#:" else sign for sign in text)


# ---- steps


class Work:
    """One step: after, when, input, attempts, onError."""

    def __init__(self, scope: Scope, step: dict[str, Any], address: str) -> None:
        self.scope, self.step, self.address = scope, step, address
        self.kind = step["component"].removeprefix("/builtin")

    def decide(self) -> tuple[Outcome, int]:
        """What the step comes to, and after how many attempts."""
        for each in self.step.get("after") or []:
            self.scope.step(each)
        if self.step.get("when") is not None:
            gate = self.scope.value(self.step["when"])
            if not truthy(gate):
                return (Skipped() if isinstance(gate, Good) else gate), 0
        given = self._given()
        if not isinstance(given, Good):
            return given, 0
        outcome, attempts = self._attempts(given.value)
        rule = self.step.get("onError") or {}
        if isinstance(outcome, Failed) and rule.get("action") == "useDefault":
            outcome = Good(rule.get("defaultValue"))
        return outcome, attempts

    def _given(self) -> Outcome:
        """The evaluated input; of a control component, what is an expression in it."""
        input: Any = self.step.get("input")
        if self.kind == "/call":
            return self.scope.value(input.get("input"))
        if self.kind == "/switch":
            return self._case(input)
        if self.kind == "/loop":
            texts = [input.get(each) for each in ("until", "next", "score")]
            named = [match[1] for text in texts if text and (match := DEFINED.fullmatch(text))]
            needed = [self.scope.step(each) for each in named]
            failed = [each._replace(own=False) for each in needed if isinstance(each, Failed)]
            state = self.scope.value(input["state"])
            return strict([state, *failed], lambda found: next(iter(found)))
        return self.scope.value(input)

    def _case(self, input: dict[str, Any]) -> Outcome:
        """The name, flow and input of the case that is taken; `None` where there is none."""
        on = self.scope.value(input["on"])
        if not isinstance(on, Good):
            return on
        name = {None: "null", True: "true", False: "false"}.get(on.value) if not_number(on.value) else on.value
        name = str(name) if isinstance(name, str | int) else None
        taken = input["cases"].get(name)
        if taken is None:
            name, taken = "default", input.get("default")
        if taken is None:
            return Good(None)
        given = self.scope.value(taken["input"]) if "input" in taken else on
        return Good((name, taken["flow"], given.value)) if isinstance(given, Good) else given

    def _attempts(self, value: Any) -> tuple[Outcome, int]:
        number = 1
        while True:
            outcome = self._attempt(deepcopy(value), number)
            if not isinstance(outcome, Failed) or number > self._retries() or not self._again(outcome):
                return outcome, number
            number += 1

    def _retries(self) -> int:
        rule = self.step.get("retry") or self.step.get("onError") or {}
        return int(rule.get("maxRetries", 3))

    def _again(self, error: Failed) -> bool:
        if error.kind in NEVER_AGAIN:
            return False
        # What a flow inside met was retried there: without a rule of its own the step does not do so once more.
        if error.code == 503 and (self.kind not in RUNNING or self.step.get("retry")):
            return True
        any_cause = ["any"] if (self.step.get("onError") or {}).get("action") == "retry" else []
        causes = (self.step.get("retry") or {}).get("on") or any_cause
        return "any" in causes or error.code in causes or error.kind in causes

    def _attempt(self, value: Any, number: int) -> Outcome:
        place = self.address if number == 1 else f"{self.address}#{number}"
        if self.kind in RUNNING:
            return RUNNING[self.kind](self, value, place)
        return machinery(self.kind, value, self.address, number, self.scope.ledger)

    def _run(self, flow: Any, input: Any, prefix: str) -> Outcome:
        return interpreted(flow, input, self.scope.variables, self.scope.ledger, prefix)

    # ---- components that run flows

    def _call(self, value: Any, place: str) -> Outcome:
        return self._run(self.step["input"]["flow"], value, f"{place}/")

    def _eval(self, value: Any, place: str) -> Outcome:
        outcome = self._run(value["flow"], value["input"], f"{place}/")
        return Good({"result": wire(outcome), "run_id": Open()})

    def _map(self, value: Any, place: str) -> Outcome:
        if not isinstance(value["items"], list):
            return Failed(500, Open(), "invalid_input")
        outcomes = [
            self._run(value["workflow"], item, f"{place}[{index}]/") for index, item in enumerate(value["items"])
        ]
        kinds = {"successful": Good, "failed": Failed, "skipped": Skipped}
        counts = {name: sum(isinstance(each, kind) for each in outcomes) for name, kind in kinds.items()}
        return Good({"results": [wire(each) for each in outcomes], **counts})

    def _switch(self, value: Any, place: str) -> Outcome:
        if value is None:
            return Failed(400, Open(), "invalid_input")
        name, flow, input = value
        outcome = self._run(flow, input, f"{place}[{escaped(name)}]/")
        return Good({"case": name, "output": outcome.value}) if isinstance(outcome, Good) else outcome

    def _iterate(self, value: Any, place: str) -> Outcome:
        input, most = value["initial_input"], value["max_iterations"]
        for number in range(most):
            outcome = self._run(value["flow"], input, f"{place}[{number}]/")
            if isinstance(outcome, Failed):
                return outcome
            output = outcome.value if isinstance(outcome, Good) else None
            if not isinstance(output, dict) or not output.keys() & {"result", "next"}:
                return Failed(400, NEITHER if isinstance(outcome, Good) else Open(), "")
            if "result" in output:
                return Good({"result": output["result"], "iterations": number + 1, "terminated": False})
            input = output["next"]
        return Good({"result": input, "iterations": most, "terminated": True})

    def _loop(self, state: Any, place: str) -> Outcome:
        given, history = self.step["input"], list[dict[str, Any]]()
        best: tuple[Any, ...] = ()
        for number in range(given["max_iterations"]):
            outcome = self._run(given["flow"], state, f"{place}[{number}]/")
            if not isinstance(outcome, Good):
                return outcome if isinstance(outcome, Failed) else Failed(400, Open(), "")
            names = {"out": outcome.value, "state": state, "iteration": number}
            told = self._texts(given, names)
            if isinstance(told, Failed):
                return told
            history.append({"iteration": number, "output": outcome.value})
            history[-1] |= {"score": told["score"]} if "score" in given else {}
            if truthy(Good(told["until"])):
                return Good(looped(given, (outcome.value, state), history, exhausted=False))
            if not best or given["on_exhausted"] != "best" or told["score"] > best[0]:
                best = told.get("score"), (outcome.value, state)
            state = told["next"]
        if given["on_exhausted"] == "fail":
            return Failed(400, Open(), "")
        return Good(looped(given, best[1], history, exhausted=True))

    def _texts(self, given: dict[str, Any], names: dict[str, Any]) -> dict[str, Any] | Failed:
        """What the texts of a loop say after an iteration."""
        told = {"next": names["out"]}
        for each in ("score", "until", "next"):
            if each in given:
                found = self.scope.text(given[each], names)
                if isinstance(found, Failed):
                    return found._replace(kind="exception")
                told[each] = found.value if isinstance(found, Good) else None
        return told


def not_number(value: Any) -> bool:
    """Whether a value is `null`, `true` or `false`."""
    return value is None or isinstance(value, bool)


def looped(given: dict[str, Any], came: tuple[Any, Any], history: list[Any], *, exhausted: bool) -> dict[str, Any]:
    """The output of a `loop`."""
    output, state = came
    value = {"output": output, "state": state, "iterations": len(history), "exhausted": exhausted}
    return value if given.get("history") is False else {**value, "history": history}


RUNNING: dict[str, Callable[[Work, Any, str], Outcome]] = {
    "/call": Work._call, "/eval": Work._eval, "/map": Work._map, "/switch": Work._switch,
    "/iterate": Work._iterate, "/loop": Work._loop,
}  # fmt: skip
