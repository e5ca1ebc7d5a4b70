"""The ids of runs, as arguments: whole, or their beginning or end."""

from __future__ import annotations

import re
from typing import Annotated

from cyclopts import Parameter
from stepflow_core import NotFoundError, StepflowExecutor

from .exits import UsageError

SEARCHED = 1000
"""How many of the newest runs a part of an id may mean."""
LEAST = 4
"""The fewest characters of a part: fewer would mean several runs soon."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PART = re.compile(f"[0-9a-f-]{{{LEAST},36}}")
_MOST_NAMED = 5

RunId = Annotated[str, Parameter(help="The run's id, or its beginning or end.", metavar="RUN")]
RunIds = Annotated[str, Parameter(help="The ids of the runs, or their beginnings or ends.", metavar="RUN")]


def check_run_ids(*texts: str) -> None:
    """Raise `UsageError` for what cannot be the id of a run, so that a mix-up is told before anything is done."""
    bad = [f"{each!r:.80}" for each in texts if not _PART.fullmatch(_bare(each))]
    if bad:
        are = "is not the id of a run" if len(bad) == 1 else "are not ids of runs"
        raise UsageError(f"{', '.join(bad[:_MOST_NAMED])} {are}; `stepflow runs list` shows them")


async def run_id_of(executor: StepflowExecutor, text: str) -> str:
    """The id that is meant: the text where it is whole, else that of the one recent run which begins or ends so.

    Raises `NotFoundError` where there is none, `UsageError` where there are several.
    """
    if _UUID.fullmatch(text):
        return text
    part = _bare(text)
    newest = (await executor.list_runs(limit=SEARCHED)).runs
    found = [each.run_id for each in newest if each.run_id.startswith(part) or each.run_id.endswith(part)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFoundError(f"none of the newest {SEARCHED} runs has an id that begins or ends with {part!r}")
    named = ", ".join(found[:_MOST_NAMED])
    more = ", …" if len(found) > _MOST_NAMED else ""
    raise UsageError(f"the ids of {len(found)} runs begin or end with {part!r}: {named}{more}")


def _bare(text: str) -> str:
    """Without the sign that stands for what tables leave out."""
    return text.removeprefix("…").lower()
