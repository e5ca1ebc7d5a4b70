"""The suite's flows through `stepflow test`, as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .suite import CONFIG, FLOWS, INVALID

FAILING = """\
name: failing
description: One case is wrong.
output: {$input: n}
test:
  cases:
    - {name: right, input: {n: 1}, output: {outcome: success, result: 1}}
    - {name: wrong, input: {n: 1}, output: {outcome: success, result: 2}}
"""


def stepflow(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "stepflow_cli", *map(str, arguments)]
    environment = {**os.environ, "NO_COLOR": "1", "COLUMNS": "160"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_all_cases_pass() -> None:
    """Exit status 0, although the cases sleep, back off and time out."""
    done = stepflow("test", FLOWS, "--config", CONFIG)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_case_is_a_failure(tmp_path: Path) -> None:
    """Exit status 1, and the case is named."""
    (tmp_path / "failing.yaml").write_text(FAILING)
    done = stepflow("test", tmp_path / "failing.yaml")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "wrong" in done.stdout + done.stderr


def test_one_case_can_be_chosen(tmp_path: Path) -> None:
    """`--case` runs the one that it names."""
    (tmp_path / "failing.yaml").write_text(FAILING)
    assert stepflow("test", tmp_path / "failing.yaml", "--case", "right").returncode == 0
    assert stepflow("test", tmp_path / "failing.yaml", "--case", "wrong").returncode == 1


def test_expectations_can_be_updated(tmp_path: Path) -> None:
    """`--update` writes what came out where it does not match, and keeps the comments."""
    file = tmp_path / "failing.yaml"
    file.write_text("# kept\n" + FAILING)
    assert stepflow("test", file, "--update").returncode == 0
    assert file.read_text().startswith("# kept\n")
    assert stepflow("test", file).returncode == 0


def test_validation_exits_by_level(tmp_path: Path) -> None:
    """Fatal and error: 2; a warning: 0, and 2 with `--strict`."""
    assert stepflow("validate", INVALID / "undefined_in_output.yaml", "--config", CONFIG).returncode == 2
    assert stepflow("validate", INVALID / "old_skip.yaml", "--config", CONFIG).returncode == 2
    assert stepflow("validate", INVALID / "name_missing.yaml", "--config", CONFIG).returncode == 0
    assert stepflow("validate", INVALID / "name_missing.yaml", "--config", CONFIG, "--strict").returncode == 2


def test_a_flow_that_cannot_be_loaded_exits_with_2(tmp_path: Path) -> None:
    """`run` shows the diagnostics with their places."""
    done = stepflow("run", INVALID / "undefined_in_output.yaml", "--config", CONFIG)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "undefined_in_output.yaml:5" in done.stdout + done.stderr
