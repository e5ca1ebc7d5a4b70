"""The functions that every text may call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from .errors import TemplateError
from .values import Tool, kind_of, weigh

if TYPE_CHECKING:
    from .limits import Budget


def make_range(budget: Budget, start: int, stop: int | None = None, step: int = 1, /) -> list[int]:
    """`range(stop)`, `range(start, stop, step)`: the integers from `start` up to and without `stop`."""
    if not all(type(each) is int for each in (start, 0 if stop is None else stop, step)) or step == 0:
        raise TemplateError("the function `range` takes integers, the step not 0")
    if stop is None:
        start, stop = 0, start
    budget.items(max(0, -((start - stop) // step)))
    return list(range(start, stop, step))


def make_object(budget: Budget, base: Any = None, /, **members: Any) -> dict[str, Any]:
    """`dict(a=1)`: an object, begun from the members of another where one is given."""
    if base is not None and base.__class__ is not dict:
        raise TemplateError(f"the function `dict` takes an object, not {kind_of(base)}")
    budget.items(len(base or {}) + len(members))
    return {**(base or {}), **members}


class Namespace(Tool):
    """What `namespace()` makes: fields that a loop can set for what comes after it."""

    __slots__ = ("fields",)
    kind = "a namespace"

    def __init__(self, fields: dict[str, Any]) -> None:
        self.fields = fields

    def __getitem__(self, key: Any) -> Any:
        return self.fields[key]


class Cycler(Tool):
    """What `cycler()` makes: `next()` gives its values in turn, `current` the one that is next."""

    __slots__ = ("_index", "_values")
    kind = "a cycler"

    def __init__(self, values: list[Any]) -> None:
        self._values = values
        self._index = 0

    def __getitem__(self, key: Any) -> Any:
        if key != "current":
            raise KeyError(key)
        return self._values[self._index]

    def method(self, name: str, budget: Budget, args: list[Any]) -> Any:
        """`next()`."""
        if name != "next" or args:
            return super().method(name, budget, args)
        value = self._values[self._index]
        self._index = (self._index + 1) % len(self._values)
        return value


class Joiner(Tool):
    """What `joiner()` makes: empty when called first, then its separator."""

    __slots__ = ("_separator", "_used")
    kind = "a joiner"

    def __init__(self, separator: Any) -> None:
        self._separator = separator
        self._used = False

    def call(self, budget: Budget, args: list[Any], named: dict[str, Any]) -> Any:
        """The separator, from the second time on."""
        used, self._used = self._used, True
        return self._separator if used else ""


def make_namespace(budget: Budget, /, **fields: Any) -> Namespace:
    """`namespace(found=false)`."""
    return Namespace(fields)


def make_cycler(budget: Budget, first: Any, /, *others: Any) -> Cycler:
    """`cycler("odd", "even")`."""
    return Cycler([first, *others])


def make_joiner(budget: Budget, separator: Any = ", ", /) -> Joiner:
    """`joiner(", ")`."""
    weigh(separator, budget)
    return Joiner(separator)


FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "range": make_range,
    "dict": make_object,
    "namespace": make_namespace,
    "cycler": make_cycler,
    "joiner": make_joiner,
}
