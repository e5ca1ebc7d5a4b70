"""Reading a document takes bounded time and memory, whatever it holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from stepflow_core import FlowLoadError, StepflowError, StepflowExecutor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def refusal_of(executor: StepflowExecutor, path: Path) -> str:
    """How a document is refused; the one diagnostic is 3400."""
    with pytest.raises(FlowLoadError) as refusal:
        await executor.run(str(path), None)
    assert [each.code for each in refusal.value.diagnostics if each.level == "fatal"] == [3400]
    return str(refusal.value)


@pytest.mark.parametrize("suffix", ["yaml", "json"])
async def test_a_document_may_not_be_too_large(executor: StepflowExecutor, tmp_path: Path, suffix: str) -> None:
    """32 MiB is the limit."""
    file = tmp_path / f"large.{suffix}"
    file.write_text(json.dumps({"name": "large", "output": "x" * (32 * 1024 * 1024)}))
    assert "MiB" in await refusal_of(executor, file)


@pytest.mark.parametrize("suffix", ["yaml", "json"])
@pytest.mark.parametrize("levels", [129, 100_000])
async def test_a_document_may_not_be_too_deep(
    executor: StepflowExecutor, tmp_path: Path, suffix: str, levels: int
) -> None:
    """128 levels is the limit; far more end in the same refusal and in no crash."""
    file = tmp_path / f"deep.{suffix}"
    file.write_text('{"output": ' + "[" * levels + "]" * levels + "}")
    assert "128" in await refusal_of(executor, file)


async def test_a_document_may_be_128_levels_deep(executor: StepflowExecutor, tmp_path: Path) -> None:
    """The document itself is the first level."""
    file = tmp_path / "deep_enough.json"
    file.write_text('{"name": "deep", "output": {"$literal": ' + "[" * 126 + "]" * 126 + "}}")
    assert (await executor.run(str(file), None)).is_success


async def test_a_document_may_not_have_too_many_nodes(executor: StepflowExecutor, tmp_path: Path) -> None:
    """A million is the limit, aliases counted as what they stand for."""
    file = tmp_path / "nodes.yaml"
    file.write_text("a: &a [" + "1," * 1000 + "]\noutput: [" + "*a," * 1001 + "]\n")
    assert "1000000" in (await refusal_of(executor, file)).replace(" ", "").replace(",", "").replace("_", "")


async def test_a_json_file_is_read_as_json(executor: StepflowExecutor, tmp_path: Path) -> None:
    """What only YAML allows is refused."""
    file = tmp_path / "flow.json"
    file.write_text('{"name": "plain", "output": yes}')
    assert "1:29" in await refusal_of(executor, file)
    file.write_text('{"name": "plain", "output": true}')
    assert (await executor.run(str(file), None)).output is True


async def test_a_missing_file_is_not_found(executor: StepflowExecutor, tmp_path: Path) -> None:
    """The error names what was tried."""
    with pytest.raises(StepflowError, match=r"nowhere\.yaml"):
        await executor.run(str(tmp_path / "nowhere.yaml"), None)


async def test_a_file_is_read_when_the_call_is_made(executor: StepflowExecutor, tmp_path: Path) -> None:
    """What was read before is not kept."""
    file = tmp_path / "changing.yaml"
    for value in (1, 2):
        file.write_text(f"name: changing\noutput: {value}\n")
        assert (await executor.run(str(file), None)).output == value
