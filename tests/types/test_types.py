"""What a type checker says of the public API used rightly and wrongly."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ACCEPTED, REJECTED = HERE / "accepted.py", HERE / "rejected.py"
FINDING = re.compile(r"(?P<file>.+?):(?P<line>\d+): error: .*\[(?P<code>[\w-]+)\]$")
EXPECTED = re.compile(r"# E: ([\w, -]+)$")

Findings = set[tuple[str, int, str]]


@pytest.fixture(scope="module")
def found(repository: Path) -> Findings:
    """What mypy finds in the two files: file name, line, code of the error."""
    sources = os.pathsep.join(str(path) for path in repository.glob("packages/*/src"))
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--no-pretty", str(ACCEPTED), str(REJECTED)]
    environment = os.environ | {"MYPYPATH": sources}
    done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    matches = (FINDING.match(line) for line in done.stdout.splitlines())
    return {(Path(each["file"]).name, int(each["line"]), each["code"]) for each in matches if each}


def expected_in(path: Path) -> Findings:
    """The errors that the comments of a file announce."""
    return {
        (path.name, number, code.strip())
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if (comment := EXPECTED.search(line))
        for code in comment[1].split(",")
    }


def test_right_use_is_accepted(found: Findings) -> None:
    """Code that uses the public API as documented has no type error."""
    assert {each for each in found if each[0] == ACCEPTED.name} == set()


def test_wrong_use_is_rejected(found: Findings) -> None:
    """Each wrong use of the public API is a type error, on its line and of the announced kind."""
    assert {each for each in found if each[0] == REJECTED.name} == expected_in(REJECTED)
