"""`stepflow list-components`: what flows can use."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stepflow_cli.app import main

Write = Callable[[str, str | bytes], Path]
CONFIG = """\
plugins:
  m:
    type: mock
    components:
      /b: {input_schema: {type: object}, output_schema: {type: string}, behaviors: []}
      /a: {behaviors: []}
routes: {"/mock/{*component}": [{plugin: m}]}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, str, str]:
    """The exit code of `stepflow list-components` and what it wrote to stdout and stderr."""
    code = main(["list-components", *arguments])
    shown = capfdbinary.readouterr()
    return code, shown.out.decode(), shown.err.decode()


def test_lists_builtin_components(capfdbinary: Any) -> None:
    """Without a config there are the builtin components, one on a line with its description."""
    code, out, _ = run(capfdbinary)
    rows = [line.split("\t") for line in out.splitlines()]
    assert code == 0
    assert rows == sorted(rows)
    assert {"/builtin/eval", "/builtin/map", "/builtin/noop"} <= {row[0] for row in rows}
    assert all(len(row) == 2 for row in rows)


def test_lists_those_of_the_config(write: Write, capfdbinary: Any) -> None:
    """A config is found in the working directory or named."""
    path = write("other.yml", CONFIG)
    assert run(capfdbinary, "--config", "other.yml")[1] == "/mock/a\n/mock/b\n"
    path.rename("stepflow-config.yml")
    assert run(capfdbinary)[1] == "/mock/a\n/mock/b\n"


def test_shows_schemas(write: Write, capfdbinary: Any) -> None:
    """With `--schemas` each component has its schemas."""
    write("stepflow-config.yml", CONFIG)
    lines = run(capfdbinary, "--schemas")[1].splitlines()
    assert lines[lines.index("/mock/b") + 1 :] == ['  input: {"type":"object"}', '  output: {"type":"string"}']


def test_lists_as_json(write: Write, capfdbinary: Any) -> None:
    """For programs there is a list; schemas are in it if they are asked for."""
    write("stepflow-config.yml", CONFIG)
    assert json.loads(run(capfdbinary, "--json")[1]) == [{"path": "/mock/a"}, {"path": "/mock/b"}]
    assert json.loads(run(capfdbinary, "--json", "--schemas")[1])[1] == {
        "path": "/mock/b",
        "input_schema": {"type": "object"},
        "output_schema": {"type": "string"},
    }


def test_a_config_that_cannot_be_used(write: Write, capfdbinary: Any) -> None:
    """What is wrong with the config is told on stderr."""
    write("stepflow-config.yml", "plugins: [")
    code, out, err = run(capfdbinary)
    assert (code, out) == (2, "")
    assert "stepflow-config.yml:1:11: fatal 3400" in err
    assert run(capfdbinary, "--config", "missing.yml")[0] == 2
