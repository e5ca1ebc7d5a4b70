"""Making runs: checking what was asked for and putting the state of a new run together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec
from stepflow_core import InvalidInputError
from stepflow_core.arguments import check_concurrency, check_durability, check_tags, owned_json
from stepflow_core.canonical import own

from .engine.driver import Execution
from .engine.entries import RunInfo
from .engine.journal import Journal
from .engine.run_state import RunState, Scratch, Tree

if TYPE_CHECKING:
    from .engine.plan import Plan


def owned_input(value: Any, what: str = "the input") -> Any:
    """The engine's own copy of a value. Raises `InvalidInputError` where it is not JSON."""
    return owned_json(what, value)


def owned_variables(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """The engine's own copy of variables. Raises `InvalidInputError`."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidInputError(f"variables are a mapping of names to values, not {type(value).__name__}")
    owned: dict[str, Any] = owned_json("a variable", dict(value))
    return owned


def fingerprint(new: NewRun) -> bytes:
    """What tells one request from another, for idempotency. Raises `InvalidInputError` for an iterator of inputs."""
    if not isinstance(new.inputs, list):
        raise InvalidInputError("with an idempotency key the inputs of a batch have to be a list")
    parts = [new.plan.id, new.inputs, new.variables.values, new.limit, new.tags, own(new.overrides)]
    # The parts are owned already; together they are nested more deeply than a value may be.
    return sha256(msgspec.json.encode(parts)).digest()


class NewRun:
    """A run to be started: its plan, inputs and options."""

    def __init__(
        self,
        plan: Plan,
        inputs: list[Any] | Iterator[Any],
        *,
        variables: Mapping[str, Any] | None,
        max_concurrency: int | None = None,
        tags: Mapping[str, str] | None = None,
        durability: str | None = None,
        overrides: Mapping[str, Any] | None = None,
        debug: bool = False,
    ) -> None:
        check_concurrency(max_concurrency)
        check_tags(tags)
        check_durability(durability)
        if debug and not (isinstance(inputs, list) and len(inputs) == 1):
            raise InvalidInputError("debug mode is for runs of one item")
        self.debug = debug
        self.plan = plan
        self.inputs = inputs
        self.variables = plan.contract.variables(owned_variables(variables))
        self.limit = max_concurrency
        self.tags = dict(tags or {})
        self.overrides = overrides

    def check_single(self) -> None:
        """Refuse a run of one item whose input violates the schema. Raises `InvalidInputError`."""
        assert isinstance(self.inputs, list)
        error = self.plan.contract.input_error(self.inputs[0])
        if error is not None:
            raise InvalidInputError(error.message, status_code=422, details=error.data)

    def execution(
        self, scratch: Scratch, run_id: str, now: float, on_item: Callable[[RunState, int], object] | None
    ) -> Execution:
        """The run, ready to begin."""
        tree = Tree(scratch)
        listed = isinstance(self.inputs, list)
        tree.root = root = RunState(
            RunInfo(run_id, self.plan, run_id),
            self.variables,
            inputs=self.inputs if isinstance(self.inputs, list) else [],
            exhausted=listed,
            limit=self.limit,
            created_at=now,
        )
        root.tags = self.tags
        root.overrides = self.overrides
        root.held = [] if self.debug else None
        tree.runs[run_id] = root
        execution = Execution(tree, Journal())
        execution.on_item = on_item
        if not isinstance(self.inputs, list):
            execution.feeds[root] = self.inputs
        tree.keep_secret(self.plan.contract.variable_secrets(self.variables))
        return execution
