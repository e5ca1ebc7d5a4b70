"""The suite's flows through `stepflow test`, as a user runs it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

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

SLOW = """\
name: slow
description: Everything that takes time.
steps:
  - {id: nap, component: /builtin/sleep, input: {duration_ms: 3600000, passthrough: slept}, timeout: 2h}
  - {id: late, component: /builtin/sleep, input: {duration_ms: 864000000}, timeout: 1d}
  - id: again
    component: /builtin/sleep
    input: {duration_ms: 7200000}
    timeout: 1h
    retry: {maxRetries: 2, on: [timeout], backoff: {type: constant, initial: 1d, max: 1d}}
output:
  $if: {$input: late}
  then: {$step: late}
  else: {$if: {$input: again}, then: {$step: again}, else: {$step: nap}}
test:
  cases:
    - {name: sleeps, input: {}, output: {outcome: success, result: {passthrough: slept}}}
    - {name: times out, input: {late: true}, output: {outcome: failed, error: {code: 408}}}
    - {name: tries again, input: {again: true}, output: {outcome: failed, error: {code: 408}}}
"""

OWN_CONFIG = """\
plugins:
  own: {type: mock, components: {/tea: {behaviors: [{input: {pot: green}, result: {outcome: success, result: 3}}]}}}
routes:
  "/{*component}": [{plugin: own}]
"""
OWN = """\
name: own
description: Has its own config.
steps: [{id: tea, component: /tea, input: {pot: {$input: pot}}}]
output: {$step: tea}
"""
OWN_CASES = """\
  cases:
    - {name: green, input: {pot: green}, output: {outcome: success, result: 3}}
    - {name: black, input: {pot: black}, output: {outcome: failed, error: {}}}
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


def test_time_is_skipped(tmp_path: Path) -> None:
    """Sleeps, timeouts and back-offs take none: these would take days."""
    (tmp_path / "slow.yaml").write_text(SLOW)
    done = stepflow("test", tmp_path / "slow.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("member", ["config", "stepflow_config", "configFile"])
def test_a_flow_brings_its_own_config(tmp_path: Path, member: str) -> None:
    """Written out in its test section, or as a file beside it."""
    (tmp_path / "own.yml").write_text(OWN_CONFIG)
    section = f"\n{textwrap.indent(OWN_CONFIG, '    ')}" if member != "configFile" else " own.yml\n"
    (tmp_path / "own.yaml").write_text(f"{OWN}test:\n  {member}:{section}{OWN_CASES}")
    done = stepflow("test", tmp_path / "own.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_differences_are_shown(tmp_path: Path) -> None:
    """What was expected and what came out, by their place."""
    (tmp_path / "failing.yaml").write_text(FAILING)
    done = stepflow("test", tmp_path / "failing.yaml", "--diff")
    assert done.returncode == 1
    assert "2" in done.stdout
    assert "1" in done.stdout


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
