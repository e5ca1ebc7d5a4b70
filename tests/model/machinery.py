"""The components that generated flows call, as the interpreter has them."""

from __future__ import annotations

import re
from typing import Any

from .ledger import Ledger
from .outcomes import Failed, Good, Outcome


def machinery(kind: str, value: Any, address: str, attempt: int, ledger: Ledger) -> Outcome:
    """What the plain components do."""
    if kind == "/noop":
        return Good(value)
    calls = ledger.call(address)
    name, digits = re.fullmatch(r"/([a-z]+)(\d*)", kind).groups()  # type: ignore[union-attr]  # they are so named
    if digits and attempt > int(digits):
        return Good({"in": value, "count": calls})
    if name in FAILURES:
        code, failure = FAILURES[name]
        return Failed(code, "boom" if failure else f"{address} failed", failure)
    return Good(None if name == "change" else {"in": value, "count": calls})


FAILURES: dict[str, tuple[int, str | None]] = {
    "fail": (418, None), "flaky": (419, None), "away": (503, None), "boom": (500, "exception"),
}  # fmt: skip
"""Of the components that fail: code and kind. A number says up to which attempt; without one it is always."""
