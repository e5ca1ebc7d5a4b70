"""The components of the kit as a plugin of type `python`, for configs and servers."""

from __future__ import annotations

from stepflow_core.testing.components import emit, fail, gate, join, kit_components
from stepflow_runtime import component

__all__ = ["emit", "fail", "gate", "join"]

kit_components(component)
