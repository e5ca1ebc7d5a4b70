"""Runs by their ids, or parts of these."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from stepflow_cli.exits import UsageError
from stepflow_cli.run_ids import check_run_ids, run_id_of
from stepflow_core import NotFoundError
from stepflow_runtime import StepflowRuntime


@pytest.fixture
async def engine() -> AsyncIterator[StepflowRuntime]:
    async with StepflowRuntime() as runtime:
        yield runtime


async def test_the_beginning_or_end_will_do(engine: StepflowRuntime) -> None:
    """A part of an id means the run that begins or ends so, also as tables show it and in capitals."""
    run = await engine.submit({"output": 1})
    for text in (run, run[:13], run[-4:], f"…{run[-12:]}", run[-12:].upper()):
        check_run_ids(text)
        assert await run_id_of(engine, text) == run


async def test_several_are_named(engine: StepflowRuntime) -> None:
    """A part that several runs share is refused; nothing is guessed."""
    runs = [await engine.submit({"output": 1}) for _ in range(7)]
    with pytest.raises(UsageError, match=rf"the ids of 7 runs begin or end with '{runs[0][:4]}': .*, …"):
        await run_id_of(engine, runs[0][:4])


async def test_none_is_told(engine: StepflowRuntime) -> None:
    """A part that no run has is not found; a whole id is left to the server."""
    with pytest.raises(NotFoundError, match="begins or ends with 'ffff'"):
        await run_id_of(engine, "ffff")
    whole = "01983a3e-5b6f-7a86-8c34-0f5d2a6d9e11"
    assert await run_id_of(engine, whole) == whole


@pytest.mark.parametrize("text", ["", "abc", "hello", "0" * 37, "abcd ", "abcd\n"])
def test_what_cannot_be_an_id(text: Any) -> None:
    """Anything else is refused before a server is asked."""
    with pytest.raises(UsageError, match="is not the id of a run"):
        check_run_ids(text)
