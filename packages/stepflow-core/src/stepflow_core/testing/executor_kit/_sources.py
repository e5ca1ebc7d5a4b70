"""The ways to say which flow is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from ...errors import FlowLoadError, InvalidInputError, NotFoundError
from ...executor import StepflowExecutor
from ...flow import Flow
from ._base import KitPart
from ._created_runs import stored
from ._documents import ECHO, FAULTS, FAULTY, NO_ID, echo

YAML = """\
name: from a file
description: Gives its input back.
steps:
  - {id: a, component: /builtin/noop, input: {$input: $.n}}
output: {$step: a}
"""

FAULTY_YAML = """\
name: from a file
steps:
  - id: a
    component: /builtin/noop
    input: {$step: nowhere}
"""


class Sources(KitPart):
    """A flow is a mapping, a `Flow`, a path, an id or a stored name; paths are read where the call is made."""

    async def test_a_flow_is_given_in_any_way(self, executor: StepflowExecutor, unique: str, tmp_path: Path) -> None:
        """Every member that takes a flow takes all of them."""
        path = tmp_path / "flow.json"
        path.write_bytes(msgspec.json.encode(echo(unique)))
        flow_id = await stored(executor, echo(unique))
        for source in (echo(unique), Flow.from_dict(echo(unique)), path, str(path), flow_id, unique):
            assert (await executor.run(source, 1)).output == 1
            assert (await executor.get_result(await executor.submit(source, 2))).output == 2
            assert [each.output for each in (await executor.run_batch(source, [3])).results] == [3]
            assert (await executor.get_result(await executor.submit_batch(source, [4]))).output == 4
            assert (await executor.validate(source)).valid
            assert (await executor.store_flow(source)).flow_id == flow_id

    async def test_a_yaml_file_is_a_flow(self, executor: StepflowExecutor, tmp_path: Path) -> None:
        """It is read again when it has changed."""
        path = tmp_path / "flow.yaml"
        path.write_text(YAML, "utf-8")
        assert (await executor.run(path, {"n": 5})).output == 5
        path.write_text(YAML.replace("$.n", "$.other"), "utf-8")
        assert (await executor.run(path, {"other": 6})).output == 6

    async def test_a_relative_path_is_that_of_the_caller(
        self, executor: StepflowExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It begins in the caller's directory."""
        (tmp_path / "flow.yml").write_text(YAML, "utf-8")
        monkeypatch.chdir(tmp_path)
        assert (await executor.run("flow.yml", {"n": 5})).output == 5
        assert (await executor.run("./flow.yml", {"n": 5})).output == 5

    async def test_faults_of_a_file_have_their_lines(self, executor: StepflowExecutor, tmp_path: Path) -> None:
        """Whether it is run, validated or stored."""
        path = tmp_path / "flow.yaml"
        path.write_text(FAULTY_YAML, "utf-8")
        with pytest.raises(FlowLoadError) as caught:
            await executor.run(path)
        validated = await executor.validate(path)
        answer = await executor.store_flow(path)
        for diagnostics in (caught.value.diagnostics, validated.diagnostics, answer.diagnostics):
            [fault] = [each for each in diagnostics if each.code == 3003]
            assert (fault.file, fault.line) == (str(path), 5)

    async def test_a_text_that_cannot_be_read_is_a_fault(self, executor: StepflowExecutor, tmp_path: Path) -> None:
        """One diagnostic of code 3400 says what is wrong, and where."""
        path = tmp_path / "flow.yaml"
        path.write_text("name: a\nname: b\n", "utf-8")
        with pytest.raises(FlowLoadError) as caught:
            await executor.run(path)
        answer = await executor.store_flow(path)
        for diagnostics in (caught.value.diagnostics, (await executor.validate(path)).diagnostics, answer.diagnostics):
            assert [(each.code, each.line) for each in diagnostics] == [(3400, 2)]
        assert not answer.stored

    async def test_a_file_that_is_not_there_is_a_fault(self, executor: StepflowExecutor, tmp_path: Path) -> None:
        """The error names the file."""
        with pytest.raises(FlowLoadError, match="missing"):
            await executor.run(tmp_path / "missing.yaml")

    async def test_a_name_that_is_not_there_is_not_found(self, executor: StepflowExecutor, unique: str) -> None:
        """The error says what was tried; so it is with ids."""
        for source in (unique, NO_ID):
            for member in (executor.run, executor.submit, executor.validate, executor.store_flow):
                with pytest.raises(NotFoundError, match=source[:16]):
                    await member(source)

    async def test_what_is_no_flow_is_refused(self, executor: StepflowExecutor) -> None:
        """A number, a list, nothing."""
        sources: list[Any] = [5, [ECHO], None]
        for source in sources:
            with pytest.raises(InvalidInputError):
                await executor.run(source)

    async def test_a_faulty_flow_is_refused(self, executor: StepflowExecutor, unique: str) -> None:
        """With all its fatal faults and their places, however it was to be run; no run is made."""
        for run in (executor.run, executor.submit):
            with pytest.raises(FlowLoadError) as caught:
                await run(FAULTY, tags={"test": unique})
            check_faults(caught.value)
        for run_batch in (executor.run_batch, executor.submit_batch):
            with pytest.raises(FlowLoadError) as caught:
                await run_batch(FAULTY, [1], tags={"test": unique})
            check_faults(caught.value)
        assert (await executor.list_runs(tags={"test": unique})).runs == []


def check_faults(error: FlowLoadError) -> None:
    """Whether an error tells every fault of `FAULTY`."""
    assert {(each.code, each.pointer) for each in error.diagnostics if each.level == "fatal"} == FAULTS
    assert "nowhere" in error.message
    assert error.status_code == 400
