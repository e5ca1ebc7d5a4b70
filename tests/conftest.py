"""What the tests that cross packages share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def packages(repository: Path) -> list[Path]:
    """The directories of the packages."""
    return sorted(path.parent for path in repository.glob("packages/*/pyproject.toml"))
