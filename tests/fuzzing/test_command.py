"""`scripts/fuzz documents`: processes that share the inputs, and what becomes of those that end before their time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest


def command(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as one does from the root."""
    line = [sys.executable, "scripts/fuzz", "documents", *arguments]
    return subprocess.run(line, cwd=repository, capture_output=True, text=True, check=False, timeout=200)


def test_the_inputs_are_shared_and_counted(repository: Path, tmp_path: Path) -> None:
    """Each is checked once, whatever the number of processes, and the summary counts them by kind."""
    folder = tmp_path / "failures"
    done = command(repository, "--documents", "41", "--seed", "1", "--processes", "2", "--failures", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert "passed: 41 inputs from seed 1 in" in done.stdout
    assert sum(int(line.split()[0]) for line in done.stdout.splitlines() if "  " in line) == 41
    assert not folder.exists()


@pytest.fixture
def fuzz(fuzzing: Any, tmp_path: Path) -> Any:
    """One call of the command, that has not begun."""
    options = fuzzing.command.parsed(["--seed", "3", "--failures", str(tmp_path / "failures"), "--only", "path"])
    return fuzzing.command.Fuzzing(options)


def test_a_failing_input_is_printed_with_its_seed_and_kept(
    fuzzing: Any, fuzz: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line can be typed to have it again."""
    fuzz._tell(fuzzing.working.Failure(12, "path", {"a": "\ud800"}, "because"))
    assert "scripts/fuzz documents --seed 3 --first 12 --documents 1 --only path" in capsys.readouterr().out
    assert "because" in (tmp_path / "failures" / "path-3-12.txt").read_text()
    assert fuzz._summary() == 1


def test_a_process_that_dies_is_told_of_and_another_goes_on(
    fuzzing: Any, fuzz: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The input that it was at counts as failed, the next one of its share comes next."""
    followers: list[Any] = []

    def follow(share: Any) -> Any:
        followers.append(share)
        return SimpleNamespace(connection=len(followers))

    monkeypatch.setattr(fuzzing.command, "_kills", lambda input, value: value is not None)
    rest_of = fuzzing.command.Worker.rest
    share = fuzzing.working.Share(3, 0, 10, 2, ("path",))
    dead = SimpleNamespace(share=share, at=4, process=SimpleNamespace(join=lambda: None, exitcode=-11))
    dead.rest = lambda: rest_of(dead)
    monkeypatch.setattr(fuzzing.command, "Worker", follow)
    fuzz._ended({}, dead)
    assert [(each.first, each.stop, each.step) for each in followers] == [(6, 10, 2)]
    assert fuzz._failures == 1


def test_a_process_that_has_done_its_share_is_not_followed(fuzz: Any) -> None:
    """Nothing is told of it."""
    fuzz._ended({}, SimpleNamespace(process=SimpleNamespace(join=lambda: None, exitcode=0)))
    assert fuzz._summary() == 0


@pytest.mark.parametrize("wrong", [["--documents", "0"], ["--processes", "0"], ["--first", "-1"], ["--only", "x"]])
def test_options_that_make_no_sense_are_refused(fuzzing: Any, wrong: list[str]) -> None:
    """With the exit code of wrong use."""
    with pytest.raises(SystemExit) as refused:
        fuzzing.command.parsed(wrong)
    assert refused.value.code == 2
