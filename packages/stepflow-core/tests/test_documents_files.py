"""Documents are read from regular files only, and what cannot be read is told."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from stepflow_core import Diagnostic, FlowLoadError
from stepflow_core.documents import Limits, read_file, read_text


def refused(path: str | os.PathLike[str], limits: Limits | None = None) -> Diagnostic:
    with pytest.raises(FlowLoadError) as refusal:
        read_file(path, limits=limits or Limits())
    [diagnostic] = refusal.value.diagnostics
    assert diagnostic.code == 3400
    return diagnostic


@pytest.mark.parametrize("name", ["flow.yaml", "flow.yml", "flow", "flow.txt", "json"])
def test_files_are_yaml(tmp_path: Path, name: str) -> None:
    """Every file is read as YAML, as long as it is not called JSON."""
    (tmp_path / name).write_text("a: yes # text\n")
    document = read_file(tmp_path / name)
    assert (document.data, document.format, document.file) == ({"a": "yes"}, "yaml", str(tmp_path / name))


@pytest.mark.parametrize("name", ["flow.json", "FLOW.JSON"])
def test_files_called_json_are_json(tmp_path: Path, name: str) -> None:
    """A file whose name ends in .json is read as JSON, where YAML is a fault."""
    path = tmp_path / name
    path.write_text('{"a": "yes"}')
    assert (read_file(str(path)).data, read_file(path).format) == ({"a": "yes"}, "json")
    path.write_text("a: yes")
    assert refused(path).file == str(path)


def test_an_empty_file_is_null(tmp_path: Path) -> None:
    """An empty YAML file is read as null; as JSON it is a fault."""
    (tmp_path / "flow.yaml").touch()
    assert read_file(tmp_path / "flow.yaml").data is None
    (tmp_path / "flow.json").touch()
    assert refused(tmp_path / "flow.json").line == 1


def test_a_missing_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing is said with where it was looked for, or with the file that may be meant."""
    monkeypatch.chdir(tmp_path)
    diagnostic = refused("flow.yaml")
    assert (diagnostic.text, diagnostic.hint) == ("there is no such file", f"the path starts at {tmp_path}")
    assert refused(tmp_path / "flow.yaml").hint is None
    (tmp_path / "flow.yml").touch()
    assert refused("flow.yaml").hint == 'there is "flow.yml"'
    assert refused("flow").hint == 'there is "flow.yml"'


def test_a_path_through_a_file_is_told(tmp_path: Path) -> None:
    """A path that leads through a file cannot be read."""
    (tmp_path / "file").touch()
    assert "not a directory" in refused(tmp_path / "file" / "flow.yaml").text


@pytest.mark.parametrize("name", ["", "\0", "x" * 5000, "\udcff\udcfe"])
def test_names_that_no_file_has(name: str) -> None:
    """Names that cannot be those of files are refused as well, and shown as text."""
    diagnostic = refused(name)
    assert diagnostic.file is not None
    diagnostic.file.encode()


def test_a_loop_of_links_is_told(tmp_path: Path) -> None:
    """Links that lead to each other end."""
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert "cannot be read" in refused(tmp_path / "a").text


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_told(tmp_path: Path) -> None:
    """A file that this user may not read says so."""
    path = tmp_path / "flow.yaml"
    path.touch(mode=0)
    diagnostic = refused(path)
    assert "permission denied" in diagnostic.text
    assert "permissions" in (diagnostic.hint or "")


def test_permission_is_told_for_any_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where the system refuses to open the file."""

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "flow.yaml").touch()
    monkeypatch.setattr(os, "open", refuse)
    assert "permissions" in (refused(tmp_path / "flow.yaml").hint or "")


def test_directories_are_refused(tmp_path: Path) -> None:
    """A directory is no document."""
    assert refused(tmp_path).text == "it is a directory, not a file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_pipes_do_not_hang(tmp_path: Path) -> None:
    """A named pipe that nobody writes to is refused at once."""
    os.mkfifo(tmp_path / "flow.yaml")
    assert refused(tmp_path / "flow.yaml").text == "it is a named pipe, not a file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_file_that_turns_into_a_pipe_does_not_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening does not wait, should the path name a pipe by then."""
    path = tmp_path / "flow.yaml"
    path.touch()
    regular = path.stat()
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(Path, "stat", lambda *_, **__: regular)
    assert read_file(path).data is None


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there are no devices")
def test_devices_are_refused() -> None:
    """A device, which may have no end, is refused."""
    assert refused("/dev/zero").text == "it is a device, not a file"


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="there are no such sockets")
def test_sockets_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket is refused."""
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("flow.yaml")
        assert refused("flow.yaml").text == "it is a socket, not a file"


def test_large_files_are_refused_unread(tmp_path: Path) -> None:
    """The size is looked at before anything is read."""
    path = tmp_path / "flow.yaml"
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    assert "104,857,600 bytes, more than the limit of 32 MiB" in refused(path).text


def test_files_that_grow_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is larger than it seemed is not read beyond the limit."""
    path = tmp_path / "flow.yaml"
    path.touch()
    empty = path.stat()
    path.write_text("a" * 101)
    monkeypatch.setattr(Path, "stat", lambda *_, **__: empty)
    assert "101 bytes" in refused(path, Limits(max_bytes=100)).text


def test_faults_of_a_file_name_it(tmp_path: Path) -> None:
    """The message of the error is `file:line:column: level code kind: text (hint)`."""
    path = tmp_path / "flow.yaml"
    path.write_text("steps:\n  - id: a\n    id: b\n")
    with pytest.raises(FlowLoadError, match=rf"{path}:3:5: fatal 3400 parse: the key \"id\" is there twice"):
        read_file(path)


def test_another_format_is_a_mistake() -> None:
    """A format that is neither is the caller's mistake."""
    with pytest.raises(ValueError, match="toml"):
        read_text("", format="toml")  # type: ignore[arg-type]
