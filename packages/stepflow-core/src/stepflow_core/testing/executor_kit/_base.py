"""What all parts of the kit share: how the executor comes and goes, and names that nothing else has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from ...executor import StepflowExecutor


async def _executor(self: object, unopened: StepflowExecutor) -> AsyncIterator[StepflowExecutor]:
    """The executor, entered for the time of the test."""
    entered = await enter(unopened)
    try:
        yield entered
    finally:
        await entered.close()


def _unopened(self: object) -> StepflowExecutor:
    """A new executor with the kit's components, not entered and not used on any event loop yet."""
    return pytest.fail(f"{type(self).__name__} gives no fixture `unopened`, which makes the executor to test")


class KitPart:
    """Some of the kit's tests and the fixtures that they use; give `unopened` in a subclass."""

    # Of no particular type, so that a subclass may make them with the decorators of other plugins.
    executor: Any = pytest.fixture(_executor)
    unopened: Any = pytest.fixture(_unopened)

    @pytest.fixture
    def unique(self) -> str:
        """A text that nothing else uses: a name or tag by which a test finds what it made itself."""
        return f"kit-{uuid4().hex}"


async def enter(executor: Any) -> StepflowExecutor:
    """What `async with executor as entered` gives; an executor that cannot be entered is itself."""
    if not hasattr(type(executor), "__aenter__"):
        return known(executor)
    return known(await executor.__aenter__())


def known(executor: Any) -> StepflowExecutor:
    """The executor, which has to have every member of the protocol."""
    assert isinstance(executor, StepflowExecutor)
    return executor
