"""Every case of every flow, each as a run of its own."""

from __future__ import annotations

import pytest
from stepflow_core import StepflowExecutor

from .suite import Case, cases_of, flow_files, judge

pytestmark = pytest.mark.asyncio(loop_scope="session")

CASES = [case for path in flow_files() for case in cases_of(path)]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_case_comes_out_as_it_says(executor: StepflowExecutor, case: Case) -> None:
    """The outcome matches the expected one, and the steps are in the states that the case names."""
    stored = await executor.store_flow(str(case.path))
    assert stored.flow_id is not None, stored.diagnostics
    assert await judge(executor, stored.flow_id, case) is None
