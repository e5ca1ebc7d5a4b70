"""How the executors of the tests are made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stepflow_core.testing import kit_components
from stepflow_runtime import StepflowRuntime

CONFIG: dict[str, Any] = {
    "plugins": {
        "builtin": {"type": "builtin"},
        "kit": {"type": "python", "module": "kit_plugin", "path": str(Path(__file__).parent)},
    },
    "routes": {"/builtin/{*component}": [{"plugin": "builtin"}], "/{*component}": [{"plugin": "kit"}]},
}
"""A config with the components of the kit, such as a server has it."""


def kit_runtime() -> StepflowRuntime:
    """A runtime in memory with the kit's components."""
    runtime = StepflowRuntime()
    kit_components(runtime.component)
    return runtime
