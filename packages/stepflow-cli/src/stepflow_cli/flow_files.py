"""Finding the flows that a command is asked to look at."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from .exits import UsageError
from .paths import mode_of

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__"})
_HEAD_BYTES = 1024 * 1024
# A flow that cannot be read at all is still to be reported, so the text decides, not the document.
_FLOW_SIGNS = re.compile(
    rb"""^["']?(?:steps|output)["']?\s*:"""  # a key of the top level in YAML
    rb"""|"steps"\s*:"""
    rb"""|stepflow\.org/schemas/[^"'\s]*flow""",
    re.MULTILINE,
)


def find_flows(paths: Iterable[Path]) -> list[Path]:
    """The named files, there or not, and the flows in the named folders; in order, each once.

    Raises `UsageError` naming every folder without a flow.
    """
    found: dict[Path, None] = {}
    problems = []
    for path in paths:
        here = list(_flows_at(path))
        found.update(dict.fromkeys(here))
        if not here:
            problems.append(f"{path}: there is no flow in this folder (.yaml, .yml or .json with `steps`)")
    if problems:
        raise UsageError("\n".join(problems))
    return list(found)


def looks_like_flow(path: Path) -> bool:
    """Whether the beginning of a file bears the marks of a flow: `steps`, or the schema tag of flows."""
    try:
        with path.open("rb") as file:
            return _FLOW_SIGNS.search(file.read(_HEAD_BYTES)) is not None
    except OSError:
        return False


def _flows_at(path: Path) -> Iterator[Path]:
    if not stat.S_ISDIR(mode_of(path)):
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(each for each in folders if not each.startswith(".") and each not in _SKIPPED_FOLDERS)
        for name in sorted(names):
            file = Path(folder, name)
            if file.suffix.lower() in SUFFIXES and not name.startswith(".") and looks_like_flow(file):
                yield file
