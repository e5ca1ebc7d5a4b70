"""Run ids: version 7 UUIDs for runs, version 8 UUIDs derived from the parent's for sub-runs (RFC 9562)."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

_TIME_BITS = 0xFFFF_FFFF_FFFF << 80
_VERSION_7 = 0x7 << 76
_VERSION_8 = 0x8 << 76
_VARIANT = 0x2 << 62
_FREE_BITS = (0xFFF << 64) | (0x3FFF_FFFF_FFFF_FFFF)


def new_run_id(now: float, random_bits: Callable[[int], int]) -> str:
    """A UUIDv7 of the time `now` (seconds since the epoch); `random_bits(n)` gives `n` of them."""
    milliseconds = int(now * 1000) & 0xFFFF_FFFF_FFFF
    return _text(milliseconds << 80 | _VERSION_7 | _VARIANT | (random_bits(128) & _FREE_BITS))


def derived_run_id(parent: str, item: int, address: str) -> str:
    """The UUIDv8 of a sub-run: the parent's time bits and a hash of parent, item, address and attempt."""
    digest = int.from_bytes(sha256(f"{parent} {item} {address}".encode()).digest()[:16])
    time = int(parent.replace("-", ""), 16) & _TIME_BITS
    return _text(time | _VERSION_8 | _VARIANT | (digest & _FREE_BITS))


def _text(number: int) -> str:
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
