"""A folder of flows that is registered and kept up to date."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any

import pytest
from stepflow_core import InvalidInputError, NotFoundError
from stepflow_runtime import StepflowRuntime
from stepflow_server.flow_folder import FlowFolder


class Folder:
    """A folder in the test's hands. Every writing gives a file another time."""

    def __init__(self, path: Path, runtime: StepflowRuntime) -> None:
        self.path = path
        self.runtime = runtime
        self.flows = FlowFolder(runtime, path, 1.0)
        self._now = 1_000_000_000

    def write(self, name: str, content: Any) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        self._now += 1
        os.utime(file, (self._now, self._now))

    async def output(self, name: str) -> Any:
        return (await self.runtime.create_run(flow_name=name, input=[None])).result.output  # type: ignore[union-attr]

    async def names(self) -> list[str]:
        return [f"{each.name}@{each.version}" for each in await self.runtime.list_flows()]


@pytest.fixture
def folder(tmp_path: Path, runtime: StepflowRuntime) -> Folder:
    return Folder(tmp_path, runtime)


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """The level and the text of what was logged."""
    return [(each.levelname, each.getMessage()) for each in caplog.records]


async def test_flows_are_registered_by_name(folder: Folder) -> None:
    """Every flow below the folder is stored under its name and version, or its file's name."""
    folder.write("a.yaml", "name: a\nversion: '1'\noutput: 1\n")
    folder.write("deep/down/a2.yml", "name: a\nversion: '2'\noutput: 2\n")
    folder.write("nameless.json", {"output": 3})
    await folder.flows.look()
    assert await folder.names() == ["a@1", "a@2", "nameless@None"]
    assert [await folder.output(each) for each in ("a@1", "a", "nameless")] == [1, 2, 3]


