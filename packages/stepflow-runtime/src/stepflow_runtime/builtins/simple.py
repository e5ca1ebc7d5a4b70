"""`noop`: the input as the output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..component_model import Component, Kind

if TYPE_CHECKING:
    from ..context import StepContext


def noop(input: Any, context: StepContext) -> Any:
    """The input itself."""
    return input


NOOP = Component(
    path="/noop",
    name="noop",
    kind=Kind.INLINE,
    trusted=True,
    call=noop,
    description="Returns its input.",
    input_schema={},
    output_schema={},
)
