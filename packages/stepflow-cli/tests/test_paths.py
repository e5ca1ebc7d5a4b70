"""Looking at files that may not let themselves be looked at."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from stepflow_cli.flow_files import find_flows
from stepflow_cli.paths import mode_of, name_of
from stepflow_cli.requests import flow_source


def test_tells_folders_from_files(tmp_path: Path) -> None:
    """The mode says what a path leads to."""
    assert stat.S_ISDIR(mode_of(tmp_path))
    assert not stat.S_ISDIR(mode_of(__file__))


@pytest.mark.parametrize("path", ["missing", "x" * 5000, "a\0b"])
def test_what_cannot_be_looked_at_is_nothing(path: str) -> None:
    """A path that is missing, too long or impossible is no error here; who reads it says what is wrong."""
    assert mode_of(path) == 0
    assert flow_source(path) == path
    assert find_flows([Path(path)]) == [Path(path)]


def test_names_can_be_written() -> None:
    """A name whose bytes are not UTF-8 is shown with escapes."""
    assert name_of(Path("a\udcff.yaml")) == "a\\udcff.yaml"
    assert name_of("\u00e4") == "\u00e4"
