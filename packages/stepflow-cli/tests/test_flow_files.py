"""Finding flows in files and folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from stepflow_cli.exits import UsageError
from stepflow_cli.flow_files import find_flows, looks_like_flow

Write = Callable[[str, str | bytes], Path]


def test_searches_folders(write: Write, tmp_path: Path) -> None:
    """Folders are searched to the bottom, in order, hidden ones and dependencies left out."""
    for name in ("b.yaml", "sub/a.yml", "sub/c.json", ".git/x.yaml", "node_modules/x.yaml", ".hidden.yaml", "x.txt"):
        write(name, '{"steps": []}' if name.endswith("json") else "steps: []")
    write("stepflow-config.yml", "plugins: {}\nroutes: {}\n")
    write("package.json", '{"name": "x"}')
    found = [each.relative_to(tmp_path).as_posix() for each in find_flows([tmp_path])]
    assert found == ["b.yaml", "sub/a.yml", "sub/c.json"]


def test_named_files_are_taken_as_they_are(write: Write, tmp_path: Path) -> None:
    """A file that is named is a flow whatever it holds, there or not; each counts once."""
    path = write("a.txt", "text")
    assert find_flows([path, tmp_path / "missing.yaml", path]) == [path, tmp_path / "missing.yaml"]


def test_a_folder_without_flows_is_refused(tmp_path: Path) -> None:
    """All folders without a flow are named."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with pytest.raises(UsageError) as refused:
        find_flows([tmp_path / "a", tmp_path / "b"])
    assert [f"{tmp_path}/{each}" in refused.value.message for each in ("a", "b")] == [True, True]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("name: x\nsteps:\n  - id: a\n", True),
        ("output: {$input: $}\n", True),
        ('"steps": []', True),
        ('{"name": "x", "steps" : []}', True),
        ("schema: https://stepflow.org/schemas/v1/flow.json\nname: x\n", True),
        ("steps: [\n", True),
        ("jobs:\n  build:\n    steps: []\n", False),
        ("name: x\n", False),
        ("", False),
        (b"\xff\xfe\x00", False),
    ],
)
def test_flows_are_known_by_their_text(write: Write, content: str | bytes, expected: bool) -> None:
    """A file with `steps` or `output` at its top, or with the tag of flows, is one, readable or not."""
    assert looks_like_flow(write("a.yaml", content)) is expected
