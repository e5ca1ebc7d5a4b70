"""The ids of runs, as arguments."""

from __future__ import annotations

import re
from typing import Annotated

from cyclopts import Parameter

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def check_run_ids(type_: object, value: object) -> None:
    """Raise `ValueError` for what cannot be the id of a run, so that a mix-up is told before anything is done."""
    given = value if isinstance(value, tuple) else (value,)
    for each in given:
        if isinstance(each, str) and not _UUID.fullmatch(each):
            raise ValueError(f"{each!r:.80} is not the id of a run; `stepflow runs list` shows them.")


RunId = Annotated[str, Parameter(help="The run's id.", validator=check_run_ids)]
RunIds = Annotated[str, Parameter(help="The ids of the runs.", metavar="RUN", validator=check_run_ids)]
