"""Functions that follow the items of a batch."""

from __future__ import annotations

import pytest
from stepflow_core import InvalidInputError, ItemResult
from stepflow_runtime import StepflowRuntime


async def test_an_async_function_that_follows_items_is_refused(runtime: StepflowRuntime) -> None:
    """Nobody would await it, so its work would be lost without a word."""
    told = []

    async def on_item(item: ItemResult) -> None:
        told.append(item)

    asked = {"name": "test", "description": "a test", "steps": [], "output": {"$input": "$"}}
    with pytest.raises(InvalidInputError, match="plain function"):
        await runtime.run_batch(asked, [1, 2], on_item=on_item)
    assert told == []
