"""The keys that each object of a flow document knows, and today's place of older ones."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


class Keys:
    """The keys of one kind of object: `order` is that of the normal form, `older` says what to write instead."""

    __slots__ = ("known", "older", "order")

    def __init__(self, *order: str, older: Mapping[str, str] = MappingProxyType({})) -> None:
        self.order = order
        self.known = frozenset(order)
        self.older = older


_OF_FLOW = "write it under `schemas`: schemas: {%s: …}"
_INPUT_OF_STEP = "a step has none; the component says what input it takes"
_OUTPUT_OF_STEP = "write it under the flow's `schemas`: schemas: {steps: {<step id>: …}}"

FLOW = Keys(
    "schema",
    "name",
    "description",
    "version",
    "schemas",
    "steps",
    "output",
    "test",
    "examples",
    "metadata",
    older=MappingProxyType(
        {
            "inputSchema": _OF_FLOW % "input",
            "input_schema": _OF_FLOW % "input",
            "outputSchema": _OF_FLOW % "output",
            "output_schema": _OF_FLOW % "output",
            "variables": _OF_FLOW % "variables",
            "$schema": "write schema: https://stepflow.org/schemas/v1/flow.json",
        }
    ),
)

STEP = Keys(
    "id",
    "component",
    "onError",
    "input",
    "mustExecute",
    "metadata",
    "when",
    "after",
    "timeout",
    "retry",
    "cache",
    "concurrencyKey",
    "onInterrupt",
    older=MappingProxyType(
        {
            "inputSchema": _INPUT_OF_STEP,
            "input_schema": _INPUT_OF_STEP,
            "outputSchema": _OUTPUT_OF_STEP,
            "output_schema": _OUTPUT_OF_STEP,
            "on_error": "write `onError`",
            "must_execute": "write `mustExecute`",
            "depends_on": "write `after`",
            "dependsOn": "write `after`",
            "skip_if": "write `when` with the opposite condition",
            "retries": "write `retry`",
        }
    ),
)

ON_ERROR = Keys(
    "action",
    "defaultValue",
    "maxRetries",
    older=MappingProxyType(
        {
            "default_value": "write `defaultValue`",
            "default": "write `defaultValue`",
            "value": "write `defaultValue`",
            "max_retries": "write `maxRetries`",
            "retries": "write `maxRetries`",
        }
    ),
)

RETRY = Keys("maxRetries", "backoff", "on", older=MappingProxyType({"max_retries": "write `maxRetries`"}))
BACKOFF = Keys("type", "initial", "max", "factor", "jitter")
CACHE = Keys("key", "ttl", "scope")
ON_SKIP = Keys("action", "defaultValue")

SCHEMAS = Keys(
    "type",
    "$defs",
    "properties",
    "input",
    "output",
    "variables",
    "steps",
    "defs",
    # A JSON Schema may say more of itself.
    "$schema",
    "$id",
    "$comment",
    "title",
    "description",
    "required",
    "additionalProperties",
)
SCHEMA_MEMBERS = Keys("input", "output", "variables", "steps")

TEST = Keys(
    "configFile",
    "config",
    "stepflow_config",
    "cases",
    older=MappingProxyType({"stepflowConfig": "write `config`", "config_file": "write `configFile`"}),
)
CASE = Keys("name", "description", "input", "variables", "output", "steps")
EXAMPLE = Keys("name", "description", "input")

CALL = Keys("flow", "input")
LOOP = Keys("flow", "state", "until", "next", "max_iterations", "on_exhausted", "score", "history")
SWITCH = Keys("on", "cases", "default")
SWITCH_CASE = Keys("flow", "input")
