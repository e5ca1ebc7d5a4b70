"""Whole flows by chance: well-formed, of every form, with odd data; they shrink to short and readable ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from hypothesis import strategies as st

from .interpreter import escaped
from .overrides import overridden

Number: TypeAlias = Callable[[int, int], int]
"""Chance: a number from the first to the second. The smaller it is, the simpler what is made of it."""

IDS = ("a", "b", "c", "d", "e_2", "f g", "h.i", "j/k", "ü[0]", "#%:", "$step", "11", "日本")
KEYS = ("x", "n", "in", "ключ", "a.b", "", "é ", "steps", "$odd")
SCALARS = (
    1, None, False, True, 0, "text", "", 1.0, -0.0, 0.1, 1e21, 2**70, -(2**63) - 1, "null", "1", "é日\u2028",
    "{{ input }}",
)  # fmt: skip
PATHS = (
    "in", "$", "x", "$.n", " in ", '$["a.b"]', "$['ключ']", "in.x", "in[0]", "$[0]", "in.in", "steps", "", "no.such",
    "result", "output", "count", "results[0].outcome",
)  # fmt: skip
INPUT_PATHS = tuple(each for each in PATHS if each)
PLAIN = (
    "/ok",
    "/ok",
    "/ok",
    "/fail",
    "/change",
    "/noop",
    "/builtin/noop",
    "/flaky1",
    "/flaky2",
    "/away1",
    "/away",
    "/boom",
)
NESTING = ("/call", "/eval", "/map", "/switch", "/iterate", "/loop")
UNTIL = ("false", "true", "iteration == 1", "out is none", "state.no.such")
SCORES = ("iteration", "0 - iteration", "[2, 5, 5][iteration]")
INPUT_SCHEMAS = (
    {"type": "object"},
    {"type": ["object", "null"]},
    {"required": ["x"]},
    {"not": {"const": "text"}},
    True,
)
OUTPUT_SCHEMAS = ({"type": ["object", "array", "integer"]}, {"not": {"const": None}}, {"type": "string"}, True)
VARIABLES: dict[str, dict[str, Any]] = {
    "v": {"type": "string"}, "w": {"type": "number"}, "yes": {"type": "boolean"},
    "nothing": {"type": ["object", "null"]},
}  # fmt: skip
GIVEN: dict[str, tuple[Any, ...]] = {
    "v": ("given", ""), "w": (7, 0.5), "yes": (True,), "nothing": (None, {"x": [1]}), "undeclared": (1, None),
}  # fmt: skip
CASES = ("1", "text", "null", "true", "é/[#")
QUICKLY = {"initial": 0.001, "max": 0.001, "jitter": 0}
SLOW = ("/away", "/away1")


class Work(NamedTuple):
    """A flow to run: on one input, or as a batch."""

    flow: dict[str, Any]
    inputs: list[Any]
    variables: dict[str, Any]
    overrides: dict[str, Any]

    @property
    def effective(self) -> dict[str, Any]:
        """The flow as its overrides make it."""
        return overridden(self.flow, self.overrides)

    @property
    def waits(self) -> bool:
        """Whether a step may wait between attempts for as long as the language says by itself."""
        return waits(self.effective)


def waits(value: Any) -> bool:
    """Whether there is a step that backs off for seconds."""
    if isinstance(value, dict):
        slow = value.get("component") in SLOW and "backoff" not in (value.get("retry") or {})
        return slow or any(map(waits, value.values()))
    return isinstance(value, list) and any(map(waits, value))


class Author:
    """Writes one flow, and remembers where it could be overridden."""

    def __init__(self, number: Number) -> None:
        self.number = number
        self.places: list[tuple[str, list[str], dict[str, Any]]] = []

    def one_of(self, options: Any) -> Any:
        """One of some, the simplest of which is the first."""
        return options[self.number(0, len(options) - 1)]

    def some_of(self, options: Any, most: int | None = None, *, least: int = 0) -> list[Any]:
        """Some of the options, each once."""
        left = list(options)
        wanted = self.number(least, min(len(left), len(left) if most is None else most))
        return [left.pop(self.number(0, len(left) - 1)) for _ in range(wanted)]

    def perhaps(self, one_in: int = 5) -> bool:
        """Seldom true."""
        return self.number(1, one_in) == one_in

    def data(self, depth: int = 2) -> Any:
        """A JSON value."""
        kind = self.number(0, 4) if depth else 0
        if kind == 3:
            return [self.data(depth - 1) for _ in range(self.number(0, 2))]
        if kind == 4:
            return {each: self.data(depth - 1) for each in self.some_of(KEYS, 2)}
        return self.one_of(SCALARS)

    # ---- flows

    def flow(self, most: int, nested: int, prefix: str | None = "") -> dict[str, Any]:
        """A flow of some steps; below `prefix` they can be overridden."""
        flow: dict[str, Any] = {}
        ids: list[str] = []
        if self.perhaps(4):
            flow["schemas"] = self._schemas()
        steps: list[dict[str, Any]] = []
        # Whether there is one more is asked anew each time, so that a step can be left out and the rest stays.
        while not steps or (len(steps) < most and self.number(0, 4)):
            id = self.one_of([each for each in IDS if each not in ids])
            step = self._step(id, list(ids), nested, prefix)
            steps.append(step)
            if prefix is not None and "/" not in step["component"][1:]:
                self.places.append((prefix + escaped(id), list(ids), step))
            ids.append(id)
        return {**flow, "steps": steps, "output": self.expression(ids, 3)}

    def _schemas(self) -> dict[str, Any]:
        chosen: dict[str, Any] = {}
        if self.perhaps(3):
            chosen["input"] = self.one_of(INPUT_SCHEMAS)
        if self.perhaps(3):
            chosen["output"] = self.one_of(OUTPUT_SCHEMAS)
        if self.perhaps(2):
            names = self.some_of(sorted(VARIABLES))
            properties = {each: dict(VARIABLES[each]) for each in names}
            for each in names:
                if self.perhaps(2):
                    properties[each]["default"] = self.one_of(GIVEN[each])
            chosen["variables"] = {"type": "object", "properties": properties}
        return chosen

    def _step(self, id: str, ids: list[str], nested: int, prefix: str | None) -> dict[str, Any]:
        kind = self.one_of(PLAIN + (NESTING if nested else ()))
        below = f"{prefix}{escaped(id)}/" if prefix is not None and kind != "/switch" else None
        input = self._control(kind, ids, nested, below) if kind in NESTING else self.expression(ids)
        return {"id": id, "component": kind, "input": input, **self._options(ids)}

    def _options(self, ids: list[str]) -> dict[str, Any]:
        chosen: dict[str, Any] = {}
        if self.perhaps():
            chosen["when"] = self.expression(ids)
        if ids and self.perhaps():
            chosen["after"] = self.some_of(ids, 2)
        if self.perhaps():
            chosen["retry"] = self._retry()
        if self.perhaps(4):
            chosen["onError"] = self._on_error("retry" in chosen)
        if self.perhaps():
            chosen["mustExecute"] = True
        return chosen

    def _retry(self) -> dict[str, Any]:
        rule: dict[str, Any] = {"maxRetries": self.number(0, 2), "backoff": QUICKLY}
        on = self.one_of((None, ["any"], ["any"], [419], ["exception", 418]))
        return rule if on is None else {**rule, "on": on}

    def _on_error(self, retried: bool) -> dict[str, Any]:
        options: list[dict[str, Any]] = [{"action": "useDefault"}, {"action": "fail"}]
        options.append({"action": "useDefault", "defaultValue": self.data()})
        return dict(self.one_of(options if retried else [*options, {"action": "retry", "maxRetries": 1}]))

    # ---- steps that run flows

    def _control(self, kind: str, ids: list[str], nested: int, prefix: str | None) -> dict[str, Any]:
        if kind == "/switch":
            return self._switch(ids, nested)
        inner = self.flow(3, nested - 1, prefix)
        value = self.expression(ids)
        if kind == "/call":
            return {"flow": inner, **({"input": value} if not self.perhaps() else {})}
        if kind == "/eval":
            return {"flow": {"$literal": inner}, "input": value}
        if kind == "/map":
            items = value if self.perhaps() else [self.expression(ids, 1) for _ in range(self.number(0, 3))]
            limit = {"max_concurrency": 1} if self.perhaps() else {}
            return {"workflow": {"$literal": inner}, "items": items, **limit}
        most = self.number(1, 3)
        if kind == "/iterate":
            if not self.perhaps():
                keys = self.one_of((["next"], ["next"], ["result"], ["neither"], ["next", "result"]))
                inner["output"] = dict.fromkeys(keys, inner["output"])
            return {"flow": {"$literal": inner}, "initial_input": value, "max_iterations": most}
        return {"flow": inner, "state": value, "max_iterations": most, **self._loop(ids)}

    def _switch(self, ids: list[str], nested: int) -> dict[str, Any]:
        cases: dict[str, Any] = {}
        for each in self.some_of(CASES, 3, least=1):
            cases[each] = self._case(ids, nested)
        default = {"default": self._case(ids, nested)} if self.perhaps(2) else {}
        on = self.one_of((1, "text", None, True, "é/[#", {"$input": "x"}))
        return {"on": self.expression(ids) if self.perhaps(2) else on, "cases": cases, **default}

    def _case(self, ids: list[str], nested: int) -> dict[str, Any]:
        given = {"input": self.expression(ids)} if self.perhaps(2) else {}
        return {"flow": self.flow(2, nested - 1, None), **given}

    def _loop(self, ids: list[str]) -> dict[str, Any]:
        chosen: dict[str, Any] = {"until": self._defined(ids) if self.perhaps() else self.one_of(UNTIL)}
        chosen["on_exhausted"] = self.one_of(("fail", "last", "best"))
        if chosen["on_exhausted"] == "best" or self.perhaps():
            chosen["score"] = self.one_of(SCORES)
        if self.perhaps():
            chosen["next"] = self.one_of(("iteration", "{'round': iteration}"))
        return {**chosen, "history": False} if self.perhaps() else chosen

    def _defined(self, ids: list[str]) -> str:
        named = [each for each in ids if each.isascii() and each.isidentifier()]
        return f"steps.{self.one_of(named)} is defined" if named else "false"

    # ---- expressions

    def expression(self, ids: list[str], depth: int = 2) -> Any:
        """An expression of any form, mostly over earlier steps."""
        choice = self.number(0, 11 if depth else 5)
        if choice == 0:
            return self.one_of(SCALARS)
        if choice < 4:
            return self._reference(ids) if ids else {"$input": self.one_of(INPUT_PATHS)}
        if choice < 6:
            return self._leaf(ids)
        if choice < 8:
            return [self.expression(ids, depth - 1) for _ in range(self.number(0, 3))]
        if choice == 8:
            keys = self.some_of(KEYS, 3)
            return {each: self.expression(ids, depth - 1) for each in keys}
        if choice == 9:
            return {"$coalesce": [self.expression(ids, depth - 1) for _ in range(self.number(0, 3))]}
        form = {"$if": self.expression(ids, depth - 1), "then": self.expression(ids, depth - 1)}
        return {**form, "else": self.expression(ids, depth - 1)} if self.perhaps(2) else form

    def _reference(self, ids: list[str]) -> dict[str, Any]:
        form: dict[str, Any] = {"$step": self.one_of(ids)}
        if self.perhaps(3):
            form["path"] = self.one_of(PATHS)
        if self.perhaps():
            form["onSkip"] = self.one_of(({"action": "skip"}, {"action": "useDefault"}, None))
            form["onSkip"] = form["onSkip"] or {"action": "useDefault", "defaultValue": self.expression(ids, 0)}
        return form

    def _leaf(self, ids: list[str]) -> Any:
        kind = self.number(0, 6)
        if kind in (0, 5):
            return {"$input": self.one_of(INPUT_PATHS)}
        if kind == 1:
            return {"$literal": self.one_of(({"$step": "nobody"}, [1, {"$if": 1}], {}, [], 2**70, "é"))}
        if kind in (2, 6):
            return self._variable(ids)
        if kind == 3:
            return {"$expr": self._defined(ids) if self.perhaps(2) else self.one_of(("1 + 1", "input.no.such"))}
        return {"$template": self.one_of(("{{ 1 + 1 }} é", "{{ input.no.such }}"))}

    def _variable(self, ids: list[str]) -> dict[str, Any]:
        name = self.one_of((*GIVEN, "nobody", "$.v", "nothing.x", "nothing.x[0]", "nothing.no.such"))
        return {"$variable": name, **({"default": self.expression(ids, 0)} if self.perhaps(2) else {})}

    # ---- overrides

    def overrides(self) -> dict[str, Any]:
        """Patches of some steps."""
        if not self.places or not self.perhaps(3):
            return {}
        indexes = self.some_of(range(len(self.places)), 2, least=1)
        # What is inside a step comes before it, so that a patch of the step is not lost to one of its insides.
        return {self.places[each][0]: self._patch(*self.places[each][1:]) for each in sorted(indexes)}

    def _patch(self, ids: list[str], step: dict[str, Any]) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        if step["component"] in PLAIN:
            changes["component"] = self.one_of(PLAIN)
            changes["input"] = filled(self.expression(ids))
        elif self.perhaps(2):
            changes["mustExecute"] = True
        if self.perhaps(2):
            changes["when"] = filled(self.expression(ids))
        if self.perhaps(2):
            return {"value": {**changes, **({"onError": None} if self.perhaps() else {})}}
        operations = [{"op": "add", "path": f"/{key}", "value": value} for key, value in changes.items()]
        return {"$type": "json_patch", "value": operations}


def filled(expression: Any) -> Any:
    """An expression without `null`, which a merge patch takes for a removal."""
    if isinstance(expression, dict):
        return {key: filled(each) for key, each in expression.items()}
    if isinstance(expression, list):
        return list(map(filled, expression))
    return 0 if expression is None else expression


def work(number: Number, most: int = 6, nested: int = 2) -> Work:
    """A flow with inputs, variables and overrides."""
    author = Author(number)
    flow = author.flow(most, nested)
    inputs = [author.data() for _ in range(2 if author.perhaps(8) else 1)]
    variables = {each: author.one_of(GIVEN[each]) for each in author.some_of(sorted(GIVEN), 3)}
    return Work(flow, inputs, variables, author.overrides())


@st.composite
def works(draw: Callable[[st.SearchStrategy[int]], int], most: int = 6, nested: int = 2) -> Work:
    """The same as a strategy."""
    return work(lambda low, high: draw(st.integers(low, high)), most, nested)
