"""What the READMEs and the page of the flow language show works as shown.

Each fenced block of them is used, in a folder with the files that the page shows: those blocks that begin with a
comment that names a file, as YAML always does; a page of an example has the files of the example. A `text` block is
exactly what the block before it prints.

Python runs there as a program. What awaits at the top level goes on where the blocks before it ended, with `runtime`
an open `StepflowRuntime` and `client` an open `StepflowClient` where they are used without having been made. Commands
run there too; those that install something or take long must name what exists. One that serves is started on a free
port and asked to end; who speaks to a server finds that of its page, or a plain one, at the address that it names.
"""

from __future__ import annotations

import ast
import builtins
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted(ROOT.glob("examples/*/README.md"))
READMES = [ROOT / "README.md", ROOT / "docs/flow-language.md", *sorted(ROOT.glob("packages/*/README.md")), *EXAMPLES]

FENCED = re.compile(r"^```(?P<language>\w+)[^\n]*\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
FILE_NAME = re.compile(r"# (?P<name>[\w-]+\.(py|yaml|yml))\n")
URL = re.compile(r"http://(localhost|127\.0\.0\.1):\d+")
NAMES = '{"name": "Ada"}\n{"name": "Grace"}\n'
"""A file of inputs that the READMEs speak of without showing it, since JSON has no comment to name it in."""
KNOWN_LANGUAGES = {"bash", "python", "text", "yaml"}

SERVER = "stepflow serve"
SERVERS = (SERVER, "python -m stepflow_server", "python app.py")
FREE_PORT = {"STEPFLOW_PORT": "0", "PORT": "0"}
RUN_HERE = {"curl", "python", "stepflow"}

OPENED = {
    "client": 'async with stepflow_client.StepflowClient("http://localhost:7837") as client:',
    "runtime": "async with stepflow_runtime.StepflowRuntime() as runtime:",
}
MARK = "-- what is printed from here on is that of the block\n"
PROGRAM = """\
import asyncio, stepflow_client, stepflow_runtime

async def main():
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


Ports = Callable[[Path], str]


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


# ---- programs


def as_program(block: Block) -> str:
    """Python that can be run as it is; what awaits at the top level goes on after the blocks before it."""
    if not awaits(block.text):
        return block.text
    before = [each for each in blocks_of(block.readme) if each.language == "python" and each.line < block.line]
    going_on = [each.text for each in before if awaits(each.text)] if unknown_names(block.text) - set(OPENED) else []
    parts = [opened(text) for text in [*going_on, block.text]]
    return PROGRAM.format(body=textwrap.indent(f"print({MARK!r}, end='')\n".join(["", *parts]), " " * 4))


def awaits(text: str) -> bool:
    """Whether Python awaits something outside of functions."""
    asynchronous = ast.Await | ast.AsyncWith | ast.AsyncFor
    return any(isinstance(node, asynchronous) for node in outside_functions(ast.parse(text)))


def opened(text: str) -> str:
    """Python within the executors that it uses without making them."""
    for name in OPENED.keys() & unknown_names(text):
        text = f"{OPENED[name]}\n{textwrap.indent(text, ' ' * 4)}"
    return text


def unknown_names(text: str) -> set[str]:
    """The names that Python uses and does not define itself."""
    nodes = list(ast.walk(ast.parse(text)))
    names = [each for each in nodes if isinstance(each, ast.Name)]
    defined = {each.id for each in names if isinstance(each.ctx, ast.Store)} | set(dir(builtins))
    defined |= {(each.asname or each.name).partition(".")[0] for each in nodes if isinstance(each, ast.alias)}
    defined |= {each.arg for each in nodes if isinstance(each, ast.arg)}
    defined |= {each.name for each in nodes if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    defined |= {each.name for each in nodes if isinstance(each, ast.ExceptHandler) and each.name}
    return {each.id for each in names} - defined


def outside_functions(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a tree that stand in no function."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
            yield from outside_functions(node)


# ---- commands


def commands_of(block: Block) -> list[list[str]]:
    """The commands of a bash block, without comments, those joined by `&&` apart."""
    lines = block.text.replace("\\\n", " ").splitlines()
    single = [command for line in lines for command in line.split("&&")]
    return [words for command in single if (words := shlex.split(command, comments=True))]


def serves(block: Block) -> bool:
    """Whether a block is a command that serves until it is ended."""
    return block.language == "bash" and block.text.startswith(SERVERS)


def speaks_to_a_server(block: Block) -> bool:
    """Whether a block needs a server that is there."""
    if block.language == "python":
        return bool(URL.search(as_program(block)))
    return bool(re.search(r"stepflow (submit|runs|flows|doctor)\b", block.text) or URL.search(block.text))


def is_possible(command: list[str]) -> bool:
    """Whether a command that is not run here names a script of the workspace or packages that exist."""
    workspace = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["envs"]["default"]
    declared = {re.split(r"[\[<>=]", each, maxsplit=1)[0] for each in workspace["dependencies"]}
    packages = {path.parent.name for path in ROOT.glob("packages/*/pyproject.toml")}
    match command:
        case ["hatch", "run", script, *_]:
            return script in workspace["scripts"]
        case ["pip", "install", *names]:
            return {re.sub(r".*/packages/|\[.*", "", name) for name in names} <= packages | declared | {"hatch"}
        case ["bash", script]:
            return (ROOT / script).is_file()
        case _:
            return False


def environment(**more: str) -> dict[str, str]:
    """The variables of the programs of a page: its commands are those of the Python that runs the tests."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return os.environ | {"PATH": path, "NO_COLOR": "1", "COLUMNS": "120", "PYTHONUNBUFFERED": "1", **more}


def run(command: list[str], folder: Path, **more: str) -> str:
    """Run a command in a folder; what it prints."""
    done = subprocess.run(command, cwd=folder, env=environment(**more), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{shlex.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@contextmanager
def serving(command: str, folder: Path, shown: str | None = None) -> Iterator[str]:
    """Run a command that serves on a free port; its URL, once it has printed it, in the line that is shown."""
    with subprocess.Popen(
        shlex.split(command, comments=True),
        cwd=folder,
        env=environment(**FREE_PORT),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield announced(process.stdout, shown)
            process.send_signal(signal.SIGTERM)
            # Some servers end by the signal that they were sent, once they have ended everything else.
            assert process.wait(timeout=60) in {0, -signal.SIGTERM}
        finally:
            process.kill()


def announced(lines: Iterator[str], shown: str | None) -> str:
    """The URL that a server has told, in the line that is shown if there is one."""
    told = []
    for line in lines:
        told.append(line)
        if (found := URL.search(line)) and shown in {None, URL.sub("http://127.0.0.1:7837", line)}:
            return found.group()
    raise AssertionError(f"no line tells an address:\n{''.join(told)}")


# ---- fixtures


def filled(folder: Path, readme: Path) -> Path:
    """A folder with the files that a README shows, and those of the example that it is about."""
    if readme in EXAMPLES:
        shutil.copytree(readme.parent, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for block in blocks_of(readme):
        if name := FILE_NAME.match(block.text):
            (folder / name["name"]).write_text(block.text, "utf-8")
    (folder / "names.jsonl").write_text(NAMES, "utf-8")
    return folder


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with the files of the README of the test's block."""
    return filled(tmp_path, request.getfixturevalue("block").readme)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    """Gives the URL of the server of a README, which is started when first asked for."""
    urls: dict[Path, str] = {}
    with ExitStack() as stack:

        def server(readme: Path) -> str:
            if readme not in urls:
                command = next((each.text for each in blocks_of(readme) if serves(each)), SERVER)
                urls[readme] = stack.enter_context(serving(command, filled(tmp_path_factory.mktemp("served"), readme)))
            return urls[readme]

        yield server


@pytest.fixture
def address(request: pytest.FixtureRequest, servers: Ports) -> str:
    """The URL of the server that the test's block speaks to, empty where it speaks to none."""
    block = request.getfixturevalue("block")
    return servers(block.readme) if speaks_to_a_server(block) else ""


# ---- what is shown works


@pytest.mark.parametrize("block", blocks("python"))
def test_python_runs(block: Block, folder: Path, address: str) -> None:
    """A Python block runs and prints what the README says; one that names its file can be run too."""
    (folder / "snippet.py").write_text(URL.sub(address, as_program(block)), "utf-8")
    printed = run([sys.executable, "-W", "error", "snippet.py"], folder).rpartition(MARK)[2]
    assert block.shown is None or printed == block.shown


@pytest.mark.parametrize("block", blocks("bash"))
def test_commands_run(block: Block, folder: Path, address: str) -> None:
    """Commands run and print what the README says, or serve; those that are not run here name what exists."""
    programs = {words[0] for words in commands_of(block)}
    if serves(block):
        with serving(block.text, folder, block.shown):
            return
    if not programs <= RUN_HERE:
        assert [each for each in commands_of(block) if not is_possible(each)] == []
        return
    if "curl" in programs and shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    variables = {"STEPFLOW_URL": address} if address else {}
    printed = run(["bash", "-euo", "pipefail", "-c", URL.sub(address, block.text)], folder, **variables)
    assert block.shown is None or printed.rstrip("\n") == block.shown.rstrip("\n")


@pytest.mark.parametrize("block", blocks("yaml"))
def test_files_are_named(block: Block) -> None:
    """A YAML block says which file it is."""
    assert FILE_NAME.match(block.text)


@pytest.mark.parametrize("readme", READMES, ids=lambda path: str(path.relative_to(ROOT)))
def test_blocks_are_of_known_languages(readme: Path) -> None:
    """A README has no block that the tests here would pass over."""
    assert {block.language for block in blocks_of(readme)} <= KNOWN_LANGUAGES
    assert readme.read_text("utf-8").count("```") == 2 * len(blocks_of(readme))


def test_embedded_and_served_are_side_by_side() -> None:
    """The first page shows one program in both ways, in under ten lines each, of which two are not the same."""
    table = (ROOT / "README.md").read_text("utf-8").partition("<table>")[2].partition("</table>")[0]
    embedded, served = (match["text"].splitlines() for match in FENCED.finditer(table))
    assert max(len(embedded), len(served)) < 10
    changed = [pair for pair in zip(embedded, served, strict=True) if pair[0] != pair[1]]
    assert [line.split("(")[0] for pair in changed for line in pair] == [
        "from stepflow_runtime import StepflowRuntime",
        "from stepflow_client import StepflowClient",
        "with StepflowRuntime",
        "with StepflowClient",
    ]
