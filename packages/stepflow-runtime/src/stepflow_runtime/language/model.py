"""A flow as it was understood: every part parsed, checked and resolved, ready to be compiled."""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import Struct

from .expressions import Computed, Expression


class OnError(Struct, frozen=True):
    """What a failure of a step's own work turns into: `use_default` succeeds with `default`."""

    use_default: bool = False
    default: Any = None


class Backoff(Struct, frozen=True):
    """The delays between attempts; seconds, `jitter` as a share of the delay (0.1 is ±10 %)."""

    type: str = "exponential"
    initial: float = 1.0
    max: float = 10.0
    factor: float = 2.0
    jitter: float = 0.1


class Retry(Struct, frozen=True):
    """How often and for which failures a step is tried again.

    `on` holds `any`, error codes and kinds; transport failures (503) are retried whatever it holds.
    """

    max_retries: int = 3
    backoff: Backoff = Backoff()
    on: tuple[str | int, ...] = ()


class FlowField(Struct, frozen=True):
    """A flow-valued member of a component's input whose flow is known at load.

    Either `flow` (written in the document) or `reference` (an id or a stored name, fixed when the step starts).
    """

    flow: FlowModel | None = None
    reference: str | None = None


class Call(Struct, frozen=True):
    """The control component `call`: run `flow` on `input`."""

    flow: FlowField
    input: Expression


class Case(Struct, frozen=True):
    """One way of a `switch`; without `input` the flow gets the value of `on`."""

    flow: FlowField
    input: Expression | None = None


class Switch(Struct, frozen=True):
    """The control component `switch`: evaluate `on`, take the case whose key equals its text."""

    on: Expression
    cases: dict[str, Case]
    default: Case | None = None


class Loop(Struct, frozen=True):
    """The control component `loop`: run `flow` on `state` until the text `until` is true.

    The texts know `out`, `state` and `iteration`; `next` gives the following state. Members that are `None` have
    their defaults.
    """

    flow: FlowField
    state: Expression
    until: Computed
    max_iterations: Expression
    next: Computed | None = None
    on_exhausted: Expression | None = None
    score: Computed | None = None
    history: Expression | None = None

    def parts(self) -> list[Expression]:
        """The expressions that are there, in document order."""
        parts = [self.state, self.until, self.next, self.max_iterations, self.on_exhausted, self.score, self.history]
        return [each for each in parts if each is not None]


Control: TypeAlias = Call | Switch | Loop
"""What a control component does, read from its input."""


class StepModel(Struct, frozen=True, kw_only=True):
    """One step, parsed. `after` are indexes of earlier steps; `timeout` is in seconds.

    `control` is set for `call`, `switch` and `loop` (then `input` is `Literal(None)`); `flows` holds the literal
    flows of `eval`, `map` and `iterate` by the name of their input member, in which case the member is
    left out of `input`.
    """

    id: str
    index: int
    component: str
    input: Expression
    on_error: OnError | None = None
    must_execute: bool = False
    metadata: dict[str, Any] = {}
    when: Expression | None = None
    after: tuple[int, ...] = ()
    timeout: float | None = None
    retry: Retry | None = None
    control: Control | None = None
    flows: dict[str, FlowModel] = {}


class Schemas(Struct, frozen=True):
    """The `schemas` section in its wrapped form; each is a JSON Schema or `None`.

    `document` is the whole section (wrapped), against which `#/schemas/…` references resolve.
    """

    input: Any = None
    output: Any = None
    variables: Any = None
    steps: dict[str, Any] = {}
    defs: dict[str, Any] = {}
    document: dict[str, Any] = {}


class FlowModel(Struct, frozen=True, kw_only=True):
    """A flow, parsed. `id` is its identity, `document` its normal form."""

    id: str
    document: dict[str, Any]
    name: str | None = None
    description: str | None = None
    version: str | None = None
    schemas: Schemas = Schemas()
    steps: tuple[StepModel, ...] = ()
    output: Expression
    test: dict[str, Any] | None = None
    examples: list[dict[str, Any]] = []
    metadata: dict[str, Any] = {}
