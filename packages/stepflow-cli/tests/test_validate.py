"""`stepflow validate`: checking flows without running them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stepflow_cli.app import main

Write = Callable[[str, str | bytes], Path]
GOOD = "name: a\ndescription: b\noutput: {$input: $}\n"
WARNED = "name: a\noutput: {$input: $}\n"
ODD = "name: a\ndescription: b\nsteps: [{id: a, component: /nowhere/x}]\noutput: {$step: a}\n"
BAD = "name: a\ndescription: b\noutput:\n  - {$step: later}\n  - {$input: '$['}\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, str, str]:
    """The exit code of `stepflow validate` and what it wrote to stdout and stderr."""
    code = main(["validate", *arguments])
    shown = capfdbinary.readouterr()
    return code, shown.out.decode(), shown.err.decode()


@pytest.mark.parametrize(
    ("text", "code", "strict"),
    [(GOOD, 0, 0), (WARNED, 0, 2), (ODD, 2, 2), (BAD, 2, 2), ("", 2, 2), ("- 1", 2, 2), (b"\xff", 2, 2)],
)
def test_levels_have_exit_codes(write: Write, capfdbinary: Any, text: str | bytes, code: int, strict: int) -> None:
    """Errors and fatal faults are invalid, warnings only with `--strict`."""
    write("a.yaml", text)
    assert run(capfdbinary, "a.yaml")[0] == code
    assert run(capfdbinary, "a.yaml", "--strict")[0] == strict


def test_faults_are_drawn_and_counted(write: Write, capfdbinary: Any) -> None:
    """All faults stand under their lines on stdout, then a line that sums up."""
    write("a.yaml", BAD)
    _, out, err = run(capfdbinary, "a.yaml")
    assert err == ""
    lines = out.splitlines()
    assert lines[0].startswith("a.yaml:4:13: fatal 3003 undefinedStepReference")
    assert lines[1:3] == ["  4 |   - {$step: later}", "    |             ^"]
    assert lines[-1] == "1 flow: 1 invalid (2 errors)"


def test_folders_are_searched(write: Write, capfdbinary: Any) -> None:
    """All flows of a folder are checked; other files are not."""
    write("x/a.yaml", GOOD)
    write("x/deep/b.json", '{"name": "a", "description": "b", "steps": []}')
    write("x/other.yaml", "plugins: {}")
    assert run(capfdbinary, "x") == (0, "2 flows: all valid\n", "")


def test_reports_as_json(write: Write, capfdbinary: Any) -> None:
    """For programs there is one list with the diagnostics of each file, as they are everywhere."""
    write("a.yaml", GOOD)
    write("b.yaml", BAD)
    code, out, _ = run(capfdbinary, "a.yaml", "b.yaml", "missing.yaml", "--json")
    good, bad, missing = json.loads(out)
    assert code == 2
    assert good == {"file": "a.yaml", "valid": True, "diagnostics": []}
    assert (bad["file"], bad["valid"]) == ("b.yaml", False)
    places = {(each["level"], each["file"], each["line"], each["pointer"]) for each in bad["diagnostics"]}
    assert places == {("fatal", "b.yaml", 4, "/output/0/$step"), ("fatal", "b.yaml", 5, "/output/1/$input")}
    assert missing["diagnostics"][0]["text"] == "there is no such file"


def test_quiet_shows_faults_only(write: Write, capfdbinary: Any) -> None:
    """With `--quiet` there are neither warnings nor a summary, unless warnings matter."""
    write("a.yaml", WARNED)
    assert run(capfdbinary, "-q", "a.yaml") == (0, "", "")
    code, out, _ = run(capfdbinary, "-q", "--strict", "a.yaml")
    assert code == 2
    assert "warning 1002" in out


def test_components_of_the_config_are_known(write: Write, capfdbinary: Any) -> None:
    """Each flow is checked with the config beside it, or with that of `--config`."""
    config = "plugins: {m: {type: mock, components: {/x: {behaviors: []}}}}\n"
    config += "routes: {'/nowhere/{*component}': [{plugin: m}]}\n"
    write("a/flow.yaml", ODD)
    write("b/flow.yaml", ODD)
    write("b/stepflow-config.yml", config)
    code, out, _ = run(capfdbinary, "a", "b")
    assert code == 2
    assert out.splitlines()[-1] == "2 flows: 1 invalid (1 error)"
    assert run(capfdbinary, "a", "b", "--config", "b/stepflow-config.yml")[0] == 0


def test_faults_of_a_config_are_told_once(write: Write, capfdbinary: Any) -> None:
    """A config that cannot be used makes all its flows invalid, and is shown once."""
    write("a.yaml", GOOD)
    write("b.yaml", GOOD)
    write("stepflow-config.yml", "plugins: 5\n")
    code, out, _ = run(capfdbinary, "a.yaml", "b.yaml")
    assert code == 2
    assert out.count("stepflow-config.yml:1:10: fatal 3402") == 1
    assert out.splitlines()[-1].startswith("2 flows: 2 invalid (1 error")


def test_nothing_to_validate(capfdbinary: Any, tmp_path: Path) -> None:
    """Without a path, or in a folder without a flow, the command says what it needs."""
    assert run(capfdbinary) == (2, "", "error: nothing to validate is given: stepflow validate PATH…\n")
    code, _, err = run(capfdbinary, ".")
    assert code == 2
    assert "there is no flow in this folder" in err
