"""Changes to a document as a tree: swap, delete, duplicate, retype, rename, splice, nest."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any, TypeAlias

from .corpus import Corpus
from .scalars import a_key, a_scalar, nested

Spot: TypeAlias = tuple[Any, Any]
"""A container and the key or index of a member of it."""


def spots(value: Any) -> list[Spot]:
    """Every member of every container in a value, those outside before those inside."""
    found: list[Spot] = []
    pending = [value]
    for each in pending:
        members = list(each) if isinstance(each, dict) else range(len(each)) if isinstance(each, list) else ()
        for key in members:
            found.append((each, key))
            if isinstance(each[key], dict | list):
                pending.append(each[key])
    return found


def copied(value: Any) -> Any:
    """A copy; of what is nested too deeply for one, nothing."""
    try:
        return copy.deepcopy(value)
    except RecursionError:
        return None


def changed(tree: Any, corpus: Corpus, chance: random.Random) -> Any:
    """The tree (which is used up) after one to some changes."""
    box = [tree]
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        found = spots(box)
        container, key = found[chance.randrange(len(found))]
        chance.choice(_CHANGES)(container, key, corpus, chance)
        if not box:
            return None
    return box[0]


def _scalar(container: Any, key: Any, corpus: Corpus, chance: random.Random) -> None:
    container[key] = a_scalar(chance)


def _splice(container: Any, key: Any, corpus: Corpus, chance: random.Random) -> None:
    container[key] = corpus.part(chance)


def _delete(container: Any, key: Any, corpus: Corpus, chance: random.Random) -> None:
    del container[key]


def _duplicate(container: Any, key: Any, corpus: Corpus, chance: random.Random) -> None:
    twin = copied(container[key])
    if isinstance(container, list):
        container.insert(chance.randrange(len(container) + 1), twin)
    else:
        container[a_key(chance, corpus.keys)] = twin


def _swap(container: Any, key: Any, corpus: Corpus, chance: random.Random) -> None:
    other = chance.choice(list(container) if isinstance(container, dict) else range(len(container)))
    container[key], container[other] = container[other], container[key]


def _retype(container: Any, key: Any, corpus: Corpus, chance: random.Random) -> None:
    value = container[key]
    kinds: tuple[Any, ...] = (
        [value],
        {"a": value},
        {a_key(chance, corpus.keys): value},
        str(type(value)),
        None,
        {},
        [],
    )
    container[key] = chance.choice(kinds)


def _rename(container: Any, key: Any, corpus: Corpus, chance: random.Random) -> None:
    if isinstance(container, dict):
        container[a_key(chance, corpus.keys)] = container.pop(key)
    else:
        container[key] = {a_key(chance, corpus.keys): container[key]}


def _add(container: Any, key: Any, corpus: Corpus, chance: random.Random) -> None:
    value = corpus.part(chance) if chance.random() < 0.5 else a_scalar(chance)
    if isinstance(container, list):
        container.append(value)
    else:
        container[a_key(chance, corpus.keys)] = value


def _nest(container: Any, key: Any, corpus: Corpus, chance: random.Random) -> None:
    container[key] = nested(container[key], chance)


def _multiply(container: Any, key: Any, corpus: Corpus, chance: random.Random) -> None:
    if isinstance(container, list) and len(container) < 50:
        container.extend(copied(container[key]) for _ in range(chance.randrange(20)))


def _unjson(container: Any, key: Any, corpus: Corpus, chance: random.Random) -> None:
    odd: tuple[Any, ...] = (float("nan"), float("-inf"), "\ud800", (1, 2), 10**5000, b"a", {1: 2}, {None: 1}, {1, 2})
    container[key] = chance.choice(odd) if chance.random() < 0.2 else a_scalar(chance)


_CHANGES: tuple[Callable[[Any, Any, Corpus, random.Random], None], ...] = (
    *(_scalar, _scalar, _splice, _splice, _delete, _duplicate, _swap, _retype, _rename, _add, _add, _nest, _multiply),
    _unjson,
)
