"""The packages as users get them: built, installed into a clean environment, away from the checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import textwrap
import venv
import zipfile
from pathlib import Path

import pytest

FLOW = """
name: greet
description: Greets by name
schemas:
  input: {type: object, required: [name], properties: {name: {type: string}}}
steps:
  - id: text
    component: /builtin/eval
    input:
      flow: {$literal: {output: {$template: "Hello, {{ input.name }}!"}}}
      input: {$input: $}
output: {greeting: {$step: text, path: result.result}}
"""

PROGRAM = """
import asyncio
from stepflow_runtime import StepflowRuntime

async def main():
    async with StepflowRuntime() as runtime:
        result = await runtime.run("greet.yaml", {"name": "World"})
        assert result.is_success, result
        print(result.output["greeting"])

asyncio.run(main())
"""


def run(command: list[str], where: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that knows nothing of the checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "HATCH", "VIRTUAL"))}
    done = subprocess.run(command, cwd=where, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def dist(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the wheel and the source archive of every package."""
    target = tmp_path_factory.mktemp("dist")
    command = [sys.executable, str(repository / "scripts/build"), str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` directory of an environment into which only the wheels and what they need are installed."""
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=True)
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    wheels = sorted(str(path) for path in dist.glob("*.whl"))
    run([str(scripts / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wheels], home)
    return scripts


@pytest.fixture
def flow_folder(tmp_path: Path) -> Path:
    """A folder with a flow and a program that runs it."""
    (tmp_path / "greet.yaml").write_text(FLOW, "utf-8")
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    return tmp_path


def test_every_package_is_built(dist: Path, packages: list[Path]) -> None:
    """The build makes a wheel and a source archive of every package."""
    names = {package.name.replace("-", "_") for package in packages}
    assert {path.name.partition("-")[0] for path in dist.glob("*.whl")} == names
    assert {path.name.rpartition("-")[0] for path in dist.glob("*.tar.gz")} == names


def test_wheels_carry_all_that_is_in_the_source(dist: Path, packages: list[Path]) -> None:
    """A wheel carries every file of its package's source, the types' marker too, its licence, and nothing else."""
    for package in packages:
        (wheel,) = dist.glob(f"{package.name.replace('-', '_')}-*.whl")
        names = set(zipfile.ZipFile(wheel).namelist())
        source = {path.relative_to(package / "src").as_posix() for path in source_files(package)}
        assert {name for name in names if ".dist-info/" not in name} == source
        assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def source_files(package: Path) -> list[Path]:
    """The files of a package's source, without what running it leaves behind."""
    left_behind = re.compile(r"/(__pycache__|\.[^/]+)/")
    files = {path: path.relative_to(package).as_posix() for path in package.glob("src/**/*") if path.is_file()}
    return [path for path, name in files.items() if not left_behind.search(name)]


def test_source_archives_can_be_built(dist: Path, packages: list[Path]) -> None:
    """A source archive carries the source, the tests, the README, the licence and the build's description."""
    for package in packages:
        (archive,) = dist.glob(f"{package.name.replace('-', '_')}-*.tar.gz")
        with tarfile.open(archive) as file:
            parts = {name.split("/", 2)[1] for name in file.getnames()}
        assert {"LICENSE", "PKG-INFO", "README.md", "pyproject.toml", "src", "tests"} <= parts


def test_installed_packages_run_a_flow(installed: Path, flow_folder: Path) -> None:
    """A program beside nothing but the installed packages runs a flow."""
    done = run([str(installed / "python"), "-W", "error", "program.py"], flow_folder)
    assert done.stdout == "Hello, World!\n"


def test_installed_command_runs_a_flow(installed: Path, flow_folder: Path) -> None:
    """The installed `stepflow` command runs a flow and prints its result as JSON."""
    command = [str(installed / "stepflow"), "run", "greet.yaml", "--input-json", '{"name": "World"}']
    done = run(command, flow_folder)
    assert json.loads(done.stdout) == {"outcome": "success", "result": {"greeting": "Hello, World!"}}


def test_installed_packages_are_typed(installed: Path, flow_folder: Path) -> None:
    """The installed packages carry their types' markers."""
    code = """
        import importlib.resources, importlib.metadata
        names = [d.name for d in importlib.metadata.distributions() if d.name.startswith("stepflow-")]
        for name in names:
            assert importlib.resources.files(name.replace("-", "_")).joinpath("py.typed").is_file()
        print(len(names))
    """
    done = run([str(installed / "python"), "-c", textwrap.dedent(code)], flow_folder)
    assert int(done.stdout) >= 3
