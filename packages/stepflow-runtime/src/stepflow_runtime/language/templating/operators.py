"""The operators: on numbers, text and arrays, with bounded results and nothing implied.

Each takes two values and the budget and raises `TemplateError` without a place.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from .errors import TemplateError
from .limits import MAX_DIGITS
from .values import SCALARS, kind_of, weigh

if TYPE_CHECKING:
    from .limits import Budget

Operator: TypeAlias = "Callable[[Any, Any, Budget], Any]"

NUMBERS: Final = frozenset({bool, int, float})
"""The classes of numbers; a boolean counts as 0 or 1, as in Jinja."""

_LARGEST: Final = 10**MAX_DIGITS
_MOST_BITS: Final = _LARGEST.bit_length()


def number(value: Any) -> Any:
    """A computed number, if it is one. Raises `TemplateError` for what JSON cannot say."""
    if value.__class__ is int:
        if not -_LARGEST < value < _LARGEST:
            raise TemplateError(f"the number is too large: it has more than {MAX_DIGITS} digits")
    elif value.__class__ is not float or not isfinite(value):
        raise TemplateError("the result is not a finite number")
    return value


def as_number(value: Any) -> Any:
    """The same value, if it is a number. Raises `TemplateError`."""
    if value.__class__ not in NUMBERS:
        raise TemplateError(f"{kind_of(value)} is not a number")
    return value


def unsuited(symbol: str, left: Any, right: Any) -> TemplateError:
    """The error for operands that an operator does not take."""
    return TemplateError(f"`{symbol}` does not work on {kind_of(left)} and {kind_of(right)}")


def _numeric(symbol: str, calculate: Callable[[Any, Any], Any]) -> Operator:
    def operate(left: Any, right: Any, budget: Budget) -> Any:
        if left.__class__ not in NUMBERS or right.__class__ not in NUMBERS:
            raise unsuited(symbol, left, right)
        try:
            return number(calculate(left, right))
        except ZeroDivisionError:
            raise TemplateError(f"`{symbol}` by zero") from None
        except OverflowError:
            raise TemplateError("the number is too large") from None

    return operate


def _power(left: Any, right: Any) -> Any:
    integers = left.__class__ is not float and right.__class__ is not float
    if integers and abs(left) > 1 and right * int(left).bit_length() > _MOST_BITS:
        raise OverflowError
    return left**right


add_numbers = _numeric("+", operator.add)
multiply_numbers = _numeric("*", operator.mul)


def add(left: Any, right: Any, budget: Budget) -> Any:
    """`+`: the sum of numbers, or two texts or arrays one after the other."""
    kind = left.__class__
    if kind is not right.__class__ or kind not in (str, list):
        return add_numbers(left, right, budget)
    _allow(kind, len(left) + len(right), budget)
    return left + right


def multiply(left: Any, right: Any, budget: Budget) -> Any:
    """`*`: the product of numbers, or a text or array repeated."""
    if right.__class__ in (str, list):
        left, right = right, left
    if left.__class__ not in (str, list) or right.__class__ is not int:
        return multiply_numbers(left, right, budget)
    count = max(right, 0) if left else 0
    _allow(left.__class__, len(left) * count, budget)
    return left * count


def remainder(left: Any, right: Any, budget: Budget) -> Any:
    """`%`: the remainder of numbers."""
    if left.__class__ is str:
        raise TemplateError("`%` does not work on text: use the filter `format`")
    return _remainder(left, right, budget)


_remainder = _numeric("%", operator.mod)


def _allow(kind: type, length: int, budget: Budget) -> None:
    if kind is str:
        budget.text(length)
    else:
        budget.items(length)


def _equality(compare: Callable[[Any, Any], bool]) -> Operator:
    def operate(left: Any, right: Any, budget: Budget) -> bool:
        if left.__class__ not in SCALARS and right.__class__ not in SCALARS:
            spend_on_comparing(left, right, budget)
        return compare(left, right)

    return operate


def _ordering(symbol: str, compare: Callable[[Any, Any], bool]) -> Operator:
    def operate(left: Any, right: Any, budget: Budget) -> bool:
        if left.__class__ in NUMBERS and right.__class__ in NUMBERS:
            return compare(left, right)
        if left.__class__ is not right.__class__ or left.__class__ not in (str, list):
            raise unsuited(symbol, left, right)
        spend_on_comparing(left, right, budget)
        try:
            return compare(left, right)
        except TypeError:
            raise TemplateError(f"`{symbol}` does not work on these arrays: their elements differ in kind") from None

    return operate


def spend_on_comparing(left: Any, right: Any, budget: Budget) -> None:
    """Spend the work of comparing two values of which none is a scalar."""
    if left.__class__ is str and right.__class__ is str:
        budget.spend(min(len(left), len(right)) >> 10)
    elif left.__class__ is right.__class__:
        weigh(left, budget)
        weigh(right, budget)


def contains(needle: Any, container: Any, budget: Budget) -> bool:
    """`in`: an element of an array, a key of an object, a part of a text."""
    kind = container.__class__
    if kind is dict:
        return needle.__class__ is str and needle in container
    if kind is str and needle.__class__ is str:
        budget.spend(len(container) >> 6)
        return needle in container
    if kind is not list:
        raise unsuited("in", needle, container)
    _spend_on_search(needle, container, budget)
    return needle in container


def _spend_on_search(needle: Any, container: list[Any], budget: Budget) -> None:
    if needle.__class__ in SCALARS:
        budget.spend(len(container))
    else:
        weigh(container, budget)
        budget.spend(len(container))
        weigh(needle, budget)


def _lacks(needle: Any, container: Any, budget: Budget) -> bool:
    return not contains(needle, container, budget)


ARITHMETIC: Final[Mapping[str, Operator]] = {
    "Add": add,
    "Sub": _numeric("-", operator.sub),
    "Mul": multiply,
    "Div": _numeric("/", operator.truediv),
    "FloorDiv": _numeric("//", operator.floordiv),
    "Mod": remainder,
    "Pow": _numeric("**", _power),
}
"""By the name of Jinja2's node."""

COMPARISONS: Final[Mapping[str, Operator]] = {
    "eq": _equality(operator.eq),
    "ne": _equality(operator.ne),
    "lt": _ordering("<", operator.lt),
    "lteq": _ordering("<=", operator.le),
    "gt": _ordering(">", operator.gt),
    "gteq": _ordering(">=", operator.ge),
    "in": contains,
    "notin": _lacks,
}
"""By the name in Jinja2's operands."""

QUICK_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
}
"""The same for two numbers, which need no precautions."""
