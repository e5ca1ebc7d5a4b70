"""Python functions as components: the arguments from the input object, typed; the schemas derived."""

from __future__ import annotations

from .adapting import adapt
from .marks import Mark, component, marks_of

__all__ = ["Mark", "adapt", "component", "marks_of"]
