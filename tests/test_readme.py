"""What the READMEs and the page of the flow language show works as shown.

Each fenced block of them is used. One that begins with a comment that names a file, as YAML always does, is written
into a folder. Python runs there as a program; if it awaits at the top level, `runtime` is an open `StepflowRuntime`.
Commands of `stepflow` run there too; others must name what exists. A `text` block is exactly what the block before it
prints.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
READMES = [ROOT / "README.md", ROOT / "docs/flow-language.md", *sorted(ROOT.glob("packages/*/README.md"))]

FENCED = re.compile(r"^```(?P<language>\w+)[^\n]*\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
FILE_NAME = re.compile(r"# (?P<name>[\w-]+\.(py|yaml|yml))\n")
NAMES = '{"name": "Ada"}\n{"name": "Grace"}\n'
"""A file of inputs that the READMEs speak of without showing it, since JSON has no comment to name it in."""
KNOWN_LANGUAGES = {"bash", "python", "text", "yaml"}

OPEN_RUNTIME = """\
import asyncio
from stepflow_runtime import StepflowRuntime

async def main():
    async with StepflowRuntime() as runtime:
{body}

asyncio.run(main())
"""


class Block(NamedTuple):
    """A fenced block of a README; `shown` is the output that the README says it has."""

    readme: Path
    line: int
    language: str
    text: str
    shown: str | None


def blocks_of(readme: Path) -> list[Block]:
    """The fenced blocks of a README, each with the `text` block that follows it."""
    text = readme.read_text("utf-8")
    found = list(FENCED.finditer(text))
    return [
        Block(
            readme,
            text.count("\n", 0, match.start()) + 1,
            match["language"],
            match["text"],
            after["text"] if after and after["language"] == "text" else None,
        )
        for match, after in zip_longest(found, found[1:])
    ]


def blocks(language: str) -> list[Any]:
    """The blocks of all READMEs in a language, as the parameters of a test."""
    every = [block for readme in READMES for block in blocks_of(readme) if block.language == language]
    return [pytest.param(block, id=f"{block.readme.relative_to(ROOT)}:{block.line}") for block in every]


def commands_of(block: Block) -> list[list[str]]:
    """The commands of a bash block, without comments, those joined by `&&` apart."""
    lines = block.text.replace("\\\n", " ").splitlines()
    single = [command for line in lines for command in line.split("&&")]
    return [words for command in single if (words := shlex.split(command, comments=True))]


def as_program(text: str) -> str:
    """Python that can be run as it is; what awaits at the top level goes into an open runtime."""
    if not any(
        isinstance(node, ast.Await | ast.AsyncWith | ast.AsyncFor) for node in outside_functions(ast.parse(text))
    ):
        return text
    return OPEN_RUNTIME.format(body=textwrap.indent(text, " " * 8))


def outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a tree that stand in no function."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            yield from outside_functions(node)


def run(command: list[str], folder: Path) -> str:
    """Run a command in a folder; what it prints."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = os.environ | {"PATH": path, "NO_COLOR": "1", "COLUMNS": "120"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with the files that the README of the test's block shows."""
    for block in blocks_of(request.getfixturevalue("block").readme):
        if name := FILE_NAME.match(block.text):
            (tmp_path / name["name"]).write_text(block.text, "utf-8")
    (tmp_path / "names.jsonl").write_text(NAMES, "utf-8")
    return tmp_path


@pytest.mark.parametrize("block", blocks("python"))
def test_python_runs(block: Block, folder: Path) -> None:
    """A Python block runs and prints what the README says; one that names its file can be run too."""
    (folder / "snippet.py").write_text(as_program(block.text), "utf-8")
    printed = run([sys.executable, "-W", "error", "snippet.py"], folder)
    assert block.shown is None or printed == block.shown


@pytest.mark.parametrize("block", blocks("bash"))
def test_commands_run(block: Block, folder: Path) -> None:
    """A `stepflow` command runs and prints what the README says; other commands name what exists."""
    printed = ""
    for command in commands_of(block):
        if command[0] == "stepflow":
            printed += run(command, folder)
        else:
            assert is_possible(command), shlex.join(command)
    assert block.shown is None or printed == block.shown


def is_possible(command: list[str]) -> bool:
    """Whether a command that is not run here names a script of the workspace or packages that exist."""
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["envs"]["default"]["scripts"]
    packages = {path.parent.name for path in ROOT.glob("packages/*/pyproject.toml")}
    match command:
        case ["hatch", "run", script, *_]:
            return script in scripts
        case ["pip", "install", *names]:
            return {name.removeprefix("./packages/") for name in names} <= packages | {"hatch"}
        case ["bash", script]:
            return (ROOT / script).is_file()
        case _:
            return False


@pytest.mark.parametrize("block", blocks("yaml"))
def test_files_are_named(block: Block) -> None:
    """A YAML block says which file it is."""
    assert FILE_NAME.match(block.text)


@pytest.mark.parametrize("readme", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_blocks_are_of_known_languages(readme: Path) -> None:
    """A README has no block that the tests here would pass over."""
    assert {block.language for block in blocks_of(readme)} <= KNOWN_LANGUAGES
    assert readme.read_text("utf-8").count("```") == 2 * len(blocks_of(readme))


@pytest.mark.parametrize("readme", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(readme: Path) -> None:
    """Every relative link of a README leads to a file that is there."""
    links = re.findall(r"\]\(([^)#]+)", readme.read_text("utf-8"))
    assert [link for link in links if "://" not in link and not (readme.parent / link).exists()] == []
