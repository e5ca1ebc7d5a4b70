"""Streams of events: read once from the executor, encoded once, sent to any number of clients."""

from __future__ import annotations