async def test_what_is_no_flow_is_left_alone(folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
    """Configs, data, hidden files and other files beside flows are nobody's business."""
    caplog.set_level(logging.INFO)
    folder.write("stepflow-config.yml", "plugins: {builtin: {type: builtin}}\n")
    folder.write("data.json", [1, 2])
    folder.write("more.json", {"rows": []})
    folder.write("notes.txt", "steps: []")
    folder.write(".hidden.yaml", "output: 1")
    folder.write(".git/x.yaml", "output: 1")
    folder.write("node_modules/x.yaml", "output: 1")
    await folder.flows.look()
    assert (await folder.names(), told(caplog)) == ([], [])


async def test_changes_are_taken_in(folder: Folder) -> None:
    """A file that has changed is registered again; runs by name get the new flow."""
    folder.write("a.yaml", "name: a\noutput: 1\n")
    await folder.flows.look()
    folder.write("a.yaml", "name: a\noutput: 2\n")
    folder.write("b.yaml", "name: b\noutput: 3\n")
    await folder.flows.look()
    assert [await folder.output(each) for each in ("a", "b")] == [2, 3]


@pytest.mark.parametrize(
    "faulty",
    ["name: a\noutput: {$step: nobody}\n", "name: a\noutput: [1\n", "name: a\nsteps: 3\n", "output: {a: 1, a: 2}", ""],
)
async def test_faulty_file_leaves_the_last_good_one(
    folder: Folder, caplog: pytest.LogCaptureFixture, faulty: str
) -> None:
    """A file that turns faulty is reported with its place, and its last good flow stays."""
    folder.write("a.yaml", "name: a\noutput: 1\n")
    await folder.flows.look()
    folder.write("a.yaml", faulty)
    await folder.flows.look()
    await folder.flows.look()
    assert await folder.output("a") == 1
    reports = [each for each in caplog.records if each.levelname == "ERROR"]
    if faulty:
        assert len(reports) == 1
        fields = reports[0].fields  # type: ignore[attr-defined]
        assert fields["file"].endswith("a.yaml")
        assert "a.yaml:" in fields["problem"]
    folder.write("a.yaml", "name: a\noutput: 2\n")
    await folder.flows.look()
    assert await folder.output("a") == 2


async def test_warnings_are_told(folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
    """What validation warns of is told when a flow is registered."""
    caplog.set_level(logging.INFO)
    folder.write("a.yaml", "name: a\noutput: 1\n")
    await folder.flows.look()
    assert told(caplog) == [("INFO", "a flow is registered")]
    assert "missing" in str(caplog.records[0].fields["problem"]).lower()  # type: ignore[attr-defined]


async def test_file_that_has_gone_is_forgotten(folder: Folder) -> None:
    """A flow whose file is gone from two looks is forgotten; editors that replace a file do no harm."""
    folder.write("a.yaml", "name: a\noutput: 1\n")
    await folder.flows.look()
    (folder.path / "a.yaml").unlink()
    await folder.flows.look()
    assert await folder.output("a") == 1
    folder.write("a.yaml", "name: a\noutput: 1\n")
    await folder.flows.look()
    (folder.path / "a.yaml").unlink()
    await folder.flows.look()
    await folder.flows.look()
    with pytest.raises(NotFoundError):
        await folder.output("a")


@pytest.mark.parametrize(
    ("after", "left"),
    [
        ("name: b\nversion: '1'\noutput: 1\n", ["b@1"]),
        ("name: a\nversion: '2'\noutput: 1\n", ["a@2"]),
        ("name: a\nversion: '1'\noutput: 2\n", ["a@1"]),
        ("name: [\n", ["a@1"]),
    ],
    ids=["another name", "another version", "another flow", "faulty"],
)
async def test_names_that_a_file_had(folder: Folder, after: str, left: list[str]) -> None:
    """A file that is given another name or version leaves none behind under the old one."""
    folder.write("a.yaml", "name: a\nversion: '1'\noutput: 1\n")
    await folder.flows.look()
    folder.write("a.yaml", after)
    await folder.flows.look()
    assert await folder.names() == left


async def test_file_with_another_name(folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
    """A file that is moved goes on giving its flow, and nothing is wrong with that."""
    folder.write("a.yaml", "name: a\noutput: 1\n")
    await folder.flows.look()
    (folder.path / "a.yaml").rename(folder.path / "b.yaml")
    for _ in range(3):
        await folder.flows.look()
    assert await folder.names() == ["a@None"]
    assert {level for level, _ in told(caplog)} <= {"INFO"}


async def test_flows_in_use_are_forgotten_later(folder: Folder) -> None:
    """A flow that runs use stays as long as there are such runs."""
    step = "{id: s, component: /builtin/sleep, input: {duration_ms: 600000}}"
    folder.write("a.yaml", f"name: a\nsteps: [{step}]\noutput: {{$step: s}}\n")
    await folder.flows.look()
    run = await folder.runtime.submit("a")
    folder.write("a.yaml", "name: b\noutput: 1\n")
    await folder.flows.look()
    assert await folder.names() == ["a@None", "b@None"]
    await folder.runtime.cancel_run(run)
    await folder.runtime.delete_run(run)
    await folder.flows.look()
    assert await folder.names() == ["b@None"]


async def test_flow_of_two_files(folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
    """The same flow in two files is told, and stays while one of them does."""
    for name in ("a.yaml", "b.yaml"):
        folder.write(name, "name: a\noutput: 1\n")
    await folder.flows.look()
    assert ("WARNING", "two files hold the same flow") in told(caplog)
    (folder.path / "a.yaml").unlink()
    await folder.flows.look()
    await folder.flows.look()
    assert await folder.output("a") == 1


async def test_missing_folder(runtime: StepflowRuntime, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A folder that is not there is refused at the start; one that goes later is survived."""
    flows = FlowFolder(runtime, tmp_path / "nowhere", 1.0)
    with pytest.raises(InvalidInputError):
        flows.check()
    await flows.look()
