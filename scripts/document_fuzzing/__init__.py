"""Fuzzing of what the engine reads: inputs made from the conformance suite, and what must hold for each."""

from __future__ import annotations
