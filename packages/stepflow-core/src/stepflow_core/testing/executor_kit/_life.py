"""The executor itself: that it is one, that it is well, and that it ends."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ...errors import StepflowError
from ...executor import StepflowExecutor
from ._base import KitPart
from ._documents import ECHO


class Life(KitPart):
    """An executor has the protocol's members, tells how it is, and can be closed."""

    async def test_it_is_an_executor(self, executor: StepflowExecutor, unopened: StepflowExecutor) -> None:
        """Every member of the protocol is there, before it is entered and afterwards."""
        assert isinstance(unopened, StepflowExecutor)
        assert isinstance(executor, StepflowExecutor)

    async def test_it_has_an_address(self, executor: StepflowExecutor) -> None:
        """A URL that stays the same."""
        scheme, separator, rest = executor.url.partition("://")
        assert scheme
        assert separator
        assert rest
        await executor.run(ECHO)
        assert executor.url == f"{scheme}://{rest}"

    async def test_it_is_healthy(self, executor: StepflowExecutor) -> None:
        """With the time in UTC and its version."""
        health = await executor.health_check()
        assert health.status == "healthy"
        assert health.version
        assert health.timestamp.utcoffset() == timedelta(0)

    async def test_it_can_be_closed(self, executor: StepflowExecutor) -> None:
        """Afterwards calls raise, and closing it again does nothing."""
        run_id = await executor.submit(ECHO, 1)
        await executor.get_result(run_id)
        await executor.close()
        await executor.close()
        for call in (executor.run(ECHO), executor.get_run(run_id), executor.list_runs()):
            with pytest.raises(StepflowError):
                await call

    async def test_it_can_be_used_without_being_entered(self, unopened: StepflowExecutor) -> None:
        """It is ended by `close`."""
        assert (await unopened.run(ECHO, 1)).output == 1
        await unopened.close()
