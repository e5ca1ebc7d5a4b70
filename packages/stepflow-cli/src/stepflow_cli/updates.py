"""Writing what came of cases into the flow file as what is expected of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .edits import CannotEditError, Change, changed_text, differences
from .exits import UsageError
from .output import replace_text
from .suites import Outcome, Suite

_BYTE_ORDER_MARK = "\ufeff"


def update(suite: Suite, outcomes: list[Outcome]) -> int:
    """Change the expectations that were not met, or were not there, in the file; how many cases that changed.

    Everything else in the file stays as it is, comments too. Raises `UsageError` where it cannot be written.
    """
    changes = {each.case.index: list(_changes(each)) for each in outcomes}
    changed = sum(map(bool, changes.values()))
    if changed:
        try:
            text = changed_text(suite.document, [each for of_case in changes.values() for each in of_case])
            replace_text(suite.path, _mark(suite.path) + text)
        except CannotEditError as error:
            raise UsageError(f"{suite.path} cannot be updated in place, {error}: change it by hand") from None
        except OSError as error:
            raise UsageError(f"{suite.path} cannot be written: {error.strerror}") from None
    return changed


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


def _mark(path: Path) -> str:
    with path.open("rb") as file:
        return _BYTE_ORDER_MARK if file.read(3) == _BYTE_ORDER_MARK.encode() else ""
