"""What clients send: one struct for each operation that takes a JSON body."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from .waiting import LONGEST_WAIT


class StoreFlowRequest(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A flow to store, or with `dryRun` only to check."""

    hints: ClassVar[dict[str, str]] = {"flow": "the flow itself, as an object"}
    example: ClassVar[dict[str, Any]] = {
        "flow": {
            "name": "greet",
            "description": "Greets somebody",
            "output": {"$template": "Hello, {{ input.name }}!"},
        }
    }

    flow: Annotated[dict[str, Any], Meta(description="The flow, as the flow language describes it.")]
    name: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="What to store it as; the flow's own name by default. Text that is not blank and cannot be "
                "taken for a version (no `@`), a path (no slashes, no ending of a file) or an id (64 hex digits).",
            ),
        ]
        | None
    ) = None
    dry_run: Annotated[bool, Meta(description="Check the flow without storing it.")] = False
    named: Annotated[
        bool, Meta(description="Whether it is stored under its name too, which then stands for this flow.")
    ] = True


class CreateRunRequest(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A run of a stored flow: exactly one of `flowId` and `flowName`, and one input for each item."""

    hints: ClassVar[dict[str, str]] = {"input": "one element for each item; to run one item on an array, nest it"}
    example: ClassVar[dict[str, Any]] = {"flowName": "greet", "input": [{"name": "World"}]}

    flow_id: str | None = None
    flow_name: Annotated[str, Meta(description="`name` or `name@version`.")] | None = None
    input: Annotated[
        list[Any],
        Meta(
            description="Always an array, one element for each item; to run one item on an array, nest it. "
            "Only a `batch` may have none.",
        ),
    ]
    overrides: (
        Annotated[dict[str, Any], Meta(description="Changes of steps for this run: `{stepId: {$type?, value}}`.")]
        | None
    ) = None
    variables: dict[str, Any] | None = None
    max_concurrency: (
        Annotated[int, Meta(description="How many items run at the same time.", extra_json_schema={"minimum": 1})]
        | None
    ) = None
    debug: Annotated[bool, Meta(description="Start paused, to be moved step by step; one item only.")] = False
    batch: Annotated[
        bool,
        Meta(
            description="A batch, whatever its length: an input that violates the flow's schema fails its item alone, "
            "also where it is the only one."
        ),
    ] = False
    wait: Annotated[bool, Meta(description="Whether the answer waits until the run has ended or is paused.")] = True
    timeout_secs: (
        Annotated[
            float, Meta(ge=0, le=LONGEST_WAIT, description="How long it waits at most; 25 where nothing is said.")
        ]
        | None
    ) = None
    tags: dict[str, str] | None = None
    durability: Literal["step", "run", "none"] | None = None

    def __post_init__(self) -> None:
        if (self.flow_id is None) == (self.flow_name is None):
            raise ValueError("exactly one of flowId and flowName is required")


class CancelRunRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a run is cancelled."""

    reason: str | None = None


class DebugQueueRequest(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Steps that a debugged run is to run, with all that they need."""

    hints: ClassVar[dict[str, str]] = {"stepIds": "a list of the ids of steps"}
    example: ClassVar[dict[str, Any]] = {"stepIds": ["summarise"]}

    step_ids: Annotated[list[str], Meta(description="The ids of steps, as they stand in the flow.")]


class DebugEvalRequest(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What to evaluate in a debugged run: exactly one of `stepId` and `expression`."""

    example: ClassVar[dict[str, Any]] = {"expression": {"$step": "summarise", "path": "$.title"}}

    step_id: Annotated[str, Meta(description="A step, which runs first if it has not.")] | None = None
    expression: Annotated[
        Any | UnsetType, Meta(description="Any expression of the flow language; `null` is one too.")
    ] = UNSET

    def __post_init__(self) -> None:
        if (self.step_id is None) == (self.expression is UNSET):
            raise ValueError("exactly one of stepId and expression is required")


class PutBlobRequest(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A value to keep; with `blobType` `binary` it is base64 text that stands for bytes."""

    data: Any
    blob_type: Literal["data", "flow", "binary"] = "data"
