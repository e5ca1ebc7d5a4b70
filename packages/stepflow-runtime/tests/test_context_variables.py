"""Context variables: what a component sees of them."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import pytest
from stepflow_runtime import StepflowRuntime

REQUEST: ContextVar[str] = ContextVar("REQUEST", default="nobody")


async def in_task() -> str:
    seen = REQUEST.get()
    REQUEST.set("a component")
    return seen


def in_thread() -> str:
    seen = REQUEST.get()
    REQUEST.set("a component")
    return seen


def chain(component: str) -> dict[str, Any]:
    steps = [{"id": "a", "component": component, "input": {}}]
    steps.append({"id": "b", "component": component, "input": {}, "after": ["a"]})
    return {"steps": steps, "output": [{"$step": "a"}, {"$step": "b"}]}


@pytest.mark.parametrize("component", [in_task, in_thread])
async def test_a_component_sees_the_variables_of_who_started_the_run(component: Any) -> None:
    """What another component set is not among them."""
    async with StepflowRuntime() as runtime:
        runtime.component("/seen")(component)
        token = REQUEST.set("the caller")
        try:
            result = await runtime.run(chain("/seen"))
        finally:
            REQUEST.reset(token)
        assert result.output == ["the caller", "the caller"]
        assert (await runtime.run(chain("/seen"))).output == ["nobody", "nobody"]
