"""Writing what came of cases into the flow file as what is expected of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from .edits import CannotEditError, Change, changed_text, differences
from .exits import UsageError
from .output import AtomicFile
from .suites import Outcome, Suite

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def update(suite: Suite, outcomes: list[Outcome]) -> frozenset[int]:
    """Change the expectations that were not met, or were not there, in the file; the indexes of their cases.

    Everything else in the file stays as it is, comments too. Raises `UsageError` where it cannot be written.
    """
    changes = {each.case.index: list(_changes(each)) for each in outcomes}
    if any(changes.values()):
        try:
            text = changed_text(suite.document, chain.from_iterable(changes.values()))
            with AtomicFile(suite.path) as file:
                file.write(_mark(suite.path) + text.encode())
        except CannotEditError as error:
            raise UsageError(f"{suite.path} cannot be updated in place, {error}: change it by hand") from None
        except OSError as error:
            raise UsageError(f"{suite.path} cannot be written: {error.strerror}") from None
    return frozenset(index for index, of_case in changes.items() if of_case)


def _changes(outcome: Outcome) -> Iterator[Change]:
    case = outcome.case
    place = ("test", "cases", case.index)
    wanted = outcome.wanted
    if case.output is None:
        yield Change((*place, "output"), wanted["output"])
    else:
        yield from differences((*place, "output"), case.output, wanted["output"])
    if case.steps:
        yield from differences((*place, "steps"), case.steps, wanted["steps"])


def _mark(path: Path) -> bytes:
    with path.open("rb") as file:
        return _BYTE_ORDER_MARK if file.read(3) == _BYTE_ORDER_MARK else b""
