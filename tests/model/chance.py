"""Chance that remembers: the numbers that a flow was made of, and the smallest ones that make it fail as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random


class Dice:
    """Random numbers by a seed, remembered."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)
        self.thrown: list[int] = []

    def number(self, low: int, high: int) -> int:
        """A number from `low` to `high`."""
        self.thrown.append(self._random.randint(low, high) - low)
        return low + self.thrown[-1]


class Replay:
    """Numbers as they were thrown; where there are no more, and where one is too large, the smallest."""

    def __init__(self, thrown: list[int]) -> None:
        self._left = iter(thrown)

    def number(self, low: int, high: int) -> int:
        """The next number."""
        above = next(self._left, 0)
        return low + above if low + above <= high else low


def minimised(thrown: list[int], fails: Callable[[list[int]], bool], most: int = 2_000) -> list[int]:
    """The shortest and smallest numbers found with which something still fails; at most so many are tried."""
    better = True
    while better and most > 0:
        better = False
        for each in smaller(thrown):
            most -= 1
            if most <= 0:
                break
            if fails(each):
                thrown, better = each, True
                break
    return thrown


def smaller(thrown: list[int]) -> Iterator[list[int]]:
    """Without a part, from long parts to short ones; then with one number less."""
    size = len(thrown)
    while size:
        for start in range(0, len(thrown), size):
            yield thrown[:start] + thrown[start + size :]
        size //= 2
    for index, each in enumerate(thrown):
        if each:
            for less in {0, each // 2, each - 1}:
                yield [*thrown[:index], less, *thrown[index + 1 :]]
