"""The cases of a flow as the items of one run: they must not know of each other."""

from __future__ import annotations

from pathlib import Path

import pytest
from stepflow_core import StepflowExecutor

from .suite import batches_of, flow_files, judge_batch

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("path", flow_files(), ids=lambda path: path.name)
async def test_cases_of_equal_variables_are_one_batch(executor: StepflowExecutor, path: Path) -> None:
    """Each item comes out as its case says, whatever the others do."""
    stored = await executor.store_flow(str(path))
    assert stored.flow_id is not None, stored.diagnostics
    wrong = [await judge_batch(executor, stored.flow_id, batch) for batch in batches_of(path)]
    assert not [verdict for batch in wrong for verdict in batch]
