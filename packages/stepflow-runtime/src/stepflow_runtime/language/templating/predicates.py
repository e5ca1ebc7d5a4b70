"""The tests after `is`: of any value, also an undefined one, of which all but a few are false."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from .operators import COMPARISONS, contains
from .values import UNDEFINED

if TYPE_CHECKING:
    from .limits import Budget

_Test = Callable[..., bool]


def _of_kind(*kinds: type) -> _Test:
    def test(budget: Budget, value: Any, /) -> bool:
        return value.__class__ in kinds

    return test


def _where(condition: Callable[[Any], bool]) -> _Test:
    def test(budget: Budget, value: Any, /) -> bool:
        return condition(value)

    return test


def _compared(name: str, undefined: bool = False) -> _Test:
    operate = COMPARISONS[name]

    def test(budget: Budget, value: Any, other: Any, /) -> bool:
        return undefined if value is UNDEFINED else bool(operate(value, other, budget))

    return test


def _divisible(budget: Budget, value: Any, by: Any, /) -> bool:
    return value.__class__ in (int, float) and value % by == 0


def _contained(budget: Budget, value: Any, container: Any, /) -> bool:
    return value is not UNDEFINED and contains(value, container, budget)


def _starting(budget: Budget, value: Any, start: Any, /) -> bool:
    return value.__class__ is str and bool(value.startswith(start))


def _ending(budget: Budget, value: Any, end: Any, /) -> bool:
    return value.__class__ is str and bool(value.endswith(end))


TESTS: Final[Mapping[str, _Test]] = {
    "defined": _where(lambda value: value is not UNDEFINED),
    "undefined": _where(lambda value: value is UNDEFINED),
    "none": _of_kind(type(None)),
    "boolean": _of_kind(bool),
    "true": _where(lambda value: value is True),
    "false": _where(lambda value: value is False),
    "number": _of_kind(int, float),
    "integer": _of_kind(int),
    "float": _of_kind(float),
    "string": _of_kind(str),
    "mapping": _of_kind(dict),
    "sequence": _of_kind(list, str, dict),
    "iterable": _of_kind(list, str, dict),
    "odd": _where(lambda value: value.__class__ in (int, float) and value % 2 == 1),
    "even": _where(lambda value: value.__class__ in (int, float) and value % 2 == 0),
    "divisibleby": _divisible,
    "lower": _where(lambda value: value.__class__ is str and value.islower()),
    "upper": _where(lambda value: value.__class__ is str and value.isupper()),
    "startingwith": _starting,
    "endingwith": _ending,
    "in": _contained,
    **{name: _compared("eq") for name in ("eq", "equalto", "sameas")},
    "ne": _compared("ne", undefined=True),
    **{name: _compared("lt") for name in ("lt", "lessthan")},
    "le": _compared("lteq"),
    **{name: _compared("gt") for name in ("gt", "greaterthan")},
    "ge": _compared("gteq"),
}
"""By name, as in Jinja; those of a value's kind go by the kinds of JSON."""
