"""The engine of Stepflow: runs flows in the process it lives in."""

from __future__ import annotations

from stepflow_core import __version__

from .component import ComponentError
from .context import BlockingStepContext, StepContext
from .functions.marks import component
from .runtime import StepflowRuntime

__all__ = ["BlockingStepContext", "ComponentError", "StepContext", "StepflowRuntime", "__version__", "component"]
