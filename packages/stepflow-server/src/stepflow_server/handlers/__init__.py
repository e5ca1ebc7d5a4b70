"""What operations do: translate between the wire and the executor, and nothing else."""

from __future__ import annotations
