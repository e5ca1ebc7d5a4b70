"""Making runs: checking what was asked for and putting the state of a new run together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec
from stepflow_core import InvalidInputError
from stepflow_core.canonical import NotJsonError, own
from stepflow_core.diagnostics import to_pointer

from .engine.driver import Execution
from .engine.entries import RunInfo
from .engine.journal import Journal
from .engine.run_state import RunState, Scratch, Tree

if TYPE_CHECKING:
    from .engine.plan import Plan

DURABILITIES = ("step", "run", "none")
LONGEST_TAG = 256
LONGEST_TIMEOUT = 10 * 366 * 86_400


def owned_input(value: Any, what: str = "the input") -> Any:
    """The engine's own copy of a value. Raises `InvalidInputError` where it is not JSON."""
    try:
        return own(value)
    except NotJsonError as error:
        raise _not_json(what, error) from None


def owned_variables(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """The engine's own copy of variables. Raises `InvalidInputError`."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidInputError(f"variables are a mapping of names to values, not {type(value).__name__}")
    try:
        owned: dict[str, Any] = own(dict(value))
    except NotJsonError as error:
        raise _not_json("a variable", error) from None
    return owned


def _not_json(what: str, error: NotJsonError) -> InvalidInputError:
    pointer = to_pointer(error.location)
    details = {"kind": "not_json", "errors": [{"pointer": pointer, "message": error.message}]}
    return InvalidInputError(f"{what} is not JSON: at {pointer or 'the top'}: {error.message}", details=details)


def check_options(
    max_concurrency: int | None, tags: Mapping[str, str] | None, durability: str | None, timeout: float | None = None
) -> None:
    """Refuse options that mean nothing. Raises `InvalidInputError`."""
    if max_concurrency is not None and not (_is_int(max_concurrency) and max_concurrency >= 1):
        raise InvalidInputError(f"max_concurrency is an integer of at least 1, not {max_concurrency!r:.40}")
    if durability is not None and durability not in DURABILITIES:
        raise InvalidInputError(f"durability is one of {', '.join(DURABILITIES)}, not {durability!r:.40}")
    if timeout is not None and not (_is_number(timeout) and 0 <= timeout <= LONGEST_TIMEOUT):
        raise InvalidInputError(f"a timeout is a number of seconds up to {LONGEST_TIMEOUT:,}, not {timeout!r:.40}")
    for name, value in _tags(tags):
        if not isinstance(name, str) or not isinstance(value, str) or max(len(name), len(value)) > LONGEST_TAG:
            raise InvalidInputError(f"tags map names to texts of up to {LONGEST_TAG} characters: {name!r:.40}")


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _tags(tags: Mapping[str, str] | None) -> Iterable[tuple[Any, Any]]:
    if tags is None:
        return ()
    if not isinstance(tags, Mapping):
        raise InvalidInputError(f"tags are a mapping of names to texts, not {type(tags).__name__}")
    return tags.items()


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
        check_options(max_concurrency, tags, durability)
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
            raise InvalidInputError(error.message, details=error.data)

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
