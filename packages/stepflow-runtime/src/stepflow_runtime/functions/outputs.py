"""From what a function returns to a plain JSON value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from stepflow_core.canonical import MAX_DEPTH, NotJsonError

from .annotations import JSON_TYPES, is_anything, is_plain


def finisher(returns: Any) -> Callable[[Any], Any] | None:
    """How results of a function with this return annotation become JSON; `None` where they are it already.

    Without an annotation a result that is itself no JSON is converted; what is inside a plain object or
    array is left to the engine's check.
    """
    if is_anything(returns):
        return _finish_unknown
    return None if is_plain(returns) else to_plain


def to_plain(result: Any) -> Any:
    """A typed result as a plain JSON value: structs as objects, dates as text, and so on. Raises `NotJsonError`."""
    try:
        return msgspec.to_builtins(result, str_keys=True)
    except (TypeError, ValueError, OverflowError) as error:
        raise NotJsonError(str(error)) from None
    except RecursionError:
        raise NotJsonError(f"it is nested more than {MAX_DEPTH} levels deep or contains itself") from None


def _finish_unknown(result: Any) -> Any:
    return result if type(result) in JSON_TYPES else to_plain(result)
