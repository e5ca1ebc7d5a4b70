"""What the engine costs: workloads, the engines that carry them out, and reports of what that took."""

from __future__ import annotations
