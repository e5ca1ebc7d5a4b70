"""Writing results."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from stepflow_cli.exits import UsageError
from stepflow_cli.output import AtomicFile, Output, to_json
from stepflow_core import FlowResult

BIG = 123456789012345678901234567890


@pytest.mark.parametrize("pretty", [False, True])
def test_numbers_and_text_stay_what_they_are(pretty: bool) -> None:
    """Floats keep their point, integers all their digits, text its characters, in both layouts."""
    text = to_json(FlowResult.success({"f": 1.0, "n": BIG, "t": "ä 漢"}), pretty=pretty).decode()
    assert "1.0" in text
    assert str(BIG) in text
    assert "ä 漢" in text
    assert text.endswith("}\n")


def test_results_have_their_wire_form() -> None:
    """A result is written as it is over HTTP."""
    assert to_json(FlowResult.failed(1, "m")) == b'{"outcome":"failed","error":{"code":1,"message":"m"}}\n'
    assert to_json(FlowResult.skipped()) == b'{"outcome":"skipped"}\n'
    assert to_json(FlowResult.success(None), pretty=True) == b'{\n  "outcome": "success",\n  "result": null\n}\n'


def test_without_a_file_results_go_to_stdout(screens: Any) -> None:
    """Standard output gets the result, laid out where it is a terminal."""
    plain, tty = screens(), screens(tty=True)
    for screen in (plain, tty):
        with Output(screen, None) as output:
            output.write(to_json(FlowResult.success(1), pretty=output.pretty))
    assert plain.shown == '{"outcome":"success","result":1}\n'
    assert tty.shown == '{\n  "outcome": "success",\n  "result": 1\n}\n'


def test_a_file_appears_whole(tmp_path: Path, screen: Any) -> None:
    """Until all is written there is the old file or none, and nothing else stays beside it."""
    path = tmp_path / "out.json"
    path.write_text("old")
    with Output(screen, path) as output:
        output.write(b"new")
        assert path.read_text() == "old"
        assert output.pretty
    assert path.read_text() == "new"
    assert [*tmp_path.iterdir()] == [path]
    assert screen.shown == ""


def test_a_failure_leaves_the_old_file(tmp_path: Path, screen: Any) -> None:
    """What fails half-way changes nothing."""
    path = tmp_path / "out.json"
    with suppress(KeyError), Output(screen, path) as output:
        output.write(b"half")
        raise KeyError
    assert [*tmp_path.iterdir()] == []


def test_permissions_are_kept(tmp_path: Path) -> None:
    """A file that is replaced keeps its permissions, a new one gets the usual ones."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch()
    old.chmod(0o640)
    mask = os.umask(0o022)
    try:
        for path in (old, new):
            with AtomicFile(path) as file:
                file.write(b"x")
    finally:
        os.umask(mask)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (old, new)] == [0o640, 0o644]


def test_links_are_followed(tmp_path: Path) -> None:
    """A link stays a link; what it leads to is replaced."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.touch()
    link.symlink_to(target)
    with AtomicFile(link) as file:
        file.write(b"x")
    assert link.is_symlink()
    assert target.read_bytes() == b"x"


def test_devices_are_written_to(screen: Any) -> None:
    """A device is not replaced by a file."""
    with Output(screen, Path(os.devnull)) as output:
        output.write(b"x")
    assert not Path(os.devnull).is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_is_told(screen: Any) -> None:
    """What cannot be written is told with its file, whether at once or when the file is closed."""
    for size in (1, 100_000):
        with (
            pytest.raises(UsageError, match="cannot write /dev/full: No space"),
            Output(screen, Path("/dev/full")) as output,
        ):
            output.write(b"x" * size)


@pytest.mark.parametrize("name", ["missing/out.json", "."])
def test_unwritable_places_are_refused_at_once(tmp_path: Path, screen: Any, name: str) -> None:
    """A place that cannot be written is told before anything runs."""
    with pytest.raises(UsageError, match="--output: cannot write"), Output(screen, tmp_path / name):
        pass
