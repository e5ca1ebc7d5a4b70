"""An import loads only what its importer is sure to need."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOADED = "import sys; before = set(sys.modules); import {module}; print(*sorted(set(sys.modules) - before))"

HEAVY = {
    "stepflow_core": ["aiohttp", "asyncio", "attrs", "httpx", "yaml"],
    "stepflow_runtime": ["aiohttp", "attrs", "httpx", "jinja2", "jsonschema_rs", "minijinja", "sqlite3", "yaml"],
    "stepflow_cli": ["aiohttp", "asyncio", "attrs", "cyclopts", "httpx", "jinja2", "jsonschema_rs", "rich", "yaml"],
}


def loaded_by(module: str) -> set[str]:
    """The top-level modules that importing a module adds to those of a fresh interpreter."""
    command = [sys.executable, "-c", LOADED.format(module=module)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize("module", HEAVY)
def test_import_is_light(module: str) -> None:
    """Importing a package loads none of the modules that it needs only later."""
    loaded = loaded_by(module)
    assert module in loaded
    assert loaded.isdisjoint(HEAVY[module])


@pytest.mark.parametrize("module", HEAVY)
def test_import_has_no_side_effects(module: str) -> None:
    """Importing a package prints nothing, warns of nothing and starts no thread."""
    code = f"import threading, {module}; assert threading.active_count() == 1"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""


def test_core_does_not_know_the_other_packages() -> None:
    """Importing stepflow_core loads no other package of ours."""
    ours = {name for name in loaded_by("stepflow_core") if name.startswith("stepflow_")}
    assert ours == {"stepflow_core"}
