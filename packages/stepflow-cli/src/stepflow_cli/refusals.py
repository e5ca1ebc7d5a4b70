"""What only the command line knows of a refused run: where its arguments came from, which file may be meant."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from stepflow_core import Diagnostic, FlowLoadError, InvalidInputError, NotFoundError

from .paths import name_of

if TYPE_CHECKING:
    from .requests import Request

INVALID_OVERRIDE = 3403
"""The code of what is wrong with overrides; such a diagnostic's pointer leads into them."""
_FLOW_SUFFIXES = (".yaml", ".yml", ".json")
_MOST_FILES = 1000


@contextmanager
def explained(request: Request, *, has_input: bool) -> Iterator[None]:
    """Within it, refusals of the run are raised with what is known here.

    Faults of overrides get their place in the file or text that they came from; an input that is not there
    is told as one; a flow's name that is a file's without its ending leads to that file.
    """
    try:
        yield
    except FlowLoadError as error:
        raise FlowLoadError(diagnostics=[_located(each, request) for each in error.diagnostics]) from None
    except InvalidInputError as error:
        error.message += _about_input(error, has_input)
        raise
    except NotFoundError as error:
        error.message += _about_files(request.flow)
        raise


def similar_file(path: str) -> str | None:
    """The file in the same folder that a path to none was probably meant to lead to."""
    from stepflow_runtime.language.suggestions import nearest

    folder, _, name = path.rpartition("/")
    try:
        with os.scandir(folder or ("/" if path.startswith("/") else ".")) as entries:
            names = [each.name for each in islice(entries, _MOST_FILES) if not each.name.startswith(".")]
    except (OSError, ValueError):
        return None
    # By their stems, since the endings alone make all files alike.
    by_stem = {Path(each).stem: each for each in sorted(names)}
    wanted = Path(name).stem
    near = wanted if wanted in by_stem else nearest(wanted, by_stem)
    return None if near is None else name_of(f"{folder}/{by_stem[near]}" if "/" in path else by_stem[near])


def _located(diagnostic: Diagnostic, request: Request) -> Diagnostic:
    source = request.overrides_source
    return source.locate(diagnostic) if source is not None and diagnostic.code == INVALID_OVERRIDE else diagnostic


def _about_input(error: InvalidInputError, has_input: bool) -> str:
    if has_input or not error.message.startswith("the input"):
        return ""
    return " (no input is given: use --input FILE, --input-json or --input-yaml)"


def _about_files(flow: object) -> str:
    if not isinstance(flow, str):
        return ""
    there = next((flow + each for each in _FLOW_SUFFIXES if Path(flow + each).is_file()), None)
    return "" if there is None else f"; did you mean the file {there}?"
