"""What the commands run flows on."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from stepflow_core import FlowLoadError, StepflowExecutor

if TYPE_CHECKING:
    from stepflow_runtime import StepflowRuntime


def open_executor(config: Path | Mapping[str, Any] | None, flow: Any = None) -> StepflowRuntime:
    """The engine in process, to be entered with `async with`.

    It takes the given config (a file or its content), else the one that is found beside the flow or in the
    working directory.
    Raises `FlowLoadError` where the config cannot be used.
    """
    from stepflow_runtime import StepflowRuntime

    return StepflowRuntime(config if config is not None else found_config(flow))


def found_config(flow: Any) -> Path | None:
    """The config that goes with a flow (a path; anything else has no folder of its own), if there is one."""
    from stepflow_runtime.config import find_config

    try:
        return find_config(flow if isinstance(flow, Path) else None, Path.cwd())
    except OSError:  # a folder that cannot be looked into; reading the flow says so
        return None


class Executors:
    """The executors of many flows: one for each config, opened when it is first needed.

    With `config` that one is for all flows.
    """

    def __init__(self, config: Path | None) -> None:
        self._config = config
        self._open: dict[Path | None, StepflowExecutor | FlowLoadError] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Executors:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def of(self, flow: Path) -> StepflowExecutor:
        """The executor for a flow. Raises `FlowLoadError` where its config cannot be used."""
        config = self._config if self._config is not None else found_config(flow)
        if config not in self._open:
            self._open[config] = await self._opened(config)
        executor = self._open[config]
        if isinstance(executor, FlowLoadError):
            raise executor
        return executor

    async def _opened(self, config: Path | None) -> StepflowExecutor | FlowLoadError:
        try:
            return await self._stack.enter_async_context(open_executor(config))
        except FlowLoadError as error:
            return error
