"""The ids of runs, as arguments."""

from __future__ import annotations

import re
from typing import Annotated

from cyclopts import Parameter

from .exits import UsageError

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

RunId = Annotated[str, Parameter(help="The run's id.", metavar="RUN")]
RunIds = Annotated[str, Parameter(help="The ids of the runs.", metavar="RUN")]


def check_run_ids(*texts: str) -> None:
    """Raise `UsageError` for what cannot be the id of a run, so that a mix-up is told before anything is done."""
    bad = [f"{each!r:.80}" for each in texts if not _UUID.fullmatch(each)]
    if bad:
        are = "is not the id of a run" if len(bad) == 1 else "are not ids of runs"
        raise UsageError(f"{', '.join(bad[:5])} {are}; `stepflow runs list` shows them")
