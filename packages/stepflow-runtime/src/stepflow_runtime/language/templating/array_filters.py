"""Filters on arrays and objects; what they give is new, what they got is left as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from .errors import TemplateError
from .operators import add
from .values import UNDEFINED, item, json_of, kind_of, text_of, weigh

if TYPE_CHECKING:
    from .limits import Budget


def elements(value: Any, budget: Budget) -> list[Any]:
    """The elements of an array, keys of an object, characters of a text. Raises `TemplateError`."""
    if value.__class__ not in (list, dict, str):
        raise TemplateError(f"{kind_of(value)} has no elements")
    budget.items(len(value))
    return list(value)


def field(value: Any, path: Any) -> Any:
    """The value at a dotted path of fields and indexes such as `user.names.0`, or `UNDEFINED`."""
    if path.__class__ is int:
        return item(value, path)
    if path.__class__ is not str:
        raise TemplateError(f"an attribute is named by text, not {kind_of(path)}")
    for part in path.split("."):
        value = item(value, int(part) if part.isdecimal() else part)
    return value


def _field_of(value: Any, path: Any, default: Any = UNDEFINED) -> Any:
    found = value if path is None else field(value, path)
    if found is not UNDEFINED:
        return found
    if default is UNDEFINED:
        raise TemplateError(f"an element has no field `{path}`")
    return default


def _sort_key(value: Any, case_sensitive: bool) -> Any:
    return value.lower() if value.__class__ is str and not case_sensitive else value


def _spend_on_sorting(values: Iterable[Any], budget: Budget) -> None:
    weights = list(values)
    before = budget.left
    weigh(weights, budget)
    budget.spend((before - budget.left) * len(weights).bit_length() >> 2)


def length(budget: Budget, value: Any, /) -> int:
    """How many elements, members or characters."""
    if value.__class__ not in (list, dict, str):
        raise TemplateError(f"{kind_of(value)} has no length")
    return len(value)


def first(budget: Budget, value: Any, /) -> Any:
    """The first element; undefined where there is none."""
    return next(iter(value)) if length(budget, value) else UNDEFINED


def last(budget: Budget, value: Any, /) -> Any:
    """The last element; undefined where there is none."""
    return next(reversed(value)) if length(budget, value) else UNDEFINED


def minimum(budget: Budget, value: Any, /, case_sensitive: bool = False, attribute: Any = None) -> Any:
    """The smallest element (by `attribute`); undefined where there is none."""
    found = sort(budget, value, False, case_sensitive, attribute)
    return found[0] if found else UNDEFINED


def maximum(budget: Budget, value: Any, /, case_sensitive: bool = False, attribute: Any = None) -> Any:
    """The largest element (by `attribute`); undefined where there is none."""
    found = sort(budget, value, True, case_sensitive, attribute)
    return found[0] if found else UNDEFINED


def sort(
    budget: Budget, value: Any, /, reverse: bool = False, case_sensitive: bool = False, attribute: Any = None
) -> list[Any]:
    """Sorted, by attributes where given (`"age,name"`); text in any case counts the same unless `case_sensitive`."""
    paths = attribute.split(",") if isinstance(attribute, str) else [attribute]
    members = elements(value, budget)
    keys = [[_sort_key(_field_of(each, path), case_sensitive) for path in paths] for each in members]
    _spend_on_sorting(keys, budget)
    try:
        order = sorted(range(len(members)), key=keys.__getitem__, reverse=bool(reverse))
    except TypeError:
        raise TemplateError("what is to be sorted differs in kind or has no order") from None
    return [members[index] for index in order]


def dict_sort(
    budget: Budget, value: Any, /, case_sensitive: bool = False, by: str = "key", reverse: bool = False
) -> list[Any]:
    """The members of an object as `[key, value]`, sorted by `"key"` or `"value"`."""
    if by not in ("key", "value"):
        raise TemplateError('`by` is "key" or "value"')
    return sort(budget, pairs(budget, value), reverse, case_sensitive, 0 if by == "key" else 1)


def pairs(budget: Budget, value: Any, /) -> list[Any]:
    """The members of an object as `[key, value]`."""
    budget.items(2 * len(_object(value)))
    return [[key, member] for key, member in value.items()]


def keys(budget: Budget, value: Any, /) -> list[str]:
    """The keys of an object."""
    return elements(_object(value), budget)


def values(budget: Budget, value: Any, /) -> list[Any]:
    """The values of an object's members."""
    budget.items(len(_object(value)))
    return list(value.values())


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TemplateError(f"{kind_of(value)} is not an object")
    return value


def attr(budget: Budget, value: Any, name: Any, /) -> Any:
    """The field of that name; undefined where there is none."""
    return item(value, name)


def reverse(budget: Budget, value: Any, /) -> Any:
    """The elements or characters from last to first."""
    if value.__class__ is str:
        budget.text(len(value))
        return value[::-1]
    return elements(value, budget)[::-1]


def as_list(budget: Budget, value: Any, /) -> list[Any]:
    """The elements, keys or characters as an array."""
    return elements(value, budget)


