"""How thoroughly servers are measured."""

from __future__ import annotations

from msgspec import Struct


class Sampling(Struct, frozen=True):
    """Every one of `rounds` starts each server anew, `starts` times; from the last start on it is measured.

    `seconds` is how long load is put on it, `calls` how many runs its client does, `deliveries` how many events
    are delivered in one go (of `goes`); a server that is slow delivers for `seconds` and not more.
    """

    rounds: int
    starts: int
    seconds: float
    calls: int
    deliveries: int
    goes: int


THOROUGH = Sampling(rounds=3, starts=5, seconds=5, calls=1_000, deliveries=500_000, goes=3)
QUICK = Sampling(rounds=2, starts=2, seconds=2, calls=200, deliveries=200_000, goes=1)
