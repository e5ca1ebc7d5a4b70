"""Copies of JSON values, so that no two owners share a mutable one."""

from __future__ import annotations

from typing import Any

from stepflow_core import Failed, FlowError, FlowResult, Success


def copy_json(value: Any) -> Any:
    """A copy of a value that is known to be JSON, sharing only what cannot be changed."""
    kind = type(value)
    if kind is dict:
        return {key: copy_json(member) if type(member) in _MUTABLE else member for key, member in value.items()}
    if kind is list:
        return [copy_json(member) if type(member) in _MUTABLE else member for member in value]
    return value


def copy_result(result: FlowResult) -> FlowResult:
    """A result whose output, or what its error brings with it, is the receiver's own."""
    match result:
        case Success(output=output):
            return Success(copy_json(output))
        case Failed(error=FlowError(data=data) as error) if data is not None:
            return Failed(FlowError(error.code, error.message, copy_json(data)))
        case _:
            return result


_MUTABLE = frozenset({dict, list})
