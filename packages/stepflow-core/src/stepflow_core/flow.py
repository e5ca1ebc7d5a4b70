"""The flow document as typed, immutable values: what `get_flow` gives and what can be built in Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct


class Step(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One step of a flow: a component, its input expression and how it is run.

    Field by field the step of the flow language; expressions and data are plain JSON values.
    """

    id: str
    component: str
    on_error: dict[str, Any] | None = None
    input: Any = None
    must_execute: bool = False
    metadata: dict[str, Any] = {}
    when: Any = None
    after: list[str] = []
    timeout: float | str | None = None
    retry: dict[str, Any] | None = None
    cache: Any = None
    concurrency_key: Any = None
    on_interrupt: str | None = None


class Flow(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A flow document: steps that refer to each other's outputs, and the output made of them."""

    name: str | None = None
    description: str | None = None
    version: str | None = None
    schemas: dict[str, Any] = {}
    steps: list[Step] = []
    output: Any = None
    test: dict[str, Any] | None = None
    examples: list[dict[str, Any]] = []
    metadata: dict[str, Any] = {}

    def to_dict(self) -> dict[str, Any]:
        """The flow as a plain document with camelCase keys, defaults left out."""
        document: dict[str, Any] = msgspec.to_builtins(self)
        return document

    @staticmethod
    def from_dict(document: Mapping[str, Any]) -> Flow:
        """The typed view of a document that is known to be a flow; unknown keys are dropped.

        Raises `msgspec.ValidationError` where a member has another type. To have a document checked
        with positions and diagnostics use an executor's `validate` or `store_flow`.
        """
        present = {key: value for key, value in document.items() if value is not None}
        return msgspec.convert(present, Flow)
