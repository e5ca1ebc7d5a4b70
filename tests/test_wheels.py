"""The packages as users get them: built, installed into a clean environment, away from the checkout."""

from __future__ import annotations

import email
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import textwrap
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

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

REMOTE_PROGRAM = """
import asyncio
import sys
from stepflow_api.api.health import health_check
from stepflow_client import StepflowClient

async def main():
    async with StepflowClient(sys.argv[1]) as client:
        result = await client.run("greet.yaml", {"name": "World"})
        assert result.is_success, result
        print(result.output["greeting"])
        print((await health_check.asyncio(client=client.api)).status)

asyncio.run(main())
"""

SERVERS = [["stepflow", "serve", "--flows", "."], ["python", "-m", "stepflow_server"], ["stepflow-server"]]


def clean_environment() -> dict[str, str]:
    """The variables of a process that knows nothing of the checkout."""
    ours = ("PYTHON", "HATCH", "VIRTUAL", "STEPFLOW")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def run(command: list[str], where: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that knows nothing of the checkout."""
    done = subprocess.run(command, cwd=where, env=clean_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


@contextmanager
def serving(command: list[str], where: Path) -> Iterator[str]:
    """The URL of a server on a free port; it is asked to end by SIGTERM, and has to end with 0."""
    log = where / "server.log"
    with (
        log.open("w") as written,
        subprocess.Popen(
            [*command, "--port", "0"],
            cwd=where,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=written,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            ready = process.stdout.readline()
            assert ready.startswith("Stepflow is ready at http://127.0.0.1:"), log.read_text()
            yield ready.split()[-1]
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0, log.read_text()
        finally:
            process.kill()


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
    """A folder with a flow, and programs that run it here and on a server."""
    (tmp_path / "greet.yaml").write_text(FLOW, "utf-8")
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    (tmp_path / "remote.py").write_text(REMOTE_PROGRAM, "utf-8")
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


def test_wheels_describe_themselves_by_their_readmes(dist: Path, packages: list[Path]) -> None:
    """What a wheel says of its package is the README, as Markdown that renders without leaving any of its marks."""
    markdown = MarkdownIt().enable("table")
    for package in packages:
        (wheel,) = dist.glob(f"{package.name.replace('-', '_')}-*.whl")
        with zipfile.ZipFile(wheel) as file:
            (name,) = (each for each in file.namelist() if each.endswith(".dist-info/METADATA"))
            metadata = email.message_from_string(file.read(name).decode())
        assert metadata["Description-Content-Type"] == "text/markdown"
        assert metadata.get_payload() == (package / "README.md").read_text("utf-8")
        page = markdown.render(str(metadata.get_payload()))
        assert page.startswith(f"<h1>{package.name}</h1>")
        text = re.sub(r"<(code|pre)\b.*?</\1>", "", page, flags=re.DOTALL)
        assert [mark for mark in ("```", "](", "**", "`", "|--") if mark in text] == []


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


@pytest.mark.parametrize("command", SERVERS, ids=" ".join)
def test_installed_packages_serve_a_flow(installed: Path, flow_folder: Path, command: list[str]) -> None:
    """A started server runs the flow of a program and of `stepflow submit`, and ends with 0 when it is asked to."""
    stepflow, python = str(installed / "stepflow"), str(installed / "python")
    with serving([str(installed / command[0]), *command[1:]], flow_folder) as url:
        assert run([python, "-W", "error", "remote.py", url], flow_folder).stdout == "Hello, World!\nhealthy\n"
        options = ["--url", url, "--input-json", '{"name": "Ada"}']
        submitted = run([stepflow, "submit", "greet.yaml", *options], flow_folder)
        assert json.loads(submitted.stdout) == {"outcome": "success", "result": {"greeting": "Hello, Ada!"}}
        listed = run([stepflow, "runs", "list", "--url", url, "--json"], flow_folder)
        assert listed.stdout.count('"status":"completed"') == 2


def test_installed_packages_are_typed(installed: Path, flow_folder: Path, packages: list[Path]) -> None:
    """The installed packages carry their types' markers."""
    code = """
        import importlib.resources, importlib.metadata
        names = [d.name for d in importlib.metadata.distributions() if d.name.startswith("stepflow-")]
        for name in names:
            assert importlib.resources.files(name.replace("-", "_")).joinpath("py.typed").is_file()
        print(len(names))
    """
    done = run([str(installed / "python"), "-c", textwrap.dedent(code)], flow_folder)
    assert int(done.stdout) == len(packages)
