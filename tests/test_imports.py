"""An import loads only what its importer is sure to need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LOADED = "import sys; before = set(sys.modules)\n{code}\nprint(*sorted(set(sys.modules) - before))"

LIBRARIES = {
    *("aiohttp", "asyncio", "attr", "attrs", "cattrs", "cyclopts", "httpx", "httpx_sse", "jinja2", "jsonschema_rs"),
    *("minijinja", "msgspec", "pytest", "rich", "sqlite3", "yaml"),
}
"""What takes long to load, or belongs to some of the packages only."""

ALLOWED = {
    "stepflow_core": {"msgspec"},
    "stepflow_runtime": {"msgspec"},
    "stepflow_server": {"msgspec"},
    "stepflow_client": {"asyncio", "msgspec"},
    # Generated code loads all that it uses; rich is loaded by httpx where it is there.
    "stepflow_api": {"attr", "attrs", "httpx", "rich"},
    "stepflow_cli": set[str](),
}
"""Those that importing a package loads."""

OURS = {
    "stepflow_core": {"stepflow_core"},
    "stepflow_runtime": {"stepflow_core", "stepflow_runtime"},
    "stepflow_server": {"stepflow_core", "stepflow_server"},
    "stepflow_client": {"stepflow_client", "stepflow_core"},
    "stepflow_api": {"stepflow_api"},
    "stepflow_cli": {"stepflow_cli"},
}
"""The packages of ours that importing one of them loads."""

MEMBERS = {
    "from stepflow_core import documents": {"msgspec"},
    "import stepflow_core.testing": {"asyncio", "msgspec"},
    "import stepflow_core.wrappers": {"msgspec"},
    "from stepflow_runtime import StepflowRuntime; StepflowRuntime()": {"asyncio", "msgspec"},
    "from stepflow_client import StepflowClient; StepflowClient('http://localhost:7837')": {"asyncio", "msgspec"},
    "from stepflow_server import Settings": {"msgspec"},
    "from stepflow_server import serve": {"asyncio", "msgspec"},
    "from stepflow_server import AsgiApp": {"asyncio", "msgspec"},
    "from stepflow_cli.app import main; main(['--version'])": set[str](),
}
"""What the use of a member loads: what it is made of, not yet what it will work with."""


def loaded_by(code: str) -> set[str]:
    """The top-level modules that some code adds to those of a fresh interpreter."""
    command = [sys.executable, "-c", LOADED.format(code=code)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_every_package_is_looked_at(packages: list[Path]) -> None:
    """The tables here name all packages."""
    assert {package.name.replace("-", "_") for package in packages} == set(ALLOWED) == set(OURS)


@pytest.mark.parametrize("module", ALLOWED)
def test_import_is_light(module: str) -> None:
    """Importing a package loads none of the libraries that it needs only later."""
    loaded = loaded_by(f"import {module}")
    assert module in loaded
    assert loaded & LIBRARIES <= ALLOWED[module]


@pytest.mark.parametrize("module", OURS)
def test_import_loads_no_other_package(module: str) -> None:
    """Importing a package loads those of ours that it cannot do without, and no other."""
    assert {name for name in loaded_by(f"import {module}") if name.startswith("stepflow")} == OURS[module]


@pytest.mark.parametrize("code", MEMBERS)
def test_use_of_a_member_is_light(code: str) -> None:
    """A member loads libraries when it works with them, not when it is named or made."""
    assert loaded_by(code) & LIBRARIES <= MEMBERS[code]


@pytest.mark.parametrize("module", ALLOWED)
def test_import_has_no_side_effects(module: str) -> None:
    """Importing a package prints nothing, warns of nothing and starts no thread."""
    code = f"import threading, {module}; assert threading.active_count() == 1"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""
