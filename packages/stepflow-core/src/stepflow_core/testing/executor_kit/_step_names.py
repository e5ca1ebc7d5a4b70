"""Steps may be called anything."""

from __future__ import annotations

import pytest

from ...executor import StepflowExecutor
from ...runs import StepStatus
from ._base import KitPart
from ._documents import flow, step

NAMES = {
    "a/b": "a%2Fb",
    "x[0]": "x%5B0%5D",
    "#1": "%231",
    "%": "%25",
    "100 %2F": "100 %252F",
    "when: now": "when%3A now",
    " padded ": " padded ",
    "two  blanks": "two  blanks",
    "..": "..",
    "a.b": "a.b",
    "$": "$",
    "?q=1&r=+": "?q=1&r=+",
    'say "hi"': 'say "hi"',
    "it's": "it's",
    "back\\slash": "back\\slash",
    "línea": "línea",
    "步骤": "步骤",
    "🍞": "🍞",
    "__init__": "__init__",
    "0": "0",
    "input": "input",
}
"""Ids of steps and the addresses that they give."""


class StepNames(KitPart):
    """An address is the step's id with the characters of addresses percent-encoded."""

    @pytest.mark.parametrize(("name", "address"), NAMES.items(), ids=NAMES)
    async def test_a_step_of_any_name_is_run_and_found(
        self, executor: StepflowExecutor, name: str, address: str
    ) -> None:
        """By references, in listings, by its address and in events."""
        run_id = await executor.submit(flow(step(name, input={"$input": "$"})), 1)
        assert (await executor.get_result(run_id)).output == 1
        [listed] = (await executor.get_run_steps(run_id)).steps
        assert (listed.step_id, listed.address, listed.status) == (name, address, StepStatus.COMPLETED)
        shown = await executor.get_step(run_id, address)
        assert (shown.step_id, shown.address, shown.input) == (name, address, 1)
        [started] = [each async for each in executor.events(run_id, event_types=["step_started"])]
        assert (started.step_id, started.address) == (name, address)

    @pytest.mark.parametrize("name", NAMES)
    async def test_a_key_of_any_name_is_found(self, executor: StepflowExecutor, name: str) -> None:
        """By paths into inputs, outputs of steps and variables."""
        path = f"$['{name}']" if '"' in name else f'$["{name}"]'
        asked = flow(step("a", input={"$input": path}), step("b", input={name: {"$step": "a"}}))
        asked["output"] = [{"$step": "b", "path": path}, {"$variable": f"v{path[1:]}"}]
        result = await executor.run(asked, {name: 1}, variables={"v": {name: 2}})
        assert result.output == [1, 2]

    async def test_a_step_of_any_name_can_be_overridden(self, executor: StepflowExecutor) -> None:
        """All of them at once, by their ids as an address has them."""
        steps = [step(name, input=0) for name in NAMES]
        asked = flow(*steps, output=[{"$step": name} for name in NAMES])
        overrides = {address: {"value": {"input": number}} for number, address in enumerate(NAMES.values())}
        result = await executor.run(asked, overrides={"steps": overrides})
        assert result.output == list(range(len(NAMES)))
