"""The flow language: reading a flow, checking it, and the parsed forms that the engine compiles."""

from __future__ import annotations
