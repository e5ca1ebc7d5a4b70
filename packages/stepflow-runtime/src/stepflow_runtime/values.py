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
            return Success(copy_json(output)) if type(output) in _MUTABLE else result
        case Failed(error=error):
            own = copy_error(error)
            return result if own is error else Failed(own)
        case _:
            return result


def copy_error(error: FlowError) -> FlowError:
    """An error whose `data` is the receiver's own."""
    return FlowError(error.code, error.message, copy_json(error.data)) if type(error.data) in _MUTABLE else error


_MUTABLE = frozenset({dict, list})
