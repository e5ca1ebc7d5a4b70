"""All filters by name: Jinja's own, without those that need markup, chance or the world.

Numbers and `default` are here, the rest where its kind of data is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, floor, isfinite
from typing import TYPE_CHECKING, Any, Final

from .array_filters import ARRAY_FILTERS
from .errors import TemplateError
from .operators import NUMBERS, as_number, number
from .text_filters import TEXT_FILTERS
from .values import UNDEFINED

if TYPE_CHECKING:
    from .limits import Budget

_ROUNDINGS: Final[Mapping[str, Callable[[float], int]]] = {"ceil": ceil, "floor": floor}


def default(budget: Budget, value: Any, /, default_value: Any = "", boolean: bool = False) -> Any:
    """`default_value` where the value is undefined, or with `boolean` also where it is falsy."""
    return default_value if value is UNDEFINED or (boolean and not value) else value


def absolute(budget: Budget, value: Any, /) -> Any:
    """Without its sign."""
    return abs(as_number(value))


def round_number(budget: Budget, value: Any, /, precision: int = 0, method: str = "common") -> Any:
    """Rounded to `precision` decimal places; `method` is `common` (half to even), `ceil` or `floor`."""
    if method not in ("common", "ceil", "floor"):
        raise TemplateError("a method of rounding is `common`, `ceil` or `floor`")
    if not -300 <= precision <= 300:
        raise TemplateError("a precision is between -300 and 300")
    if method == "common":
        return number(round(as_number(value), precision))
    scale = 10.0**precision
    return number(_ROUNDINGS[method](as_number(value) * scale) / scale)


def to_integer(budget: Budget, value: Any, /, default: Any = 0, base: int = 10) -> Any:
    """As an integer, what comes after the point dropped; `default` for what is not a number."""
    try:
        return number(int(as_number(value)) if value.__class__ in NUMBERS else _parsed(value, base))
    except (TypeError, ValueError, OverflowError):
        return default


def _parsed(text: Any, base: int) -> int:
    try:
        return int(text, base)
    except ValueError:
        if base != 10:
            raise
        return int(float(text))


def to_float(budget: Budget, value: Any, /, default: Any = 0.0) -> Any:
    """As a number with a fraction; `default` for what is not a number."""
    try:
        result = float(value)
    except (TypeError, ValueError, OverflowError):
        return default
    return result if isfinite(result) else default


def to_boolean(budget: Budget, value: Any, /) -> bool:
    """Whether it counts as true: not `null`, `false`, 0 or empty."""
    return bool(value)


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "default": default,
    "d": default,
    "abs": absolute,
    "round": round_number,
    "int": to_integer,
    "float": to_float,
    "bool": to_boolean,
    **TEXT_FILTERS,
    **ARRAY_FILTERS,
}