def join(budget: Budget, value: Any, /, separator: Any = "", attribute: Any = None) -> str:
    """The elements (or their `attribute`) written one after the other with the separator between."""
    between = text_of(separator, budget)
    texts = [text_of(_field_of(each, attribute), budget) for each in elements(value, budget)]
    budget.text(sum(map(len, texts)) + len(between) * max(len(texts) - 1, 0))
    return between.join(texts)


def total(budget: Budget, value: Any, /, attribute: Any = None, start: Any = 0) -> Any:
    """The sum of the elements (or of their `attribute`), begun at `start`."""
    result = start
    for each in elements(value, budget):
        result = add(result, _field_of(each, attribute), budget)
    return result


def unique(budget: Budget, value: Any, /, case_sensitive: bool = False, attribute: Any = None) -> list[Any]:
    """Without those that equal an earlier one (by `attribute`)."""
    kept: dict[str, Any] = {}
    for each in elements(value, budget):
        key = _sort_key(_field_of(each, attribute), case_sensitive)
        kept.setdefault(json_of(key, budget), each)
    return list(kept.values())


def group_by(
    budget: Budget, value: Any, /, attribute: Any, default: Any = UNDEFINED, case_sensitive: bool = False
) -> list[Any]:
    """`[value of the attribute (or `default`), elements that have it]`, sorted by it."""
    groups: dict[str, list[Any]] = {}
    for each in elements(value, budget):
        found = _field_of(each, attribute, default)
        key = json_of(_sort_key(found, case_sensitive), budget)
        groups.setdefault(key, [found, []])[1].append(each)
    return sort(budget, list(groups.values()), False, case_sensitive, 0)


def batch(budget: Budget, value: Any, /, size: int, fill: Any = None) -> list[Any]:
    """Arrays of `size` elements each, the last one filled up with `fill` where that is given."""
    members = elements(value, budget)
    if size < 1:
        raise TemplateError("the size of a batch is at least 1")
    batches = [members[start : start + size] for start in range(0, len(members), size)]
    if batches and fill is not None:
        budget.items(size)
        batches[-1] += [fill] * (size - len(batches[-1]))
    return batches


def slices(budget: Budget, value: Any, /, count: int, fill: Any = None) -> list[Any]:
    """`count` arrays as even as can be; the short ones get `fill` where that is given."""
    members = elements(value, budget)
    if count < 1:
        raise TemplateError("the number of slices is at least 1")
    budget.items(2 * count)
    size, longer = divmod(len(members), count)
    bounds = [index * size + min(index, longer) for index in range(count + 1)]
    parts = [members[start:stop] for start, stop in pairwise(bounds)]
    short = parts[longer:] if longer and fill is not None else []
    for part in short:
        part.append(fill)
    return parts


def map_each(
    budget: Budget,
    value: Any,
    function: Callable[..., Any] | None = None,
    /,
    *args: Any,
    attribute: Any = None,
    default: Any = UNDEFINED,
    **named: Any,
) -> list[Any]:
    """Each element through a filter (`map("upper")`), or its attribute (`map(attribute="name", default="?")`)."""
    members = elements(value, budget)
    if function is None:
        return [_field_of(each, attribute, default) for each in members]
    if default is not UNDEFINED:
        raise TemplateError("`default` goes with `attribute`")
    if not callable(function):
        raise TemplateError("the filter `map` takes the name of a filter in quotes")
    budget.read(members)
    results = [function(budget, each, *args, **named) for each in members]
    if UNDEFINED in results:
        raise TemplateError("for one of the elements the filter gives nothing")
    return results


def _selecting(wanted: bool) -> Callable[..., list[Any]]:
    def select(budget: Budget, value: Any, test: Callable[..., bool] | None = None, /, *args: Any) -> list[Any]:
        members = elements(value, budget)
        return [each for each in members if _passes(budget, each, test, args) is wanted]

    return select


def _selecting_by_field(wanted: bool) -> Callable[..., list[Any]]:
    def select(
        budget: Budget, value: Any, attribute: Any, test: Callable[..., bool] | None = None, /, *args: Any
    ) -> list[Any]:
        members = elements(value, budget)
        return [each for each in members if _passes(budget, field(each, attribute), test, args) is wanted]

    return select


def _passes(budget: Budget, value: Any, test: Callable[..., bool] | None, args: tuple[Any, ...]) -> bool:
    if test is None:
        return value is not UNDEFINED and bool(value)
    if not callable(test):
        raise TemplateError("a test is named in quotes")
    budget.read((value,))
    return test(budget, value, *args)


ARRAY_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "length": length,
    "count": length,
    "first": first,
    "last": last,
    "min": minimum,
    "max": maximum,
    "sort": sort,
    "dictsort": dict_sort,
    "items": pairs,
    "keys": keys,
    "values": values,
    "attr": attr,
    "reverse": reverse,
    "list": as_list,
    "join": join,
    "sum": total,
    "unique": unique,
    "groupby": group_by,
    "batch": batch,
    "slice": slices,
    "map": map_each,
    "select": _selecting(True),
    "reject": _selecting(False),
    "selectattr": _selecting_by_field(True),
    "rejectattr": _selecting_by_field(False),
}
