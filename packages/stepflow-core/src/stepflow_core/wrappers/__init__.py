"""Executors around other executors: they are executors themselves, and need no support from an engine.

`ExecutorWrapper` is where to begin one's own: it hands on every member, and a subclass overrides those that
it does otherwise. `CachingExecutor` remembers results; `CassetteExecutor` records them in a file, from which
tests replay them. Wrappers can be put around each other, and around any executor.
"""

from __future__ import annotations

from ._caching import CachingExecutor
from ._cassette import CassetteExecutor
from ._delegating import ExecutorWrapper
from ._recordings import CassetteMode, MissingRecordingError

__all__ = ["CachingExecutor", "CassetteExecutor", "CassetteMode", "ExecutorWrapper", "MissingRecordingError"]
