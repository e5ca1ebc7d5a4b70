"""The life of a runtime: what it is made of, the event loop it is bound to, its end."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepflow_core import ConflictError

from .assembly import Assembly
from .engine.driver import Driver, Execution
from .engine.invoke import Invoker
from .engine.services import StepServices
from .history import History

if TYPE_CHECKING:
    from .config import Config

GRACE = 5.0
"""Seconds that running steps have to finish when a runtime is closed."""

THREADS = 32
"""How many plain components run at the same time."""


class RuntimeLife:
    """A runtime without its members: assembled at once, bound to a loop when first used, closed once."""

    def __init__(
        self, config: str | Path | Mapping[str, Any] | Config | None = None, *, store: str = "memory:"
    ) -> None:
        self._parts = Assembly(config, store)
        self._runs = History(self._parts.keep)
        self._random = random.Random()  # noqa: S311 (ids have to differ, not to be secret)
        self._driver: Driver | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._url = f"stepflow+local://{self._random.getrandbits(64):016x}"

    @property
    def url(self) -> str:
        """`stepflow+local://<id>`."""
        return self._url

    @property
    def _assembly(self) -> Assembly:
        self._check_open()
        return self._parts

    @property
    def _history(self) -> History:
        self._check_open()
        return self._runs

    def _check_open(self) -> None:
        if self._closed:
            raise ConflictError("the runtime was closed")

    def _driver_here(self) -> Driver:
        """The driver, bound to the event loop on which the runtime is first used."""
        self._check_open()
        loop = asyncio.get_running_loop()
        if self._driver is None:
            self._loop = loop
            invoker = Invoker(loop, THREADS, self._services)
            clock = getattr(loop, "wall_clock", time.time)
            self._driver = Driver(loop, clock, invoker, self._parts.flows.resolve, self._runs.end)
        elif self._loop is not loop:
            raise ConflictError("the runtime is used on another event loop; make one runtime per loop")
        return self._driver

    def _services(self, execution: Execution) -> StepServices:
        assert self._driver is not None, "it runs the step that asks"
        services = StepServices(self._driver, execution, self._parts.blobs, self._parts.flows)
        execution.services = services
        return services

    async def close(self) -> None:
        """Let running steps finish for some seconds, then end all runs. Further calls raise `ConflictError`.

        Raises `ConflictError` on another event loop than the one that the runtime is bound to.
        """
        if self._closed:
            return
        # With its loop everything that ran has ended.
        if self._driver is not None and not self._driver.loop.is_closed():
            await self._driver_here().close(GRACE)
        if not self._closed:
            self._closed = True
            await self._parts.close()
