"""Importing the package is cheap, and its names are there however they are asked for."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
import stepflow_core

HEAVY = {"aiohttp", "asyncio", "attr", "attrs", "cattrs", "httpx", "yaml"}


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after `code`."""
    command = [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_the_import_is_light() -> None:
    """`import stepflow_core` loads nothing that most importers do not need."""
    loaded = loaded_by("import stepflow_core")
    assert HEAVY.isdisjoint(loaded)
    assert {"stepflow_core._blocking", "stepflow_core.documents", "stepflow_core.executor"}.isdisjoint(loaded)


def test_reading_json_loads_no_yaml() -> None:
    """PyYAML is loaded when the first YAML text is read."""
    loaded = loaded_by("from stepflow_core.documents import read_text; read_text('{}', format='json')")
    assert HEAVY.isdisjoint(loaded)


@pytest.mark.parametrize("name", stepflow_core.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """Names that are loaded late are there like the others."""
    assert getattr(stepflow_core, name) is not None
    assert name in dir(stepflow_core)


def test_names_stay_the_same() -> None:
    """A name that is loaded late is the same object each time, and no module takes its place."""
    first = stepflow_core.blocking
    importlib.import_module("stepflow_core._blocking")
    assert stepflow_core.blocking is first
    assert callable(first)


def test_the_public_names_are_listed_in_order() -> None:
    """Every name is listed once, and in order."""
    assert stepflow_core.__all__ == sorted(set(stepflow_core.__all__))


def test_other_names_are_not_there() -> None:
    """What is not public is an ordinary attribute error."""
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        stepflow_core.nothing  # noqa: B018
