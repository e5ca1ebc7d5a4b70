"""Requests that wait long, and pages of listings that executors give whole."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from .messages import GoneError, Request
from .problems import ProblemError, Violation

T = TypeVar("T")

LONGEST_WAIT = 10 * 366 * 86_400
"""Seconds that a request may wait for a run: ten years."""

SHORT = 30.0
"""Seconds that a request may wait for a client that may have gone: watching it costs more than that."""


async def while_connected(request: Request, longest: float, work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, given up where it may take `longest` seconds and the client goes away meanwhile.

    Raises `GoneError`.
    """
    if longest <= SHORT:
        return await work
    task = asyncio.get_running_loop().create_task(work)
    gone = False

    def give_up() -> None:
        nonlocal gone
        gone = True
        task.cancel()

    stay = request.when_gone(give_up)
    try:
        return await task
    except asyncio.CancelledError:
        task.cancel()
        if gone:
            raise GoneError from None
        raise
    finally:
        stay()


def offset_of(cursor: str | None) -> int:
    """The place that a cursor of this server stands for. Raises `ProblemError`."""
    if cursor is None:
        return 0
    if not cursor.isdecimal() or not cursor.isascii() or len(cursor) > 18:
        text = f"{cursor!r:.40} is not a cursor that a listing gave"
        raise ProblemError(400, text, [Violation("/cursor", text)])
    return int(cursor)
