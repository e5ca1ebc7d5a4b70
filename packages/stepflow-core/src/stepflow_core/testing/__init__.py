"""The executor kit: one suite of tests that every executor passes.

It needs pytest and pytest-asyncio (`pip install stepflow-core[testing]`). Subclass the kit and
say how an executor is made; the kit enters it, uses it and closes it, for each test anew:

    class TestMine(ExecutorKit):
        @pytest.fixture
        def unopened(self) -> StepflowExecutor:
            executor = StepflowRuntime()
            kit_components(executor.component)
            return executor

This is all where pytest-asyncio is in its auto mode. In strict mode mark the class with `pytest.mark.asyncio`
and give the fixture `executor` too, made with `pytest_asyncio.fixture` of `unopened`.

What stands behind an executor (a server, a store) may be shared by all tests, which look at nothing but what
they made themselves; where its event loop is shared, the class's mark and `executor` have its scope. Flows
use the builtin components, under `/builtin/`, and those of `stepflow_core.testing.components`.

The kit asks for what the protocol promises, of whatever speed: it waits for what has to happen, never for
time to pass. Nothing in here is loaded before it is asked for; a process that only serves the kit's
components needs no pytest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .components import COMPONENTS, kit_components

if TYPE_CHECKING:
    from .executor_kit import ExecutorKit

__all__ = ["COMPONENTS", "ExecutorKit", "kit_components"]


def __getattr__(name: str) -> Any:
    if name != "ExecutorKit":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _kit().ExecutorKit


def _kit() -> Any:
    import sys
    from importlib import import_module

    name = f"{__name__}.executor_kit"
    if name not in sys.modules:
        import pytest

        # Only so do the kit's plain assertions tell the values that they failed on.
        pytest.register_assert_rewrite(name)
    return import_module(name)
