"""Looking at files that may not let themselves be looked at."""

from __future__ import annotations

from pathlib import Path


def mode_of(path: Path | str) -> int:
    """The type and permissions of what a path leads to (`st_mode`); 0 where that cannot be told."""
    try:
        return Path(path).stat().st_mode
    except (OSError, ValueError):
        return 0


def name_of(path: Path | str) -> str:
    """A path as text that can be written anywhere, also where its bytes are not UTF-8."""
    return str(path).encode("utf-8", "backslashreplace").decode()
