"""Environments for what others have made, kept below a cache folder so that they are made only once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from .processes import ProcessError

PATIENCE = 300.0
"""Seconds that installing may take."""

_VERSIONS = """
import json, sys
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def default_cache() -> Path:
    """Where environments are kept: a folder in the user's cache."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "stepflow-bench"


def python_of(folder: Path, requirements: Sequence[str]) -> str:
    """The Python of the environment in a folder, made where there is none; ours where nothing is required.

    Raises `ProcessError`.
    """
    if not requirements:
        return sys.executable
    python = folder / "bin" / "python"
    done = folder / "installed"
    wanted = "\n".join(requirements)
    try:
        if not done.is_file() or done.read_text("utf-8") != wanted:
            _make(folder, python, requirements)
            done.write_text(wanted, encoding="utf-8")
    except OSError as error:
        raise ProcessError(f"{folder} cannot be made: {error.strerror or error}") from None
    return str(python)


def versions_of(python: str, libraries: Sequence[str]) -> Mapping[str, str]:
    """The versions of the distributions that an environment has. Raises `ProcessError`."""
    environ = dict(os.environ) if python == sys.executable else None
    shown = _output([python, "-c", _VERSIONS, *libraries], environ)
    found: dict[str, str] = msgspec.json.decode(shown, type=dict[str, str])
    return found


def _make(folder: Path, python: Path, requirements: Sequence[str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    uv = shutil.which("uv")
    if uv is not None:
        _output([uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
        _output([uv, "pip", "install", "--quiet", "--python", str(python), *requirements])
    else:
        _output([sys.executable, "-m", "venv", str(folder)])
        _output([str(python), "-m", "pip", "install", "--quiet", *requirements])


def _output(command: list[str], environ: dict[str, str] | None = None) -> str:
    """What a command prints, in an environment without our modules unless another is given. Raises `ProcessError`."""
    if environ is None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    shown = " ".join([Path(command[0]).name, *command[1:3]]).partition("\n")[0]
    try:
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProcessError(f"`{shown} …` could not be run: {error}") from None
    if done.returncode:
        raise ProcessError(f"`{shown} …` ended with {done.returncode}:\n{done.stderr[-1000:]}")
    return done.stdout
