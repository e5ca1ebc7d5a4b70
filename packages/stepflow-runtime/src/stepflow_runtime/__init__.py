"""The engine of Stepflow: runs flows in the process it lives in."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stepflow_core import __version__

if TYPE_CHECKING:
    from .component_model import ComponentError
    from .context import BlockingStepContext, StepContext
    from .functions.marks import component
    from .runtime import StepflowRuntime

__all__ = ["BlockingStepContext", "ComponentError", "StepContext", "StepflowRuntime", "__version__", "component"]

# Loaded when first named: who only wants the mark for components need not wait for the engine.
_HOMES = {
    "BlockingStepContext": ".context",
    "ComponentError": ".component_model",
    "StepContext": ".context",
    "StepflowRuntime": ".runtime",
    "component": ".functions.marks",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(home, __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
