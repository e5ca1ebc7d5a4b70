"""Every faulty document is reported with its kind, level and place, and a fatal one does not run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from stepflow_core import Diagnostic, FlowLoadError, StepflowExecutor

from .core_yaml import read
from .suite import INVALID

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass(frozen=True)
class Fault:
    """What the manifest says of a document; a list means that any one of its elements will do."""

    path: Path
    kind: str | list[str]
    level: str | list[str]
    code: int | None = None
    line: int | list[int] | None = None
    at: str = "document"
    hint: str = ""

    def __str__(self) -> str:
        return self.path.name

    def is_told_by(self, each: Diagnostic) -> bool:
        """Whether a diagnostic is the one that is expected, its place apart."""
        kinds_fit = each.kind in listed(self.kind) and each.level in listed(self.level)
        return kinds_fit and self.code in {None, each.code} and self.hint in f"{each.text} {each.hint}"


def listed(value: Any) -> list[Any]:
    """One or several as a list."""
    return value if isinstance(value, list) else [value]


FAULTS = [Fault(INVALID / name, **fault) for name, fault in read(INVALID / "manifest.yaml").items()]
FATAL = [fault for fault in FAULTS if "fatal" in listed(fault.level) and "error" not in listed(fault.level)]
MAPPINGS = [fault for fault in FAULTS if fault.at == "document" and isinstance(read(fault.path), dict)]


async def test_the_manifest_lists_every_document() -> None:
    """No file is left out, and none is listed that does not exist."""
    files = {path.name for path in INVALID.iterdir() if path.name != "manifest.yaml"}
    assert {fault.path.name for fault in FAULTS} == files


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_a_fault_is_reported_with_its_place(executor: StepflowExecutor, fault: Fault) -> None:
    """Validation gives the expected diagnostic, with the file, the line and a column."""
    diagnostics = (await executor.validate(str(fault.path))).diagnostics
    told = [each for each in diagnostics if fault.is_told_by(each)]
    assert told, diagnostics
    assert {Path(str(each.file)).name for each in told} == {fault.path.name}
    assert all(each.column is not None and each.column >= 1 for each in told), told
    lines = {each.line for each in told}
    assert lines & set(listed(fault.line)) if fault.line else None not in lines, told


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_a_document_is_valid_only_without_errors(executor: StepflowExecutor, fault: Fault) -> None:
    """Warnings alone leave a document valid, unless validation is strict."""
    result = await executor.validate(str(fault.path))
    strict = await executor.validate(str(fault.path), strict=True)
    assert result.valid is (not result.errors)
    assert result.valid is (listed(fault.level) == ["warning"])
    assert strict.valid is False


@pytest.mark.parametrize("fault", FATAL, ids=str)
async def test_a_fatal_fault_keeps_a_flow_from_running(executor: StepflowExecutor, fault: Fault) -> None:
    """`run` raises with the diagnostics, and the text of the exception names the place."""
    with pytest.raises(FlowLoadError) as refusal:
        await executor.run(str(fault.path), None)
    assert any(fault.is_told_by(each) for each in refusal.value.diagnostics)
    assert re.search(rf"{re.escape(fault.path.name)}:\d+:\d+", str(refusal.value))


@pytest.mark.parametrize("fault", MAPPINGS, ids=str)
async def test_a_parsed_document_has_the_same_fault(executor: StepflowExecutor, fault: Fault) -> None:
    """A document given as a value is reported alike, with a path instead of a line; a fatal one is not stored."""
    stored = await executor.store_flow(read(fault.path))
    assert any(fault.is_told_by(each) and each.line is None for each in stored.diagnostics), stored.diagnostics
    assert stored.stored is (fault not in FATAL)
