"""Changing a flow for one run."""

from __future__ import annotations

from typing import Any

import pytest

from ...errors import FlowLoadError
from ...executor import StepflowExecutor
from ._base import KitPart
from ._documents import flow, step

ASKED = flow(step("a", input={"x": 1, "y": 1}), step("b", input={"$step": "a"}))
MERGED = {"a": {"value": {"input": {"x": 2, "y": None}}}}
PATCHED = {"a": {"$type": "json_patch", "value": [{"op": "replace", "path": "/input/x", "value": 2}]}}

REFUSED: dict[str, Any] = {
    "a step that is not there": {"c": {"value": {"input": 1}}},
    "another id": {"a": {"value": {"id": "z"}}},
    "a flow that is faulty then": {"a": {"value": {"input": {"$step": "nowhere"}}}},
    "a patch that does not fit": {"a": {"$type": "json_patch", "value": [{"op": "remove", "path": "/input/z"}]}},
    "an unknown type of patch": {"a": {"$type": "sed", "value": "s/x/y/"}},
}


class Overrides(KitPart):
    """Overrides hold for one run, in both shapes and by both kinds of patch."""

    @pytest.mark.parametrize(
        ("overrides", "output"),
        [
            pytest.param(MERGED, {"x": 2}, id="merge patch"),
            pytest.param({"steps": MERGED}, {"x": 2}, id="merge patch under steps"),
            pytest.param(PATCHED, {"x": 2, "y": 1}, id="JSON patch"),
            pytest.param({"steps": PATCHED}, {"x": 2, "y": 1}, id="JSON patch under steps"),
        ],
    )
    async def test_a_step_is_changed_for_one_run(
        self, executor: StepflowExecutor, overrides: dict[str, Any], output: Any
    ) -> None:
        """The run shows them, and the flow stays what it was."""
        run_id = await executor.submit(ASKED, overrides=overrides)
        assert (await executor.get_result(run_id)).output == output
        assert (await executor.get_run(run_id)).overrides == overrides
        assert (await executor.run(ASKED, None, overrides)).output == output
        assert (await executor.run(ASKED)).output == {"x": 1, "y": 1}

    async def test_every_item_of_a_batch_is_changed(self, executor: StepflowExecutor) -> None:
        """Of a batch that is waited for and of one that is not."""
        batch = await executor.run_batch(ASKED, [1, 2], overrides=MERGED)
        run_id = await executor.submit_batch(ASKED, [1, 2], overrides=MERGED)
        for results in (batch.results, (await executor.get_batch(run_id)).results):
            assert [each.output for each in results] == [{"x": 2}] * 2

    async def test_steps_of_flows_inside_are_changed(self, executor: StepflowExecutor) -> None:
        """By their address without indexes, for every item."""
        inner = {"$literal": flow(step("run", input={"n": {"$input": "$"}, "x": 1}))}
        asked = flow(step("fan", "/builtin/map", {"workflow": inner, "items": [1, 2]}))
        result = await executor.run(asked, overrides={"fan/run": {"value": {"input": {"x": 5}}}})
        assert [each["result"] for each in result.output["results"]] == [{"n": 1, "x": 5}, {"n": 2, "x": 5}]

    @pytest.mark.parametrize("overrides", REFUSED.values(), ids=REFUSED)
    async def test_overrides_that_do_not_fit_refuse_the_run(
        self, executor: StepflowExecutor, unique: str, overrides: dict[str, Any]
    ) -> None:
        """With diagnostics; no run is made."""
        for member in (executor.run, executor.submit):
            with pytest.raises(FlowLoadError) as caught:
                await member(ASKED, overrides=overrides, tags={"test": unique})
            assert caught.value.diagnostics
        assert (await executor.list_runs(tags={"test": unique})).runs == []
