"""What serving costs: `scripts/bench http` measures the server, its client, and other servers beside it."""

from __future__ import annotations
