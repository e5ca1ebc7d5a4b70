"""What helps where a step names a component that is not found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from stepflow_core import FlowLoadError
from stepflow_runtime import StepflowRuntime

PLUGINS = {"builtin": {"type": "builtin"}}


async def hint_for(path: str, config: Any = None) -> str | None:
    """The hint of the diagnostic about a step's component."""
    async with StepflowRuntime(config) as runtime:
        found = (await runtime.validate({"steps": [{"id": "a", "component": path}]})).diagnostics
    [hint] = [each.hint for each in found if each.code == 2200]
    return hint


async def test_a_similar_component_is_named() -> None:
    """A misspelt path leads to the one that was probably meant."""
    assert await hint_for("/builtin/nop") == 'did you mean "/builtin/noop"?'


async def test_without_a_config_that_is_told() -> None:
    """A config that was not found is the likely reason."""
    assert (await hint_for("/shop/price") or "").startswith("no config has routes")


async def test_with_a_config_the_routes_are_told() -> None:
    """The routes that match are told with what they lead to, else those that there are."""
    config = {
        "plugins": PLUGINS,
        "routes": {"/shop/{*rest}": [{"plugin": "builtin", "conditions": [{"path": "x", "value": 1}]}]},
    }
    assert await hint_for("/shop/price", config) == (
        'for "/shop/price" these routes were tried: /shop/{*rest} → plugin "builtin" at /shop/price'
        " (where its conditions hold)"
    )
    assert await hint_for("/price", config) == 'no route matches "/price"; there are /shop/{*rest}'


async def test_a_module_that_cannot_be_imported_is_no_obstacle() -> None:
    """A plugin that fails elsewhere does not keep a hint from being given."""
    broken = {"type": "python", "module": "no_such_module_of_components"}
    config = {
        "plugins": {**PLUGINS, "broken": broken},
        "routes": {"/b/{*component}": [{"plugin": "broken"}], "/shop/{*component}": [{"plugin": "builtin"}]},
    }
    assert "these routes were tried" in (await hint_for("/shop/price", config) or "")


async def test_a_module_that_cannot_be_imported_is_placed_in_the_config(tmp_path: Path) -> None:
    """The failure of a plugin's module names the line of the config that has the plugin."""
    config = tmp_path / "stepflow-config.yml"
    config.write_text("plugins:\n  b:\n    {type: python, module: no_such_module_of_components}\n")
    async with StepflowRuntime(config) as runtime:
        with pytest.raises(FlowLoadError) as caught:
            await runtime.list_components()
    [found] = caught.value.diagnostics
    assert (found.code, found.file, found.line) == (3401, str(config), 2)
